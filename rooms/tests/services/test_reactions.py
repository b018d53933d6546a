"""Reactions to messages, without sockets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings

from rooms.errors import Conflict, InvalidField, MissingField, NotFound, ServiceError
from rooms.models import Membership, Message, Reaction, Room, User
from rooms.selectors.messages import get_message, revisions_for
from rooms.services.members import member_ban, member_set_role
from rooms.services.messages import message_delete, message_edit
from rooms.services.posting import message_post
from rooms.services.reactions import MAX_EMOJI, reaction_add, reaction_remove
from rooms.services.rooms import room_close, room_create
from rooms.tests.services.test_posting import WithRoom
from rooms.tests.support.concurrency import TogetherCase
from rooms.wire import message_bytes, message_wire


class Reactions(WithRoom):
    def setUp(self) -> None:
        self.post("Tea?")

    def add(self, emoji: object, by: User | None = None, seq: int = 1) -> Any:
        message = reaction_add(by=by or self.ben, room=self.room, seq=seq, emoji=emoji)
        return message_wire(message)

    def remove(self, emoji: object, by: User | None = None) -> Any:
        return message_wire(reaction_remove(by=by or self.ben, room=self.room, seq=1, emoji=emoji))

    def wire(self, *reactions: tuple[str, list[User]]) -> list[dict[str, Any]]:
        return [
            {
                "emoji": emoji,
                "user_names": [user.username for user in people],
                "people": [
                    {"user_id": user.pk, "user_name": user.username, "display_name": user.shown_name} for user in people
                ],
            }
            for emoji, people in reactions
        ]

    def reactions(self) -> Any:
        return message_wire(get_message(self.room, 1))["reactions"]

    def test_emoji_are_ordered_by_first_use_and_users_by_time_of_reaction(self) -> None:
        self.add("👍", self.ben)
        self.add("🎉", self.ann)
        last = self.add("👍", self.ann)
        expected = self.wire(("👍", [self.ben, self.ann]), ("🎉", [self.ann]))
        assert last["reactions"] == self.reactions() == expected
        self.remove("👍", self.ben)
        assert self.reactions() == self.wire(("🎉", [self.ann]), ("👍", [self.ann]))

    def test_the_total_size_of_reactions_is_limited(self) -> None:
        names = [f"{number:03}{'x' * 147}" for number in range(300)]
        crowd = User.objects.bulk_create([User(username=name, display_name="é" * 80) for name in names])
        message = Message.objects.get(seq=1)
        Reaction.objects.bulk_create([Reaction(message=message, user=user, emoji="👍") for user in crowd[:100]])
        with pytest.raises(Conflict):
            while True:
                name = crowd.pop()
                Membership.objects.create(room=self.room, user=name)
                self.add("👍", name)
        size = len(message_bytes(get_message(self.room, 1)))
        assert 50_000 < size < settings.MAX_OUTGOING_FRAME_BYTES / 2

    def test_a_reaction_is_announced_like_an_edit_and_the_same_one_again_changes_nothing(self) -> None:
        before = Room.objects.get(pk=self.room.pk).version
        (announcement,) = self.announced(lambda: self.add("👍"))
        message = get_message(self.room, 1)
        assert (announcement.after, announcement.version) == (before, before + 1)
        assert announcement.items == [(before + 1, message_bytes(message))]
        assert "edited_at" not in message_wire(message)
        assert self.announced(lambda: self.add("👍")) == []
        assert len(self.announced(lambda: self.remove("👍"))) == 1
        assert self.announced(lambda: self.remove("👍")) == []
        assert self.reactions() == []

    def test_a_reaction_must_be_exactly_one_emoji(self) -> None:
        for text in ("", "x", "👍👍", "👍 ", ":+1:", "\u200d", "\ufe0f", "🏻", "1", "\ud800"):
            with self.subTest(text=text), pytest.raises(NotFound):
                self.add(text)
        for other in (5, ["👍"]):
            with self.subTest(other=other), pytest.raises(InvalidField):
                self.add(other)
        with pytest.raises(MissingField):
            self.add(None)
        for emoji in ("👍🏽", "👩‍👩‍👧‍👦", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "🇸🇳", "1️⃣"):
            with self.subTest(emoji=emoji):
                assert self.add(emoji)["reactions"][-1]["emoji"] == emoji

    def test_all_encodings_of_an_emoji_are_one_reaction(self) -> None:
        self.add("\u2764")
        self.add("\u2764\ufe0f")
        assert self.reactions() == self.wire(("\u2764\ufe0f", [self.ben]))

    def test_the_number_of_different_emoji_is_limited(self) -> None:
        for number in range(MAX_EMOJI):
            self.add(chr(ord("🍅") + number))
        with pytest.raises(Conflict, match="20"):
            self.add("👍")
        assert len(self.add("🍅", self.ann)["reactions"]) == MAX_EMOJI

    def test_users_who_can_not_react_get_the_same_errors_as_when_posting(self) -> None:
        eve = User.objects.create_user("eve")
        square = room_create(by=self.owner, name="square")
        message_post(by=self.owner, room=square, content="x")

        def refusal(room: Room, by: User, seq: int = 1) -> type[ServiceError]:
            for service in (reaction_add, reaction_remove):
                with pytest.raises(ServiceError) as caught:
                    service(by=by, room=room, seq=seq, emoji="👍")
            return caught.type

        assert refusal(self.room, eve) is NotFound
        assert refusal(square, eve) is Conflict
        member_ban(by=self.owner, room=square, user=eve)
        assert refusal(square, eve) is NotFound
        assert refusal(self.room, self.ben, seq=2) is NotFound
        room_close(by=self.owner, room=self.room)
        assert refusal(self.room, self.ben) is Conflict

    def test_a_deleted_message_has_no_reactions_and_accepts_none(self) -> None:
        self.add("👍")
        assert message_wire(message_delete(by=self.ann, room=self.room, seq=1))["reactions"] == []
        assert not Reaction.objects.exists()
        with pytest.raises(Conflict):
            self.add("👍")

    def test_an_edited_message_keeps_its_reactions(self) -> None:
        self.add("👍")
        edited = message_edit(by=self.ann, room=self.room, seq=1, content="Cocoa?")
        assert message_wire(edited)["reactions"] == self.reactions() == self.wire(("👍", [self.ben]))


class Revisions(WithRoom):
    def setUp(self) -> None:
        self.post("one")
        for content in ("two", "two", "three"):
            message_edit(by=self.ann, room=self.room, seq=1, content=content)

    def test_an_edit_keeps_the_previous_content_for_moderators(self) -> None:
        message = get_message(self.room, 1)
        member_set_role(by=self.owner, room=self.room, user=self.ben, role="moderator")
        staff = User.objects.create_user("sam", is_staff=True)
        for user in (self.owner, self.ben, staff):
            revisions = list(revisions_for(user, self.room, 1))
            assert [revision.content for revision in revisions] == ["one", "two"]
            assert revisions[0].written_at == message.created_at
            assert message.created_at < revisions[1].written_at < (message.edited_at or message.created_at)
        for user in (self.ann, User.objects.create_user("eve")):
            with pytest.raises(NotFound):
                revisions_for(user, self.room, 1)

    def test_deleting_a_message_deletes_its_revisions(self) -> None:
        message_delete(by=self.owner, room=self.room, seq=1)
        assert list(revisions_for(self.owner, self.room, 1)) == []


class Concurrently(TogetherCase):
    def test_of_simultaneous_reactions_equal_ones_count_once_and_different_ones_both(self) -> None:
        ann = User.objects.create_user("ann")
        room = room_create(by=ann, name="tea")
        posted = message_post(by=ann, room=room, content="Tea?").message

        def add(emoji: str) -> Callable[[], object]:
            return lambda: reaction_add(by=ann, room=room, seq=1, emoji=emoji).version

        first = posted.version + 1
        assert self.together(add("👍"), add("👍")) == [first, first]
        assert sorted(map(str, self.together(add("🎉"), add("😀")))) == [str(first + 1), str(first + 2)]
        assert Reaction.objects.count() == 3
