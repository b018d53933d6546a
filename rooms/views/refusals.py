"""The page for whoever asks too often."""

from __future__ import annotations

import math

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def too_many(request: HttpRequest, wait: float) -> HttpResponse:
    """The 429 page: `wait` is in seconds."""
    context = {"minutes": math.ceil(wait / 60)}
    response = render(request, "429.html", context, status=429)
    response["Retry-After"] = str(math.ceil(wait))
    return response
