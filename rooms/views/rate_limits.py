"""The page for users who have reached a rate limit."""

from __future__ import annotations

import math

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

TOO_MANY = _("Too many attempts. Wait a while and try again.")


def too_many(request: HttpRequest, wait: float) -> HttpResponse:
    """The 429 page; `wait` is in seconds. A script, which asks for JSON, gets only the sentence."""
    response: HttpResponse
    if request.headers.get("Accept") == "application/json":
        response = JsonResponse({"detail": TOO_MANY}, status=429)
    else:
        response = render(request, "429.html", {"minutes": math.ceil(wait / 60)}, status=429)
    response["Retry-After"] = str(math.ceil(wait))
    return response
