"""Which words a text has, and what a query asks for."""

from __future__ import annotations

from datetime import date

import pytest

from rooms.errors import InvalidField
from rooms.search.query import parse_query
from rooms.search.words import words_of

WORDS = [
    ("Hello, World!", ["hello", "world"], []),
    ("the who", ["the", "who"], []),
    ("foo_bar", ["foo", "bar"], ["foo_bar"]),
    ("**bold** and `code`", ["bold", "and", "code"], []),
    ("C++", ["c"], ["c++"]),
    ("C++17", ["c", "17"], ["c++", "c++17"]),
    ("--flag=3", ["flag", "3"], ["--flag", "--flag=3"]),
    ("camelCase", ["camelcase"], ["camel", "case"]),
    ("HTTPServer", ["httpserver"], ["http", "server"]),
    ("it's", ["it", "s"], ["it's"]),
    ("#general @bob", ["general", "bob"], ["#general", "@bob"]),
    ("3.14", ["3", "14"], ["3.14"]),
    ("naïve Straße", ["naïve", "strasse"], []),
    ("ﬁne", ["fine"], []),
    ("你好吗", ["你好", "好吗"], ["你", "好", "吗"]),
    ("我", ["我"], []),
    (
        "日本語のテキスト",
        ["日本", "本語", "語の", "のテ", "テキ", "キス", "スト"],
        ["日", "本", "語", "の", "テ", "キ", "ス", "ト"],
    ),
    ("한국어", ["한국", "국어"], ["한", "국", "어"]),
    ("ไทย", ["ไท", "ทย"], ["ไ", "ท", "ย"]),
    ("good 👍🏽 day", ["good", "👍🏽", "day"], ["👍"]),
    ("❤️", ["❤"], []),
    ("-- ... !!", [], []),
    ("\ue000r1", ["r1"], []),
]


@pytest.mark.parametrize(("text", "plain", "further"), WORDS, ids=[each[0] for each in WORDS])
def test_words(text: str, plain: list[str], further: list[str]) -> None:
    words = words_of(text)
    assert words.plain == plain
    assert sorted(words.further) == sorted(further)


def test_long_words_are_cut() -> None:
    assert words_of("x" * 1000) == (["x" * 64], [])


class TestQueries:
    def test_words_and_phrases(self) -> None:
        query = parse_query('tea "two spoons" -milk sug*')
        shown = [(term.alternatives, term.prefix, term.without) for term in query.terms]
        assert shown == [
            ((("tea",),), False, False),
            ((("two", "spoons"),), False, False),
            ((("milk",),), False, True),
            ((("sug",),), True, False),
        ]

    def test_code(self) -> None:
        alternatives = [term.alternatives for term in parse_query("foo_bar C++ --flag --dry-run").terms]
        assert alternatives == [
            (("foo_bar",), ("foo", "bar")),
            (("c++",),),
            (("--flag",),),
            (("--dry-run",), ("dry", "run")),
        ]

    def test_filters(self) -> None:
        query = parse_query(
            "from:@bob in:#tea has:file has:link is:unread mentions:me after:2026-01-31 before:2026-05-01"
        )
        assert (query.authors, query.rooms, query.has) == (["bob"], ["tea"], {"file", "link"})
        assert (query.unread, query.mentions_me) == (True, True)
        assert (query.after, query.before) == (date(2026, 1, 31), date(2026, 5, 1))
        assert parse_query("on:2026-05-01").after == date(2026, 4, 30)
        assert parse_query("on:2026-05-01").before == date(2026, 5, 2)

    def test_what_only_looks_like_a_filter_is_text(self) -> None:
        query = parse_query("https://example.com 10:30")
        assert [term.alternatives[-1] for term in query.terms] == [("https", "example", "com"), ("10", "30")]

    @pytest.mark.parametrize("text", ["has:nothing", "is:new", "before:May", "-from:bob", "x" * 501, "a " * 31])
    def test_what_cant_be_understood_is_said(self, text: str) -> None:
        with pytest.raises(InvalidField):
            parse_query(text)

    @pytest.mark.parametrize("text", ["", "   ", '"', '""', "-", "--", "*", "**", ":", '-"', "((", "\\"])
    def test_nothing_to_look_for(self, text: str) -> None:
        assert parse_query(text).empty
