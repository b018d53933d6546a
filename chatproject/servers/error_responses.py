"""Error responses that a server sends itself, before a request reaches the application."""

from __future__ import annotations

import time
from functools import cache
from html import escape
from http import HTTPStatus

import orjson
from django.conf import settings

from chatproject.logs import log_request
from chatproject.realtime.protocol import ErrorCode

# Not looked up by name: that would import the URLs, in the event loop.
PICTURE_UPLOADS = frozenset({b"/accounts/profile/picture/", b"/api/me/avatar/"})
UPLOADS = b"/api/uploads/"
FORM_OVERHEAD = 64 * 1024  # what a form adds to the picture in it
BAD_REQUEST, TOO_SLOW = HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_TIMEOUT
BODY_TOO_LARGE, HEAD_TOO_LARGE = HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
ERRORS: dict[int, tuple[str, str]] = {
    BAD_REQUEST: ("invalid_request", "This is not an HTTP request."),
    TOO_SLOW: ("timeout", "The request took too long to arrive."),
    BODY_TOO_LARGE: (ErrorCode.TOO_LARGE, "The request body is too large."),
    HEAD_TOO_LARGE: (ErrorCode.TOO_LARGE, "The address and the headers of the request are too long."),
}
SERVER_ERROR = (ErrorCode.UNAVAILABLE, "Something went wrong. Try again in a moment.")


@cache
def _max_picture_bytes() -> int:
    from rooms.files.pictures import MAX_SQUARE_BYTES  # needs the apps to be loaded

    return MAX_SQUARE_BYTES + FORM_OVERHEAD


def max_body_bytes(target: bytes) -> int:
    """Return the maximum size of the body of a request for this URL, in bytes."""
    if target.startswith(UPLOADS):
        return settings.UPLOAD_PART_BYTES
    return _max_picture_bytes() if target.partition(b"?")[0] in PICTURE_UPLOADS else settings.MAX_BODY_BYTES


def error_body(status: int, target: bytes = b"") -> tuple[bytes, bytes]:
    """Return the content type and body: a problem for API requests, else a short page."""
    code, detail = ERRORS.get(status, SERVER_ERROR)
    title = HTTPStatus(status).phrase
    if target.startswith(b"/api/"):
        problem = {"type": "about:blank", "title": title, "status": status, "code": code, "detail": detail}
        return b"application/problem+json", orjson.dumps(problem)
    page = (
        f'<!doctype html><html lang="en"><title>{escape(title)}</title><h1>{escape(title)}</h1><p>{escape(detail)}</p>'
    )
    return b"text/html; charset=utf-8", page.encode()


def error_response(status: int, target: bytes = b"") -> bytes:
    """Return the complete response, which also closes the connection."""
    kind, body = error_body(status, target)
    head = b"HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
    return head % (status, HTTPStatus(status).phrase.encode(), kind, len(body)) + body


def log_error_response(status: int, method: bytes, target: bytes) -> None:
    """Write the access log line that the application would otherwise write. Both texts are empty if unknown."""
    path = target.partition(b"?")[0].decode("latin-1") or "-"
    log_request(method=method.decode("latin-1") or "-", path=path, status=status, began=time.monotonic(), user_id=None)
