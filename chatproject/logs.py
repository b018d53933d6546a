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
from django.utils.encoding import escape_uri_path

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
connection_id: ContextVar[str | None] = ContextVar("connection_id", default=None)

access = logging.getLogger("parlor.access")
audit = logging.getLogger("parlor.audit")
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


def shown(text: str) -> str:
    """The text on one line: what is no letter, sign or plain space is written as Python writes it in a string.

    Who may put anything into a log line (an address, a name, a frame) could else begin another line with it, or turn
    the terminal's writing around. Half of a surrogate pair could not be written at all.
    """
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)


def shown_lines(text: str, indent: str) -> str:
    """The same for a traceback, which has lines of its own; `indent` says that they belong to the line above."""
    return "\n".join(indent + shown(line) for line in text.split("\n"))


def shown_fields(fields: dict[str, Any]) -> dict[str, Any]:
    """The same for each text among the fields."""
    return {name: shown(value) if isinstance(value, str) else value for name, value in fields.items()}


def log_request(*, method: str, path: str, status: int, began: float, user_id: int | None) -> None:
    """One line for an HTTP request that has been answered. `path` without the query, `began` by `time.monotonic`."""
    ms = round((time.monotonic() - began) * 1000)
    fields = {"method": method, "path": redacted(path), "status": status, "ms": ms, "user_id": user_id}
    access.info("%s %s %d in %d ms", method, path, status, ms, extra={"fields": fields})


def log_socket_opened(*, path: str, user_id: int | None) -> None:
    """One line for a WebSocket that was accepted."""
    path = escape_uri_path(path)
    access.info("socket opened at %s", path, extra={"fields": {"path": redacted(path), "user_id": user_id}})


def log_socket_closed(*, path: str, code: int | None, began: float, user_id: int | None) -> None:
    """One line for a WebSocket that has ended, with its close code; None when it broke off without one."""
    seconds = round(time.monotonic() - began, 3)
    path = escape_uri_path(path)
    fields = {"path": redacted(path), "code": code, "seconds": seconds, "user_id": user_id}
    access.info("socket closed with %s after %.1f s at %s", code, seconds, path, extra={"fields": fields})


class ClientFault(logging.Filter):
    """Lets what Django refuses as suspicious, like a wrong Host, be one line: it is no fault of ours to trace back."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always True."""
        if record.name.startswith("django.security"):
            record.exc_info = record.exc_text = None
            record.levelno, record.levelname = logging.WARNING, "WARNING"
        return True


def log_room_access(*, room_id: int, kind: str, guests: str, user_id: int) -> None:
    """One line for a change of who may read a room, and who made it."""
    fields = {"room_id": room_id, "kind": kind, "guests": guests, "user_id": user_id}
    audit.info("room %d is %s now, guests: %s", room_id, kind, guests, extra={"fields": fields})


class LineFormatter(logging.Formatter):
    """Readable lines for a terminal: time, level, logger, message, and what request or connection it is about."""

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {name}: {message}{about}", style="{")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # logging's name
        """The line; an exception follows on lines of its own, each indented."""
        about = context_of(record) | {k: v for k, v in fields_of(record).items() if k == "user_id" and v is not None}
        record.message = record.message.rstrip()  # uvicorn's end with a line break
        record.about = "".join(f" {name}={value}" for name, value in about.items())
        return shown(redacted(super().formatMessage(record)))

    def formatException(self, info: Any) -> str:  # noqa: N802  # logging's name
        """The traceback, without the rows that PostgreSQL shows in its errors."""
        return shown_lines(redacted(without_rows(super().formatException(info), info[1])), indent="  ")

    def formatStack(self, stack_info: str) -> str:  # noqa: N802  # logging's name
        """Where it was logged."""
        return shown_lines(redacted(stack_info), indent="  ")


class JsonFormatter(logging.Formatter):
    """One JSON object a line. Only fields named here: a library's extras may be anything, a whole request included."""

    def format(self, record: logging.LogRecord) -> str:
        """The object, without line breaks."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": shown(redacted(record.getMessage().rstrip())),
            **context_of(record),
            **shown_fields(fields_of(record)),
            "pid": record.process,
        }
        if record.exc_info and record.exc_info[1]:
            line["exception"] = shown_lines(redacted(self.formatException(record.exc_info)), indent="")
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
