"""Gives each HTTP request an id, and one line in the log."""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware
from django.utils.encoding import escape_uri_path
from django.utils.functional import LazyObject

from chatproject.logs import log_request, request_id

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
