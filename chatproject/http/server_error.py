"""The page for what went wrong on our side."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.template import loader

from chatproject.http.theme import theme


def server_error(request: HttpRequest) -> HttpResponse:
    """The 500 page. It asks nothing of the database, which may be what broke."""
    return HttpResponseServerError(loader.render_to_string("500.html", theme(request)))
