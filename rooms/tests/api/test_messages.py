"""Messages over REST."""

from typing import Any

from django.test import override_settings

from rooms.models import Message, Room
from rooms.selectors.installation import get_epoch
from rooms.services.messages import message_delete, message_edit
from rooms.services.posting import message_post
from rooms.services.rooms import room_close
from rooms.tests.support.api_case import ApiCase
from rooms.wire import message_wire

PATH = "rooms/tea/messages/"


class ReadingTests(ApiCase):
    def page(self, query: str = "") -> Any:
        return self.ok("GET", f"{PATH}{query}", by=self.ben)

    def seqs(self, query: str = "") -> list[int]:
        return [message["seq"] for message in self.page(query)["messages"]]

    def test_a_page_is_oldest_first_and_has_the_rooms_version(self) -> None:
        self.say("one", "two", "three")
        page = self.page()
        assert [message["content"] for message in page["messages"]] == ["one", "two", "three"]
        assert page["version"] == Room.objects.get(name="tea").version
        assert page["epoch"] == get_epoch()
        assert page["more"] is False

    def test_a_message_has_the_same_form_everywhere(self) -> None:
        self.say("**one**")
        assert self.page()["messages"] == [message_wire(Message.objects.select_related("room", "author").get())]
        assert self.ok("GET", f"{PATH}1/", by=self.ben) == self.page()["messages"][0]

    def test_pages_by_seq_work_in_both_directions(self) -> None:
        self.say(*"abcdefg")
        assert self.seqs("?limit=3") == [5, 6, 7]
        assert self.seqs("?before=5&limit=3") == [2, 3, 4]
        assert self.seqs("?before=2&limit=3") == [1]
        assert self.seqs("?after=2&limit=3") == [3, 4, 5]
        assert self.seqs("?after=7") == []
        assert [self.page(query)["more"] for query in ("?before=5&limit=3", "?before=2", "?after=2&limit=3")] == [
            True,
            False,
            True,
        ]

    def test_missed_changes_come_once_each_in_their_latest_state(self) -> None:
        self.say("one", "two", "three")
        version = self.page()["version"]
        message_edit(by=self.ann, room=self.tea, seq=1, content="uno")
        message_delete(by=self.ann, room=self.tea, seq=2)
        message_edit(by=self.ann, room=self.tea, seq=1, content="eins")
        missed = self.page(f"?since={version}")["messages"]
        assert [(message["seq"], message["content"]) for message in missed] == [(2, ""), (1, "eins")]
        assert missed[0]["deleted"] is True
        assert "edited_at" in missed[1]

    def test_catching_up_page_by_page_misses_nothing(self) -> None:
        self.say(*"abcdefg")
        position, seen = 0, []
        while True:
            page = self.page(f"?since={position}&limit=3")
            seen += [message["seq"] for message in page["messages"]]
            if not page["more"]:
                break
            position = page["messages"][-1]["version"]
        assert seen == [1, 2, 3, 4, 5, 6, 7]

    def test_only_one_position_parameter_is_allowed(self) -> None:
        self.refused(409, "conflict", "GET", f"{PATH}?after=1&before=3", by=self.ben)
        self.refused(409, "conflict", "GET", f"{PATH}?after=1&since=3", by=self.ben)
        self.refused(409, "conflict", "GET", f"{PATH}?around=1&since=3", by=self.ben)

    def test_positions_and_limits_are_integers_within_bounds(self) -> None:
        for query in ("limit=0", "limit=101", "limit=-1", "limit=x", "limit=", "after=-1", "before=1.5", "since=²"):
            self.refused(400, "invalid_field", "GET", f"{PATH}?{query}", by=self.ben)
        for number in (2**63, 10**30, "9" * 5000):
            self.refused(400, "invalid_field", "GET", f"{PATH}?after={number}", by=self.ben)
        assert self.seqs(f"?after={2**63 - 1}") == []

    def test_an_unknown_message_is_not_found(self) -> None:
        for seq in ("1", "0", str(2**63), "9" * 400, "-1", "x"):
            self.refused(404, "not_found", "GET", f"{PATH}{seq}/", by=self.ben)

    def test_a_page_takes_a_constant_number_of_queries(self) -> None:
        get_epoch()
        for speaker in (self.ann, self.ben, self.mo):
            self.say("one", by=speaker)
        with self.assertNumQueries(5):
            self.page()
        for speaker in (self.olga, self.ann, self.ben) * 8:
            message_post(by=speaker, room=self.tea, content="more", reply_to=1)
            message_post(by=speaker, room=self.tea, content="more", reply_to=2)
        with self.assertNumQueries(6):
            assert len(self.page("?limit=30")["messages"]) == 30

    def test_a_page_around_a_message_is_centred_on_it_or_ends_at_the_rooms_end(self) -> None:
        self.say(*"abcdefghi")
        assert self.seqs("?around=5&limit=3") == [4, 5, 6]
        assert self.seqs("?around=5&limit=4") == [3, 4, 5, 6]
        assert self.seqs("?around=1&limit=3") == [1, 2, 3]
        assert self.seqs("?around=9&limit=3") == self.seqs(f"?around={2**63 - 1}&limit=3") == [7, 8, 9]
        assert [self.page(f"?around=5&limit={limit}")["more"] for limit in (8, 9)] == [True, False]


