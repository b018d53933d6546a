"""What a log line looks like and what it may say: never the content of a message, never a token."""

import logging
import re
import time
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

import orjson
import psycopg
from django.db import Error as DjangoDatabaseError

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
connection_id: ContextVar[str | None] = ContextVar("connection_id", default=None)

access = logging.getLogger("parlor.access")
SECRETS = [
    (re.compile(r"(/password/reset/)[^/\s]+/[^/\s]+"), r"\1..."),  # the link of a mail, which opens an account
    (re.compile(r"\b(Bearer\s+)\S+", re.IGNORECASE), r"\1..."),
    (re.compile(r"\bparlor_[\w-]{40,}"), "..."),  # a personal access token
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]+"), "..."),  # a JWT
]


def redacted(text: str) -> str:
    """The text without what would let its reader in."""
    for pattern, replacement in SECRETS:
        text = pattern.sub(replacement, text)
    return text


def log_request(*, method: str, path: str, status: int, began: float, user_id: int | None) -> None:
    """One line for an HTTP request that has been answered. `path` without the query, `began` by `time.monotonic`."""
    ms = round((time.monotonic() - began) * 1000)
    fields = {"method": method, "path": redacted(path), "status": status, "ms": ms, "user_id": user_id}
    access.info("%s %s %d in %d ms", method, path, status, ms, extra={"fields": fields})


def log_socket_opened(*, path: str, user_id: int | None) -> None:
    """One line for a WebSocket that was accepted."""
    access.info("socket opened at %s", path, extra={"fields": {"path": path, "user_id": user_id}})


def log_socket_closed(*, path: str, code: int | None, began: float, user_id: int | None) -> None:
    """One line for a WebSocket that has ended, with its close code; None when it broke off without one."""
    seconds = round(time.monotonic() - began, 3)
    fields = {"path": path, "code": code, "seconds": seconds, "user_id": user_id}
    access.info("socket closed with %s after %.1f s at %s", code, seconds, path, extra={"fields": fields})


class LineFormatter(logging.Formatter):
    """Readable lines for a terminal: time, level, logger, message, and what request or connection it is about."""

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {name}: {message}{about}", style="{")

    def format(self, record: logging.LogRecord) -> str:
        """The line; an exception follows on lines of its own."""
        about = context_of(record) | {k: v for k, v in fields_of(record).items() if k == "user_id" and v is not None}
        record.about = "".join(f" {name}={value}" for name, value in about.items())
        return redacted(super().format(record))

    def formatException(self, info: Any) -> str:  # noqa: N802  # logging's name
        """The traceback, without the rows that PostgreSQL shows in its errors."""
        return without_rows(super().formatException(info), info[1])


class JsonFormatter(logging.Formatter):
    """One JSON object a line. Only fields named here: a library's extras may be anything, a whole request included."""

    def format(self, record: logging.LogRecord) -> str:
        """The object, without line breaks."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": redacted(record.getMessage()),
            **context_of(record),
            **fields_of(record),
            "pid": record.process,
        }
        if record.exc_info and record.exc_info[1]:
            line["exception"] = redacted(self.formatException(record.exc_info))
        return orjson.dumps(line, default=str).decode()

    def formatException(self, info: Any) -> str:  # noqa: N802  # logging's name
        """The traceback, without the rows that PostgreSQL shows in its errors."""
        return without_rows(super().formatException(info), info[1])


def context_of(record: logging.LogRecord) -> dict[str, str]:
    """The ids of the request and the connection in whose course the record was made."""
    ids = {"request_id": request_id.get(), "connection_id": connection_id.get()}
    return {name: value for name, value in ids.items() if value is not None}


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    """What an access line says beyond its message."""
    fields: dict[str, Any] = getattr(record, "fields", {})
    return fields


def without_rows(traceback: str, error: BaseException | None) -> str:
    """The traceback without what follows DETAIL in a PostgreSQL error: there it quotes the row, content and all."""
    for link in chain_of(error):
        if isinstance(link, DjangoDatabaseError | psycopg.Error):
            text = str(link)
            traceback = traceback.replace(text, text.partition("\nDETAIL:")[0])
    return traceback


def chain_of(error: BaseException | None) -> Iterator[BaseException]:
    """An exception and those that led to it."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
