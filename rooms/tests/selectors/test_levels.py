"""Who is notified of what in a room."""

from __future__ import annotations

from rooms.models import Membership, Room, User
from rooms.selectors.levels import everything_members, level_of
from rooms.services.direct_rooms import direct_room_hide, direct_room_open
from rooms.tests.services.test_posting import WithRoom


class Levels(WithRoom):
    def setUp(self) -> None:
        self.direct, _ = direct_room_open(by=self.ann, people=[self.ben])

    def choose(self, user: User, room: Room, level: str) -> None:
        Membership.objects.filter(user=user, room=room).update(level=level)

    def hearing(self) -> list[tuple[str, str]]:
        found = everything_members([self.room.pk, self.direct.pk])
        rooms, people = dict(Room.objects.values_list("pk", "name")), dict(User.objects.values_list("pk", "username"))
        return [(rooms[room_id], people[user_id]) for room_id, user_id, _ in found]

    def test_the_default_is_everything_in_direct_rooms_and_mentions_in_others(self) -> None:
        for room, default in ((self.room, "mentions"), (self.direct, "everything")):
            membership = Membership.objects.get(user=self.ann, room=room)
            assert level_of(membership, room) == default
            membership.level = "nothing"
            assert level_of(membership, room) == "nothing"

    def test_those_who_hear_everything_are_those_who_chose_so_and_members_of_direct_rooms(self) -> None:
        name = self.direct.name
        assert self.hearing() == [(name, "ann"), (name, "ben")]
        self.choose(self.ben, self.room, "everything")
        self.choose(self.ann, self.direct, "mentions")
        assert self.hearing() == [("tea", "ben"), (name, "ben")]
        Membership.objects.filter(user=self.ben, room=self.room).update(read_seq=7)
        assert everything_members([self.room.pk]).get() == (self.room.pk, self.ben.pk, 7)

    def test_people_who_left_or_whose_account_ended_hear_nothing(self) -> None:
        self.choose(self.ben, self.room, "everything")
        direct_room_hide(user=self.ann, room=self.direct, until_reopened=True)
        User.objects.filter(pk=self.ben.pk).update(is_active=False)
        assert self.hearing() == []
