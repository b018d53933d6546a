"""Requests of the client over HTTP. They block: call them in threads."""

from __future__ import annotations

from http.client import HTTPException, HTTPResponse
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

import orjson

from rooms.client.errors import RequestRefused

REDIRECTS = (302, 303, 307)


class Redirected(RequestRefused):
    """The server names another address. Headers are not sent there: the token is for this server only."""

    def __init__(self, status: int, location: str) -> None:
        super().__init__(status, "", f"The server redirects to {location}.")
        self.location = location


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        """Don't follow redirects."""


def open_url(request: Request, *, seconds: float) -> HTTPResponse:
    """Send a request. Raises RequestRefused, Redirected, and if there is no response OSError or HTTPException."""
    try:
        response: HTTPResponse = build_opener(_NoRedirect).open(request, timeout=seconds)
        return response
    except HTTPError as error:
        with error:
            if error.code in REDIRECTS and error.headers["Location"]:
                raise Redirected(error.code, error.headers["Location"]) from None
            raise _refusal(error) from error


def _refusal(error: HTTPError) -> RequestRefused:
    try:
        problem = orjson.loads(error.read())
        return RequestRefused(error.code, problem["code"], problem["detail"])
    except (ValueError, KeyError, TypeError, OSError, HTTPException):
        return RequestRefused(error.code, "", f"The server answered with HTTP {error.code}.")
