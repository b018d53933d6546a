"""Pinned messages of a room that the user may read, and who may pin."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from chatproject.page_size import fit_from_start
from chatproject.prepared_query import PreparedQuery
from rooms.errors import NotFound
from rooms.models import Membership, Message, Room, User
from rooms.selectors.messages import load_related
from rooms.wire import message_size

NO_PIN = _("Pinned message not found.")
_pinned_seqs = PreparedQuery(lambda room_id: _pinned_in(room_id).values_list("seq"))


def _pinned_in(room: Room | int) -> QuerySet[Message]:
    """Return the pinned messages of a room, the latest pin first."""
    return Message.objects.filter(room=room, pinned_at__isnull=False).order_by("-pinned_at", "-seq")


def pinned_seqs(room: Room) -> list[int]:
    """Return the seqs of all pinned messages of a room, the latest pin first."""
    return [seq for (seq,) in _pinned_seqs.values(room.pk)]


def pinned_messages(room: Room, *, before: int | None = None, limit: int) -> tuple[list[Message], bool]:
    """Return at most `limit` pinned messages, the latest pin first, and whether there are more. Fewer if they are long.

    With `before`, only those pinned before the message with that seq. Raises NotFound if that one is not pinned.
    """
    pinned = _pinned_in(room).select_related("author")
    if before is not None:
        last = pinned.filter(seq=before).first() if before < 2**63 else None
        if last is None:
            raise NotFound(NO_PIN)
        pinned = pinned.filter(Q(pinned_at__lt=last.pinned_at) | Q(pinned_at=last.pinned_at, seq__lt=last.seq))
    found = list(pinned[: limit + 1])
    page = fit_from_start(load_related(found[:limit], room), message_size)
    return page, len(page) < len(found)


def may_pin(user: User, room: Room, membership: Membership | None) -> bool:
    """Return whether a user who may read the room may pin and unpin messages, as long as it is not archived.

    Owners and moderators may, and staff; and all members if the room says so or is a direct room.
    """
    if membership is not None and (room.kind == Room.Kind.DIRECT or room.pinning == Room.Pinning.MEMBERS):
        return True
    return user.is_staff or (membership is not None and membership.role != Membership.Role.MEMBER)
