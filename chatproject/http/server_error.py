"""The page for server errors."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.template import loader

from chatproject.http.theme import theme


def server_error(request: HttpRequest) -> HttpResponse:
    """Return the 500 page. It does not query the database, which may be what failed."""
    return HttpResponseServerError(loader.render_to_string("500.html", theme(request)))
