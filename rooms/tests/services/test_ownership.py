"""Rooms with members always have an owner."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from django.urls import reverse

from rooms.errors import Conflict
from rooms.models import Membership, Room, User
from rooms.services.invitations import invitation_create
from rooms.services.members import member_add, member_ban, member_join, member_leave, member_remove, member_set_role
from rooms.services.ownership import rooms_hand_over
from rooms.services.rooms import room_create
from rooms.tests.support.api_case import PASSWORD, ApiCase
from rooms.tests.support.concurrency import TogetherCase


def roles(room: Room) -> dict[str, str]:
    return dict(Membership.objects.filter(room=room).values_list("user__username", "role"))


class Owners(ApiCase):
    def deactivate(self, user: User) -> None:
        """Deactivate an account as the admin does."""
        user.is_active = False
        user.save()
        rooms_hand_over(user=user)

    def test_the_last_owner_can_not_leave_step_down_be_removed_or_banned(self) -> None:
        staff = User.objects.create_user("sam", is_staff=True)
        for refused in (
            partial(member_leave, user=self.olga, room=self.tea),
            partial(member_set_role, by=self.olga, room=self.tea, user=self.olga, role="member"),
            partial(member_remove, by=staff, room=self.tea, user=self.olga),
            partial(member_ban, by=staff, room=self.tea, user=self.olga),
        ):
            with pytest.raises(Conflict, match="Make somebody else an owner first"):
                refused()

    def test_owners_with_an_inactive_account_do_not_count(self) -> None:
        member_set_role(by=self.olga, room=self.tea, user=self.ann, role="owner")
        self.deactivate(self.ann)
        with pytest.raises(Conflict):
            member_leave(user=self.olga, room=self.tea)

    def test_a_room_goes_to_its_longest_standing_moderator_else_member(self) -> None:
        member_set_role(by=self.olga, room=self.tea, user=self.ben, role="moderator")
        self.mo.is_active = False
        self.mo.save()
        version = Room.objects.get(pk=self.tea.pk).version
        self.deactivate(self.olga)
        assert roles(self.tea) == {"olga": "owner", "mo": "moderator", "ann": "member", "ben": "owner"}
        assert Room.objects.get(pk=self.tea.pk).version == version + 1
        self.deactivate(self.ben)
        assert roles(self.tea)["ann"] == "owner"

    def test_a_room_with_another_owner_does_not_change(self) -> None:
        member_set_role(by=self.olga, room=self.tea, user=self.ann, role="owner")
        before = roles(self.tea)
        self.deactivate(self.olga)
        assert roles(self.tea) == before

    def test_the_admin_shows_the_new_owners_of_rooms_and_hands_them_over(self) -> None:
        self.client.force_login(User.objects.create_superuser("root", password=PASSWORD))
        other = room_create(by=self.mo, name="other", kind="private")
        member_add(by=self.mo, room=other, user=self.ann)
        page = reverse("admin:rooms_user_change", args=[self.olga.pk])
        form = {"username": "olga", "display_name": "", "first_name": "", "last_name": "", "email": ""}
        answer: Any = self.client.post(page, form, follow=True)
        self.assertContains(answer, "Room tea: mo is now its owner.")
        delete = reverse("admin:rooms_user_delete", args=[self.mo.pk])
        self.assertContains(self.client.get(delete), "Room other: ann becomes its owner.")
        self.client.post(delete, {"post": "yes"})
        assert (roles(other), roles(self.tea)["ann"]) == ({"ann": "owner"}, "owner")

    def test_the_first_to_join_an_abandoned_room_owns_it(self) -> None:
        member_leave(user=self.olga, room=self.square)
        assert member_join(user=self.zed, room=self.square).role == "owner"
        assert member_join(user=self.ann, room=self.square).role == "member"

    def test_invitations_to_a_private_room_end_when_its_last_member_leaves(self) -> None:
        room = room_create(by=self.ann, name="attic", kind="private")
        invitation_create(by=self.ann, room=room, user=self.zed)
        self.client.force_login(self.ann)
        self.assertContains(self.client.get(room.get_absolute_url()), "Nobody will be able to open")
        self.ok("DELETE", "rooms/attic/members/ann/", by=self.ann, status=204)
        self.refused(404, "not_found", "POST", "invitations/attic/", by=self.zed)

    def test_the_page_tells_the_only_owner_what_to_do_before_leaving(self) -> None:
        self.client.force_login(self.olga)
        page = self.client.get(self.tea.get_absolute_url())
        self.assertContains(page, "Make somebody else an owner before you leave")
        self.assertNotContains(page, reverse("room_leave", args=["tea"]))


class Concurrently(TogetherCase):
    def test_one_of_two_owners_leaving_at_the_same_time_stays(self) -> None:
        ann, ben, cleo = (User.objects.create_user(name) for name in ("ann", "ben", "cleo"))
        room = room_create(by=ann, name="room")
        member_add(by=ann, room=room, user=ben, role="owner")
        member_add(by=ann, room=room, user=cleo)
        results = self.together(*(partial(member_leave, user=user, room=room) for user in (ann, ben)))
        assert sorted(type(result).__name__ for result in results) == ["Conflict", "NoneType"]
        assert sorted(roles(room).values()) == ["member", "owner"]
