"""Rendering of messages' Markdown, and what it must never produce."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from rooms.markdown import TAGS, Member, mentioned_user_ids, plain_text, possible_mentions, render_markdown
from rooms.people.names import name_key

pytestmark = pytest.mark.any_database

NAMES = ["bob", "Alice", "mr.x", "a+b", "c-d", "e_f", "dot.", "x@home.example", "Ünal", "script", "a" * 150]
MEMBERS = {name_key(name): Member(number, name) for number, name in enumerate(NAMES, start=1)}
ATTRIBUTES = {
    "a": {"href", "title", "rel"},
    "input": {"type", "checked", "disabled", "aria-label"},
    "ol": {"start"},
    "p": {"class"},
    "span": {"class", "data-user", "data-user-id"},
    "td": {"align"},
    "th": {"align"},
}


class Checker(HTMLParser):
    """Records forbidden HTML, and which users are shown as mentioned."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.spans: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag not in TAGS or given.keys() - ATTRIBUTES.get(tag, set()):
            self.faults.append(f"<{tag} {given}>")
        # As browsers parse a URL: without control characters and spaces before its scheme.
        address = re.sub(r"[\x00-\x20]", "", given.get("href", ""))
        scheme = re.match(r"([a-z][a-z0-9+.-]*):", address, re.IGNORECASE)
        if scheme and scheme[1].lower() not in {"http", "https", "mailto"}:
            self.faults.append(address)
        if tag == "input" and (given.get("type"), given.get("disabled")) != ("checkbox", ""):
            self.faults.append(f"input {given}")
        if "class" in given and (tag, given["class"]) not in {("span", "mention"), ("p", "emoji-only")}:
            self.faults.append(f"class {given['class']}")
        if tag == "span":
            self.spans.append(given.get("data-user", "?"))


def check(content: str) -> Checker:
    html = render_markdown(content, MEMBERS)
    checker = Checker()
    checker.feed(html)
    checker.close()
    assert checker.faults == [], html
    assert [MEMBERS[name_key(name)].user_id for name in checker.spans] == mentioned_user_ids(html)
    return checker


SCRIPT = "<script>alert(1)</script>"
ADDRESSES = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "java&#10;script:alert(1)",
    "&#106;avascript:alert(1)",
    "&#x6A;avascript&colon;alert(1)",
    "\x01javascript:alert(1)",
    "%6aavascript:alert(1)",
    "javascript&#58;alert(1)",
    "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
    "data:image/svg+xml,<svg onload=alert(1)>",
    "data:image/png;base64,AA",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "blob:http://a/1",
    "view-source:javascript:1",
    'http://a.example/"onmouseover="alert(1)',
    "http://a.example/'onmouseover='alert(1)",
    "http://a.example/<script>alert(1)</script>",
]
HTML = [
    SCRIPT,
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mtext></table><mglyph><style><img src=x onerror=alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<a href='javascript:alert(1)'>x</a>",
    "<details open ontoggle=alert(1)>",
    "<style>@import 'http://evil.example'</style>",
    "<base href=//evil.example><meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<form action=javascript:alert(1)><button>x</button></form>",
    "<!--><script>alert(1)</script>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?php alert(1) ?>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "</p></div></body><script>alert(1)</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "\u2028<script>\u2029alert(1)</script>",
    "<input type=text autofocus onfocus=alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt; &#60;script&#62;",
]
CORPUS = [
    *HTML,
    *(f"[x]({address})" for address in ADDRESSES),
    *(f"[x](<{address}>)" for address in ADDRESSES),
    *(f"![x]({address})" for address in ADDRESSES),
    *(f"[![x]({address})]({address})" for address in ADDRESSES),
    *(f"<{address}>" for address in ADDRESSES),
    *(f"[x]\n\n[x]: {address}" for address in ADDRESSES),
    *(f"@bob {address} @bob" for address in ADDRESSES),
    *(f"`x` *x* [{html}](http://a.example '{html}')" for html in HTML),
    *(f'![{html} "onload="alert(1)](http://a.example/x.png "{html}")' for html in HTML),
    *(f"```{html}\n{html}\n@bob\n```" for html in HTML),
    *(f"| {html} | @bob |\n|:-:|--|\n| {html} | ![x](javascript:1) |" for html in HTML),
    *(f"@bob{html}@Alice" for html in HTML),
    *(f"@{html}" for html in HTML),
    *(f"- [x] {html}\n- [ ] @bob\n\n> {html}\n\n1000000000. x\n\n# {html}" for html in HTML),
    '```"onclick=alert(1)\nx\n```',
    "~~~js onclick=alert(1) <b>\nx\n~~~",
    "www.a.example/@bob?<script> https://a.example/<img/src=x>@bob mail@a.example<script>",
    "http://a.example/?a=<svg/onload=alert(1)>&b=\"'><script>alert(1)</script>",
    "mailto:x@y.example?subject=<script> xmpp:a@b.example",
    "[x](http://a.example\n'onclick=alert(1)')",
    '![x](http://a.example/y.png)![](http://a.example/"><script>alert(1)</script>)',
    "\ue000bob\ue001 @\u202ebob \u200b@bob",
    "@script " + "@bob" * 500,
    "[" * 2000 + "@bob" + "](x)" * 2000,
    ">" * 500 + " @bob",
    "*" * 2000 + "@bob" + "*" * 2000,
]
FORGED = [
    '<span class="mention" data-user="olga">x</span>',
    "<span class='mention' data-user='bob'>x</span>",
    '<p class="emoji-only">x</p>',
    '[x](http://a.example "<span class=\\"mention\\" data-user=\\"bob\\">")',
    '![<span class="mention" data-user="bob">](http://a.example)',
    '`<span class="mention" data-user="bob">`',
    '```<span class="mention" data-user="bob">\nx\n```',
    'http://a.example/<span class="mention" data-user="bob">',
    '&lt;span class="mention" data-user="bob"&gt;',
    "[x](http://a.example){.mention data-user=bob}",
]


