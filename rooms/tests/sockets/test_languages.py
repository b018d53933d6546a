"""The language of what a socket is told."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import gettext_lazy, ngettext_lazy

from rooms.errors import Conflict, InvalidField
from rooms.live.consumer import ChatConsumer
from rooms.models import User
from rooms.people.socket_identity import SocketIdentity
from rooms.tests.sockets.test_guests import guests_room
from rooms.tests.support.clients import Client
from rooms.tests.support.servers import RunningServer


def refusal_of(user_name: str) -> ValidationError:
    """Return Django's error for a bad user name, whose text is in Django's own catalogs."""
    with pytest.raises(ValidationError) as caught:
        User._meta.get_field("username").clean(user_name, None)
    return caught.value


async def test_a_guest_is_told_what_is_wrong_in_the_language_of_the_browser(served: RunningServer) -> None:
    room = await guests_room()
    details = {}
    for language in ("de-CH, en;q=0.5", "xx", "en"):
        async with await Client.open(served.ws_url, headers={"Accept-Language": language}) as guest:
            answer = await guest.ask("sendMessage", room_name=room.name, content="hello", user_name="two words")
            details[language] = answer["detail"]
    with translation.override("de"):
        german = f"user_name: {refusal_of('two words').messages[0]}"
    with translation.override("en"):
        english = f"user_name: {refusal_of('two words').messages[0]}"
    assert german != english
    assert details == {"de-CH, en;q=0.5": german, "xx": english, "en": english}


@pytest.mark.parametrize(
    ("chosen", "header", "language"),
    [
        ("ar", "de", "ar"),
        ("", "de", "de"),
        ("no longer offered", "de", "de"),
        (None, "de", "de"),  # a guest
        (None, "", "en"),
        ("de", "", "de"),
    ],
)
def test_what_a_user_has_chosen_comes_before_the_language_of_the_browser(
    chosen: str | None, header: str, language: str
) -> None:
    consumer = ChatConsumer()
    consumer.scope = {"headers": [(b"accept-language", header.encode())] if header else []}
    consumer.identity = None if chosen is None else SocketIdentity(User(language=chosen))
    assert consumer.language == language


def test_an_error_has_its_text_in_the_language_that_is_active_when_it_is_read() -> None:
    error = InvalidField.of(refusal_of("two words"), "user_name")
    english = error.detail
    with translation.override("de"):
        assert error.detail == str(error) == f"user_name: {refusal_of('two words').messages[0]}" != english
    assert error.detail == english


def test_the_values_in_an_error_decide_on_its_plural() -> None:
    sentence = ngettext_lazy("%(count)d room of %(name)s is full.", "%(count)d rooms of %(name)s are full.", "count")
    assert Conflict(sentence, {"count": 1, "name": "100 %"}).detail == "1 room of 100 % is full."
    assert Conflict(sentence, {"count": 2, "name": "ann"}).detail == "2 rooms of ann are full."
    assert Conflict(gettext_lazy("It is 100 % full."), field="room").detail == "room: It is 100 % full."
