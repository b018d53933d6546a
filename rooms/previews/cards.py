"""Making the card of a link: one request for the page, at most one for its oEmbed, and one for its picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from io import BytesIO
from threading import Lock
from typing import Any

import orjson

from chatproject.outgoing.client import SECONDS, fetch
from chatproject.outgoing.errors import OutgoingError, Unusable
from chatproject.outgoing.network import RULES, Deadline, Rules
from chatproject.outgoing.urls import Url
from rooms.errors import ServiceError
from rooms.files.picture_worker import CONVERTED, FORMATS
from rooms.files.pictures import read_picture
from rooms.files.types import media_type_of
from rooms.previews.pages import MAX_SITE, MAX_TITLE, Page, clean, joined, read_page

MAX_PAGE_BYTES = 512 * 1024
MAX_OEMBED_BYTES = 64 * 1024
MAX_PICTURE_BYTES = 5 * 1024 * 1024
MIN_PICTURE = 40  # pixels each way; smaller ones say nothing
HTML = ("application/xhtml+xml", "text/html")
JSON = ("application/json", "text/json")
PICTURES = (*FORMATS, "image/avif", "image/jpg")
_one_picture = Lock()  # at a time, so that people who upload pictures don't wait for those of previews


@dataclass(frozen=True, slots=True)
class CardPicture:
    """A small WebP."""

    content: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Card:
    """What a preview shows; without a title there is nothing to show."""

    title: str
    site: str
    description: str
    picture: CardPicture | None


def make_card(url: str, rules: Rules = RULES) -> Card:
    """Fetch the page of a link and return its card. Raises OutgoingError."""
    deadline = Deadline(SECONDS)
    fetched = fetch(url, types=HTML, max_bytes=MAX_PAGE_BYTES, deadline=deadline, rules=rules)
    page = read_page(fetched)
    if page.oembed is not None and not (page.title and page.picture):
        page = _with_oembed(page, page.oembed, deadline, rules)
    site = page.site or clean(fetched.url.host.removeprefix("www."), MAX_SITE)
    return Card(page.title, site, page.description, _picture(page.picture, rules) if page.title else None)


def _with_oembed(page: Page, address: Url, deadline: Deadline, rules: Rules) -> Page:
    """Return the page with what its oEmbed adds: https://oembed.com"""
    try:
        fetched = fetch(str(address), types=JSON, max_bytes=MAX_OEMBED_BYTES, deadline=deadline, rules=rules)
        found: Any = orjson.loads(fetched.body)
    except (OutgoingError, orjson.JSONDecodeError):
        return page
    if not isinstance(found, Mapping):
        return page
    return replace(
        page,
        title=page.title or clean(found.get("title"), MAX_TITLE),
        site=page.site or clean(found.get("provider_name"), MAX_SITE),
        picture=page.picture or joined(fetched.url, found.get("thumbnail_url")),
    )


def _picture(address: Url | None, rules: Rules) -> CardPicture | None:
    """Return a page's picture as a thumbnail, or None if anything is wrong with it: the card does without."""
    if address is None:
        return None
    try:
        fetched = fetch(str(address), types=PICTURES, max_bytes=MAX_PICTURE_BYTES, rules=rules)
        if not fetched.complete:
            raise Unusable("the picture is too large")
        found = media_type_of(fetched.body)
        if found not in FORMATS and found not in CONVERTED:
            return None
        with _one_picture:
            picture = read_picture(BytesIO(fetched.body), found, owner="previews")
    except (OutgoingError, ServiceError):
        return None
    if min(picture.width, picture.height) < MIN_PICTURE:
        return None
    return CardPicture(picture.thumbnail, picture.thumbnail_width, picture.thumbnail_height)
