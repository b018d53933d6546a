"""Gives each HTTP request an id and one line in the log, and packs the pages it is answered with."""

import time
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.encoding import escape_uri_path
from django.utils.functional import LazyObject

from chatproject.logs import log_request, request_id

PACKED_FROM = 1000  # bytes of a page; a smaller one fits into one packet as it is


def request_log(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Answers the id as `X-Request-ID`. One a client sends is not taken over: it could be anything."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        outside = request_id.get()
        began = time.monotonic()
        request_id.set(uuid.uuid4().hex)
        try:
            response = get_response(request)
            response.headers["X-Request-ID"] = request_id.get() or ""
            _log(request, response.status_code, began)
            return response
        finally:
            request_id.set(outside)

    return answer


def packed_pages(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Compresses pages for browsers that understand it, with Django's padding against BREACH.

    Not JSON: programs ask for it from near by, often, and it would cost them and the server more than it saves.
    """
    pack = GZipMiddleware(get_response).process_response

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        return pack(request, response) if _is_large_page(response) else response

    return answer


def _is_large_page(response: HttpResponseBase) -> bool:
    if response.streaming or not response.headers.get("Content-Type", "").startswith("text/"):
        return False
    assert isinstance(response, HttpResponse)
    return len(response.content) >= PACKED_FROM


def _log(request: HttpRequest, status: int, began: float) -> None:
    log_request(
        method=request.method or "",
        path=escape_uri_path(request.path),
        status=status,
        began=began,
        user_id=_user_id(request),
    )


def _user_id(request: HttpRequest) -> int | None:
    """Who asked, if the answer needed to know: a log line is not worth a query."""
    user = getattr(request, "user", None)
    if isinstance(user, LazyObject):
        user = getattr(request, "_cached_user", None)
    return getattr(user, "pk", None)
