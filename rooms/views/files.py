"""The list of a room's files."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from rooms.errors import NotFound
from rooms.models import Attachment
from rooms.selectors.attachments import loaded
from rooms.selectors.files import room_files as newest_files
from rooms.selectors.installation import get_epoch
from rooms.selectors.members import get_membership
from rooms.selectors.room_titles import titles_for
from rooms.views.request import SignedInRequest, get_room_or_404
from rooms.wire import attachment_wire, timestamp

FILES_PER_PAGE = 50


class ShownFile(NamedTuple):
    """A file in its wire form, and the message that has it: seq, name of the author, and when it was sent."""

    file: dict[str, Any]
    seq: int
    author: str
    created_at: str


@never_cache
@login_required
def room_files(request: SignedInRequest, name: str) -> HttpResponse:
    """The files of a room, newest first; with `before`, those older than the file with that id."""
    room = get_room_or_404(request, name)
    before = request.GET.get("before")
    try:
        found = newest_files(room, before=before, limit=FILES_PER_PAGE + 1)
    except NotFound as error:  # the file was deleted in the meantime
        raise Http404 from error
    shown = found[:FILES_PER_PAGE]
    membership = get_membership(request.user, room)
    context = {
        "room": room,
        "title": titles_for(request.user, [room])[room.pk],
        "epoch": get_epoch(),
        "role": membership.role if membership else "",  # only members follow the room
        "files": [_shown(attachment) for attachment in shown],
        "not_first": before is not None,
        "older": shown[-1].public_id if len(found) > len(shown) else None,
    }
    return render(request, "rooms/files.html", context)


def _shown(attachment: Attachment) -> ShownFile:
    message = attachment.message
    assert message is not None, "not sent yet"
    return ShownFile(
        file=attachment_wire(loaded([attachment])[0]),
        seq=message.seq,
        author=message.author.shown_name if message.author else message.user_name,
        created_at=timestamp(message.created_at),
    )
