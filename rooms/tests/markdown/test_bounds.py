"""Messages are bounded in size and rendering time, whatever their authors type."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any
from unittest import mock

import pytest
from django.apps import apps
from django.conf import settings
from django.test import override_settings
from django.utils import timezone

from rooms.markdown import Member, mention_html, plain_text, render_markdown
from rooms.markdown.bounds import MAX_DEPTH, MAX_HTML
from rooms.models import Membership, Mention, Message, Room
from rooms.selectors.messages import get_message
from rooms.services import posting_sql
from rooms.services.locking import lock_room
from rooms.services.messages import message_edit
from rooms.services.posting import NewMessage, message_post, messages_post
from rooms.tests.services.test_posting import WithRoom
from rooms.tests.support.api_case import ApiCase
from rooms.wire import message_bytes

PATH = "rooms/tea/messages/"


def table(columns: int, mark: str = "-|") -> str:
    """Return a table of empty cells as long as a message can be."""
    head = "a|" * columns + "\n" + mark * columns + "\n"
    return head + "a\n" * ((8000 - len(head)) // 2)


def filled(unit: str) -> str:
    return unit * (8000 // len(unit))


LARGE = {
    "wide table": table(1000),
    "long table": table(60),
    "table with alignment": table(40, ":-:|"),
    "table in a quote": "> " + table(100).replace("\n", "\n> ")[:7990],
    "table in a list": "- " + table(100).replace("\n", "\n  ")[:7990],
    "table of one column": filled("|\n").replace("|\n|", "|a|\n|-|", 1),
    "tables one after another": filled("a|b|c|d|e|f|g|h|i|j\n-|-|-|-|-|-|-|-|-|-\n1\n2\n\n"),
    "quotes": filled(">"),
    "lists": filled("- "),
    "numbers": filled("1. "),
    "both": filled("> - "),
    "growing lists": "".join("  " * depth + "- a\n" for depth in range(85)),
    "emphasis": filled("*a **b "),
    "links": filled("http://a.b "),
    "hosts": filled("www.a.bc "),
    "mail": filled("a@b.cd "),
    "mentions": filled("@b "),
    "images": filled("![a](b:c)"),
    "quotation marks": filled('"'),
    "ampersands": filled("&"),
    "tags": filled("<"),
    "lines": filled("a\n"),
    "control characters": filled("\x01"),
    "emoji": filled("\U0001f600"),
    "check boxes": filled("- [ ] a\n"),
    "brackets": filled("["),
    "backticks": filled("`` ` "),
}


@pytest.mark.any_database
@pytest.mark.parametrize("content", LARGE.values(), ids=LARGE)
def test_no_text_renders_to_more_html_than_a_message_may_have(content: str) -> None:
    html = render_markdown(content, {"b": Member(2**31, "b" * 150)})
    assert len(html) <= MAX_HTML
    depth = deepest = 0
    for match in re.finditer("<(/?)(?:blockquote|ul|ol|em|strong|del)", html):
        depth += -1 if match[1] else 1
        deepest = max(deepest, depth)
    assert deepest <= MAX_DEPTH
    now = timezone.now()
    message = Message(room=Room(name="tea"), seq=1, version=1, content=content, html=html, created_at=now)
    assert len(message_bytes(message)) < settings.MAX_OUTGOING_FRAME_BYTES


@pytest.mark.any_database
def test_markup_beyond_the_bounds_is_shown_as_typed() -> None:
    content = "> " * 30 + "<b>deep\nand so on"
    html = render_markdown(content)
    assert plain_text(html) == content
    assert "blockquote" not in html


@pytest.mark.any_database
def test_a_table_beyond_the_bounds_is_text_and_the_rest_is_rendered() -> None:
    html = render_markdown("**so**\n\n" + table(100))
    assert "<strong>so</strong>" in html
    assert "<table" not in html
    assert "<table" in render_markdown("a|b\n-|-\n1|2")


class BeforeTheLock(WithRoom):
    def test_messages_are_rendered_before_their_rooms_are_locked(self) -> None:
        order: list[str] = []

        def noting(name: str, function: Any) -> Any:
            def noted(*args: Any, **kwargs: Any) -> Any:
                order.append(name)
                return function(*args, **kwargs)

            return noted

        render, lock = "rooms.services.mentions.render_markdown", "rooms.services.posting.posting_sql.lock_rooms"
        with (
            mock.patch(render, noting("render", render_markdown)),
            mock.patch(lock, noting("lock", posting_sql.lock_rooms)),
            mock.patch("rooms.services.messages.lock_room", noting("lock", lock_room)),
        ):
            messages_post([NewMessage(self.room.pk, self.ann, "one"), NewMessage(self.room.pk, self.ann, "@ben")])
            message_edit(by=self.ann, room=self.room, seq=1, content="two @ben")
        assert order == ["render", "render", "lock", "render", "lock"]

    def test_a_member_who_leaves_before_the_lock_is_not_mentioned(self) -> None:
        lock = posting_sql.lock_rooms

        def lock_later(ids: Any) -> Any:
            Membership.objects.filter(room=self.room, user=self.ben).delete()
            return lock(ids)

        with mock.patch("rooms.services.posting.posting_sql.lock_rooms", lock_later):
            message = self.post("@ben and @olga").message
        assert message.html == f"<p>@ben and {mention_html(Member(self.owner.pk, 'olga'))}</p>"
        assert list(Mention.objects.values_list("user__username", flat=True)) == ["olga"]


class StoredBefore(WithRoom):
    def test_only_messages_rendered_without_bounds_are_rendered_again(self) -> None:
        self.post("fine, @ben")
        self.post(table(40).replace("a", "@ben", 1)[:8000])
        mention = mention_html(Member(self.ben.pk, "ben"))
        Message.objects.filter(seq=1).update(html="<p>as it was</p>")
        Message.objects.filter(seq=2).update(html=f"<table>{mention}" + "<td></td>" * 20_000)
        import_module("rooms.migrations.0005_html_within_bounds").render_again(apps, None)
        first, second = Message.objects.order_by("seq")
        assert first.html == "<p>as it was</p>"
        assert second.html.startswith(f"<p>{mention}|a|a")
        assert len(second.html) <= MAX_HTML


class Pages(ApiCase):
    """Pages whose size limit fits three messages."""

    def setUp(self) -> None:
        super().setUp()
        for number in range(8):
            message_post(by=self.ann, room=self.tea, content=f"{number} " + "long " * 600)
        size = len(message_bytes(get_message(self.tea, 1)))
        self.enterContext(override_settings(MAX_PAGE_BYTES=3 * size + 100))

    def page(self, query: str = "") -> Any:
        return self.ok("GET", PATH + query, by=self.ben)

    def seqs(self, query: str = "") -> tuple[list[int], bool]:
        page = self.page(query)
        return [message["seq"] for message in page["messages"]], page["more"]

    def test_a_page_ends_early_and_the_next_continues_from_there(self) -> None:
        assert self.seqs() == ([6, 7, 8], True)
        assert self.seqs("?before=6") == ([3, 4, 5], True)
        assert self.seqs("?before=3") == ([1, 2], False)
        assert self.seqs("?after=0") == ([1, 2, 3], True)
        assert self.seqs("?after=3") == ([4, 5, 6], True)
        assert self.seqs("?after=6") == ([7, 8], False)
        assert self.seqs("?around=4") == ([3, 4, 5], True)
        assert self.seqs("?around=8") == ([6, 7, 8], True)
        assert self.seqs("?around=1") == ([1, 2, 3], True)

    def test_catching_up_by_versions_misses_nothing(self) -> None:
        message_edit(by=self.ann, room=self.tea, seq=2, content="short")
        seen, version = [], 0
        while True:
            page = self.page(f"?since={version}")
            seen += [message["seq"] for message in page["messages"]]
            if not page["more"]:
                break
            version = page["messages"][-1]["version"]
        assert seen == [1, 3, 4, 5, 6, 7, 8, 2]

    def test_the_edit_history_is_paginated_by_size(self) -> None:
        for number in range(5):
            message_edit(by=self.ann, room=self.tea, seq=2, content=f"{number} " + "x" * 400)
        self.client.force_login(self.olga)
        address, said, pages = "/api/rooms/tea/messages/2/revisions/", [], 0
        with override_settings(MAX_PAGE_BYTES=1000):
            while address:
                page = self.client.get(address).json()
                said += [revision["content"][:2] for revision in page["results"]]
                address, pages = page["next"], pages + 1
        assert said[1:] == ["0 ", "1 ", "2 ", "3 "]
        assert pages > 2

    def test_one_message_fits_a_page_however_long(self) -> None:
        with override_settings(MAX_PAGE_BYTES=10):
            assert self.seqs("?after=3") == ([4], True)
            assert self.seqs("?around=5") == ([5], True)

    def test_the_room_page_has_as_many_messages_as_fit(self) -> None:
        self.client.force_login(self.ben)
        text = self.client.get("/rooms/tea/?message=4").content.decode()
        assert re.findall('id="message-([0-9]+)"', text) == ["3", "4", "5"]
