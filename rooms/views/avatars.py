"""Pictures of people. Their addresses can't be guessed and never change their content, so they need no session."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from rooms.selectors.people import get_picture


@require_safe
def avatar(request: HttpRequest, digest: str) -> HttpResponse:
    """A picture, with headers that let it be cached for ever."""
    image = get_picture(digest)
    if image is None:
        raise Http404
    response = HttpResponse(image, content_type="image/webp")
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
