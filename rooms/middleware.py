"""Rate limiting of pages, the language of answers, where people are signed in, and who must set up two-step sign-in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.deprecation import MiddlewareMixin

from rooms.errors import RateLimited
from rooms.models import User
from rooms.people.languages import user_language
from rooms.rate_limits import SAFE_METHODS, count_request
from rooms.selectors.two_step import session_lacks_two_step, two_step_required
from rooms.services.user_sessions import session_seen
from rooms.views.rate_limits import too_many

# What those who must set up two-step sign-in can open: the pages where they do, and leaving.
WITHOUT_TWO_STEP = frozenset(
    {
        "security",
        "app_add",
        "passkey_add",
        "confirm",
        "logout",
        "manifest",
        "service_worker",
        "offline",
        "ping",
        "health",
        "ready",
        "metrics",
    }
)


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


def seen_sessions(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Note where people are signed in, and when they were last seen there."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if settings.SESSION_COOKIE_NAME in request.COOKIES and isinstance(request.user, User):
            session_seen(request, request.user)
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


class TwoStepMiddleware(MiddlewareMixin):
    """Leads people who must have two-step sign-in, and don't, to the page where they set it up. They open no other.

    API views check it themselves, whatever the authentication.
    """

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Return the redirect, or for a script an error; None for everybody else."""
        if settings.REQUIRE_TWO_STEP == "nobody" or hasattr(view, "cls"):
            return None
        match = request.resolver_match
        if match is not None and not match.namespaces and match.url_name in WITHOUT_TWO_STEP:
            return None
        user = request.user
        if not isinstance(user, User) or not session_lacks_two_step(user, request.session):
            return None
        if request.headers.get("Accept") == "application/json":
            error = two_step_required()
            return JsonResponse({"detail": error.detail, "code": error.code}, status=error.status)
        return redirect("security")
