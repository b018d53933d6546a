"""Replies and their quotes, without sockets."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rooms.errors import Conflict, NotFound
from rooms.models import Message, User
from rooms.selectors.messages import changes_since, get_message, messages_after, messages_around, recent_messages
from rooms.selectors.rooms import get_room_for
from rooms.services.messages import message_delete, message_edit
from rooms.services.posting import NewMessage, Posted, message_post, messages_post
from rooms.services.rooms import room_create
from rooms.tests.services.test_posting import WithRoom
from rooms.wire import EXCERPT_LENGTH, message_wire


class AuthorPictures(WithRoom):
    def test_the_picture_of_the_author_is_the_same_live_and_in_history(self) -> None:
        assert message_wire(self.post("one").message)["avatar"] is None
        User.objects.filter(pk=self.ann.pk).update(picture_digest="0123abcd")
        posted = self.post("two").message
        with self.assertNumQueries(0):
            assert message_wire(posted)["avatar"] == "/avatars/0123abcd.webp"
        assert message_wire(get_message(self.room, 1))["avatar"] == "/avatars/0123abcd.webp"


class Replies(WithRoom):
    def setUp(self) -> None:
        self.post("Tea or **coffee**?")

    def reply(self, to: int = 1, client_id: str | None = None, content: str = "Tea.", by: User | None = None) -> Posted:
        return message_post(by=by or self.ben, room=self.room, content=content, client_id=client_id, reply_to=to)

    def quote(self, seq: int = 2) -> Any:
        return message_wire(get_message(self.room, seq))["reply_to"]

    def test_the_quote_of_the_original_is_the_same_live_and_in_history(self) -> None:
        User.objects.filter(pk=self.ann.pk).update(display_name="Ann B.")
        reply = self.reply().message
        name = {"user_id": self.ann.pk, "user_name": "ann", "display_name": "Ann B."}
        expected = {"seq": 1, **name, "excerpt": "Tea or coffee?"}
        assert message_wire(reply)["reply_to"] == expected
        pages: list[list[Message]] = [
            recent_messages(self.room),
            recent_messages(self.room, limit=1),
            messages_after(self.room, after=1, limit=9),
            changes_since(self.room, version=reply.version - 1, limit=9),
            messages_around(get_room_for(self.ben, "tea"), 2, limit=1),
        ]
        for page in pages:
            assert message_wire(page[-1]) == message_wire(reply)
        assert "reply_to" not in message_wire(get_message(self.room, 1))

    def test_a_quote_is_a_short_line(self) -> None:
        for content, excerpt in (
            ("a\n\nb\n- c & <d>", "a b c & <d>"),
            ("x" * 200, "x" * (EXCERPT_LENGTH - 1) + "…"),
            ("---", "---"),
            ("```\ncode  here\n```", "code here"),
        ):
            seq = self.post(content).message.seq
            assert message_wire(self.reply(seq).message)["reply_to"]["excerpt"] == excerpt

    def test_editing_the_original_updates_the_quote_but_not_the_version_of_the_reply(self) -> None:
        version = self.reply().message.version
        message_edit(by=self.ann, room=self.room, seq=1, content="Cocoa?")
        assert self.quote()["excerpt"] == "Cocoa?"
        message_delete(by=self.ann, room=self.room, seq=1)
        assert self.quote() == {
            "seq": 1,
            "user_id": self.ann.pk,
            "user_name": "ann",
            "display_name": "ann",
            "deleted": True,
        }
        assert get_message(self.room, 2).version == version

    def test_a_deleted_message_can_be_replied_to_and_a_deleted_reply_has_no_quote(self) -> None:
        message_delete(by=self.ann, room=self.room, seq=1)
        assert message_wire(self.reply().message)["reply_to"]["deleted"] is True
        deleted = message_delete(by=self.ben, room=self.room, seq=2)
        assert "reply_to" not in message_wire(deleted)

    def test_a_reply_to_an_absent_message_is_rejected_without_affecting_others(self) -> None:
        elsewhere = room_create(by=self.ann, name="elsewhere")
        for _ in range(9):
            message_post(by=self.ann, room=elsewhere, content="x")
        batch = [NewMessage(self.room.pk, self.ben, "x", reply_to=seq) for seq in (1, 9, 1)]
        outcomes = messages_post(batch)
        assert [isinstance(outcome, Posted) for outcome in outcomes] == [True, False, True]
        assert isinstance(outcomes[1], NotFound)

    def test_a_retried_reply_is_the_same_message_and_to_another_message_a_conflict(self) -> None:
        self.post("Another")
        first = self.reply(client_id="c").message
        again = self.reply(client_id="c")
        assert again.duplicate
        assert message_wire(again.message) == message_wire(first)
        with pytest.raises(Conflict, match="reply_to"):
            self.reply(2, client_id="c")
        message_edit(by=self.ben, room=self.room, seq=first.seq, content="Cocoa.")
        with pytest.raises(Conflict, match="reply_to"):
            self.reply(2, client_id="c")

    def test_a_batch_of_replies_takes_one_query_more_than_one_without(self) -> None:
        def queries(*replies: int | None) -> int:
            with CaptureQueriesContext(connection) as captured:
                messages_post([NewMessage(self.room.pk, self.ann, "x", reply_to=seq) for seq in replies])
            return len(captured)

        plain = queries(None, None)
        # One more for the originals; their authors are looked up together with the members who post.
        assert queries(1, 2, None, 3) == plain + 1
