"""Members of rooms: joining, leaving, roles, bans and accounts."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import TestCase

from chatproject.realtime.delivery import publish
from chatproject.realtime.protocol import LeftReason
from rooms.errors import Conflict, InvalidField, NotFound
from rooms.models import Ban, Membership, Message, Room, User
from rooms.selectors.members import get_membership
from rooms.selectors.messages import recent_messages
from rooms.selectors.rooms import get_room_for, open_rooms_for
from rooms.services.accounts import account_create, first_admin_create
from rooms.services.members import (
    member_add,
    member_ban,
    member_join,
    member_leave,
    member_remove,
    member_set_role,
    member_unban,
)
from rooms.services.messages import message_edit
from rooms.services.posting import message_post
from rooms.services.rooms import room_close, room_create, room_delete, room_reopen, room_update
from rooms.tests.support.concurrency import TogetherCase
from rooms.wire import message_wire

OWNER, MODERATOR, MEMBER = Membership.Role.OWNER, Membership.Role.MODERATOR, Membership.Role.MEMBER


class WithRoom(TestCase):
    """An open room with an owner, a moderator and a member, and a user who is not a member."""

    owner: User
    mod: User
    ann: User
    eve: User
    room: Room

    @classmethod
    def setUpTestData(cls) -> None:
        cls.owner = User.objects.create_user("olga")
        cls.mod = User.objects.create_user("mona")
        cls.ann = User.objects.create_user("ann")
        cls.eve = User.objects.create_user("eve")
        cls.room = room_create(by=cls.owner, name="tea")
        member_add(by=cls.owner, room=cls.room, user=cls.mod, role=MODERATOR)
        member_join(user=cls.ann, room=cls.room)

    def role(self, user: User) -> str | None:
        member = get_membership(user, self.room)
        return member.role if member else None


class Removing(WithRoom):
    def test_a_removed_member_can_rejoin_an_open_room(self) -> None:
        member_remove(by=self.mod, room=self.room, user=self.ann)
        assert self.role(self.ann) is None
        member_join(user=self.ann, room=self.room)
        assert self.role(self.ann) == MEMBER

    def test_a_banned_user_can_not_rejoin_an_open_room(self) -> None:
        member_ban(by=self.mod, room=self.room, user=self.ann)
        with pytest.raises(NotFound):
            member_join(user=self.ann, room=self.room)
        with pytest.raises(NotFound):
            get_room_for(self.ann, "tea")
        assert self.room not in open_rooms_for(self.ann)

    def test_a_banned_user_can_not_be_added_until_unbanned(self) -> None:
        member_ban(by=self.mod, room=self.room, user=self.ann)
        with pytest.raises(Conflict):
            member_add(by=self.owner, room=self.room, user=self.ann)
        member_unban(by=self.mod, room=self.room, user=self.ann)
        member_join(user=self.ann, room=self.room)
        assert self.role(self.ann) == MEMBER

    def test_users_who_were_never_members_can_be_banned(self) -> None:
        member_ban(by=self.mod, room=self.room, user=self.eve)
        with pytest.raises(NotFound):
            member_join(user=self.eve, room=self.room)

    def test_banning_twice_creates_one_ban(self) -> None:
        for _ in range(2):
            member_ban(by=self.mod, room=self.room, user=self.ann)
        assert Ban.objects.count() == 1

    def test_members_and_outsiders_can_not_remove_or_ban(self) -> None:
        for user in (self.ann, self.eve):
            with self.subTest(user=user), pytest.raises(NotFound):
                member_remove(by=user, room=self.room, user=self.mod)
            with self.subTest(user=user), pytest.raises(NotFound):
                member_ban(by=user, room=self.room, user=self.ann)

    def test_moderators_can_not_ban_moderators_or_owners(self) -> None:
        for user in (self.mod, self.owner):
            with self.subTest(user=user), pytest.raises(NotFound):
                member_ban(by=self.mod, room=self.room, user=user)

    def test_a_removal_bumps_the_version_and_is_announced_with_its_reason(self) -> None:
        before = Room.objects.get(pk=self.room.pk).version
        seen: list[publish.Announcement] = []
        put, publish.publisher.put = publish.publisher.put, seen.append  # type: ignore[method-assign,assignment]
        try:
            with self.captureOnCommitCallbacks(execute=True):
                member_ban(by=self.mod, room=self.room, user=self.ann)
        finally:
            publish.publisher.put = put  # type: ignore[method-assign]
        (announcement,) = seen
        assert (announcement.after, announcement.version) == (before, before + 1)
        assert announcement.reasons == {self.ann.pk: LeftReason.BANNED}
        assert announcement.changed

    def test_a_former_member_of_a_private_room_can_not_read_or_post(self) -> None:
        room_update(by=self.owner, room=self.room, kind="private")
        member_leave(user=self.ann, room=self.room)
        with pytest.raises(NotFound):
            get_room_for(self.ann, "tea")
        with pytest.raises(NotFound):
            message_post(by=self.ann, room=self.room, content="x")


class Roles(WithRoom):
    def test_the_last_owner_can_not_leave_while_others_remain(self) -> None:
        with pytest.raises(Conflict):
            member_leave(user=self.owner, room=self.room)

    def test_the_last_owner_can_not_be_demoted_removed_or_banned(self) -> None:
        staff = User.objects.create_user("sam", is_staff=True)
        with pytest.raises(Conflict):
            member_set_role(by=self.owner, room=self.room, user=self.owner, role=MEMBER)
        with pytest.raises(Conflict):
            member_remove(by=staff, room=self.room, user=self.owner)
        with pytest.raises(Conflict):
            member_ban(by=staff, room=self.room, user=self.owner)
        assert self.role(self.owner) == OWNER

    def test_an_owner_can_leave_if_there_is_another(self) -> None:
        member_set_role(by=self.owner, room=self.room, user=self.mod, role=OWNER)
        member_leave(user=self.owner, room=self.room)
        assert (self.role(self.owner), self.role(self.mod)) == (None, OWNER)

    def test_the_only_member_of_a_room_can_leave_it(self) -> None:
        alone = room_create(by=self.eve, name="alone")
        member_leave(user=self.eve, room=alone)
        assert not alone.memberships.exists()

    def test_only_owners_can_change_roles(self) -> None:
        for user in (self.mod, self.ann, self.eve):
            with self.subTest(user=user), pytest.raises(NotFound):
                member_set_role(by=user, room=self.room, user=self.ann, role=MODERATOR)
        with pytest.raises(NotFound):
            member_add(by=self.mod, room=self.room, user=self.eve, role=OWNER)

    def test_an_unknown_role_is_invalid(self) -> None:
        with pytest.raises(InvalidField):
            member_set_role(by=self.owner, room=self.room, user=self.ann, role="king")

    def test_joining_or_being_added_again_keeps_the_role(self) -> None:
        member_join(user=self.mod, room=self.room)
        member_add(by=self.owner, room=self.room, user=self.mod)
        assert self.role(self.mod) == MODERATOR


class Rooms(WithRoom):
    def test_a_closed_room_is_read_only_until_it_is_reopened(self) -> None:
        message_post(by=self.ann, room=self.room, content="before")
        room_close(by=self.owner, room=self.room)
        with pytest.raises(Conflict):
            message_post(by=self.ann, room=self.room, content="after")
        with pytest.raises(Conflict):
            message_edit(by=self.ann, room=self.room, seq=1, content="changed")
        assert len(recent_messages(get_room_for(self.ann, "tea"))) == 1
        room_reopen(by=self.owner, room=self.room)
        assert message_post(by=self.ann, room=self.room, content="after").message.seq == 2

    def test_only_owners_and_staff_can_close_and_delete(self) -> None:
        for user in (self.mod, self.ann, self.eve):
            with self.subTest(user=user), pytest.raises(NotFound):
                room_close(by=user, room=self.room)
            with self.subTest(user=user), pytest.raises(NotFound):
                room_delete(by=user, room=self.room)
        room_delete(by=User.objects.create_user("sam", is_staff=True), room=self.room)
        assert not Room.objects.exists()

    def test_a_taken_name_is_a_conflict_and_a_bad_one_invalid(self) -> None:
        with pytest.raises(Conflict):
            room_create(by=self.ann, name="tea")
        for name in ("Tea", "a b", "x" * 65, "tea\n", "ä", "../x"):
            with self.subTest(name=name), pytest.raises(InvalidField):
                room_create(by=self.ann, name=name)

    def test_a_private_room_is_not_found_by_outsiders_guests_or_inactive_users(self) -> None:
        room_update(by=self.owner, room=self.room, kind="private")
        for user in (self.eve, AnonymousUser()):
            with self.subTest(user=user), pytest.raises(NotFound) as caught:
                get_room_for(user, "tea")
            with pytest.raises(NotFound) as absent:
                get_room_for(user, "nothing")
            assert caught.value.detail == absent.value.detail
        self.ann.is_active = False
        self.ann.save()
        with pytest.raises(NotFound):
            get_room_for(self.ann, "tea")


class Accounts(WithRoom):
    def test_deleting_an_account_keeps_its_messages_under_its_name(self) -> None:
        message_post(by=self.ann, room=self.room, content="remember me")
        self.ann.delete()
        message = Message.objects.select_related("author", "room").get()
        assert message.author is None
        assert (message_wire(message)["user_name"], message.content) == ("ann", "remember me")

    def test_deleting_the_creator_of_a_room_keeps_the_room(self) -> None:
        member_set_role(by=self.owner, room=self.room, user=self.mod, role=OWNER)
        self.owner.delete()
        assert Room.objects.filter(name="tea").exists()

    def test_a_user_name_is_taken_whatever_its_case(self) -> None:
        with pytest.raises(InvalidField):
            account_create(username="ANN", password="a-Good-pass-phrase")

    def test_only_the_first_admin_is_created_this_way(self) -> None:
        with pytest.raises(Conflict):
            first_admin_create(username="second", password="a-Good-pass-phrase")


class Concurrently(TogetherCase):
    def test_only_one_of_several_simultaneous_first_visitors_becomes_admin(self) -> None:
        results = self.together(
            *[
                lambda name=name: first_admin_create(username=name, password="a-Good-pass-phrase")
                for name in ("ada", "bea", "cleo", "dora")
            ]
        )
        assert sorted(type(result).__name__ for result in results) == ["Conflict"] * 3 + ["User"]
        assert User.objects.filter(is_superuser=True).count() == 1

    def test_two_owners_leaving_at_the_same_time_do_not_leave_the_room_without_one(self) -> None:
        one, two, ann = (User.objects.create_user(name) for name in ("one", "two", "ann"))
        room = room_create(by=one, name="tea")
        member_add(by=one, room=room, user=two, role=OWNER)
        member_join(user=ann, room=room)
        results = self.together(lambda: member_leave(user=one, room=room), lambda: member_leave(user=two, room=room))
        assert sum(isinstance(result, Conflict) for result in results) == 1, results
        assert room.memberships.filter(role=OWNER).count() == 1

    def test_messages_posted_concurrently_get_consecutive_seqs_and_versions_in_the_same_order(self) -> None:
        user = User.objects.create_user("ann")
        room = room_create(by=user, name="tea")
        self.together(*[lambda: [message_post(by=user, room=room, content="x") for _ in range(10)] for _ in range(6)])
        rows = list(Message.objects.order_by("seq").values_list("seq", "version"))
        assert [seq for seq, _ in rows] == list(range(1, 61))
        assert [version for _, version in rows] == sorted(version for _, version in rows)

    def test_simultaneous_retries_create_one_message(self) -> None:
        user = User.objects.create_user("ann")
        room = room_create(by=user, name="tea")
        post = lambda: message_post(by=user, room=room, content="x", client_id="c")  # noqa: E731
        results = self.together(*[post] * 8)
        assert {result.message.seq for result in results} == {1}, results  # type: ignore[attr-defined]
        assert Message.objects.count() == 1

    def test_joining_twice_at_the_same_time_creates_one_membership(self) -> None:
        owner, ann = User.objects.create_user("olga"), User.objects.create_user("ann")
        room = room_create(by=owner, name="tea")
        results = self.together(*[lambda: member_join(user=ann, room=room)] * 4)
        assert {type(result) for result in results} == {Membership}, results
        assert room.memberships.filter(user=ann).count() == 1
