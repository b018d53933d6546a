"""Pinned messages, without sockets."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rooms.errors import Conflict, InvalidField, NotFound, ServiceError
from rooms.models import Message, Room, User
from rooms.selectors.messages import changes_since, get_message, recent_messages
from rooms.selectors.pins import pinned_messages, pinned_seqs
from rooms.services import pins
from rooms.services.blocks import user_block
from rooms.services.direct_rooms import direct_room_open
from rooms.services.members import member_add, member_ban, member_set_role
from rooms.services.messages import message_delete, message_edit
from rooms.services.pins import message_pin, message_unpin
from rooms.services.posting import message_post
from rooms.services.rooms import room_close, room_create, room_update
from rooms.tests.services.test_posting import WithRoom
from rooms.tests.support.concurrency import TogetherCase
from rooms.wire import message_bytes, message_wire


class Pins(WithRoom):
    def setUp(self) -> None:
        self.post("Tea at four.")

    def pin(self, seq: int = 1, by: User | None = None) -> Message:
        return message_pin(by=by or self.owner, room=self.room, seq=seq)

    def refusal(self, by: User, room: Room | None = None, seq: int = 1) -> str:
        """Return the error with which pinning and unpinning are both refused."""
        for service in (message_pin, message_unpin):
            with pytest.raises(ServiceError) as caught:
                service(by=by, room=room or self.room, seq=seq)
        return f"{type(caught.value).__name__}: {caught.value.detail}"

    def test_a_pin_is_a_change_of_the_message_and_not_an_edit(self) -> None:
        before = Room.objects.get(pk=self.room.pk).version
        (announcement,) = self.announced(self.pin)
        message = get_message(self.room, 1)
        assert (announcement.after, announcement.version) == (before, before + 1)
        assert announcement.items == [(before + 1, message_bytes(message))]
        wire = message_wire(message)
        assert wire["pinned"]["by"] == {"user_id": self.owner.pk, "user_name": "olga", "display_name": "olga"}
        assert "edited_at" not in wire
        assert [message_wire(one) for one in changes_since(self.room, version=before, limit=5)] == [wire]

    def test_pinning_again_changes_nothing_and_unpinning_removes_the_pin(self) -> None:
        first = message_wire(self.pin())
        member_set_role(by=self.owner, room=self.room, user=self.ben, role="moderator")
        assert self.announced(lambda: self.pin(by=self.ben)) == []
        assert message_wire(get_message(self.room, 1)) == first
        assert len(self.announced(lambda: message_unpin(by=self.ben, room=self.room, seq=1))) == 1
        assert self.announced(lambda: message_unpin(by=self.ben, room=self.room, seq=1)) == []
        assert "pinned" not in message_wire(get_message(self.room, 1))
        assert pinned_seqs(self.room) == []

    def test_members_may_pin_only_if_the_room_says_so(self) -> None:
        assert self.refusal(self.ann) == "Conflict: Only owners and moderators can pin messages in this room."
        room_update(by=self.owner, room=self.room, pinning="members")
        assert self.pin(by=self.ann).pinned_by == self.ann
        room_update(by=self.owner, room=self.room, pinning="moderators")
        assert self.refusal(self.ann).startswith("Conflict")
        with pytest.raises(InvalidField):
            room_update(by=self.owner, room=self.room, pinning="everybody")

    def test_staff_may_pin_and_outsiders_learn_nothing(self) -> None:
        eve = User.objects.create_user("eve")
        assert self.refusal(eve) == "NotFound: Room not found."
        square = room_create(by=self.owner, name="square", pinning="members")
        message_post(by=self.owner, room=square, content="x")
        assert self.refusal(eve, square) == "Conflict: Join the room to pin messages."
        member_ban(by=self.owner, room=square, user=eve)
        assert self.refusal(eve, square) == "NotFound: Room not found."
        assert self.refusal(self.owner, seq=2).startswith("NotFound")
        message_pin(by=User.objects.create_user("sam", is_staff=True), room=square, seq=1)
        assert pinned_seqs(square) == [1]

    def test_both_people_of_a_direct_room_may_pin_unless_one_has_blocked_the_other(self) -> None:
        talk, _ = direct_room_open(by=self.ann, people=[self.ben])
        message_post(by=self.ann, room=talk, content="x")
        assert message_pin(by=self.ben, room=talk, seq=1).pinned_at
        user_block(by=self.ann, user=self.ben)
        assert self.refusal(self.ben, talk).startswith("Conflict")

    def test_an_archived_room_keeps_its_pins_as_they_are(self) -> None:
        self.pin()
        room_close(by=self.owner, room=self.room)
        assert self.refusal(self.owner) == "Conflict: This room is archived (read-only)."
        assert pinned_seqs(self.room) == [1]

    def test_a_deleted_message_loses_its_pin_and_gets_none(self) -> None:
        self.pin()
        assert "pinned" not in message_wire(message_delete(by=self.ann, room=self.room, seq=1))
        assert pinned_seqs(self.room) == []
        assert self.refusal(self.owner) == "Conflict: This message was deleted."

    def test_an_edit_keeps_the_pin_and_the_list_shows_the_new_text(self) -> None:
        self.pin()
        edited = message_edit(by=self.ann, room=self.room, seq=1, content="Tea at five.")
        assert message_wire(edited)["pinned"]
        ((message,), more) = pinned_messages(self.room, limit=10)
        assert (message.content, more) == ("Tea at five.", False)

    def test_the_list_begins_with_the_latest_pin_and_continues_before_any_of_them(self) -> None:
        for content in "abcd":
            self.post(content)
        for seq in (2, 5, 1, 3):
            self.pin(seq)
        assert pinned_seqs(self.room) == [3, 1, 5, 2]
        page, more = pinned_messages(self.room, limit=2)
        assert ([one.seq for one in page], more) == ([3, 1], True)
        page, more = pinned_messages(self.room, before=1, limit=2)
        assert ([one.seq for one in page], more) == ([5, 2], False)
        for seq in (4, 99, 2**63):
            with pytest.raises(NotFound):
                pinned_messages(self.room, before=seq, limit=2)

    def test_the_number_of_pins_is_limited(self) -> None:
        self.addCleanup(setattr, pins, "MAX_PINS", pins.MAX_PINS)
        pins.MAX_PINS = 2
        for content in "ab":
            self.post(content)
        self.pin(1)
        self.pin(2)
        with pytest.raises(Conflict, match=r"at most 2 pinned messages\. Unpin one first"):
            self.pin(3)
        message_unpin(by=self.owner, room=self.room, seq=1)
        self.pin(3)

    def test_the_pin_outlives_the_account_that_made_it(self) -> None:
        mo = User.objects.create_user("mo")
        member_add(by=self.owner, room=self.room, user=mo, role="moderator")
        self.pin(by=mo)
        mo.delete()
        pinned = message_wire(get_message(self.room, 1))["pinned"]
        assert pinned["by"] is None
        assert pinned["at"]

    def test_only_pages_with_pinned_messages_take_a_further_query(self) -> None:
        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                for message in recent_messages(self.room):
                    message_wire(message)
            return len(captured)

        self.post("Cake.")
        plain = queries()
        for seq in (1, 2):
            self.pin(seq)
        assert queries() == plain + 1


class Concurrently(TogetherCase):
    def test_of_two_pins_at_once_one_is_beyond_the_limit(self) -> None:
        self.addCleanup(setattr, pins, "MAX_PINS", pins.MAX_PINS)
        pins.MAX_PINS = 1
        ann = User.objects.create_user("ann")
        room = room_create(by=ann, name="tea")
        for content in "ab":
            message_post(by=ann, room=room, content=content)
        results = self.together(*(lambda seq=seq: message_pin(by=ann, room=room, seq=seq) for seq in (1, 2)))
        assert sorted(type(one).__name__ for one in results) == ["Conflict", "Message"]
