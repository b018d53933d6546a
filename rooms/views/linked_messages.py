"""The message that a link in another message leads to, decided anew for each reader."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from rooms.errors import NotFound
from rooms.selectors.messages import get_message
from rooms.selectors.room_titles import titles_for
from rooms.views.request import SignedInRequest, get_room_or_404
from rooms.wire import excerpt


@require_safe
@never_cache
@login_required
def linked_message(request: SignedInRequest, name: str, seq: int) -> HttpResponse:
    """A card with the author, room, time and beginning of a message. 404 for those who may not read it."""
    room = get_room_or_404(request, name)
    try:
        message = get_message(room, seq)
    except NotFound as error:
        raise Http404 from error
    if message.deleted_at is not None:
        raise Http404
    context = {
        "address": f"{reverse('room', args=[room.name])}?message={seq}",
        "author": message.author.shown_name if message.author else message.user_name,
        "title": titles_for(request.user, [room])[room.pk],
        "created_at": message.created_at,
        "excerpt": excerpt(message),
    }
    return render(request, "rooms/_linked_message.html", context)
