"""The format and content of log lines. They never contain message text or tokens."""

import logging
import re
import sys
import time
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

import orjson
from django.db import Error as DjangoDatabaseError
from django.utils.encoding import escape_uri_path

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
connection_id: ContextVar[str | None] = ContextVar("connection_id", default=None)

access = logging.getLogger("parlor.access")
audit = logging.getLogger("parlor.audit")
SECRETS = [
    # The link in a mail, which gives access to an account.
    (re.compile(r"(/password/reset/)[^/\s]+/[^/\s]+"), r"\1..."),
    (re.compile(r"\b(invite(?:/|%2F))[\w-]{20,}"), r"\1..."),  # an invite link, of 34 characters
    (re.compile(r"(/email/(?:confirm|unsubscribe)/)[^/\s]+"), r"\1..."),
    (re.compile(r"\b(Bearer\s+)\S+", re.IGNORECASE), r"\1..."),
    (re.compile(r"\bparlor_[\w-]{40,}"), "..."),  # a personal access token
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]+"), "..."),  # a JWT
]


def redacted(text: str) -> str:
    """Remove secrets that would give access to an account."""
    for pattern, replacement in SECRETS:
        text = pattern.sub(replacement, text)
    return text


def escaped(text: str) -> str:
    """Return the text on one line, with unprintable characters escaped as in a Python string.

    Otherwise, text in a log line (a URL, a name, a frame) could fake another line or reverse the terminal's writing
    direction. Half of a surrogate pair could not be written at all.
    """
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )


def escaped_lines(text: str, indent: str) -> str:
    """Escape each line of a traceback. `indent` shows that the lines belong to the one above."""
    return "\n".join(indent + escaped(line) for line in text.split("\n"))


def escaped_fields(fields: dict[str, Any]) -> dict[str, Any]:
    """Escape each text field."""
    return {name: escaped(value) if isinstance(value, str) else value for name, value in fields.items()}


def log_request(*, method: str, path: str, status: int, began: float, user_id: int | None) -> None:
    """Log an HTTP request that has been answered. `path` has no query string; `began` is a `time.monotonic` time."""
    ms = round((time.monotonic() - began) * 1000)
    fields = {"method": method, "path": redacted(path), "status": status, "ms": ms, "user_id": user_id}
    access.info("%s %s %d in %d ms", method, path, status, ms, extra={"fields": fields})


def log_socket_opened(*, path: str, user_id: int | None) -> None:
    """Log a WebSocket that was accepted."""
    if not access.isEnabledFor(logging.INFO):
        return
    path = escape_uri_path(path)
    access.info("socket opened at %s", path, extra={"fields": {"path": redacted(path), "user_id": user_id}})


def log_socket_closed(*, path: str, code: int | None, began: float, user_id: int | None) -> None:
    """Log a WebSocket that has closed, with its close code, or None if it broke off without one."""
    if not access.isEnabledFor(logging.INFO):
        return
    seconds = round(time.monotonic() - began, 3)
    path = escape_uri_path(path)
    fields = {"path": redacted(path), "code": code, "seconds": seconds, "user_id": user_id}
    access.info("socket closed with %s after %.1f s at %s", code, seconds, path, extra={"fields": fields})


class ClientErrorFilter(logging.Filter):
    """Shortens Django's security errors, such as a wrong Host, to one line: the client caused them."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always return True."""
        if record.name.startswith("django.security"):
            record.exc_info = record.exc_text = None
            record.levelno, record.levelname = logging.WARNING, "WARNING"
        return True


def log_room_access(*, room_id: int, kind: str, guests: str, user_id: int) -> None:
    """Log a change of who may read a room, and who made it."""
    fields = {"room_id": room_id, "kind": kind, "guests": guests, "user_id": user_id}
    audit.info("room %d is %s now, guests: %s", room_id, kind, guests, extra={"fields": fields})


class LineFormatter(logging.Formatter):
    """Readable lines for a terminal: time, level, logger, message, and the ids of the request or connection."""

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {name}: {message}{about}", style="{")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # logging's name
        """Return the line. An exception follows on indented lines of its own."""
        about = context_of(record) | {k: v for k, v in fields_of(record).items() if k == "user_id" and v is not None}
        record.message = record.message.rstrip()  # uvicorn's messages end with a newline
        record.about = "".join(f" {name}={value}" for name, value in about.items())
        return escaped(redacted(super().formatMessage(record)))

    def formatException(self, info: Any) -> str:  # noqa: N802  # logging's name
        """Return the traceback without the row contents that PostgreSQL includes in its errors."""
        return escaped_lines(redacted(without_rows(super().formatException(info), info[1])), indent="  ")

    def formatStack(self, stack_info: str) -> str:  # noqa: N802  # logging's name
        """Return the stack, one escaped line per frame."""
        return escaped_lines(redacted(stack_info), indent="  ")


class JsonFormatter(logging.Formatter):
    """One JSON object per line.

    It includes only fields listed here: a library's extras may be anything, even a whole request.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the JSON object without line breaks."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": escaped(redacted(record.getMessage().rstrip())),
            **context_of(record),
            **escaped_fields(fields_of(record)),
            "pid": record.process,
        }
        if record.exc_info and record.exc_info[1]:
            line["exception"] = escaped_lines(redacted(self.formatException(record.exc_info)), indent="")
        return orjson.dumps(line, default=str).decode()

    def formatException(self, info: Any) -> str:  # noqa: N802  # logging's name
        """Return the traceback without the row contents that PostgreSQL includes in its errors."""
        return without_rows(super().formatException(info), info[1])


def context_of(record: logging.LogRecord) -> dict[str, str]:
    """Return the ids of the request and the connection that the record was logged in."""
    ids = {"request_id": request_id.get(), "connection_id": connection_id.get()}
    return {name: value for name, value in ids.items() if value is not None}


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    """Return the extra fields of an access log line."""
    fields: dict[str, Any] = getattr(record, "fields", {})
    return fields


def without_rows(traceback: str, error: BaseException | None) -> str:
    """Remove what follows DETAIL in a PostgreSQL error: it quotes the row, including message text."""
    for link in exception_chain(error):
        if isinstance(link, _database_errors()):
            text = str(link)
            traceback = traceback.replace(text, text.partition("\nDETAIL:")[0])
    return traceback


def _database_errors() -> tuple[type[Exception], ...]:
    """Return the base classes of database errors. Psycopg is only imported by installations that use PostgreSQL."""
    psycopg = sys.modules.get("psycopg")
    return (DjangoDatabaseError, psycopg.Error) if psycopg else (DjangoDatabaseError,)


def exception_chain(error: BaseException | None) -> Iterator[BaseException]:
    """Iterate over an exception and its causes."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
