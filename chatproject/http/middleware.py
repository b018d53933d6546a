"""Middleware that gives each HTTP request an id and an access log line, compresses pages, and sends the CSP header."""

import time
import uuid
from collections.abc import Callable

from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.encoding import escape_uri_path
from django.utils.functional import LazyObject

from chatproject.logs import log_request, request_id
from chatproject.origin import origin, origin_of_request

MIN_COMPRESSED_BYTES = 1000  # a smaller page fits into one packet uncompressed


def request_log(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Log each request, return its id as `X-Request-ID`, and say where writes come from.

    An id sent by the client is ignored: it could be anything.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        outside, outside_origin = request_id.get(), origin.get()
        began = time.monotonic()
        request_id.set(uuid.uuid4().hex)
        origin.set(origin_of_request(request))
        try:
            response = get_response(request)
            response.headers["X-Request-ID"] = request_id.get() or ""
            _log(request, response.status_code, began)
            return response
        finally:
            request_id.set(outside)
            origin.set(outside_origin)

    return answer


def compressed_pages(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Compress pages for browsers that support it, with Django's padding against BREACH.

    JSON is not compressed: API clients are usually close and frequent, so compression would cost both sides more than
    it saves.
    """
    compress = GZipMiddleware(get_response).process_response

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        return compress(request, response) if _is_large_page(response) else response

    return answer


def content_security_policy(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Send the policy of the settings with each response.

    The middleware of django-csp builds it for each response, because views may change it. That was a quarter of what a
    short request cost. Only files have a policy of their own.
    """
    policy = build_policy()

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if not (settings.DEBUG and response.status_code in {404, 500}):  # Django's own pages have inline styles
            response.headers.setdefault("Content-Security-Policy", policy)
        return response

    return answer


def _is_large_page(response: HttpResponseBase) -> bool:
    if response.streaming or not response.headers.get("Content-Type", "").startswith("text/"):
        return False
    assert isinstance(response, HttpResponse)
    return len(response.content) >= MIN_COMPRESSED_BYTES


def _log(request: HttpRequest, status: int, began: float) -> None:
    log_request(
        method=request.method or "",
        path=escape_uri_path(request.path),
        status=status,
        began=began,
        user_id=_user_id(request),
    )


def _user_id(request: HttpRequest) -> int | None:
    """Return the user's id if the view looked the user up: a log line is not worth a query."""
    user = getattr(request, "user", None)
    if isinstance(user, LazyObject):
        user = getattr(request, "_cached_user", None)
    return getattr(user, "pk", None)
