"""Finds texts in the templates that are not marked for translation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.template.base import Lexer, TokenType

pytestmark = pytest.mark.any_database

FOLDERS = ("templates", "rooms/templates")
TEMPLATES = sorted(
    path.relative_to(settings.BASE_DIR)
    for folder in FOLDERS
    for path in (settings.BASE_DIR / folder).rglob("*")
    if path.suffix in {".html", ".txt", ".svg"}
)
READ_ATTRIBUTES = {"alt", "aria-description", "aria-label", "aria-roledescription", "label", "placeholder", "title"} | {
    # Those that scripts show.
    *("data-confirm", "data-confirm-more", "data-confirm-yes", "data-copied"),
}
BUTTONS = {"button", "reset", "submit"}  # inputs with a `value` that is read
WORD = re.compile(r"[^\W\d_]{2,}")
QUOTED = re.compile(r"""(?:"([^"]*)"|'([^']*)')""")
# A constant that looks like a text and not like a name, an address or a format of a date.
SENTENCE = re.compile(r"[A-Z][a-z]|[a-z]{2,}[,.]? [a-z]")
CLASSES = "block body_class"  # the content of an attribute, in templates that extend base.html
NOT_SENTENCES = {"light dark"}
NOT_TRANSLATED = {"Parlor", "UTC"}
# Operators of the search, and an address.
CODE = re.compile(r"\b(from|in|before|after|on|has|is|mentions):(file|link|unread|me)?|notifications/")


class Texts(HTMLParser):
    """Collects the texts and attributes of a page that people read."""

    def __init__(self) -> None:
        """Start with none."""
        super().__init__()
        self.found: list[str] = []
        self._unread = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Collect what is read in the attributes."""
        named = dict(attributes)
        if tag == "input" and named.get("type") in BUTTONS:
            self.found.append(named.get("value") or "")
        self.found += [value or "" for name, value in attributes if name in READ_ATTRIBUTES]
        self._unread += tag in {"script", "style"}

    def handle_endtag(self, tag: str) -> None:
        """Collect texts again after a script."""
        self._unread -= tag in {"script", "style"}

    def handle_data(self, data: str) -> None:
        """Collect a text."""
        if not self._unread:
            self.found.append(data)


def untranslated(source: str, *, is_page: bool) -> list[str]:
    """The texts of a template outside `{% translate %}` and `{% blocktranslate %}`."""
    rest = inside = ""
    found: list[str] = []
    for token in Lexer(source).tokenize():
        name = token.contents.split()[0] if token.contents.split() else ""
        if inside:
            inside = "" if token.token_type == TokenType.BLOCK and name == f"end{inside}" else inside
        elif token.token_type == TokenType.TEXT:
            rest += token.contents
        elif token.token_type == TokenType.BLOCK and (name == "blocktranslate" or token.contents == CLASSES):
            inside = name
            found += _constants(token.contents)
        elif token.token_type != TokenType.COMMENT and name != "translate":
            found += _constants(token.contents)
    texts = Texts()
    if is_page:
        texts.feed(rest)
        texts.close()
    else:
        texts.found = rest.splitlines()
    return [text for text in found + texts.found if set(_words(text)) - NOT_TRANSLATED]


def _constants(tag: str) -> Iterator[str]:
    """The constants in a tag, as arguments of filters, that look like texts; scripts/messages doesn't see `_("…")`."""
    for text, other in QUOTED.findall(re.sub(r"\|date:(\"[^\"]*\"|'[^']*')", "", tag)):
        if SENTENCE.search(text or other) and text not in NOT_SENTENCES:
            yield text or other


def _words(text: str) -> list[str]:
    return WORD.findall(CODE.sub("", text))


@pytest.mark.parametrize("path", TEMPLATES, ids=str)
def test_all_texts_of_templates_are_marked_for_translation(path: Path) -> None:
    source = (settings.BASE_DIR / path).read_text()
    assert untranslated(source, is_page=path.suffix != ".txt") == []
