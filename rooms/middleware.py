"""Rate limiting of pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

from rooms.errors import RateLimited
from rooms.rate_limits import SAFE_METHODS, count_request
from rooms.views.rate_limits import too_many


class RateLimitMiddleware(MiddlewareMixin):
    """Counts every request that writes. API views count their own, because they know whose token is used."""

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Return the 429 page if the limit is exceeded, else None."""
        if request.method in SAFE_METHODS or getattr(getattr(view, "cls", None), "counts_own_writes", False):
            return None
        match = request.resolver_match
        if match is not None and "admin" in match.app_names and getattr(request.user, "is_staff", False):
            return None  # an admin action on a thousand rows is one request, and staff may do it
        try:
            count_request(request, request.user)
        except RateLimited as error:
            return too_many(request, error.retry_after)
        return None