class WritingTests(ApiCase):
    def post(self, body: Any, status: int = 201) -> Any:
        return self.ok("POST", PATH, body, by=self.ann, status=status)

    def test_a_posted_message_is_numbered_rendered_and_readable(self) -> None:
        message = self.post({"content": "Hello **there**", "client_id": "c1"})
        assert (message["seq"], message["user_name"], message["client_id"]) == (1, "ann", "c1")
        assert "<strong>there</strong>" in message["html"]
        assert self.ok("GET", f"{PATH}1/", by=self.ben) == message

    def test_a_client_can_not_set_author_seq_or_time(self) -> None:
        false = {
            "author": self.zed.pk,
            "user_name": "zed",
            "seq": 99,
            "version": 99,
            "created_at": "2001-01-01T00:00:00Z",
            "html": "<b>x</b>",
            "deleted": True,
            "room_name": "square",
            "guest": True,
        }
        message = self.post({"content": "hello", **false})
        assert not [name for name in false if message.get(name) == false[name]]
        assert Message.objects.get().author == self.ann

    def test_the_same_client_id_returns_the_first_result(self) -> None:
        first = self.post({"content": "once", "client_id": "c1"})
        again = self.post({"content": "once", "client_id": "c1"}, status=200)
        assert again == first | {"duplicate": True}
        assert Message.objects.count() == 1

    def test_the_same_client_id_with_different_content_is_a_conflict(self) -> None:
        self.post({"content": "once", "client_id": "c1"})
        self.refused(409, "conflict", "POST", PATH, {"content": "twice", "client_id": "c1"}, by=self.ann)
        assert Message.objects.count() == 1

    def test_scripts_do_not_reach_the_html(self) -> None:
        for content in (
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "[x](javascript:alert(1))",
            "[x](data:text/html,<script>alert(1)</script>)",
            '<a href="jav&#x09;ascript:alert(1)">x</a>',
        ):
            message = self.post({"content": content})
            assert message["content"] == content
            for bad in ("<script", "<img", 'href="javascript', 'href="data'):
                assert bad not in message["html"].lower(), message["html"]

    @override_settings(MAX_CONTENT_LENGTH=10)
    def test_content_must_be_a_string_of_limited_length(self) -> None:
        self.refused(400, "missing_field", "POST", PATH, {}, by=self.ann)
        self.refused(413, "too_large", "POST", PATH, {"content": "x" * 11}, by=self.ann)
        content: Any
        for content in ("", " \n", "a\0b", 5, 1.5, None, True, [], {}, ["x"]):
            self.refused(400, "invalid_field", "POST", PATH, {"content": content}, by=self.ann)
        client_id: Any
        for client_id in ("", "x" * 65, 5, [], "a\0"):
            self.refused(400, "invalid_field", "POST", PATH, {"content": "x", "client_id": client_id}, by=self.ann)
        assert not Message.objects.exists()

    def test_an_edit_can_name_its_base_version(self) -> None:
        self.say("one")
        version = self.ok("GET", f"{PATH}1/", by=self.ann)["version"]
        body = {"content": "uno", "base_version": version}
        self.ok("PATCH", f"{PATH}1/", body, by=self.ann)
        self.refused(409, "conflict", "PATCH", f"{PATH}1/", body | {"content": "eins"}, by=self.ann)
        self.refused(400, "invalid_field", "PATCH", f"{PATH}1/", body | {"base_version": 0}, by=self.ann)

    def test_my_newest_message_is_found_unless_it_is_deleted(self) -> None:
        self.say("one", "two")
        message_post(by=self.ben, room=self.tea, content="three")
        assert self.ok("GET", f"{PATH}mine/", by=self.ann)["content"] == "two"
        message_delete(by=self.ann, room=self.tea, seq=2)
        assert self.ok("GET", f"{PATH}mine/", by=self.ann)["seq"] == 1
        message_delete(by=self.ann, room=self.tea, seq=1)
        self.refused(404, "not_found", "GET", f"{PATH}mine/", by=self.ann)

    def test_users_can_edit_only_their_own_messages(self) -> None:
        self.say("one")
        for user in (self.ben, self.mo, self.olga):
            self.refused(404, "not_found", "PATCH", f"{PATH}1/", {"content": "other"}, by=user)
        message = self.ok("PATCH", f"{PATH}1/", {"content": "uno", "seq": 7, "user_name": "zed"}, by=self.ann)
        assert (message["content"], message["seq"], message["user_name"]) == ("uno", 1, "ann")
        assert "edited_at" in message

    def test_users_can_delete_their_own_messages_and_moderators_any(self) -> None:
        self.say("one", "two")
        self.refused(404, "not_found", "DELETE", f"{PATH}1/", by=self.ben)
        for seq, user in ((1, self.ann), (2, self.mo)):
            tombstone = self.ok("DELETE", f"{PATH}{seq}/", by=user)
            assert (tombstone["seq"], tombstone["content"], tombstone["html"]) == (seq, "", "")
            assert tombstone["deleted"] is True
        self.refused(409, "conflict", "PATCH", f"{PATH}1/", {"content": "back"}, by=self.ann)

    def test_writing_in_a_public_room_requires_joining(self) -> None:
        self.refused(409, "conflict", "POST", "rooms/square/messages/", {"content": "hi"}, by=self.zed)
        self.ok("POST", "rooms/square/members/", {}, by=self.zed, status=201)
        self.ok("POST", "rooms/square/messages/", {"content": "hi"}, by=self.zed, status=201)

    def test_nobody_can_write_in_an_archived_room(self) -> None:
        room_close(by=self.olga, room=self.tea)
        self.refused(409, "conflict", "POST", PATH, {"content": "hi"}, by=self.ann)
        assert self.ok("GET", "rooms/tea/", by=self.ann)["closed"] is True