@pytest.mark.parametrize("content", CORPUS)
def test_hostile_markdown_renders_nothing_executable(content: str) -> None:
    check(content)


@pytest.mark.parametrize("content", FORGED)
def test_nobody_can_forge_a_mention_or_a_class(content: str) -> None:
    checker = check(content)
    assert checker.spans == []
    assert "emoji-only" not in re.sub("&lt;.*?&gt;", "", render_markdown(content, MEMBERS))


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ("@bob", ["bob"]),
        ('Hi @BOB, and @alice\'s: (@mr.x) "@a+b" @c-d/@e_f', ["bob", "Alice", "mr.x", "a+b", "c-d", "e_f"]),
        ("Ask @bob. Or @mr.x... or @dot.", ["bob", "mr.x", "dot."]),
        ("**@bob** _@bob_ ~~@bob~~\n> @bob\n- @bob\n# @bob", ["bob"] * 6),
        ("@x@home.example writes", ["x@home.example"]),
        ("@Ünal", ["Ünal"]),
        ("a@bob mail bob@home.example x.@bob @@bob", []),
        ("`@bob` [@bob](http://a.example) https://a.example/@bob <http://a.example/@bob>", []),
        ("```\n@bob\n```\n\n    @bob", []),
        ("![@bob](http://a.example)", []),
        ("@bobby @bo @nobody @bob-x @", []),
        ("@" + "a" * 150, ["a" * 150]),
    ],
)
def test_members_are_mentioned_by_full_user_names_outside_code_and_links(content: str, names: list[str]) -> None:
    assert check(content).spans == names
    assert set(names) <= {
        MEMBERS[key].user_name for name in possible_mentions(content) if (key := name_key(name)) in MEMBERS
    }


def test_a_mention_shows_the_user_name_in_its_own_case() -> None:
    number = MEMBERS["alice"].user_id
    expected = f'<p><span class="mention" data-user="Alice" data-user-id="{number}">@Alice</span>.</p>'
    assert render_markdown("@aLiCe.", MEMBERS) == expected


@pytest.mark.parametrize("content", ["👍", " 👍 \n", "👍🏽 🎉", "👩‍👩‍👧‍👦🏴󠁧󠁢󠁳󠁣󠁴󠁿🇸🇳", "1️⃣"])
def test_a_message_of_up_to_three_emoji_is_marked(content: str) -> None:
    assert render_markdown(content) == f'<p class="emoji-only">{" ".join(content.split())}</p>'


@pytest.mark.parametrize("content", ["👍👍👍👍", "👍 yes", "1", "# 👍", "`👍`", "é", "👍\ufe0e", "👍<b>"])
def test_other_messages_are_not_marked_as_emoji(content: str) -> None:
    assert "emoji-only" not in render_markdown(content)


def test_images_become_links_and_invalid_ones_are_shown_as_typed() -> None:
    rel = 'rel="noopener noreferrer nofollow"'
    for content, html in (
        ("![a *b*](http://a.example/x.png 'c')", f'<a href="http://a.example/x.png" {rel}>a b</a>'),
        ("![](http://a.example/?x&y)", f'<a href="http://a.example/?x&amp;y" {rel}>http://a.example/?x&amp;y</a>'),
        ("[![a](http://a.example/x.png)](http://b.example)", f'<a href="http://b.example" {rel}>a</a>'),
        ("[x](javascript:alert(1) 'y')", '[x](javascript:alert(1) "y")'),
        ("[*x*](data:text/html,y)", "[<em>x</em>](data:text/html,y)"),
        ("![x](javascript:alert(1))", "![x](javascript:alert(1))"),
        ("[x](123456) [x](/a b) [x](#c) [x](http:d)", "[x](123456) [x](/a b) [x](#c) [x](http:d)"),
    ):
        assert render_markdown(content) == f"<p>{html}</p>"


def test_html_in_a_message_is_shown_as_typed() -> None:
    assert render_markdown("use <b>bold</b> & <br>") == "<p>use &lt;b&gt;bold&lt;/b&gt; &amp; &lt;br&gt;</p>"
    assert plain_text(render_markdown("use <b>**bold**</b> & <br>")) == "use <b>bold</b> & <br>"


def test_a_link_in_a_message_sends_no_referrer() -> None:
    assert 'rel="noopener noreferrer nofollow"' in render_markdown("see https://example.org")
