"""Rewriting of the rendered HTML: adds what Markdown lacks, such as bare URLs, mentions and shortcodes."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from html import escape
from urllib.parse import unquote

from rooms.markdown.bounds import is_visible
from rooms.markdown.emoji import replace_shortcodes
from rooms.markdown.links import EMAIL
from rooms.markdown.mentions import MARKS, OF_EVERYBODY, Member, find_member, mention_html
from rooms.markdown.protected_characters import restore, restore_in_url
from rooms.markdown.room_links import NAMED_ROOM, room_link
from rooms.markdown.source import TOKEN, Url

# In the renderer's output, every < begins a tag.
PIECE = re.compile(r"<(?P<end>/?)(?P<tag>[a-z0-9]+)(?P<attributes>[^>]*)>|[^<]+")
ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')
WITH_NAMES = re.compile(rf"{TOKEN.pattern}|(?P<at>[@\uff20])|(?P<email>{EMAIL})|{NAMED_ROOM.pattern}", re.IGNORECASE)
VERBATIM = {"a", "code", "pre"}  # contain no mentions, links or emoji
# Percent-encoding added by the renderer: all non-ASCII characters, and ASCII ones that are unsafe in a URL.
ENCODED = re.compile("(?:%(?:[2357][02CE]|5[BD]|60|7[B-D]|[89A-F][0-9A-F]))+")
LINKABLE = re.compile(r"https?://[^/?#]|mailto:.", re.IGNORECASE)


class HtmlRewriter:
    """Rewrites the HTML of one text. `urls` are the ones that tokens in the text stand for."""

    def __init__(self, members: Mapping[str, Member], rooms: Collection[str], urls: Sequence[Url]) -> None:
        self.members = members
        self.rooms = rooms
        self.urls = urls
        self.depth = 0  # in verbatim elements
        self.quotes = 0  # how many are open: what is quoted was said to everybody before
        # The open link: index of its first part, its URL, and its closing text.
        self.link: tuple[int, str, str] | None = None
        self.parts: list[str] = []

    def rewrite(self, html: str) -> str:
        for piece in PIECE.finditer(html):
            tag = piece["tag"]
            if tag is None:
                self.parts.append(self._text(piece[0]))
            elif tag == "a":
                self._end_link() if piece["end"] else self._begin_link(piece["attributes"])
            elif tag == "img":
                self._image(piece["attributes"])
            else:
                if tag in VERBATIM:
                    self.depth += -1 if piece["end"] else 1
                elif tag == "blockquote":
                    self.quotes += -1 if piece["end"] else 1
                self.parts.append(piece[0])
        return "".join(self.parts)

    def _text(self, text: str) -> str:
        if self.depth:
            return self._restored(text)
        text = replace_shortcodes(text) if ":" in text else text
        if "@" not in text and "\uff20" not in text and not (self.rooms and "#" in text):
            return TOKEN.sub(self._bare_link, text) if self.urls else text
        parts, position, mention_end = [], 0, -1
        while match := WITH_NAMES.search(text, position):
            parts.append(text[position : match.start()])
            position, part = match.end(), match[0]
            if match["at"]:
                after_mention = mention_end >= 0 and not text[mention_end : match.start()].strip(MARKS)
                found = find_member(text, match.start(), after_mention, self.members)
                if found and (found[0].user_id != OF_EVERYBODY or not self.quotes):
                    member, position = found
                    mention_end = position
                    part = mention_html(member)
            elif match["email"]:
                url = re.sub("^mailto:", "", part, flags=re.IGNORECASE)
                part = f'<a href="mailto:{url}">{part}</a>'
            elif match["name"]:
                part = room_link(match, self.rooms) or part
            else:
                part = self._bare_link(match)
            parts.append(part)
        return "".join([*parts, text[position:]])

    def _bare_link(self, match: re.Match[str]) -> str:
        written, target = self._url(match)
        return f'<a href="{escape(target)}">{escape(written)}</a>' if target else escape(written)

    def _url(self, match: re.Match[str]) -> Url:
        number = int(match[1])
        return self.urls[number] if number < len(self.urls) else (match[0], None)

    def _restored(self, text: str) -> str:
        return TOKEN.sub(lambda match: escape(self._url(match)[0]), text) if self.urls else text

    def _target(self, url: str) -> str:
        """Return the target of a link from the renderer's encoding of its URL."""

        def there(match: re.Match[str]) -> str:
            written, target = self._url(match)
            return escape(target or written)

        return restore_in_url(TOKEN.sub(there, url))

    def _written(self, url: str) -> str:
        """Return a URL as typed, from the renderer's encoding of it."""
        return ENCODED.sub(_decoded, self._restored(restore_in_url(url)))

    def _begin_link(self, attributes: str) -> None:
        given = dict(ATTRIBUTE.findall(attributes))
        target = self._target(given.get("href", ""))
        title = self._restored(given.get("title", ""))
        if LINKABLE.match(target):
            self.depth += 1
            opening = f'<a href="{target}" title="{title}">' if title else f'<a href="{target}">'
            closing = "</a>"
        else:  # the target can't be linked: show it as typed
            opening, target = "[", self._written(given.get("href", ""))
            closing = f"]({target} &quot;{title}&quot;)" if title else f"]({target})"
        self.parts.append(opening)
        self.link = (len(self.parts), target, closing)

    def _end_link(self) -> None:
        if self.link is None:
            return
        begin, target, closing = self.link
        if closing == "</a>":
            self.depth -= 1
            if not is_visible("".join(self.parts[begin:])):
                self.parts.append(target)
        self.parts.append(closing)
        self.link = None

    def _image(self, attributes: str) -> None:
        given = dict(ATTRIBUTE.findall(attributes))
        target = self._target(given.get("src", ""))
        words = self._restored(given.get("alt", ""))
        if self.depth:
            self.parts.append(words or target)
        elif LINKABLE.match(target):
            self.parts.append(f'<a href="{target}">{words if is_visible(restore(words)) else target}</a>')
        else:
            self.parts.append(f"![{words}]({self._written(given.get('src', ''))})")


def _decoded(match: re.Match[str]) -> str:
    decoded = unquote(match[0])
    return match[0] if "\ufffd" in decoded else escape(decoded)
