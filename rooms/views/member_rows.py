"""Prepares members for `rooms/_member.html`."""

from __future__ import annotations

from typing import NamedTuple

from rooms.models import Signs


class MemberRow(NamedTuple):
    """A member in the list of a room's page, and what decides which actions it offers."""

    user_id: int | None
    user_name: str
    display_name: str
    avatar: str | None
    role: str
    online: bool
    away: bool
    signs: Signs
    own: bool  # the reader's own row
    room_name: str
    kind: str  # of the room
    may_own: bool
    may_moderate: bool
    only_owner: bool  # an owner can't step down
