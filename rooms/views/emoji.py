"""The list of emoji for the completion and the picker (static/js/emoji.js)."""

from __future__ import annotations

from functools import cache

import orjson
from django.http import HttpRequest, HttpResponse
from django.utils.text import compress_string
from django.views.decorators.cache import cache_control
from django.views.decorators.vary import vary_on_headers

from rooms.markdown.emoji import emoji_names


@cache
def _body() -> tuple[bytes, bytes]:
    plain = orjson.dumps(emoji_names())
    return plain, compress_string(plain)


@cache_control(public=True, max_age=86_400)
@vary_on_headers("Accept-Encoding")
def emoji(request: HttpRequest) -> HttpResponse:
    """`[[emoji, name, ...], ...]`, the same for all users."""
    plain, compressed = _body()
    if "gzip" not in request.headers.get("Accept-Encoding", ""):
        return HttpResponse(plain, content_type="application/json")
    return HttpResponse(compressed, content_type="application/json", headers={"Content-Encoding": "gzip"})
