"""Rooms over REST."""

from typing import Any

from rooms.models import Membership, Room
from rooms.services.direct_rooms import direct_room_open
from rooms.services.rooms import room_create, room_delete
from rooms.tests.support.api_case import ApiCase
from rooms.wire import room_wire


class RoomTests(ApiCase):
    def names(self, query: str = "", by: Any = None) -> list[str]:
        return [room["name"] for room in self.ok("GET", f"rooms/{query}", by=by or self.ann)["results"]]

    def test_the_list_contains_my_rooms_and_public_rooms(self) -> None:
        room_create(by=self.zed, name="secret", kind="private")
        assert self.names() == ["square", "tea"]
        assert self.names(by=self.zed) == ["secret", "square"]

    def test_the_list_contains_my_role_in_each_room(self) -> None:
        square, tea = self.ok("GET", "rooms/", by=self.mo)["results"]
        assert (square["role"], tea["role"]) == (None, "moderator")
        assert tea == room_wire(Room.objects.get(name="tea")) | {"role": "moderator"}

    def test_the_list_can_be_filtered(self) -> None:
        assert self.names("?mine=true") == ["tea"]
        assert self.names("?mine=false") == ["square"]
        assert self.names("?kind=open") == ["square"]
        assert self.names("?kind=private&mine=false") == []

    def test_an_unknown_filter_value_is_named(self) -> None:
        for query in ("mine=perhaps", "kind=round", "mine=", "kind="):
            problem = self.refused(400, "invalid_field", "GET", f"rooms/?{query}", by=self.ann)
            assert list(problem["errors"]) == [query.split("=")[0]]

    def test_the_list_is_paginated_by_cursor(self) -> None:
        for number in range(5):
            room_create(by=self.ann, name=f"room-{number}")
        page, seen = self.ok("GET", "rooms/?limit=3", by=self.ann), []
        while True:
            seen += [room["name"] for room in page["results"]]
            if not page["next"]:
                break
            page = self.client.get(page["next"], headers=self.token(self.ann)).json()
        assert seen == ["room-0", "room-1", "room-2", "room-3", "room-4", "square", "tea"]
        back = [room["name"] for room in page["results"]]
        while page["previous"]:
            page = self.client.get(page["previous"], headers=self.token(self.ann)).json()
            back = [room["name"] for room in page["results"]] + back
        assert back == seen

    def test_an_empty_page_links_to_the_previous_one(self) -> None:
        page = self.ok("GET", "rooms/?limit=1", by=self.ann)
        room_delete(by=self.olga, room=self.tea)
        page = self.client.get(page["next"], headers=self.token(self.ann)).json()
        assert (page["results"], page["next"]) == ([], None)
        page = self.client.get(page["previous"], headers=self.token(self.ann)).json()
        assert [room["name"] for room in page["results"]] == ["square"]

    def test_the_list_takes_a_constant_number_of_queries(self) -> None:
        with self.assertNumQueries(2):
            self.names()
        for number in range(20):
            room_create(by=self.ann, name=f"room-{number}")
        with self.assertNumQueries(2):
            assert len(self.names()) == 22

    def test_the_creator_of_a_room_owns_it(self) -> None:
        body = {"name": "garden", "title": "Garden", "description": "Green", "kind": "private"}
        response = self.request("POST", "rooms/", body, by=self.ann)
        assert response.status_code == 201
        assert response["Location"] == "/api/rooms/garden/"
        room = self.ok("GET", "rooms/garden/", by=self.ann)
        assert room == response.json() | {"muted": None}
        assert room["role"] == "owner"
        assert body.items() <= room.items()

    def test_a_room_name_can_be_used_only_once(self) -> None:
        self.refused(409, "conflict", "POST", "rooms/", {"name": "tea"}, by=self.zed)

    def test_a_rejected_name_does_not_reveal_private_rooms(self) -> None:
        direct, _ = direct_room_open(by=self.ann, people=[self.ben])
        answers = [
            self.request("POST", "rooms/", {"name": name, "kind": kind}, by=self.zed)
            for name in ("square", "tea", direct.name)
            for kind in ("open", "private")
        ]
        for answer in answers[1:]:
            self.assert_same_answer(answers[0], answer)
        problem = self.assert_problem(answers[0], 409, "conflict")
        assert problem["detail"] == "This room name is not available. Choose another one."

    def test_a_room_needs_a_valid_name(self) -> None:
        self.refused(400, "missing_field", "POST", "rooms/", {}, by=self.ann)
        name: Any
        for name in ("", "Big", "a b", "ä", "x" * 65, "a\0", "a\n", 5, None, [], {}, True):
            self.refused(400, "invalid_field", "POST", "rooms/", {"name": name}, by=self.ann)

    def test_a_client_can_not_set_counters(self) -> None:
        body = {"name": "garden", "version": 9, "last_seq": 9, "created_at": "2001-01-01", "created_by": self.zed.pk}
        room = self.ok("POST", "rooms/", body, by=self.ann, status=201)
        assert (room["version"], room["last_seq"]) == (0, 0)
        assert Room.objects.get(name="garden").created_by == self.ann
        assert not room["created_at"].startswith("2001")

    def test_moderators_can_change_a_room_and_its_version_increases(self) -> None:
        before = Room.objects.get(name="tea").version
        room = self.ok("PATCH", "rooms/tea/", {"title": "Green tea", "name": "coffee"}, by=self.mo)
        assert (room["title"], room["name"], room["version"]) == ("Green tea", "tea", before + 1)

    def test_members_can_not_change_a_room(self) -> None:
        self.refused(404, "not_found", "PATCH", "rooms/tea/", {"title": "Mine"}, by=self.ann)
        self.refused(404, "not_found", "PATCH", "rooms/square/", {"title": "Mine"}, by=self.ann)

    def test_guest_access_is_for_public_rooms_only(self) -> None:
        self.refused(409, "conflict", "PATCH", "rooms/tea/", {"guests": "read"}, by=self.olga)
        both = {"kind": "private", "guests": "read"}
        self.refused(400, "invalid_field", "PATCH", "rooms/tea/", both, by=self.olga)
        self.refused(400, "invalid_field", "POST", "rooms/", both | {"name": "garden"}, by=self.olga)
        assert self.ok("PATCH", "rooms/square/", {"guests": "read"}, by=self.olga)["guests"] == "read"

    def test_only_owners_can_delete_a_room(self) -> None:
        self.refused(404, "not_found", "DELETE", "rooms/tea/", by=self.mo)
        self.ok("DELETE", "rooms/tea/", by=self.olga, status=204)
        self.refused(404, "not_found", "GET", "rooms/tea/", by=self.olga)
        assert not Membership.objects.filter(room_id=self.tea.pk).exists()
