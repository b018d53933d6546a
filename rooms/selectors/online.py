"""Users who are online: who have an open socket, whatever it is subscribed to."""

from __future__ import annotations

from chatproject.realtime.presence.registry_rows import signed_in_connections
from rooms.models import Membership, Room

MAX_ONLINE = 1000  # members of a room in one response


def online_members(room: Room) -> list[int]:
    """Return the ids of a room's online members in the order in which they joined, at most MAX_ONLINE."""
    online = Membership.objects.filter(room=room, user_id__in=signed_in_connections().values("user_id"))
    return list(online.order_by("id").values_list("user_id", flat=True)[:MAX_ONLINE])
