"""The list of a room's pinned messages, and the pins in the room page, as the server renders them."""

import pytest
from django.test import Client

from rooms.models import Room, User
from rooms.selectors.pins import pinned_seqs
from rooms.services.members import member_add
from rooms.services.pins import message_pin
from rooms.services.posting import message_post
from rooms.services.rooms import room_create, room_update

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    return User.objects.create_user("alice", display_name="Alice <b>")


@pytest.fixture
def den(alice: User) -> Room:
    den = room_create(by=alice, name="den", title="The den", kind="private")
    for content in ("*Tea* at four.", "Cake."):
        message_post(by=alice, room=den, content=content)
    message_pin(by=alice, room=den, seq=1)
    return den


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_the_list_shows_pinned_messages_and_unpins_them_without_a_script(alice: User, den: Room) -> None:
    client = signed_in(alice)
    shown = client.get("/rooms/den/pins/").content.decode()
    assert "Tea at four." in shown
    assert "Alice &lt;b&gt;" in shown
    assert "Cake." not in shown
    unpinned = client.post("/rooms/den/pins/1/unpin/", follow=True)
    assert unpinned.redirect_chain == [("/rooms/den/pins/", 302)]
    assert "Message unpinned." in unpinned.content.decode()
    assert pinned_seqs(den) == []


def test_only_those_who_may_unpin_get_the_button_and_only_readers_the_list(alice: User, den: Room) -> None:
    bob = User.objects.create_user("bob")
    client = signed_in(bob)
    assert client.get("/rooms/den/pins/").status_code == 404
    assert client.post("/rooms/den/pins/1/unpin/").status_code == 404
    member_add(by=alice, room=den, user=bob)
    assert "unpin/" not in client.get("/rooms/den/pins/").content.decode()
    refused = client.post("/rooms/den/pins/1/unpin/", headers={"Accept": "application/json"})
    assert refused.status_code == 409
    room_update(by=alice, room=den, pinning="members")
    assert "unpin/" in client.get("/rooms/den/pins/").content.decode()


def test_long_lists_have_pages(alice: User, den: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rooms.views.pins.PINS_PER_PAGE", 1)
    message_pin(by=alice, room=den, seq=2)
    client = signed_in(alice)
    first = client.get("/rooms/den/pins/").content.decode()
    assert "Cake." in first
    assert "Tea" not in first
    assert "?before=2" in first
    second = client.get("/rooms/den/pins/?before=2").content.decode()
    assert "Tea at four." in second
    assert "?before" not in second
    assert client.get("/rooms/den/pins/?before=9").status_code == 404


def test_the_room_page_counts_pins_and_marks_pinned_messages(alice: User, den: Room) -> None:
    shown = signed_in(alice).get("/rooms/den/").content.decode()
    assert 'aria-label="Pinned messages: 1"' in shown
    assert shown.count("message-pinned\n") == 1


def test_settings_say_who_may_pin_and_mention_everybody(alice: User, den: Room) -> None:
    client = signed_in(alice)
    fields = {"title": "The den", "description": "", "kind": "private", "room_mentions": "members"}
    assert client.post("/rooms/den/settings/", fields).status_code == 400
    assert client.post("/rooms/den/settings/", fields | {"pinning": "members"}).status_code == 302
    den.refresh_from_db()
    assert (den.pinning, den.room_mentions) == ("members", "members")
