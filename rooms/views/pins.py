"""The list of a room's pinned messages."""

from __future__ import annotations

from typing import NamedTuple

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from rooms.errors import NotFound
from rooms.models import Message
from rooms.selectors.members import get_membership
from rooms.selectors.pins import may_pin, pinned_messages
from rooms.selectors.room_titles import titles_for
from rooms.services.pins import message_unpin
from rooms.views.request import SignedInRequest, act_and_notify, get_room_or_404
from rooms.views.room import whole_number
from rooms.wire import excerpt, timestamp

PINS_PER_PAGE = 50


class ShownPin(NamedTuple):
    """A pinned message: its place, author and text in one line, when it was sent, and who pinned it."""

    seq: int
    author: str
    created_at: str
    text: str
    pinned_by: str


@never_cache
@login_required
def room_pins(request: SignedInRequest, name: str) -> HttpResponse:
    """The pinned messages of a room, the latest pin first; with `before`, those pinned before the one with that seq."""
    room = get_room_or_404(request, name)
    before = whole_number(request.GET.get("before", ""))
    try:
        found, more = pinned_messages(room, before=before, limit=PINS_PER_PAGE)
    except NotFound as error:  # it was unpinned in the meantime
        raise Http404 from error
    context = {
        "room": room,
        "title": titles_for(request.user, [room])[room.pk],
        "pins": [_shown(message) for message in found],
        "may_unpin": room.closed_at is None and may_pin(request.user, room, get_membership(request.user, room)),
        "not_first": before is not None,
        "older": found[-1].seq if more else None,
    }
    return render(request, "rooms/pins.html", context)


def _shown(message: Message) -> ShownPin:
    return ShownPin(
        seq=message.seq,
        author=message.author.shown_name if message.author else message.user_name,
        created_at=timestamp(message.created_at),
        text=excerpt(message),
        pinned_by=message.pinned_by.shown_name if message.pinned_by else "",
    )


@require_POST
@login_required
def unpin(request: SignedInRequest, name: str, seq: int) -> HttpResponse:
    """Unpin a message, and return to the list."""
    room = get_room_or_404(request, name)

    def act() -> str:
        message_unpin(by=request.user, room=room, seq=seq)
        return _("Message unpinned.")

    return act_and_notify(request, act) or redirect("room_pins", name=room.name)
