"""Which links of a message have a preview."""

from __future__ import annotations

import re
from html import unescape

from django.conf import settings
from django.http.request import validate_host

from chatproject.installation.public_address import host_of, public_url
from chatproject.outgoing.errors import Refused
from chatproject.outgoing.urls import PORTS, Url, parse_url

MAX_LINKS = 3  # with a preview, per message
# In the HTML of rooms/markdown, where links in code are text and the values of attributes contain no quotation marks.
PIECE = re.compile(r'<(?P<end>/?)blockquote>|<a(?: [\w-]+="[^"]*")*? href="(?P<url>https?://[^"]+)"', re.IGNORECASE)
# Not the target of a link, which may be in angle brackets, too.
IN_ANGLE_BRACKETS = re.compile(r"(?<!\]\()<(https?://[^\s<>]+)>", re.IGNORECASE)


def may_have_previews(html: str) -> bool:
    """Return whether a message may contain links to other sites."""
    return 'href="http' in html or 'href="HTTP' in html


def links_with_preview(content: str, html: str) -> list[str]:
    """Return the URLs of a message's first links to other sites, each once, at most MAX_LINKS.

    Links in code, in quotes, and those written in angle brackets have no preview.
    """
    unwanted = {url for written in IN_ANGLE_BRACKETS.findall(content) if (url := _parsed(written))}
    found: dict[str, None] = {}
    quoted = 0
    for piece in PIECE.finditer(html):
        if piece["url"] is None:
            quoted += -1 if piece["end"] else 1
        elif not quoted and (url := _parsed(unescape(piece["url"]))) and url not in unwanted and not is_own(url):
            found[str(url)] = None
    return list(found)[:MAX_LINKS]


def _parsed(text: str) -> Url | None:
    try:
        url = parse_url(text)
    except Refused:
        return None
    return url if url.port in PORTS else None


def is_own(url: Url) -> bool:
    """Return whether a URL leads to this installation, whose pages are different for each reader."""
    names = [name for name in (*settings.ALLOWED_HOSTS, host_of(public_url())) if name not in {"", "*"}]
    return validate_host(f"[{url.host}]" if ":" in url.host else url.host, names)
