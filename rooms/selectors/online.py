"""Who is online: at a socket, whatever it follows."""

from __future__ import annotations

from collections.abc import Collection

from chatproject.realtime.presence.registry_rows import connections_of_people
from rooms.models import Membership, Room

MAX_ONLINE = 1000  # members of a room that are given


def online_among(user_ids: Collection[int]) -> set[int]:
    """Which of these people have an open socket."""
    rows = connections_of_people().filter(user_id__in=user_ids)
    return {user_id for user_id in rows.values_list("user_id", flat=True).distinct() if user_id is not None}


def online_members(room: Room) -> list[int]:
    """Which members of a room have an open socket, the longest there first; of very many, the first ones."""
    online = Membership.objects.filter(room=room, user_id__in=connections_of_people().values("user_id"))
    return list(online.order_by("id").values_list("user_id", flat=True)[:MAX_ONLINE])
