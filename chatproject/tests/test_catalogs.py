"""The catalogs of translations: up to date, complete, and with the placeholders and tags of the English texts."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from django.conf import settings

pytestmark = pytest.mark.any_database
LANGUAGES = [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
KEPT = re.compile(r"%\(\w+\)[sd]|%%|%[sd]|\{\w+\}|</?\w+[^>]*>")


def messages(language: str) -> Iterator[Message]:
    """Yield the messages of a language."""
    folder: Path = settings.BASE_DIR / "locale" / language / "LC_MESSAGES"
    for name in ("django.po", "djangojs.po"):
        with (folder / name).open("rb") as file:
            yield from (message for message in read_po(file, locale=language) if message.id)


def forms(message: Message) -> list[tuple[str, str]]:
    """Return the translations of a message, each with the English form that it translates."""
    if isinstance(message.id, str):
        return [(message.id, str(message.string))]
    assert isinstance(message.string, tuple)
    return [(message.id[1], one) for one in message.string]


def test_the_catalogs_hold_the_present_texts() -> None:
    script = settings.BASE_DIR / "scripts/messages"
    found = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True, check=False)
    assert (found.stdout, found.returncode) == ("", 0), "run scripts/messages"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated(language: str) -> None:
    missing = [message.id for message in messages(language) if not all(text for _, text in forms(message))]
    assert missing == []
    assert [message.id for message in messages(language) if message.fuzzy] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_keep_placeholders_and_tags(language: str) -> None:
    for message in messages(language):
        for original, translation in forms(message):
            kept, given = {*KEPT.findall(original)}, {*KEPT.findall(translation)}
            numbers = {one for one in kept if one.startswith("%(")} if message.pluralizable else set()
            assert given <= kept, message.id
            assert kept - given <= numbers, message.id  # "two messages" may be one word
