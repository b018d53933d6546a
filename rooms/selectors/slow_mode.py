"""How long a member has to wait in a room that is in slow mode."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from rooms.models import Membership, Message, Room, User


def slow_mode_wait(user: User, room: Room, membership: Membership) -> float:
    """Return in how many seconds a member may write again, or 0. Takes a query only in slow mode."""
    if not room.slow_seconds or user.is_staff or membership.role != Membership.Role.MEMBER:
        return 0.0
    own = Message.objects.filter(room=room, author=user).order_by("-seq")
    last = own.values_list("created_at", flat=True).first()
    left = last + timedelta(seconds=room.slow_seconds) - timezone.now() if last is not None else timedelta()
    return max(left.total_seconds(), 0.0)
