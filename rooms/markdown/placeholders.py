"""Characters that are meant to be seen, not to be Markdown: others stand for them while the text is rendered.

An escape would be seen where the text turns out to be code; what stands in for a character is put back wherever the
renderer left it, so that what comes before it need not know what is code.
"""

from __future__ import annotations

import re
from html import escape
from urllib.parse import quote

# Noncharacters: Unicode keeps them for uses within a program.
FIRST, LAST = "\ufdd0", "\ufdef"
SHOWN = "<\\#>+-*_~`=]."
NOTHING = LAST  # stands for nothing, and keeps apart what is left and right of it
ANY = re.compile(f"[{FIRST}-{LAST}]")
_HIDDEN = {ord(character): chr(ord(FIRST) + place) for place, character in enumerate(SHOWN + ")")}
_BACK = {ord(other): chr(character) for character, other in _HIDDEN.items()} | {ord(NOTHING): ""}
_BACK_IN_HTML = {other: escape(character) for other, character in _BACK.items()}
_BACK_IN_ADDRESS = {
    quote(chr(other)): quote(character, safe="#+=])*~") for other, character in _BACK.items()
}  # the renderer encodes what is not ASCII
_ENCODED = re.compile("|".join(_BACK_IN_ADDRESS))


def without_noncharacters(text: str) -> str:
    """The text with the sign of a character that can't be shown for each that stands for another here."""
    return ANY.sub("\ufffd", text)


def hidden(text: str) -> str:
    """The text with what stands for the marks in it."""
    return text.translate(_HIDDEN)


def shown(text: str) -> str:
    """The reverse of `hidden`."""
    return text.translate(_BACK)


def shown_in_html(html: str) -> str:
    """The reverse of `hidden`, in HTML."""
    # Not `translate`, which looks at each character by itself: few texts hold any of them, and then few.
    return ANY.sub(_back_in_html, html)


def _back_in_html(match: re.Match[str]) -> str:
    return _BACK_IN_HTML.get(ord(match[0]), match[0])


def shown_in_address(address: str) -> str:
    """The reverse of `hidden`, in an address as the renderer writes it."""
    return _ENCODED.sub(lambda match: _BACK_IN_ADDRESS[match[0]], address)
