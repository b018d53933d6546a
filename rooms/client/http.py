"""Requests of the client over HTTP. They block: call them in threads."""

from __future__ import annotations

from http.client import HTTPException, HTTPResponse
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

import orjson

from rooms.client.errors import RequestRefused

GET_SECONDS = 10.0
HITS_PER_PAGE = 20
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


def get_json(url: str, headers: dict[str, str]) -> dict[str, Any]:
    """Return the object that the server sends for a URL. Raises RequestRefused, OSError, ValueError."""
    try:
        with open_url(Request(url, headers=headers), seconds=GET_SECONDS) as response:
            body: dict[str, Any] = orjson.loads(response.read())
            return body
    except HTTPException as error:
        raise ConnectionError(f"The answer was cut off ({error!r}).") from error


def fetch_hits(
    http_url: str, headers: dict[str, str], query: str, before: int | None, limit: int, zone: str
) -> dict[str, Any]:
    """Fetch a page of hits in the form of the REST API. Raises RequestRefused, OSError, ValueError."""
    parameters = {"q": query, "limit": limit, "tz": zone} | ({} if before is None else {"before": before})
    return get_json(f"{http_url}/api/search/?{urlencode(parameters)}", headers)


def _refusal(error: HTTPError) -> RequestRefused:
    try:
        problem = orjson.loads(error.read())
        return RequestRefused(error.code, problem["code"], problem["detail"])
    except (ValueError, KeyError, TypeError, OSError, HTTPException):
        return RequestRefused(error.code, "", f"The server answered with HTTP {error.code}.")
