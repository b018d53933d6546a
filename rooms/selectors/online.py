"""Users who are online: who have an open socket, whatever it is subscribed to. They are away if all theirs are idle."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Subquery

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


def is_away() -> Subquery:
    """Annotate memberships with whether the member is away; None for those who are not online."""
    sockets = signed_in_connections().filter(user=OuterRef("user"))
    return Subquery(sockets.order_by("idle").values("idle")[:1])  # an active one comes first


def online_contacts(user_ids: Collection[int]) -> dict[int, dict[str, list[int]]]:
    """Return, for each of these users, the `online` people who share a direct room with them, and those who are `away`.

    Takes one query.
    """
    found: dict[int, dict[str, list[int]]] = {user_id: {"online": [], "away": []} for user_id in user_ids}
    shared = Membership.objects.filter(room__kind=Room.Kind.DIRECT, room__memberships__user__in=user_ids)
    rows = shared.annotate(away=is_away()).filter(away__isnull=False)
    for user_id, contact_id, away in rows.values_list("room__memberships__user", "user", "away").order_by().distinct():
        if user_id != contact_id:
            found[user_id]["online"].append(contact_id)
            if away:
                found[user_id]["away"].append(contact_id)
    for contacts in found.values():
        for ids in contacts.values():
            ids.sort()
    return found


def presence_for_contacts(user_ids: Collection[int]) -> dict[int, list[tuple[int, bool | None]]]:
    """Return, by the id of each person who shares a direct room with one of these users, those and if they are away.

    That is None for those who are not online.
    """
    away = away_among(user_ids)
    shared = Membership.objects.filter(room__kind=Room.Kind.DIRECT, room__memberships__user__in=user_ids)
    told: defaultdict[int, list[tuple[int, bool | None]]] = defaultdict(list)
    for user_id, contact_id in shared.values_list("room__memberships__user", "user").order_by().distinct():
        if user_id != contact_id:
            told[contact_id].append((user_id, away.get(user_id)))
    return dict(told)
