"""Members and bans over REST."""

from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from rooms.models import Ban, Membership, User
from rooms.services.members import member_add, member_ban
from rooms.services.rooms import room_create
from rooms.tests.support.api_case import ApiCase

PATH = "rooms/tea/members/"


class MemberTests(ApiCase):
    def roles(self) -> dict[str, str]:
        page = self.ok("GET", PATH, by=self.ann)
        return {member["user_name"]: member["role"] for member in page["results"]}

    def test_members_can_list_members(self) -> None:
        assert self.roles() == {"olga": "owner", "mo": "moderator", "ann": "member", "ben": "member"}

    def test_the_list_is_paginated_and_takes_a_constant_number_of_queries(self) -> None:
        with self.assertNumQueries(3):
            page = self.ok("GET", f"{PATH}?limit=1", by=self.ann)
        with self.assertNumQueries(3):
            rest = self.client.get(page["next"].replace("limit=1", "limit=50"), headers=self.token(self.ann)).json()
        names = [member["user_name"] for member in page["results"] + rest["results"]]
        assert names == ["olga", "mo", "ann", "ben"]

    def test_anybody_can_join_a_public_room_repeatedly(self) -> None:
        for body in ({}, {"user_name": "zed"}, {"user_name": "ZED"}):
            member = self.ok("POST", "rooms/square/members/", body, by=self.zed, status=201)
            assert (member["user_name"], member["role"]) == ("zed", "member")
        assert Membership.objects.filter(user=self.zed).count() == 1

    def test_users_can_not_give_themselves_a_role(self) -> None:
        self.refused(400, "invalid_field", "POST", "rooms/square/members/", {"role": "owner"}, by=self.zed)

    def test_others_are_invited_instead_of_added(self) -> None:
        for number, by in enumerate((self.mo, self.olga, self.staff())):
            room = room_create(by=self.olga, name=f"room-{number}", kind="private" if number == 1 else "open")
            member_add(by=self.olga, room=room, user=self.mo, role="moderator")
            path = f"rooms/{room.name}/members/"
            invited = self.ok("POST", path, {"user_name": "Zed"}, by=by, status=202)
            assert (invited["user_name"], invited["by"]) == ("zed", by.username)
            assert not Membership.objects.filter(room=room, user=self.zed).exists()
            self.refused(400, "invalid_field", "POST", path, {"user_name": "zed", "role": "owner"}, by=by)
            assert self.ok("POST", f"invitations/{room.name}/", by=self.zed, status=201)["role"] == "member"
            self.refused(409, "conflict", "POST", path, {"user_name": "zed"}, by=by)

    def staff(self) -> User:
        return User.objects.create_user("sam", is_staff=True)

    def test_members_can_not_invite(self) -> None:
        self.refused(404, "not_found", "POST", PATH, {"user_name": "zed"}, by=self.ann)
        self.refused(404, "not_found", "POST", "rooms/square/members/", {"user_name": "ann"}, by=self.zed)

    def test_inviting_an_unknown_user_fails(self) -> None:
        self.refused(404, "not_found", "POST", PATH, {"user_name": "nobody"}, by=self.olga)
        name: Any
        for name in ("a\0", 5, [], None, ""):
            self.refused(400, "invalid_field", "POST", PATH, {"user_name": name}, by=self.olga)

    def test_only_owners_can_change_roles(self) -> None:
        for user in (self.ann, self.mo):
            self.refused(404, "not_found", "PATCH", f"{PATH}ann/", {"role": "owner"}, by=user)
        assert self.ok("PATCH", f"{PATH}ann/", {"role": "moderator"}, by=self.olga)["role"] == "moderator"
        self.refused(400, "invalid_field", "PATCH", f"{PATH}ann/", {"role": "king"}, by=self.olga)
        self.refused(400, "missing_field", "PATCH", f"{PATH}ann/", {}, by=self.olga)
        self.refused(404, "not_found", "PATCH", f"{PATH}zed/", {"role": "owner"}, by=self.olga)

    def test_the_last_owner_remains_an_owner(self) -> None:
        self.refused(409, "conflict", "PATCH", f"{PATH}olga/", {"role": "member"}, by=self.olga)
        self.refused(409, "conflict", "DELETE", f"{PATH}olga/", by=self.olga)

    def test_members_can_leave_and_be_removed(self) -> None:
        self.refused(404, "not_found", "DELETE", f"{PATH}ben/", by=self.ann)
        self.ok("DELETE", f"{PATH}ann/", by=self.ann, status=204)
        self.ok("DELETE", f"{PATH}ben/", by=self.mo, status=204)
        self.refused(404, "not_found", "GET", PATH, by=self.ann)
        self.refused(404, "not_found", "DELETE", f"{PATH}ben/", by=self.mo)

    def test_bans_take_a_constant_number_of_queries(self) -> None:
        counts = []
        for names in (["zed"], [f"zoe{number}" for number in range(10)]):
            for name in names:
                user = User.objects.filter(username=name).first() or User.objects.create_user(name)
                member_ban(by=self.olga, room=self.square, user=user)
            with CaptureQueriesContext(connection) as queries:
                self.ok("GET", "rooms/square/bans/", by=self.olga)
            counts.append(len(queries))
        assert counts[0] == counts[1]

    def test_a_banned_user_can_not_join_a_public_room_until_unbanned(self) -> None:
        self.ok("POST", "rooms/square/members/", {}, by=self.zed, status=201)
        self.ok("DELETE", "rooms/square/members/zed/?ban=true", by=self.olga, status=204)
        self.refused(404, "not_found", "POST", "rooms/square/members/", {}, by=self.zed)
        self.refused(409, "conflict", "POST", "rooms/square/members/", {"user_name": "zed"}, by=self.olga)
        bans: Any = self.ok("GET", "rooms/square/bans/", by=self.olga)["results"]
        assert [(ban["user_name"], ban["by"]) for ban in bans] == [("zed", "olga")]
        self.ok("DELETE", "rooms/square/bans/zed/", by=self.olga, status=204)
        self.refused(404, "not_found", "DELETE", "rooms/square/bans/zed/", by=self.olga)
        self.ok("POST", "rooms/square/members/", {}, by=self.zed, status=201)

    def test_only_moderators_can_list_and_lift_bans(self) -> None:
        member_ban(by=self.olga, room=self.tea, user=self.ben)
        self.refused(404, "not_found", "GET", "rooms/tea/bans/", by=self.ann)
        self.refused(404, "not_found", "DELETE", "rooms/tea/bans/ben/", by=self.ann)
        assert len(self.ok("GET", "rooms/tea/bans/", by=self.mo)["results"]) == 1

    def test_the_ban_parameter_is_a_boolean(self) -> None:
        self.refused(400, "invalid_field", "DELETE", f"{PATH}ben/?ban=perhaps", by=self.mo)
        self.ok("DELETE", f"{PATH}ben/?ban=false", by=self.mo, status=204)
        assert not Ban.objects.exists()
