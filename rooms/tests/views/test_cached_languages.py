"""Parts of pages that are rendered once for many readers, in the languages of these."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from django.conf import settings
from django.test import Client, override_settings

from rooms.models import Room, User
from rooms.services.posting import message_post
from rooms.tests.support.pages import signed_in

pytestmark = pytest.mark.django_db
# What each cached part says, in a language that Parlor does not have.
TEXTS = {
    "Cancel": "Nuligi",  # a dialog
    "guest": "gasto",  # a message
    "you": "vi",  # a member
}
DATE = ("%(weekday)s, %(date)s", "%(weekday)s, la %(date)s")  # of a message
UNREAD = ("%(unread)s unread", "%(unread)s nelegitaj")  # in the sidebar: a room, and the template for others


@pytest.fixture
def _esperanto(tmp_path: Path) -> Iterator[None]:
    folder = tmp_path / "eo" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    catalog = Catalog("eo")
    for text, translated in (*TEXTS.items(), DATE):
        catalog.add(text, translated)
    catalog.add((UNREAD[0], UNREAD[0]), (UNREAD[1], UNREAD[1]))
    out = io.BytesIO()
    write_mo(out, catalog)
    (folder / "django.mo").write_bytes(out.getvalue())
    with override_settings(LOCALE_PATHS=[tmp_path], LANGUAGES=[*settings.LANGUAGES, ("eo", "Esperanto")]):
        yield


def page(client: Client, path: str, language: str) -> str:
    return client.get(path, headers={"Accept-Language": language}).content.decode()


@pytest.mark.usefixtures("_esperanto")
def test_what_is_cached_is_cached_for_each_language(alice: User, bob: User, den: Room) -> None:
    message_post(by=alice, room=den, content="hello")
    client = signed_in(alice)
    for language in ("en", "eo", "en"):
        room = page(client, "/rooms/den/", language)
        for text, translated in TEXTS.items():
            shown, hidden = (translated, text) if language == "eo" else (text, translated)
            assert f">{shown}<" in room
            assert f">{hidden}<" not in room
        assert (", la " in room) == (language == "eo")
        assert room.count("0 nelegitaj") == 2 * (language == "eo")
