"""Direct rooms: exactly one for each set of people."""

from functools import partial
from typing import Any
from unittest.mock import patch

import pytest

from rooms.errors import Conflict, InvalidField, NotFound
from rooms.models import Membership, Room, User
from rooms.selectors.room_titles import titles_for
from rooms.selectors.unread import get_unread
from rooms.services.direct_rooms import direct_room_open
from rooms.services.members import member_add, member_ban, member_join, member_remove, member_set_role, member_unban
from rooms.services.rooms import room_create, room_update
from rooms.tests.support.api_case import ApiCase
from rooms.tests.support.concurrency import TogetherCase


class DirectRooms(ApiCase):
    def open(self, by: User, *people: User) -> Room:
        return direct_room_open(by=by, people=people)[0]

    def title(self, user: User, room: Room) -> str:
        return titles_for(user, [room])[room.pk]

    def test_the_same_people_always_get_the_same_room(self) -> None:
        room, made = direct_room_open(by=self.ann, people=[self.ben])
        assert made
        assert room.kind == Room.Kind.DIRECT
        assert direct_room_open(by=self.ben, people=[self.ann, self.ben]) == (room, False)
        others = [self.open(self.ann, self.zed), self.open(self.ann, self.ben, self.zed)]
        assert len({room.pk, *(other.pk for other in others)}) == 3

    def test_everyone_is_a_member_and_sees_the_names_of_the_others_as_title(self) -> None:
        self.ben.display_name = "Ben Bow"
        self.ben.save()
        room = self.open(self.ann, self.ben, self.zed)
        assert set(room.memberships.values_list("role", flat=True)) == {Membership.Role.MEMBER}
        assert self.title(self.ann, room) == "Ben Bow, zed"
        assert self.title(self.zed, room) == "ann, Ben Bow"
        self.ben.delete()
        self.zed.delete()
        assert self.title(self.ann, room) == get_unread(self.ann, room).title == "Direct room"

    def test_lists_survive_the_deletion_of_a_direct_room_while_they_are_read(self) -> None:
        room = self.open(self.ann, self.ben)
        self.client.force_login(self.ann)
        for place in ("rooms.selectors.sidebar.users_by_room", "rooms.views.home.direct_members"):
            with patch(place, return_value={}):
                self.assertContains(self.client.get("/"), room.name)

    def test_titles_take_one_query_for_any_number_of_rooms(self) -> None:
        rooms = [self.tea, *(self.open(self.ann, other) for other in (self.ben, self.zed, self.mo))]
        with self.assertNumQueries(1):
            titles = titles_for(self.ann, rooms)
        assert list(titles.values()) == ["Tea", "ben", "zed", "mo"]

    def test_a_direct_room_is_for_2_to_10_people_with_active_accounts(self) -> None:
        crowd = [User.objects.create_user(f"user-{number}") for number in range(10)]
        for people in ([], [self.ann], crowd):
            with pytest.raises(InvalidField):
                self.open(self.ann, *people)
        self.open(self.ann, *crowd[1:])
        known = self.open(self.ann, self.zed)
        self.zed.is_active = False
        self.zed.save()
        assert self.open(self.ann, self.zed) == known
        with pytest.raises(NotFound):
            self.open(self.ben, self.zed)

    def test_members_can_not_be_added_removed_or_promoted(self) -> None:
        room = self.open(self.ann, self.ben)
        staff = User.objects.create_user("sam", is_staff=True)
        for by in (self.ann, staff):
            for write in (
                lambda by: member_add(by=by, room=room, user=self.zed),
                lambda by: member_set_role(by=by, room=room, user=self.ben, role="owner"),
                lambda by: member_remove(by=by, room=room, user=self.ben),
                lambda by: member_ban(by=by, room=room, user=self.ben),
                lambda by: member_unban(by=by, room=room, user=self.ben),
            ):
                with pytest.raises(Conflict):
                    write(by)
        with pytest.raises(NotFound):
            member_add(by=self.zed, room=room, user=self.zed)
        with pytest.raises(NotFound):
            member_join(user=self.zed, room=room)

    def test_no_room_can_become_direct_and_no_direct_room_anything_else(self) -> None:
        room = self.open(self.ann, self.ben)
        staff = User.objects.create_user("sam", is_staff=True)
        with pytest.raises(InvalidField):
            room_create(by=self.ann, name="mine", kind="direct")
        with pytest.raises(InvalidField):
            room_update(by=self.olga, room=self.tea, kind="direct")
        changes: list[dict[str, Any]] = [{"kind": "open"}, {"title": "Ours"}]
        for change in changes:
            with pytest.raises(Conflict):
                room_update(by=staff, room=room, **change)

    def test_the_api_creates_it_once_and_names_it_after_the_others(self) -> None:
        body = {"kind": "direct", "user_names": ["BEN"]}
        made = self.request("POST", "rooms/", body, by=self.ann)
        assert made.status_code == 201
        room = made.json()
        assert made["Location"] == f"/api/rooms/{room['name']}/"
        assert (room["kind"], room["title"], room["role"]) == ("direct", "ben", "member")
        found = self.ok("POST", "rooms/", {"kind": "direct", "user_names": ["ann"]}, by=self.ben)
        assert found == room | {"title": "ann"}
        assert self.ok("GET", f"rooms/{room['name']}/", by=self.ben) == found | {"muted": None}
        assert found in self.ok("GET", "rooms/?kind=direct", by=self.ben)["results"]
        self.refused(404, "not_found", "GET", f"rooms/{room['name']}/", by=self.olga)
        self.refused(409, "conflict", "DELETE", f"rooms/{room['name']}/members/ben/", by=self.ann)
        self.refused(409, "conflict", "POST", f"rooms/{room['name']}/members/", {"user_name": "zed"}, by=self.ann)

    def test_the_api_requires_existing_people(self) -> None:
        self.refused(
            404, "not_found", "POST", "rooms/", {"kind": "direct", "user_names": ["ben", "nobody"]}, by=self.ann
        )
        self.refused(400, "invalid_field", "POST", "rooms/", {"kind": "direct", "user_names": ["Ann"]}, by=self.ann)
        self.refused(400, "missing_field", "POST", "rooms/", {"kind": "direct"}, by=self.ann)
        self.refused(401, "not_authenticated", "POST", "rooms/", {"kind": "direct", "user_names": ["ben"]})
        assert not Room.objects.filter(kind="direct").exists()


class Concurrently(TogetherCase):
    def test_opening_it_at_the_same_time_gives_one_room(self) -> None:
        ann, ben = User.objects.create_user("ann"), User.objects.create_user("ben")
        results = self.together(
            *(partial(direct_room_open, by=one, people=[other]) for one, other in ((ann, ben), (ben, ann)) * 2)
        )
        room = Room.objects.get()
        assert results.count((room, True)) == 1
        assert results.count((room, False)) == 3
