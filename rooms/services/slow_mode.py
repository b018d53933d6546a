"""Slow mode: after each message in a room, its author has to wait before the next one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from django.db.models import OuterRef, Subquery

from rooms.errors import SlowMode
from rooms.models import Membership, Message, Room

COLUMNS = ("room_id", "user_id", "role", "user__is_staff", "last")
GUESTS_SEARCHED = 1000  # of a room's latest messages, for the last one of a guest: they have no index of their own


class SlowModeTurns:
    """When people have last written in the locked rooms of a batch that are in slow mode.

    Owners, moderators and staff need not wait. Guests have only a name, which they can change: they wait for each
    other, as if they were one person. Takes no query if no room is in slow mode.
    """

    def __init__(self, rooms: Mapping[int, Room], author_ids: Collection[int], now: datetime) -> None:
        self._now = now
        self._slow = {room.pk: timedelta(seconds=room.slow_seconds) for room in rooms.values() if room.slow_seconds}
        self._last: dict[tuple[int, int | None], datetime | None] = {}
        self._exempt: set[tuple[int, int | None]] = set()
        if not self._slow or not author_ids:
            return
        own = Message.objects.filter(room=OuterRef("room"), author=OuterRef("user")).order_by("-seq")
        members = Membership.objects.filter(room__in=self._slow, user__in=author_ids).order_by()
        members = members.annotate(last=Subquery(own.values("created_at")[:1]))
        for room_id, user_id, role, is_staff, last in members.values_list(*COLUMNS):
            self._last[room_id, user_id] = last
            if is_staff or role != Membership.Role.MEMBER:
                self._exempt.add((room_id, user_id))

    def take(self, room: Room, author_id: int | None) -> SlowMode | None:
        """Let an author, or for None a guest, write now; or return until when they have to wait."""
        gap, place = self._slow.get(room.pk), (room.pk, author_id)
        if gap is None or place in self._exempt:
            return None
        if author_id is None and place not in self._last:
            self._last[place] = _last_of_guests(room)
        last = self._last.get(place)
        if last is not None and last + gap > self._now:
            # At most the gap: the last message may have come over another connection, a moment after this one.
            return SlowMode(min(last + gap - self._now, gap).total_seconds())
        self._last[place] = self._now
        return None


def _last_of_guests(room: Room) -> datetime | None:
    latest = Message.objects.filter(room=room).order_by("-seq").values("pk")[:GUESTS_SEARCHED]
    found = Message.objects.filter(pk__in=latest, guest=True).order_by("-seq")
    return found.values_list("created_at", flat=True).first()
