"""Characters that are text, not Markdown: placeholders replace them while the text is rendered.

A backslash escape would become visible if the text turns out to be code. Placeholders are restored wherever the
renderer leaves them, so code before it need not know what is code.
"""

from __future__ import annotations

import re
from html import escape
from urllib.parse import quote

# Noncharacters, which Unicode reserves for internal use by programs.
FIRST_PLACEHOLDER, LAST_PLACEHOLDER = "\ufdd0", "\ufdef"
PROTECTED = "<\\#>+-*_~`=]."
SEPARATOR = LAST_PLACEHOLDER  # restored to nothing; keeps the characters around it apart
ANY_PLACEHOLDER = re.compile(f"[{FIRST_PLACEHOLDER}-{LAST_PLACEHOLDER}]")
_PROTECT = {ord(character): chr(ord(FIRST_PLACEHOLDER) + place) for place, character in enumerate(PROTECTED + ")")}
_RESTORE = {ord(other): chr(character) for character, other in _PROTECT.items()} | {ord(SEPARATOR): ""}
_RESTORE_IN_HTML = {other: escape(character) for other, character in _RESTORE.items()}
_RESTORE_IN_URL = {
    quote(chr(other)): quote(character, safe="#+=])*~") for other, character in _RESTORE.items()
}  # the renderer percent-encodes non-ASCII characters
_ENCODED_PLACEHOLDER = re.compile("|".join(_RESTORE_IN_URL))


def replace_noncharacters(text: str) -> str:
    """Replace the noncharacters used as placeholders here by the replacement character."""
    return ANY_PLACEHOLDER.sub("\ufffd", text)


def protect(text: str) -> str:
    """Replace Markdown characters by placeholders."""
    return text.translate(_PROTECT)


def restore(text: str) -> str:
    """Undo `protect`."""
    return text.translate(_RESTORE)


def restore_in_html(html: str) -> str:
    """Undo `protect` in HTML."""
    # Faster than `translate`, which processes each character: most texts contain few placeholders or none.
    return ANY_PLACEHOLDER.sub(_restored_html, html)


def _restored_html(match: re.Match[str]) -> str:
    return _RESTORE_IN_HTML.get(ord(match[0]), match[0])


def restore_in_url(url: str) -> str:
    """Undo `protect` in a URL as encoded by the renderer."""
    return _ENCODED_PLACEHOLDER.sub(lambda match: _RESTORE_IN_URL[match[0]], url)
