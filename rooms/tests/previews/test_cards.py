"""What the card of a link shows of its page."""

from __future__ import annotations

import gzip

import pytest

from chatproject.outgoing.errors import OutgoingError
from rooms.previews.cards import Card, make_card
from rooms.tests.support.images import decoded, image
from rooms.tests.support.websites import Answer, Website, website

pytestmark = pytest.mark.any_database

HEAD = b"<!doctype html><html><head>"
PICTURE = Answer(image(size=(1200, 630)), type="image/png")


def card_of(page: bytes | Answer, others: dict[str, Answer | bytes] | None = None) -> Card:
    """Return the card of a page."""
    with website({"/": page, **(others or {})}) as site:
        return make_card(site.url(), site.rules())


def test_open_graph_comes_before_other_tags() -> None:
    card = card_of(
        HEAD + b'<title>title</title><meta name="description" content="plain">'
        b'<meta name="twitter:title" content="tweet"><meta name="twitter:description" content="tweeted">'
        b'<meta property="og:title" content="graph &amp; title"><meta property="og:description" content="graph">'
        b'<meta property="og:site_name" content="The Site">'
    )
    assert (card.title, card.description, card.site) == ("graph & title", "graph", "The Site")


def test_without_any_tags_the_title_and_the_host_are_shown() -> None:
    card = card_of(HEAD + b"<title>\n Tea\n at  four </title><body><svg><title>no</title></svg>")
    assert (card.title, card.description, card.site, card.picture) == ("Tea at four", "", "site.example", None)


def test_a_page_without_a_title_shows_nothing_and_its_picture_is_not_fetched() -> None:
    with website({"/": HEAD + b'<meta property="og:image" content="/p.png">', "/p.png": PICTURE}) as site:
        assert make_card(site.url(), site.rules()).title == ""
        assert site.paths == ["/"]


@pytest.mark.parametrize(
    ("page", "type", "title"),
    [
        ("<title>Café</title>".encode("latin-1"), "text/html; charset=iso-8859-1", "Café"),
        ("<title>“Café”</title>".encode("cp1252"), "text/html; charset=latin1", "“Café”"),
        ('<meta charset="koi8-r"><title>Чай</title>'.encode("koi8-r"), "text/html", "Чай"),
        ("<title>お茶</title>".encode("shift_jis"), "text/html; charset=Shift_JIS", "お茶"),
        ("<title>Чай</title>".encode("utf-16"), "text/html", "Чай"),
        ("\ufeff<title>Чай</title>".encode(), "text/html; charset=latin1", "Чай"),
        ("<title>Чай</title>".encode(), "text/html", "Чай"),
        ("<title>Чай</title>".encode(), "text/html; charset=zip", "Чай"),
        ("<title>Чай</title>".encode(), "text/html; charset=nonsense", "Чай"),
        (b"<title>a\xff</title>", "text/html", "a\ufffd"),
    ],
)
def test_the_charset_is_that_of_the_page(page: bytes, type: str, title: str) -> None:
    assert card_of(Answer(page, type=type)).title == title


def test_texts_are_cut_and_have_no_characters_that_control_how_they_are_shown() -> None:
    steering = "a\u202eb\u2066c\u200fd\x07e&#x202e;f&#0;g"
    card = card_of(f"<title>{steering}</title><meta name=description content='{'x ' * 1000}'>".encode())
    assert card.title in {"abcdefg", "abcdef\ufffdg"}
    assert (len(card.description), card.description[-1]) == (300, "…")


def test_markup_in_a_title_stays_text() -> None:
    assert card_of(b"<title>&lt;script>alert(1)&lt;/script></title>").title == "<script>alert(1)</script>"


def test_oembed_adds_what_is_missing() -> None:
    link = b'<link rel="alternate" type="application/json+oembed" href="/oembed?x=1&amp;y=2">'
    body = b'{"title": "A film", "provider_name": "Films", "thumbnail_url": "/p.png"}'
    with website(
        {"/oembed?x=1&y=2": Answer(body, type="application/json"), "/p.png": PICTURE, "/": HEAD + link}
    ) as site:
        card = make_card(site.url(), site.rules())
        assert (card.title, card.site, card.picture is not None) == ("A film", "Films", True)
        for broken in (b"[]", b"{", b'{"title": 1, "thumbnail_url": []}'):
            site.pages["/oembed?x=1&y=2"] = Answer(broken, type="application/json")
            assert make_card(site.url(), site.rules()).title == ""


def test_the_picture_is_a_small_webp_made_here() -> None:
    page = HEAD + b'<title>x</title><meta property="og:image" content="p.png">'
    picture = card_of(page, {"/p.png": PICTURE}).picture
    assert picture is not None
    opened = decoded(picture.content)
    assert (opened.format, opened.size) == ("WEBP", (640, 336))
    assert (picture.width, picture.height) == (640, 336)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"not a picture", type="image/png"),
        Answer(image()[:500], type="image/png"),
        Answer(b"<svg xmlns='http://www.w3.org/2000/svg'/>", type="image/svg+xml"),
        Answer(image(), type="text/html"),
        Answer(b"\x89PNG\r\n\x1a\n" + b"\0" * 6_000_000, type="image/png"),
        Answer(gzip.compress(b"\0" * 30_000_000), type="image/png", headers={"Content-Encoding": "gzip"}),
        Answer(image(size=(1, 1)), type="image/png"),
        Answer(status=404),
        Answer(status=302, headers={"Location": "http://10.0.0.1/p.png"}),
    ],
    ids=["text", "cut", "svg", "html", "large", "bomb", "tiny", "missing", "private"],
)
def test_a_broken_picture_does_not_cost_the_card(answer: Answer) -> None:
    card = card_of(HEAD + b'<title>x</title><meta property="og:image" content="/p.png">', {"/p.png": answer})
    assert (card.title, card.picture) == ("x", None)


def test_a_page_that_would_keep_the_parser_busy_for_minutes_is_given_up() -> None:
    with pytest.raises(OutgoingError, match="too complex"):
        card_of(b"<div>" * 100_000)


def test_only_the_beginning_of_a_large_page_is_read() -> None:
    assert card_of(b"<title>x</title>" + b"<p>text</p>" * 200_000).title == "x"


def test_one_request_is_made_and_none_with_head() -> None:
    def requests_of(site: Website) -> list[tuple[str, str]]:
        make_card(site.url("/once?token=1"), site.rules())
        return [(method, path) for method, path, _ in site.requests]

    with website({"/once?token=1": b"<title>You are signed in</title>"}) as site:
        assert requests_of(site) == [("GET", "/once?token=1")]
