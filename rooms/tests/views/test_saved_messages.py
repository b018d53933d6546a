"""The page of saved messages, as the server renders it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from rooms.models import Room, SavedMessage, User
from rooms.services.members import member_add, member_leave
from rooms.services.posting import message_post
from rooms.services.reminders import reminders_send
from rooms.services.rooms import room_create
from rooms.services.saved_messages import message_save, reminder_set

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    return User.objects.create_user("alice")


@pytest.fixture
def bob() -> User:
    return User.objects.create_user("bob")


@pytest.fixture
def den(alice: User, bob: User) -> Room:
    den = room_create(by=alice, name="den", title="The <b> den", kind="private")
    member_add(by=alice, room=den, user=bob)
    for content in ("*Tea* at four.", "Cake.", "Pie."):
        message_post(by=alice, room=den, content=content)
    return den


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def saved(client: Client, query: str = "") -> str:
    return client.get(f"/saved/{query}").content.decode()


def test_the_page_lists_reminders_first_and_removes_without_a_script(bob: User, den: Room) -> None:
    client = signed_in(bob)
    assert "Nothing saved yet." in saved(client)
    later = (timezone.now() + timedelta(hours=1)).isoformat()
    for seq in (1, 2):
        reminder_set(by=bob, room=den, seq=seq, remind_at=later)
    message_save(by=bob, room=den, seq=3)
    SavedMessage.objects.filter(message__seq=1).update(remind_at=timezone.now())
    reminders_send()
    shown = saved(client)
    assert "The &lt;b&gt; den" in shown
    places = [shown.index(text) for text in ("Tea at four.", "Saved messages", "Pie.", "Cake.")]
    assert places == sorted(places)
    assert client.post("/saved/den/2/reminder/remove/", follow=True).redirect_chain == [("/saved/", 302)]
    assert SavedMessage.objects.get(message__seq=2).remind_at is None
    removed = client.post("/saved/den/1/remove/", follow=True).content.decode()
    assert "Removed from saved." in removed
    assert "Tea at four." not in removed


def test_the_sidebar_counts_what_one_was_reminded_of(bob: User, den: Room) -> None:
    client = signed_in(bob)
    assert 'id="sidebar-reminders" hidden' in saved(client)
    reminder_set(by=bob, room=den, seq=1, remind_at=timezone.now().isoformat())
    reminders_send()
    shown = saved(client)
    assert '<span id="sidebar-reminder-count">1</span>' in shown
    assert 'id="sidebar-reminders" hidden' not in shown


def test_the_page_shows_nothing_of_a_room_that_one_has_left(bob: User, den: Room) -> None:
    message_save(by=bob, room=den, seq=1)
    client = signed_in(bob)
    member_leave(user=bob, room=den)
    shown = saved(client)
    assert "Tea at four." not in shown
    assert client.post("/saved/den/1/remove/").status_code == 404


def test_long_lists_have_pages(bob: User, den: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rooms.views.saved_messages.SAVED_PER_PAGE", 2)
    for seq in (1, 2, 3):
        message_save(by=bob, room=den, seq=seq)
    client = signed_in(bob)
    assert "Tea at four." not in saved(client)
    before = SavedMessage.objects.get(message__seq=2).pk
    assert f"?before={before}" in saved(client)
    second = saved(client, f"?before={before}")
    assert "Tea at four." in second
    assert "Cake." not in second


def test_the_room_page_knows_what_its_reader_saved(alice: User, bob: User, den: Room) -> None:
    message_save(by=bob, room=den, seq=2)
    assert '"saved": [2]' in signed_in(bob).get("/rooms/den/").content.decode()
    assert '"saved": []' in signed_in(alice).get("/rooms/den/").content.decode()
