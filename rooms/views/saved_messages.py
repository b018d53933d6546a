"""The page of messages that the user saved, with their reminders."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from rooms.models import SavedMessage
from rooms.selectors.messages import load_names_of_files
from rooms.selectors.room_titles import titles_for
from rooms.selectors.saved_messages import saved_by
from rooms.services.saved_messages import message_unsave, reminder_set
from rooms.views.request import SignedInRequest, act_and_notify, get_room_or_404
from rooms.views.room import whole_number
from rooms.wire import excerpt, timestamp

SAVED_PER_PAGE = 50


class ShownSaved(NamedTuple):
    """A saved message: its room, place, author and text in one line, when it was sent, and its reminder."""

    room_name: str
    room_title: str
    seq: int
    author: str
    created_at: str
    text: str
    remind_at: str | None
    reminded: bool


@never_cache
@login_required
def saved_page(request: SignedInRequest) -> HttpResponse:
    """First what the user was reminded of, then the rest, the last saved first; with `before`, only what is older."""
    before = whole_number(request.GET.get("before", ""))
    saved = saved_by(request.user)
    reminded = [] if before is not None else list(saved.filter(reminded_at__isnull=False).order_by("-reminded_at"))
    others = saved.filter(reminded_at__isnull=True)
    if before is not None:
        others = others.filter(pk__lt=before)
    found = list(others[: SAVED_PER_PAGE + 1])
    page = found[:SAVED_PER_PAGE]
    context = {
        "saving": True,
        "reminded": _shown(request, reminded),
        "saved": _shown(request, page),
        "not_first": before is not None,
        "older": page[-1].pk if len(found) > len(page) else None,
    }
    return render(request, "rooms/saved.html", context)


def _shown(request: SignedInRequest, saved: Iterable[SavedMessage]) -> list[ShownSaved]:
    messages = [one.message for one in saved]
    load_names_of_files(messages)
    titles = titles_for(request.user, {message.room for message in messages})
    return [
        ShownSaved(
            room_name=message.room.name,
            room_title=titles[message.room_id],
            seq=message.seq,
            author=message.author.shown_name if message.author else message.user_name,
            created_at=timestamp(message.created_at),
            text=excerpt(message),
            remind_at=timestamp(one.remind_at) if one.remind_at else None,
            reminded=one.reminded_at is not None,
        )
        for one, message in zip(saved, messages, strict=True)
    ]


@require_POST
@login_required
def remove(request: SignedInRequest, name: str, seq: int) -> HttpResponse:
    """Remove a message from the saved ones, and return to them."""
    room = get_room_or_404(request, name)

    def act() -> str:
        message_unsave(by=request.user, room=room, seq=seq)
        return _("Removed from saved.")

    return act_and_notify(request, act) or redirect("saved")


@require_POST
@login_required
def remove_reminder(request: SignedInRequest, name: str, seq: int) -> HttpResponse:
    """Remove the reminder of a saved message, and return to them."""
    room = get_room_or_404(request, name)

    def act() -> str:
        reminder_set(by=request.user, room=room, seq=seq, remind_at=None)
        return _("Reminder removed.")

    return act_and_notify(request, act) or redirect("saved")
