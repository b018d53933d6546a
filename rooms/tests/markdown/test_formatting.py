"""A chat is not a document: typed text stays visible, and code is unchanged. docs/formatting.md has the table."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rooms.errors import InvalidField
from rooms.markdown import Member, plain_text, render_markdown
from rooms.markdown.emoji import emoji_names
from rooms.markdown.source import MAX_COMBINING_MARKS
from rooms.services.messages import message_edit
from rooms.services.text_rules import check_content
from rooms.tests.services.test_posting import WithRoom

pytestmark = pytest.mark.any_database


def text_of(html: str) -> str:
    """Return the text that can be read or copied. List marks are not included: the browser draws them."""
    return plain_text(html.replace("<br>", "\n")).strip()


SHOWN_AS_TYPED = [
    # Marks with nothing to mark.
    *("#", "##", "# #", ">", "> >", "+", "-", "*", "+\n+", "yes\n+", "- -", "* * *", "- [ ]", "- [x]", "1.", "7)"),
    *("- >", "- #", "1. #", "___", "***", "---", "- - -", "#\n##", "```", "~~~", "```\n```", "```js\n```"),
    *("``````", "`", "**", "****", "~~", "|", "|-|", "![", "[]()", "[](x)", "![]()", "<>", "&", "\\"),
    # References, as in documents.
    *("[12:30]: hi", "[ok]:done", "[^1]: a note", "hello\n[note]: gone", "[a b]: <c> 'd'", "[a\nb]: c", "[x][y]: z"),
    # Numbers that a list would change, and lines that would become a heading or a rule.
    *("1986. A great year", "5) no", "2. two", "007. Bond", "01. one\n02. two", "3. c\n1. a\n2. b", "1. a\n2. b\n4. d"),
    *("Total\n---", "a\n=", "a\n===", "a\n-", "a\n---\nb", "# 1", "#1", "#tag", "# 10.", "---\nkey: value\n---"),
    # Emoticons, comparisons, votes.
    *(">:(", ">_<", ">.<", ">= 5", "><>", "+ 1 from me", "-1", "+1", "\\o/", "\\_o_/", "¯\\_(ツ)_/¯", "\\(^o^)/"),
    *("\\*o*/", "/o\\", "(\\_/)", "~ish", "3~5", "1~2 and 3~4", "~a~", "~/src ~/bin"),
    # Backslashes that are not meant as escapes.
    *("C:\\*.txt", "C:\\*.txt and D:\\*.txt", "C:\\_a_\\b", "\\\\server\\share", "dir \\*.log", "\\d+\\.\\d+", "a\\"),
    *("one \\\ntwo", "\\(x\\)", "\\$5", "50\\%", "\\n \\t", "\\alpha_1", "a\\b_c_"),
    # Tags and the like.
    *("<b>bold</b>", "<br>", "a < b > c", "<!-- a", "<!-- a -->", "<script>\nx\ny", "<div>\none\n</div>\ntwo", "<?php"),
    *("<std::vector>", "<a:b>", "List<String> a", "x<y>z", "</p>", "<details>x</details>", "<![CDATA[a"),
    # Links to nowhere.
    *("[x](1)", "[x](a/b)", "[x](#y)", "[x](/y)", "[x](//y)", "[x](http:y)", "![x](y.png)", "[x](tel:1)", "[ä](ö)"),
    # More cells than the header has.
    "a|b\n-|-\n1|2|3",
]


@pytest.mark.parametrize("content", SHOWN_AS_TYPED)
def test_unsupported_markdown_is_shown_as_typed(content: str) -> None:
    assert [line.strip() for line in text_of(render_markdown(content)).split("\n") if line.strip()] == [
        line.strip() for line in content.split("\n") if line.strip()
    ]


@pytest.mark.parametrize(
    ("content", "html"),
    [
        ("# One\n## Two", "<h1>One</h1>\n<h2>Two</h2>"),
        ("# C #", "<h1>C #</h1>"),
        ("> a\n>\n> b", "<blockquote>\n<p>a</p>\n<p>b</p>\n</blockquote>"),
        (">a", "<blockquote>\n<p>a</p>\n</blockquote>"),
        ("1. a\n2. b", "<ol>\n<li>a</li>\n<li>b</li>\n</ol>"),
        ("3. a\n4. b", '<ol start="3">\n<li>a</li>\n<li>b</li>\n</ol>'),
        ("1. a\n1. b", "<ol>\n<li>a</li>\n<li>b</li>\n</ol>"),
        ("+ a\n+ b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("a\n\n---\n\nb", "<p>a</p>\n<hr>\n<p>b</p>"),
        ("~~gone~~ ~stays~", "<p><del>gone</del> ~stays~</p>"),
        ("\\*a\\* \\_b\\_ \\`c\\`", "<p>*a* _b_ `c`</p>"),
        ("1\\. a", "<p>1. a</p>"),
        ("\\# a\n\\> b\n\\- c", "<p># a<br>\n&gt; b<br>\n- c</p>"),
        ("<b>*a*</b>\n*b*", "<p>&lt;b&gt;<em>a</em>&lt;/b&gt;<br>\n<em>b</em></p>"),
        ("中文**加粗。**中文", "<p>中文<strong>加粗。</strong>中文</p>"),
        ("```js\nx\n```", "<pre><code>x\n</code></pre>"),
        ("```look here\nx\n```", "<pre><code>look here\nx\n</code></pre>"),
        ("```\nx```\n*b*", "<pre><code>x\n</code></pre>\n<p><em>b</em></p>"),
        ("```\nx", "<pre><code>x</code></pre>"),
        ("    if x:\n        y", "<pre><code>if x:\n    y\n</code></pre>"),
        ("> a\n```\nb", "<blockquote>\n<p>a</p>\n</blockquote>\n<pre><code>b</code></pre>"),
        ("- a\nb", "<ul>\n<li>a</li>\n</ul>\n<p>b</p>"),
        ("- a\n  b\n- c", "<ul>\n<li>a<br>\nb</li>\n<li>c</li>\n</ul>"),
        ("> a\nb", "<blockquote>\n<p>a</p>\n</blockquote>\n<p>b</p>"),
        ("> - a\nb", "<blockquote>\n<ul>\n<li>a</li>\n</ul>\n</blockquote>\n<p>b</p>"),
        (
            ">> a\n> b\nc",
            "<blockquote>\n<blockquote>\n<p>a</p>\n</blockquote>\n<p>b</p>\n</blockquote>\n<p>c</p>",
        ),
        ("**\u200b**", "<p>**\u200b**</p>"),
    ],
)
def test_supported_markdown_is_rendered(content: str, html: str) -> None:
    assert render_markdown(content) == html


CODE = [
    *(
        "a\\_b",
        "\\@bob",
        "<b>",
        "~x~ ~/a",
        "[x]: y",
        "#",
        ">",
        "- ",
        "+",
        "---",
        "1986. x",
        ":rocket:",
        "@bob",
        "\\\\",
        "a\\",
    ),
    *(
        "http://a.example/_b_?c=<d>&e",
        "www.a.example",
        "a@b.example",
        "> a\nb",
        "- a\nb",
        "&amp; &nbsp;",
        "C:\\*",
        "＠bob",
    ),
    *("* * *", "[x](y)", "|a|b|\n|-|-|\n|1|2|3|", "\\:rocket:", "1. a\n3. b", "<!--", "\\[", "~~~ x"),
]


@pytest.mark.parametrize("code", CODE)
def test_code_is_not_changed(code: str) -> None:
    members = {"bob": Member(1, "bob")}
    fenced = f"before\n```\n{code}\n```\nbehind"
    assert f"<pre><code>{escaped(code)}\n</code></pre>" in render_markdown(fenced, members)
    indented = "\n".join(f"    {line}" for line in code.split("\n"))
    assert f"<pre><code>{escaped(code)}\n</code></pre>" in render_markdown(f"a\n\n{indented}", members)
    if "\n" not in code and code.strip() == code:
        assert f"<code>{escaped(code)}</code>" in render_markdown(f"a `` {code} `` b", members)


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        ("a :rocket: b", "a 🚀 b"),
        (":+1::tada:", "👍🎉"),
        ("**:Rocket:**", "🚀"),
        ("你好:rocket:", "你好🚀"),
        ("10:30:45", "10:30:45"),
        ("a:b:c", "a:b:c"),
        ("std::rocket::x", "std::rocket::x"),
        (":nothing: :rocket", ":nothing: :rocket"),
        ("\\:rocket:", ":rocket:"),
        (":D :30 :(", ":D :30 :("),
        ("[:rocket:](http://a.example)", ":rocket:"),
    ],
)
def test_a_shortcode_becomes_its_emoji(content: str, shown: str) -> None:
    assert text_of(render_markdown(content)) == shown


def test_every_suggested_shortcode_works() -> None:
    failed = [
        name
        for character, *names in emoji_names()
        for name in names
        if not set(name) & set("&*#") and character not in render_markdown(f"a :{name}: b")
    ]
    first = {name: character for character, *names in reversed(emoji_names()) for name in names}  # of several
    assert [name for name in failed if first[name] not in render_markdown(f"a :{name}: b")] == []


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (":rocket:", "🚀"),
        ("☕\ufe0f", "☕"),
        ("👍\ufe0f", "👍"),
        ("❤", "❤️"),
        (":heart: :tada:", "❤️ 🎉"),
        ("☺👍🏽", "☺️👍🏽"),
    ],
)
def test_a_message_of_only_emoji_is_shown_large(content: str, shown: str) -> None:
    assert render_markdown(content) == f'<p class="emoji-only">{shown}</p>'


@pytest.mark.parametrize("content", ["\U0001f3fd", ":a:b:", "1\ufe0f", "🇩"])
def test_an_incomplete_emoji_is_text(content: str) -> None:
    assert "emoji-only" not in render_markdown(content)


def test_combining_marks_on_a_letter_are_limited() -> None:
    html = render_markdown("Z" + "\u0301" * 300 + " ä é ệ")
    assert html == "<p>Z" + "\u0301" * MAX_COMBINING_MARKS + " ä é ệ</p>"


EMPTY = [
    *(
        "",
        " \n\t",
        "\u200b",
        "\u2060",
        "\u3164",
        "\u2800",
        "\u00ad",
        "\ufeff",
        "\u200e",
        "\u034f",
        "\u180e",
        "\ufe0f",
        "\xa0",
    ),
    *("&nbsp;", "&#8203;", "&#x200B;", "&shy; &ZeroWidthSpace;", "\u200b\n\u2060&nbsp;", "\U000e0001", "\u115f\u1160"),
]


class Refused(WithRoom):
    def test_invisible_messages_are_rejected(self) -> None:
        self.post("one")
        for content in EMPTY:
            with self.subTest(content), pytest.raises(InvalidField, match="can't be empty"):
                self.post(content)
            with self.subTest(content), pytest.raises(InvalidField, match="can't be empty"):
                message_edit(by=self.ann, room=self.room, seq=1, content=content)
        for content in ("&amp;", "`&nbsp;`", "* * *", ".", "\u200b.", "&nbsp", "\u0301"):
            assert check_content(content) == content
            assert text_of(render_markdown(content))


PARTS = [
    *(
        "#",
        "# ",
        ">",
        "> ",
        "- ",
        "* ",
        "**",
        "_",
        "~",
        "~~",
        "`",
        "```",
        "\n",
        "\n\n",
        "    ",
        " ",
        "1. ",
        "2) ",
        "---",
    ),
    *(
        "|",
        "|-|-|",
        "[",
        "](",
        ")",
        "]:",
        "!",
        "<",
        ">",
        "<!--",
        "\\",
        "\\*",
        "@bob",
        ":rocket:",
        "&amp;",
        "\u200b",
        "中",
    ),
    *("http://a.example/", "www.a.example", "a@b.example", "- [ ] ", "{", "}", "^", "=", '"', "'", "\ufdd0"),
]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from([*PARTS, "word"]), max_size=16).map("".join))
def test_no_typed_text_is_lost_or_half_rendered(content: str) -> None:
    html = render_markdown(content, {"bob": Member(1, "bob")})
    assert not re.search("[\ufdd0-\ufdef]|%EF%B7|<a>", html)
    there = text_of(html) + " ".join(re.findall('(?:href|title)="([^"]*)"', html))
    for kept in ("=", "^", "{", "中"):
        assert there.count(kept) + there.count("%") >= content.count(kept)
    assert there.count("word") >= len(re.findall("(?<!`)word(?!`)", re.sub("```[^\n]*", "", content)))
