"""Rate limiting of pages, and the language of answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.deprecation import MiddlewareMixin

from rooms.errors import RateLimited
from rooms.people.languages import user_language
from rooms.rate_limits import SAFE_METHODS, count_request
from rooms.views.rate_limits import too_many


def language(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Answer in the language that the signed-in user has chosen, or else in that of the browser.

    A user identified by a token only is answered in the language of the request.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        chosen = user_language(request.user) if settings.SESSION_COOKIE_NAME in request.COOKIES else None
        with translation.override(chosen or translation.get_language_from_request(request)):
            response = get_response(request)
        if chosen is None and not response.streaming:
            patch_vary_headers(response, ["Accept-Language"])
        return response

    return answer


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
