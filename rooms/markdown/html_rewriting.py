"""What the renderer wrote, with what chats have and Markdown has not: bare links, mentions, emoji by their names."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from html import escape
from urllib.parse import unquote

from rooms.markdown.bounds import shows_something
from rooms.markdown.emoji import with_emoji
from rooms.markdown.links import EMAIL
from rooms.markdown.mentions import MARKS, Member, find_member, mention_of
from rooms.markdown.placeholders import shown, shown_in_address
from rooms.markdown.room_links import NAMED_ROOM, room_link
from rooms.markdown.source import TOKEN, Address

# In what the renderer writes, every < begins a tag.
PIECE = re.compile(r"<(?P<end>/?)(?P<tag>[a-z0-9]+)(?P<attributes>[^>]*)>|[^<]+")
ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')
WITH_NAMES = re.compile(rf"{TOKEN.pattern}|(?P<at>[@\uff20])|(?P<email>{EMAIL})|{NAMED_ROOM.pattern}", re.IGNORECASE)
VERBATIM = {"a", "code", "pre"}  # hold no mentions, no links, no emoji
# What the renderer encodes: all but ASCII, and of that what is not safe in an address.
ENCODED = re.compile("(?:%(?:[2357][02CE]|5[BD]|60|7[B-D]|[89A-F][0-9A-F]))+")
LEADS_OUT = re.compile(r"https?://[^/?#]|mailto:.", re.IGNORECASE)


class Rewriting:
    """One text's. `addresses` are those that its tokens stand for."""

    def __init__(self, members: Mapping[str, Member], rooms: Collection[str], addresses: Sequence[Address]) -> None:
        self.members = members
        self.rooms = rooms
        self.addresses = addresses
        self.depth = 0  # in elements whose text is left alone
        self.link: tuple[int, str, str] | None = None  # the open one: where it begins, its address, and what ends it
        self.parts: list[str] = []

    def of(self, html: str) -> str:
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
                self.parts.append(piece[0])
        return "".join(self.parts)

    def _text(self, text: str) -> str:
        if self.depth:
            return self._restored(text)
        text = with_emoji(text) if ":" in text else text
        if "@" not in text and "\uff20" not in text and not (self.rooms and "#" in text):
            return TOKEN.sub(self._bare_link, text) if self.addresses else text
        parts, position, mention_end = [], 0, -1
        while match := WITH_NAMES.search(text, position):
            parts.append(text[position : match.start()])
            position, part = match.end(), match[0]
            if match["at"]:
                after_mention = mention_end >= 0 and not text[mention_end : match.start()].strip(MARKS)
                if found := find_member(text, match.start(), after_mention, self.members):
                    member, position = found
                    mention_end = position
                    part = mention_of(member)
            elif match["email"]:
                address = re.sub("^mailto:", "", part, flags=re.IGNORECASE)
                part = f'<a href="mailto:{address}">{part}</a>'
            elif match["name"]:
                part = room_link(match, self.rooms) or part
            else:
                part = self._bare_link(match)
            parts.append(part)
        return "".join([*parts, text[position:]])

    def _bare_link(self, match: re.Match[str]) -> str:
        written, target = self._address(match)
        return f'<a href="{escape(target)}">{escape(written)}</a>' if target else escape(written)

    def _address(self, match: re.Match[str]) -> Address:
        number = int(match[1])
        return self.addresses[number] if number < len(self.addresses) else (match[0], None)

    def _restored(self, text: str) -> str:
        return TOKEN.sub(lambda match: escape(self._address(match)[0]), text) if self.addresses else text

    def _target(self, address: str) -> str:
        """Where a link with an address as the renderer writes it leads."""

        def there(match: re.Match[str]) -> str:
            written, target = self._address(match)
            return escape(target or written)

        return shown_in_address(TOKEN.sub(there, address))

    def _written(self, address: str) -> str:
        """An address as the renderer writes it, as somebody wrote it."""
        return ENCODED.sub(_decoded, self._restored(shown_in_address(address)))

    def _begin_link(self, attributes: str) -> None:
        given = dict(ATTRIBUTE.findall(attributes))
        target = self._target(given.get("href", ""))
        title = self._restored(given.get("title", ""))
        if LEADS_OUT.match(target):
            self.depth += 1
            opening = f'<a href="{target}" title="{title}">' if title else f'<a href="{target}">'
            closing = "</a>"
        else:  # to nowhere that could be linked: as it was written
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
            if not shows_something("".join(self.parts[begin:])):
                self.parts.append(target)
        self.parts.append(closing)
        self.link = None

    def _image(self, attributes: str) -> None:
        given = dict(ATTRIBUTE.findall(attributes))
        target = self._target(given.get("src", ""))
        words = self._restored(given.get("alt", ""))
        if self.depth:
            self.parts.append(words or target)
        elif LEADS_OUT.match(target):
            self.parts.append(f'<a href="{target}">{words if shows_something(shown(words)) else target}</a>')
        else:
            self.parts.append(f"![{words}]({self._written(given.get('src', ''))})")


def _decoded(match: re.Match[str]) -> str:
    decoded = unquote(match[0])
    return match[0] if "\ufffd" in decoded else escape(decoded)
