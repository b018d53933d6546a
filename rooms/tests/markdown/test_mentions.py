"""Which parts of a text mention people."""

from __future__ import annotations

import pytest

from rooms.markdown import EVERYBODY, Member, mentioned_user_ids, render_markdown, room_mention_in
from rooms.people.names import name_key

pytestmark = pytest.mark.any_database
NAMES = ("bob", "Alice", "mr.x", "Ünal", "иван", "小明", "a+b", "dot.", "bob.b")
MEMBERS = {name_key(name): Member(number, name) for number, name in enumerate(NAMES)}
CALLS_BOB = [
    *(
        "@bob",
        "＠bob",
        "@BOB",
        "hi @bob!",
        "(@bob)",
        '"@bob"',
        "@bob's",
        "cc:@bob",
        "@bob,",
        "@bob/",
        "@ｂｏｂ",
        "<@bob>",
    ),
    *(
        "@bobは",
        "@bob的",
        "感谢@bob",
        "交给@bob处理",
        "@bob님",
        "こんにちは@bobさん",
        "@bob，请看",
        "（@bob）",
        "「@bob」",
    ),
    *(
        "спроси@bob",
        "@bobа",
        "Привет,@bob",
        "👍@bob",
        "@bob👍",
        "@bob。",
        ".@bob",
        "hi...@bob",
        "…@bob",
        "/@bob",
        "-@bob",
    ),
    *("→@bob", "**@bob**", "_@bob_", "~~@bob~~", "@bob-", "@bob...", "@bob_", "@bob: a", "> @bob", "- @bob"),
    *("@ｂｏｂ", "（@bob）", "/@bob"),
]
CALLS_BOTH = ["@bob/@alice", "@bob+@alice", "@bob,@alice", "@bob@alice", "@bob和@alice", "@bob-@alice", "@bob...@alice"]
CALLS = {
    **dict.fromkeys(CALLS_BOB, "bob"),
    **dict.fromkeys(CALLS_BOTH, "bob Alice"),
    "@bob.b": "bob.b",
    "@mr.x.": "mr.x",
    "@a+b": "a+b",
    "@dot.": "dot.",
    "@U\u0308nal": "Ünal",
    "@ÜNAL": "Ünal",
    "@ünalです": "Ünal",
    "@ИВАН": "иван",
    "你好@小明": "小明",
    "@小明です": "小明",
}
CALLS_NOBODY = [
    *(
        "a@bob",
        "1@bob",
        "a.@bob",
        "a+@bob",
        "a_@bob",
        "josé@bob",
        "a@bob.example",
        "bob@alice.example",
        "@@bob",
        "@bob@a.example",
    ),
    *("\\@bob", "@bobby", "@bob-x", "@bob.x", "@bobé", "@bob1", "@ bob", "@", "@nobody", "#bob", "@б", "@иванов"),
    *(
        "`@bob`",
        "```\n@bob\n```",
        "    @bob",
        "[@bob](http://a.example)",
        "http://a.example/@bob",
        "www.a.example/@bob",
    ),
    *("![@bob](http://a.example)", "<http://a.example/@bob>", "ssh://git@bob", "mailto:a@bob.example"),
]


@pytest.mark.parametrize(("content", "names"), CALLS.items())
def test_a_mention_is_found_next_to_any_punctuation(content: str, names: str) -> None:
    assert [NAMES[number] for number in mentioned_user_ids(render_markdown(content, MEMBERS))] == names.split(" ")


@pytest.mark.parametrize("content", CALLS_NOBODY)
def test_addresses_and_longer_names_mention_nobody(content: str) -> None:
    assert mentioned_user_ids(render_markdown(content, MEMBERS)) == []


CALLS_EVERYBODY = [
    *(
        "@room",
        "＠room",
        "@ROOM",
        "hi @Room!",
        "(@room)",
        '"@room"',
        "@room's",
        "@room,",
        "@room.",
        "@room...",
        "<@room>",
    ),
    *(
        "**@room**",
        "- @room",
        "| @room |\n| --- |",
        "@roomさん",
        "@bob@room",
        "`@` @room",
        "> a\n\n@room",
        "@here @room",
    ),
]
CALLS_NOBODY_AT_ALL = [
    *("@rooms", "@room1", "@room-x", "@room_x", "@room.example", "foo@room.example", "foo@room", "@@room", "\\@room"),
    *("@ room", "room", "@r\u200boom", "@гoom", "@everyone", "http://a.example/@room", "[@room](http://a.example)"),
    *("`@room`", "```\n@room\n```", "    @room", "> @room", "> - a\n> - @room", "> > @room"),
    '<span class="mention" data-mention="room">@rooms</span>',
    'data-mention="room"',
    "&lt;span data-mention=room&gt;",
]


@pytest.mark.parametrize("content", CALLS_EVERYBODY)
def test_everybody_is_mentioned_like_a_name(content: str) -> None:
    html = render_markdown(content, MEMBERS | EVERYBODY)
    assert '<span class="mention" data-mention="room">@room</span>' in html
    assert room_mention_in(html) == "room"
    assert room_mention_in(render_markdown(content, MEMBERS)) is None


@pytest.mark.parametrize("content", CALLS_NOBODY_AT_ALL)
def test_code_quotes_addresses_and_longer_names_do_not_mention_everybody(content: str) -> None:
    assert room_mention_in(render_markdown(content, MEMBERS | EVERYBODY)) is None


def test_here_is_another_mention_and_names_in_quotes_are_still_mentioned() -> None:
    assert room_mention_in(render_markdown("@here", EVERYBODY)) == "here"
    assert mentioned_user_ids(render_markdown("> @bob @room", MEMBERS | EVERYBODY)) == [0]
