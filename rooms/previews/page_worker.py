"""A separate process that reads one page of another site: its HTML in, what a preview shows of it out.

The parser is written in C and takes minutes for some pages of the permitted size, so it runs outside the server with
limits enforced by the kernel, like the decoders of pictures (`rooms/files/picture_worker.py`).

Its argument is the charset of the page, "" if the response names none. It writes JSON: see `describe`.
"""

from __future__ import annotations

import codecs
import json
import re
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rooms.files.picture_worker import set_resource_limits

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser

CPU_SECONDS = 1
MAX_VALUE = 3000  # characters; cut further where it is shown
DECLARED = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.IGNORECASE)
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# What pages mean by these names: https://encoding.spec.whatwg.org/#names-and-labels
MEANT = {"iso8859-1": "cp1252", "ascii": "cp1252", "gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932"}
# Each in the order of preference.
TITLES = ("og:title", "twitter:title")
SITES = ("og:site_name",)
DESCRIPTIONS = ("og:description", "twitter:description", "description")
PICTURES = ("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src")


def main() -> int:
    """Read a page from standard input and write its description to standard output."""
    set_resource_limits(CPU_SECONDS)
    data = sys.stdin.buffer.read()
    print(json.dumps(describe(data, sys.argv[1])))
    return 0


def describe(data: bytes, charset: str) -> dict[str, str]:
    """Return the `title`, `site`, `description`, `picture` and `oembed` of a page, each "" if it has none.

    The last two are URLs as written in the page, relative ones included.
    """
    from selectolax.lexbor import LexborHTMLParser

    page = LexborHTMLParser(decode(data, charset))
    properties: dict[str, str] = {}
    for meta in page.css("meta"):
        name = (meta.attributes.get("property") or meta.attributes.get("name") or "").strip().lower()
        if value := (meta.attributes.get("content") or "").strip():
            properties.setdefault(name, value[:MAX_VALUE])
    return {
        "title": _first(properties, TITLES) or _title(page),
        "site": _first(properties, SITES),
        "description": _first(properties, DESCRIPTIONS),
        "picture": _first(properties, PICTURES),
        "oembed": _oembed(page),
    }


def decode(data: bytes, charset: str) -> str:
    """Decode a page by its byte order mark, the charset of the response, or the one that it declares itself."""
    for mark, name in MARKS:
        if data.startswith(mark):
            return data.decode(name, "replace")
    declared = DECLARED.search(data[:4096])
    for name in (charset, declared[1].decode() if declared else ""):
        try:
            usual = codecs.lookup(name).name
            return data.decode(MEANT.get(usual, usual), "replace")
        except (LookupError, ValueError):  # unknown, or not of texts
            continue
    return data.decode(errors="replace")


def _first(properties: dict[str, str], names: Iterable[str]) -> str:
    return next((properties[name] for name in names if name in properties), "")


def _title(page: LexborHTMLParser) -> str:
    title = page.css_first("head > title")
    return (title.text() or "").strip()[:MAX_VALUE] if title is not None else ""


def _oembed(page: LexborHTMLParser) -> str:
    link = page.css_first('link[type="application/json+oembed"][href]')
    return (link.attributes.get("href") or "").strip()[:MAX_VALUE] if link is not None else ""


if __name__ == "__main__":
    sys.exit(main())
