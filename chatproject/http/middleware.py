"""Gives each HTTP request an id and one line in the log, and packs the pages it is answered with."""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.decorators import sync_and_async_middleware
from django.utils.encoding import escape_uri_path
from django.utils.functional import LazyObject

from chatproject.logs import log_request, request_id

PACKED_FROM = 1000  # bytes of a page; a smaller one fits into one packet as it is
CLIENT_CLOSED = 499  # nginx's word for a client that went before it was answered


@sync_and_async_middleware
def request_log(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Answers the id as `X-Request-ID`. One a client sends is not taken over: it could be anything."""
    if iscoroutinefunction(get_response):
        answer: Callable[[HttpRequest], Awaitable[HttpResponseBase]] = get_response

        async def in_loop(request: HttpRequest) -> HttpResponseBase:
            began = _begin()
            try:
                response = await answer(request)
            except asyncio.CancelledError:
                _log(request, CLIENT_CLOSED, began)
                raise
            return _finish(request, response, began)

        return in_loop

    def in_thread(request: HttpRequest) -> HttpResponseBase:
        outside = request_id.get()
        began = _begin()
        try:
            return _finish(request, get_response(request), began)
        finally:
            request_id.set(outside)  # the thread goes on to other things; a task ends with its request

    return in_thread


@sync_and_async_middleware
def packed_pages(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Compresses pages for browsers that understand it, with Django's padding against BREACH.

    Not JSON: programs ask for it from near by, often, and it would cost them and the server more than it saves. Not in
    a middleware class of Django's: under ASGI that would take each request, the small ones too, to a thread and back.
    """
    pack = GZipMiddleware(get_response).process_response
    if iscoroutinefunction(get_response):
        answer: Callable[[HttpRequest], Awaitable[HttpResponseBase]] = get_response

        async def in_loop(request: HttpRequest) -> HttpResponseBase:
            response = await answer(request)
            return await sync_to_async(pack)(request, response) if _is_large_page(response) else response

        return in_loop

    def in_thread(request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase = get_response(request)
        return pack(request, response) if _is_large_page(response) else response

    return in_thread


def _is_large_page(response: HttpResponseBase) -> bool:
    if response.streaming or not response.headers.get("Content-Type", "").startswith("text/"):
        return False
    assert isinstance(response, HttpResponse)
    return len(response.content) >= PACKED_FROM


def _begin() -> float:
    request_id.set(uuid.uuid4().hex)
    return time.monotonic()


def _finish(request: HttpRequest, response: HttpResponseBase, began: float) -> HttpResponseBase:
    response.headers["X-Request-ID"] = request_id.get() or ""
    _log(request, response.status_code, began)
    return response


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
