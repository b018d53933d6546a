"""Who may read which room: the two forms of the one rule, and what each kind of person sees."""

import pytest
from django.contrib.auth.models import AnonymousUser

from chatproject.realtime.delivery.source import GUEST
from rooms.errors import NotFound
from rooms.models import Membership, Room, User
from rooms.selectors.rooms import get_room_for, may_read, readers_among
from rooms.services.members import member_ban
from rooms.services.rooms import room_create

pytestmark = pytest.mark.django_db


def sees(user: User | AnonymousUser, name: str) -> bool:
    """Whether `get_room_for` gives the room."""
    try:
        return get_room_for(user, name).name == name
    except NotFound:
        return False


def test_one_room_is_found_by_whom_the_lists_show_it_to() -> None:
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
    seen = {(str(user), room.name): sees(user, room.name) for user in people for room in rooms}
    listed = {
        (str(user), room.name): Room.objects.filter(may_read(user), pk=room.pk).exists()
        for user in people
        for room in rooms
    }
    assert seen == listed
    ids = {user.pk or GUEST: str(user) for user in people}
    reading = {room.name: {ids[each] for each in readers_among(room, set(ids))} for room in rooms}
    # An account that is not active has no sockets, so it is no reader; a request in its name would be a guest's.
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


def test_a_room_found_has_all_its_fields() -> None:
    olga = User.objects.create_user("olga")
    made = room_create(by=olga, name="tea", title="Tea", kind="private")
    room = get_room_for(olga, "tea")
    assert not room.get_deferred_fields()
    assert (room.title, room.created_at, room.closed_at) == ("Tea", made.created_at, None)
