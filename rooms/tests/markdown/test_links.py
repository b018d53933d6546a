"""Which parts of a text are linked as URLs, email addresses and rooms."""

from __future__ import annotations

import re

import pytest

from rooms.markdown import render_markdown
from rooms.services.mentions import MentionCandidates
from rooms.services.rooms import room_create
from rooms.tests.services.test_posting import WithRoom

pytestmark = pytest.mark.any_database
LINKS = {
    # Alone, and within a sentence.
    "http://a.example": "http://a.example",
    "see https://a.example/b for more": "https://a.example/b",
    "HTTPS://A.example/B": "HTTPS://A.example/B",
    "www.a.example": "http://www.a.example",
    "WWW.A.Example/b": "http://WWW.A.Example/b",
    "http://localhost:8000/x": "http://localhost:8000/x",
    "http://localhost:8000?": "http://localhost:8000",
    "http://wiki/page": "http://wiki/page",
    "http://my_host/": "http://my_host/",
    "http://a_b.c.example/": "http://a_b.c.example/",
    "http://[::1]:8000/": "http://[::1]:8000/",
    "http://[2001:db8::1]/a": "http://[2001:db8::1]/a",
    "http://192.168.0.1:3000/a": "http://192.168.0.1:3000/a",
    "http://999": "http://999",
    "http://a--b.example": "http://a--b.example",
    "http://a.example.": "http://a.example",
    "http://user:pw@a.example/": "http://user:pw@a.example/",
    "http://user@a.example:80": "http://user@a.example:80",
    "a:http://a.example/": "http://a.example/",
    "a@http://a.example": "http://a.example",
    "http://münchen.example/ä": "http://m%C3%BCnchen.example/%C3%A4",
    "http://xn--mnchen-3ya.example": "http://xn--mnchen-3ya.example",
    # Part of the URL.
    "http://a.example/?b=c&d=e#f": "http://a.example/?b=c&amp;d=e#f",
    "http://a.example?b=http://c.example": "http://a.example?b=http://c.example",
    "http://a.example/http://b.example/": "http://a.example/http://b.example/",
    "http://a.example/b_(c)_(d)": "http://a.example/b_(c)_(d)",
    "http://a.example/b_[c]": "http://a.example/b_[c]",
    "http://a.example/b_{c}": "http://a.example/b_%7Bc%7D",
    "http://a.example/it's": "http://a.example/it&#x27;s",
    "http://a.example/_b_/*c*/~d~/": "http://a.example/_b_/*c*/~d~/",
    "http://a.example/@59.9,30.3,15z": "http://a.example/@59.9,30.3,15z",
    "http://a.example/#!/b!!!c": "http://a.example/#!/b!!!c",
    "http://a.example/b,c;d": "http://a.example/b,c;d",
    "http://a.example/b--c-": "http://a.example/b--c-",
    "http://a.example/:rocket:/": "http://a.example/:rocket:/",
    "http://a.example/君の名は": "http://a.example/%E5%90%9B%E3%81%AE%E5%90%8D%E3%81%AF",
    "http://a.example/ジョン・レノン": "http://a.example/%E3%82%B8%E3%83%A7%E3%83%B3%E3%83%BB%E3%83%AC%E3%83%8E%E3%83%B3",
    # Not part of the URL.
    **{f"http://a.example/b{mark} c": "http://a.example/b" for mark in (".", ",", "!", "?", ":", ";", "...", '"', "'")},
    **{
        f"http://a.example/b{mark}c": "http://a.example/b"
        for mark in "。，、；：？！）」』】》〉…—–”’»“«｜／\u3000\u2003"
    },
    **{f"http://a.example/b{mark}": "http://a.example/b" for mark in '])}>|^*_~\u200e\u202c\u200b→؟।\\`"'},
    **{
        f"{one}http://a.example/b{other}": "http://a.example/b"
        for one, other in ("()", "[]", "{}", "「」", "（）", "“”")
    },
    **{f"{mark}http://a.example/b{mark}": "http://a.example/b" for mark in ('"', "'", "|", "*", "**", "_", "~~")},
    "[see http://a.example/b]": "http://a.example/b",
    "(http://a.example/b_(c))": "http://a.example/b_(c)",
    "http://a.example/(b": "http://a.example/",
    "http://a.example/&quot;": "http://a.example/",
    "http://a.example,http://b.example": "http://a.example http://b.example",
    "http://a.example;www.b.example": "http://a.example http://www.b.example",
    "http://a.example에서": "http://a.example",
    "見てhttp://a.exampleを": "http://a.example",
    '<a href="http://a.example">b</a>': "http://a.example",
    "| http://a.example | b |\n|-|-|": "http://a.example",
    # Written as links.
    "[b](http://a.example/c)": "http://a.example/c",
    "[b](http://a.example/c_(d))": "http://a.example/c_(d)",
    "[b](<http://a.example/c d>)": "http://a.example/c%20d",
    "[b](www.a.example)": "http://www.a.example",
    "[http://b.example](http://a.example)": "http://a.example",
    "<http://a.example/b>": "http://a.example/b",
    "[](http://a.example)": "http://a.example",
    "![b](http://a.example/c.png)": "http://a.example/c.png",
    "[b](mailto:c@a.example)": "mailto:c@a.example",
    # Email addresses.
    "b@a.example": "mailto:b@a.example",
    "mailto:b@a.example": "mailto:b@a.example",
    "b.c+d_e@a-b.example.": "mailto:b.c+d_e@a-b.example",
    "(b@a.example)": "mailto:b@a.example",
    "<b@a.example>": "mailto:b@a.example",
}
NO_LINKS = [
    *(
        "http://",
        "http://.",
        "http://..",
        "http://#",
        "http://?",
        "http:// a.example",
        "http://-a.example",
        "http://.a.example",
    ),
    *("http://a..example", "http://a.example:999999", "http:///a", "http:a.example", "http//a.example", "://a.example"),
    *(
        "hppt://a.example",
        "ftp://a.example",
        "ssh://git@a.example/b",
        "git+ssh://git@a.example",
        "javascript://a.example",
    ),
    *("javascript:alert(1)", "data:text/html,a", "file:///etc", "tel:123", "xmpp:a@b", "smb://a@b.example/c"),
    *(
        "a.example",
        "a.com",
        "node.js and io.js",
        "a.b.c",
        "1.2.3.4",
        "www.",
        "www.a",
        "www..a.example",
        "awww.a.example",
    ),
    *("x.www.a.example", "//a.example", "localhost:8000", "wiki/page", "/a/b", "a/b.c", "C:\\a.b", "#a", "@a"),
    *(
        "a@b",
        "@a.example",
        "a@.example",
        "a@b.1",
        "a@b..c",
        "a b@ c.example",
        "_http://a.example",
        "http://a_",
        "a:b@c",
    ),
    *(
        "`http://a.example`",
        "    http://a.example",
        "```\nhttp://a.example\n```",
        "`a@b.example`",
        "[b](a.example)",
        "[b](https://)",
    ),
]


