"""Pages are compressed for browsers that accept it; small, compressed and other responses are not."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.test import Client, RequestFactory

from chatproject.http.middleware import MIN_COMPRESSED_BYTES, compressed_pages

pytestmark = pytest.mark.any_database

GZIP = {"Accept-Encoding": "gzip, deflate, br"}


def answered(response: HttpResponse) -> Any:
    """Return a browser's response if a view returns this one."""
    return compressed_pages(lambda request: response)(RequestFactory().get("/", headers=GZIP))


@pytest.mark.django_db
def test_a_page_is_compressed_for_a_browser_that_accepts_gzip() -> None:
    packed = Client().get("/accounts/setup/", headers=GZIP)
    plain = Client().get("/accounts/setup/")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert b"<title>" in gzip.decompress(packed.content)
    assert len(packed.content) < len(plain.content) == int(plain.headers.get("Content-Length", len(plain.content)))
    assert "Content-Encoding" not in plain.headers
    assert "Accept-Encoding" in plain.headers["Vary"]


def test_small_compressed_and_other_responses_are_not_compressed() -> None:
    large = "x" * MIN_COMPRESSED_BYTES
    assert "Content-Encoding" in answered(HttpResponse(large)).headers
    assert "Content-Encoding" not in answered(HttpResponse(large[1:])).headers
    assert "Content-Encoding" not in answered(JsonResponse({"token": large})).headers
    assert "Content-Encoding" not in answered(HttpResponse(large, content_type="image/webp")).headers
    assert answered(HttpResponse(large, headers={"Content-Encoding": "br"})).content == large.encode()


def test_compressed_pages_have_random_padding() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse("x" * MIN_COMPRESSED_BYTES)

    requests = [RequestFactory().get("/", headers=GZIP) for _ in range(50)]
    lengths = {response.headers["Content-Length"] for response in map(compressed_pages(view), requests)}
    assert len(lengths) > 1  # otherwise a secret in the page could be guessed letter by letter
