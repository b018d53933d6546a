"""Which links of a message have a preview."""

from __future__ import annotations

import pytest
from django.test import override_settings

from rooms.markdown import render_markdown
from rooms.previews.links import links_with_preview, may_have_previews

pytestmark = pytest.mark.any_database


def links(content: str) -> list[str]:
    """Return the links with a preview in a message."""
    html = render_markdown(content)
    found = links_with_preview(content, html)
    assert may_have_previews(html) or not found
    return found


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("see https://a.example/x.", ["https://a.example/x"]),
        ("HTTPS://A.example/?a=1&b=%3C#part", ["https://a.example/?a=1&b=%3C"]),
        ("www.example.org", ["http://www.example.org/"]),
        ("[text](https://a.example/)", ["https://a.example/"]),
        ('[text](https://a.example/ "a > \\" href=")', ["https://a.example/"]),
        ("![picture](https://a.example/p.png)", ["https://a.example/p.png"]),
        ("- https://a.example\n\n# https://b.example", ["https://a.example/", "https://b.example/"]),
        ("https://a.example https://A.example/ https://a.example:443/#x", ["https://a.example/"]),
        ("https://bücher.example/ä", ["https://xn--bcher-kva.example/%C3%A4"]),
        (" ".join(f"https://a.example/{n}" for n in range(9)), [f"https://a.example/{n}" for n in range(3)]),
    ],
)
def test_the_first_three_links_have_one(content: str, expected: list[str]) -> None:
    assert links(content) == expected


@pytest.mark.parametrize(
    "content",
    [
        "no link at all",
        "`https://a.example`",
        "```\nhttps://a.example\n```",
        "    https://a.example",
        "> https://a.example",
        "> a\n> > https://a.example\n>\n> https://b.example",
        "<https://a.example>",
        "see <https://a.example/x> and https://a.example/x",
        "me@example.org mailto:me@example.org",
        "ftp://a.example #lobby @ann",
        "https://user:word@a.example/",
        "https://a.example:8443/",
    ],
)
def test_these_have_none(content: str) -> None:
    assert links(content) == []


def test_a_link_after_a_quote_has_one() -> None:
    assert links("> https://a.example\n\nhttps://b.example") == ["https://b.example/"]


@override_settings(PUBLIC_URL="https://chat.example.org", ALLOWED_HOSTS=["chat.example.org", ".inside.example", "*"])
def test_links_to_this_installation_have_none() -> None:
    for own in ("https://chat.example.org/rooms/tea/?message=3", "http://CHAT.example.org/", "http://a.inside.example"):
        assert links(own) == []
    assert links("https://example.org") == ["https://example.org/"]