@pytest.mark.parametrize(("content", "addresses"), LINKS.items())
def test_links_begin_and_end_where_readers_expect(content: str, addresses: str) -> None:
    html = render_markdown(content)
    assert re.findall('<a href="([^"]*)"', html) == addresses.replace("&#x27;", "'").split(" ")
    assert html.count("<a ") == html.count('rel="noopener noreferrer nofollow"') == len(addresses.split(" "))


@pytest.mark.parametrize("content", NO_LINKS)
def test_text_that_is_not_a_url_is_not_linked(content: str) -> None:
    assert "<a" not in render_markdown(content)


@pytest.mark.parametrize(
    ("content", "linked"),
    [
        *[
            ("#lobby", "lobby"),
            ("see #lobby.", "lobby"),
            ("#Lobby!", "Lobby"),
            ("(#lobby)", "lobby"),
            ("**#a.b**", "a.b"),
        ],
        *[
            ("参加#lobby", "lobby"),
            ("#lobby-", "lobby"),
            ("#lobby's", "lobby"),
            ("#lobby, #a.b", "lobby a.b"),
            ("> #1", "1"),
        ],
        *[("http://a.example/#lobby #lobby", "lobby"), ("@ann #lobby", "lobby"), ("# In #lobby", "lobby")],
    ],
)
def test_a_room_name_after_a_number_sign_is_linked(content: str, linked: str) -> None:
    html = render_markdown(content, rooms={"lobby", "a.b", "1"})
    links = re.findall(r'<a class="room-link" href="/rooms/([^"/]+)/"[^>]*>#([^<]+)</a>', html)
    assert [shown for _, shown in links] == linked.split()
    assert all(name == shown.lower() for name, shown in links)


@pytest.mark.parametrize(
    "content",
    [
        *[
            "\\#lobby",
            "##lobby",
            "a#lobby",
            "é#lobby",
            "x/#lobby",
            "`#lobby`",
            "#lobbyü",
            "#lobby_2",
            "#lobby-x",
            "# lobby",
        ],
        *["#.", "#tea", "[#lobby](http://a.example)", "    #lobby", "http://a.example/#lobby"],
    ],
)
def test_text_that_is_not_a_room_name_is_not_linked(content: str) -> None:
    assert "room-link" not in render_markdown(content, rooms={"lobby"})


class RoomLinks(WithRoom):
    def test_only_public_rooms_are_linked(self) -> None:
        room_create(by=self.owner, name="lobby")
        html = self.post("#lobby #tea #nowhere").message.html
        assert re.findall("<a[^>]*>([^<]*)", html) == ["#lobby"]

    def test_text_without_room_names_queries_no_rooms(self) -> None:
        with self.assertNumQueries(0):
            MentionCandidates([(self.room.pk, self.ann.pk, "# one\n\n#\n\nnothing else")])
