"""Who can read which room: all queries agree on the rule, and every kind of user sees the right rooms."""

import pytest
from django.contrib.auth.models import AnonymousUser

from chatproject.realtime.delivery.source import GUEST
from rooms.errors import NotFound
from rooms.models import Membership, Room, User
from rooms.selectors.rooms import get_room_for, may_read, readers_among
from rooms.services.members import member_ban
from rooms.services.rooms import room_create

pytestmark = pytest.mark.django_db


def finds(user: User | AnonymousUser, name: str) -> bool:
    """Return whether `get_room_for` finds the room."""
    try:
        return get_room_for(user, name).name == name
    except NotFound:
        return False


def test_a_room_is_found_by_the_same_users_whose_lists_contain_it() -> None:
    olga, ann, ben, zed, ina = (User.objects.create_user(name) for name in ("olga", "ann", "ben", "zed", "ina"))
    kinds = [(kind, guests) for kind in Room.Kind for guests in Room.Guests if kind == "open" or guests == "none"]
    rooms = [
        Room.objects.create(name=f"{kind}-{guests}", kind=kind, guests=guests, created_by=olga)
        for kind, guests in kinds
    ]
    for room in rooms:
        for user in (olga, ann, ina):
            Membership.objects.create(room=room, user=user, role="owner" if user == olga else "member")
        if room.kind == Room.Kind.OPEN:
            member_ban(by=olga, room=room, user=zed)
    User.objects.filter(pk=ina.pk).update(is_active=False)
    ina.refresh_from_db()
    people: list[User | AnonymousUser] = [olga, ann, ben, zed, ina, AnonymousUser()]
    seen = {(str(user), room.name): finds(user, room.name) for user in people for room in rooms}
    listed = {
        (str(user), room.name): Room.objects.filter(may_read(user), pk=room.pk).exists()
        for user in people
        for room in rooms
    }
    assert seen == listed
    ids = {user.pk or GUEST: str(user) for user in people}
    reading = {room.name: {ids[each] for each in readers_among(room, set(ids))} for room in rooms}
    # Inactive accounts have no sockets, so they are not readers; their requests would count as those of guests.
    assert all(there == (user in reading[name]) for (user, name), there in seen.items() if user != "ina")
    assert not any("ina" in readers for readers in reading.values())
    assert [name for (user, name), there in seen.items() if user == "ben" and there] == [
        "open-none",
        "open-read",
        "open-write",
    ]
    assert not any(there for (user, _), there in seen.items() if user == "zed")
    assert [name for (user, name), there in seen.items() if user == "AnonymousUser" and there] == [
        "open-read",
        "open-write",
    ]


def test_a_room_that_is_found_has_all_fields_loaded() -> None:
    olga = User.objects.create_user("olga")
    made = room_create(by=olga, name="tea", title="Tea", kind="private")
    room = get_room_for(olga, "tea")
    assert not room.get_deferred_fields()
    assert (room.title, room.created_at, room.closed_at) == ("Tea", made.created_at, None)
