"""Pictures of link previews. Their addresses can't be guessed and never change their content: they need no session."""

from __future__ import annotations

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from rooms.selectors.previews import get_preview_picture
from rooms.views.downloads import stored_response


@require_safe
def preview_picture(request: HttpRequest, key: str) -> HttpResponseBase:
    """A picture, which browsers may keep for a day."""
    blob = get_preview_picture(key)
    if blob is None:
        raise Http404
    headers = {"Content-Type": "image/webp", "Content-Disposition": "inline"}
    etag, cache = f'"{blob.key}"', "private, max-age=86400"
    return stored_response(request, blob.path, blob.size, headers, etag=etag, cache=cache)
