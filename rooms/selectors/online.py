"""Users who are online: who have an open socket, whatever it is subscribed to. They are away if all theirs are idle."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import NamedTuple

from django.db.models import Exists, OuterRef

from chatproject.realtime.presence.registry_rows import away_among, signed_in_connections
from rooms.models import Membership, Room

MAX_ONLINE = 1000  # members of a room in one response


class OnlineMembers(NamedTuple):
    """The ids of a room's online members, in the order in which they joined, and of those of them who are away."""

    online: list[int]
    away: list[int]


def online_members(room: Room) -> OnlineMembers:
    """Return a room's online members, at most MAX_ONLINE."""
    sockets = signed_in_connections()
    online = Membership.objects.filter(room=room, user_id__in=sockets.values("user_id")).order_by("id")
    active = Exists(sockets.filter(user=OuterRef("user"), idle=False))
    rows = list(online.annotate(active=active).values_list("user_id", "active")[:MAX_ONLINE])
    return OnlineMembers([user_id for user_id, _ in rows], [user_id for user_id, active in rows if not active])


def away_by_room(user_ids: Collection[int]) -> dict[int, tuple[list[int], list[int]]]:
    """Return which of these users are away, and which are online but not away, by the id of each room of theirs."""
    away = away_among(user_ids)
    rooms: defaultdict[int, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for room_id, user_id in Membership.objects.filter(user_id__in=away).values_list("room_id", "user_id"):
        rooms[room_id][0 if away[user_id] else 1].append(user_id)
    return dict(rooms)
