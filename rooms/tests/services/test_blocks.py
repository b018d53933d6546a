"""Blocking users, and hiding direct rooms from the list."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from django.urls import reverse

from notifications.models import Notification
from notifications.services.tasks import task_assign, task_create
from rooms.errors import Conflict, NotFound
from rooms.live.unread_sockets import WatchingUser
from rooms.models import Block, Membership, Mention, Room, User
from rooms.selectors.invitations import invitations_of
from rooms.selectors.members import may_type
from rooms.selectors.sidebar import sidebar_for
from rooms.selectors.unread import unread_of
from rooms.services.blocks import user_block, user_unblock
from rooms.services.direct_rooms import direct_room_hide, direct_room_open
from rooms.services.invitations import invitation_create
from rooms.services.members import member_leave
from rooms.services.mention_notices import mentions_notify
from rooms.services.messages import message_edit
from rooms.services.posting import message_post
from rooms.tests.support.api_case import ApiCase
from rooms.tests.support.concurrency import TogetherCase


class Blocking(ApiCase):
    def block(self, by: User, user: User) -> None:
        user_block(by=by, user=user)

    def open(self, by: User, *people: User) -> Room:
        return direct_room_open(by=by, people=people)[0]

    def test_the_api_blocks_lists_and_unblocks_users(self) -> None:
        block = self.ok("POST", "blocks/", {"user_name": "BEN"}, by=self.ann, status=201)
        assert (block["user_name"], block["display_name"]) == ("ben", "ben")
        self.ok("POST", "blocks/", {"user_name": "ben"}, by=self.ann, status=201)
        assert [each["user_name"] for each in self.ok("GET", "blocks/", by=self.ann)["results"]] == ["ben"]
        assert self.ok("GET", "blocks/", by=self.ben)["results"] == []
        self.refused(409, "conflict", "POST", "blocks/", {"user_name": "ann"}, by=self.ann)
        self.refused(404, "not_found", "POST", "blocks/", {"user_name": "nobody"}, by=self.ann)
        self.ok("DELETE", "blocks/ben/", by=self.ann, status=204)
        self.refused(404, "not_found", "DELETE", "blocks/ben/", by=self.ann)

    def test_after_unblocking_the_direct_room_is_hidden_left_and_opened_again(self) -> None:
        room = self.open(self.ann, self.ben)
        self.block(self.ann, self.ben)
        user_unblock(by=self.ann, user=self.ben)
        for put_away in (partial(direct_room_hide, user=self.ann), partial(member_leave, user=self.ann)):
            put_away(room=room)
            assert sidebar_for(self.ann).direct == []
            assert [entry.name for entry in sidebar_for(self.ben).direct] == [room.name]
            self.open(self.ann, self.ben)
            assert [entry.name for entry in sidebar_for(self.ann).direct] == [room.name]

    def test_neither_of_two_can_post_edit_or_react_in_their_direct_room_until_unblocked(self) -> None:
        room = self.open(self.ann, self.ben)
        self.say("hello", by=self.ben, room=room)
        self.block(self.ann, self.ben)
        path = f"rooms/{room.name}/messages/"
        said = []
        for by in (self.ben, self.ann):
            said.append(self.refused(409, "conflict", "POST", path, {"content": "again"}, by=by)["detail"])
            self.refused(409, "conflict", "POST", f"{path}1/reactions/", {"emoji": "👍"}, by=by)
        assert said[0] == said[1]  # neither learns who has blocked whom
        self.refused(409, "conflict", "PATCH", f"{path}1/", {"content": "hey, you"}, by=self.ben)
        assert not may_type(self.ben, room.pk)
        self.ok("DELETE", f"{path}1/", by=self.ben)  # deleting own messages is still possible
        self.block(self.ben, self.ann)
        user_unblock(by=self.ann, user=self.ben)
        self.refused(409, "conflict", "POST", path, {"content": "again"}, by=self.ann)
        user_unblock(by=self.ben, user=self.ann)
        self.ok("POST", path, {"content": "again"}, by=self.ben, status=201)

    def test_a_block_in_either_direction_prevents_new_direct_rooms(self) -> None:
        self.block(self.ann, self.ben)
        for by, other in ((self.ben, self.ann), (self.ann, self.ben)):
            for people in ([other], [other, self.zed]):
                with pytest.raises(Conflict):
                    self.open(by, *people)
        assert not Room.objects.filter(kind="direct").exists()
        self.open(self.zed, self.ann, self.ben)  # other people's blocks do not matter

    def test_blocked_users_post_to_group_rooms_but_their_mentions_of_the_blocker_do_not_count(self) -> None:
        self.block(self.ann, self.ben)
        self.say("mine", by=self.ann)
        posted = message_post(by=self.ben, room=self.tea, content="@ann @mo look", reply_to=1)
        message_post(by=self.mo, room=self.tea, content="@ann look")
        message_edit(by=self.ben, room=self.tea, seq=posted.message.seq, content="@mo, and again @ann")
        assert set(Mention.objects.values_list("user__username", "message__author__username")) == {
            ("mo", "ben"),
            ("ann", "mo"),
        }

    def test_blocked_users_can_not_invite_or_assign_tasks_to_the_blocker(self) -> None:
        invitation_create(by=self.olga, room=self.square, user=self.zed)
        self.block(self.zed, self.olga)
        assert not invitations_of(self.zed).exists()  # the invitation from before the block is gone
        self.refused(409, "conflict", "POST", "rooms/tea/invitations/", {"user_name": "zed"}, by=self.olga)
        self.refused(409, "conflict", "POST", "rooms/tea/members/", {"user_name": "zed"}, by=self.olga)
        self.refused(409, "conflict", "POST", "tasks/", {"title": "Do it", "assignee": "zed"}, by=self.olga)
        task = task_create(by=self.olga, title="Do it")
        with pytest.raises(Conflict):
            task_assign(by=self.olga, task=task, assignee=self.zed)
        invitation_create(by=self.mo, room=self.tea, user=self.zed)

    def test_users_block_and_unblock_on_the_pages(self) -> None:
        room = self.open(self.ann, self.ben)
        self.client.force_login(self.ann)
        assert reverse("block") in self.client.get(reverse("room", args=[room.name])).content.decode()
        page = self.client.post(reverse("block"), {"user_name": "ben"}, follow=True)
        self.assertContains(page, "ben was blocked")
        self.assertContains(self.client.get(reverse("profile")), "Unblock ben")
        self.client.post(reverse("unblock"), {"user_name": "ben"})
        assert not Block.objects.exists()


class HiddenDirectRooms(ApiCase):
    room: Room

    def setUp(self) -> None:
        super().setUp()
        self.room = direct_room_open(by=self.ann, people=[self.ben])[0]
        self.say("hello", by=self.ben, room=self.room)

    def listed(self, user: User) -> bool:
        """Return whether the room is in the user's lists, which must agree."""
        self.client.force_login(user)
        found = {
            self.room.name in [entry["room_name"] for entry in self.ok("GET", "unread/", by=user)["rooms"]],
            self.room.name in [entry.name for entry in sidebar_for(user).direct],
            f'/rooms/{self.room.name}/"' in self.client.get("/").content.decode(),
        }
        assert len(found) == 1
        return found.pop()

    def test_a_hidden_room_returns_with_the_next_message(self) -> None:
        self.ok("POST", f"rooms/{self.room.name}/hide/", by=self.ann, status=204)
        assert (self.listed(self.ann), self.listed(self.ben)) == (False, True)
        self.say("there?", by=self.ben, room=self.room)
        assert self.listed(self.ann)

    def test_a_room_that_was_left_returns_only_when_it_is_opened_again(self) -> None:
        self.ok("DELETE", f"rooms/{self.room.name}/members/ann/", by=self.ann, status=204)
        self.say("there?", by=self.ben, room=self.room)
        assert not self.listed(self.ann)
        again = self.ok("POST", "rooms/", {"kind": "direct", "user_names": ["ann"]}, by=self.ben)
        assert (again["name"], self.listed(self.ann)) == (self.room.name, False)
        assert (
            self.ok("POST", "rooms/", {"kind": "direct", "user_names": ["ben"]}, by=self.ann)["name"] == again["name"]
        )
        assert self.listed(self.ann)

    def test_mentions_in_a_room_that_was_left_notify_nobody(self) -> None:
        member_leave(user=self.ann, room=self.room)
        message_post(by=self.ben, room=self.room, content="@ann hey")
        Mention.objects.update(pending=True)
        Room.objects.get(pk=self.room.pk).messages.update(created_at="2020-01-01T00:00Z")
        mentions_notify()
        assert not Notification.objects.exists()

    def test_only_members_can_hide_a_room_and_only_direct_rooms_can_be_hidden(self) -> None:
        self.refused(409, "conflict", "POST", "rooms/tea/hide/", by=self.ann)
        self.refused(404, "not_found", "POST", f"rooms/{self.room.name}/hide/", by=self.zed)

    def test_a_watching_socket_sees_the_room_disappear_and_return(self) -> None:
        def state() -> Any:
            return unread_of([self.ann.pk], [self.room.pk])[0]

        person = WatchingUser()
        person.update_room(state())
        direct_room_hide(user=self.ann, room=self.room)
        assert person.update_room(state())
        assert person._shown(person.rooms) == []
        self.say("there?", by=self.ben, room=self.room)
        person.update_room(state())
        assert [room.room_name for room in person._shown(person.rooms)] == [self.room.name]

    def test_users_hide_and_leave_on_the_pages(self) -> None:
        self.client.force_login(self.ann)
        for name in ("room_hide", "room_leave"):
            page = self.client.get(reverse("room", args=[self.room.name])).content.decode()
            assert reverse(name, args=[self.room.name]) in page
            answer = self.client.post(reverse(name, args=[self.room.name]))
            assert answer["Location"] == reverse("home")
            assert not self.listed(self.ann)
            direct_room_open(by=self.ann, people=[self.ben])


class Concurrently(TogetherCase):
    def test_blocking_while_a_direct_room_is_created_leaves_no_room_to_post_to(self) -> None:
        ann, ben = (User.objects.create_user(name) for name in ("ann", "ben"))

        self.together(partial(direct_room_open, by=ben, people=[ann]), partial(user_block, by=ann, user=ben))
        assert not Membership.objects.filter(room__kind="direct", silenced=False).exists()
        with pytest.raises((Conflict, NotFound)):
            room = Room.objects.filter(kind="direct").first() or direct_room_open(by=ben, people=[ann])[0]
            message_post(by=ben, room=room, content="x")
