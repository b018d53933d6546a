"""The room list and the room page, as the server renders them."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from rooms import services
from rooms.models import Ban, Membership, Room, User

pytestmark = pytest.mark.django_db
HOSTILE = '<script>window.hacked=1</script><img src=x onerror="window.hacked=1">'


def person(name: str) -> User:
    return User.objects.create_user(name, password="a-good-password")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def alice() -> User:
    return person("alice")


@pytest.fixture
def bob() -> User:
    return person("bob")


@pytest.fixture
def den(alice: User) -> Room:
    return services.room_create(by=alice, name="den", title="The den", kind="private")


def test_a_visitor_is_sent_to_sign_in(alice: User) -> None:
    response = Client().get("/")
    assert response.status_code == 302
    assert response["Location"] == "/accounts/login/?next=/"


def test_the_room_list_shows_mine_and_the_open_ones_and_no_private_ones(alice: User, bob: User, den: Room) -> None:
    services.room_create(by=alice, name="hall", title="The hall")
    services.room_create(by=bob, name="attic", title="The attic", kind="private")
    page = signed_in(bob).get("/").content.decode()
    assert "The hall" in page
    assert "The attic" in page
    assert "The den" not in page


def test_an_empty_list_says_what_to_do(bob: User) -> None:
    assert "Make the first one below" in signed_in(bob).get("/").content.decode()


def test_making_a_room_leads_into_it_as_its_owner(bob: User) -> None:
    response = signed_in(bob).post("/rooms/", {"name": "attic", "title": "The attic", "kind": "private"})
    assert response["Location"] == "/rooms/attic/"
    assert Membership.objects.get(user=bob).role == Membership.Role.OWNER


def test_a_taken_name_is_told_and_what_was_typed_stays(bob: User, den: Room) -> None:
    response = signed_in(bob).post("/rooms/", {"name": "den", "title": "My own den", "kind": "open"})
    assert response.status_code == 400
    assert "My own den" in response.content.decode()


def test_the_room_list_takes_the_same_few_queries_however_many_rooms_members_and_messages(
    alice: User, bob: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    services.room_create(by=alice, name="hall")
    services.room_create(by=bob, name="yard")
    client = signed_in(alice)
    with CaptureQueriesContext(connection) as few:
        client.get("/")
    guests = [person(f"guest{number}") for number in range(5)]
    for number in range(30):
        room = services.room_create(by=(alice, bob)[number % 2], name=f"hall-{number}", title="A hall")
        for guest in guests:
            services.member_join(user=guest, room=room)
        services.message_post(by=guests[0], room=room, content="hello")
    with django_assert_num_queries(len(few)):
        response = client.get("/")
    assert response.content.decode().count("A hall") >= 30


@pytest.mark.parametrize("messages", [1, 60])
def test_the_room_page_takes_the_same_few_queries_however_full_the_room(
    alice: User, messages: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    room = services.room_create(by=alice, name="hall")
    for number in range(messages):
        guest = person(f"guest{number}")
        services.member_join(user=guest, room=room)
        services.message_post(by=guest, room=room, content=f"hello {number}")
    client = signed_in(alice)
    client.get("/rooms/hall/")  # the epoch is read once a process
    with django_assert_max_num_queries(12):
        response = client.get("/rooms/hall/")
    assert response.content.decode().count("<article") == min(messages, 50) + 1  # and the template


def test_a_private_room_looks_absent_to_others_on_every_address(alice: User, bob: User, den: Room) -> None:
    client = signed_in(bob)
    for view in ("room", "room_settings"):
        there, absent = client.get(reverse(view, args=["den"])), client.get(reverse(view, args=["nowhere"]))
        assert (there.status_code, there.content) == (404, absent.content)
    for view in (
        *("room_settings", "room_close", "room_reopen", "room_join", "room_leave", "member_add"),
        *("member_set_role", "member_remove", "member_ban", "member_unban"),
    ):
        there = client.post(reverse(view, args=["den"]), {"user_name": "alice"})
        absent = client.post(reverse(view, args=["nowhere"]), {"user_name": "alice"})
        assert (there.status_code, there.content) == (404, absent.content), view


def test_an_open_room_can_be_read_from_outside_and_joined(alice: User, bob: User) -> None:
    room = services.room_create(by=alice, name="hall", title="The hall")
    services.message_post(by=alice, room=room, content="come in")
    client = signed_in(bob)
    page = client.get("/rooms/hall/").content.decode()
    assert "come in" in page
    assert not Membership.objects.filter(user=bob).exists()
    client.post("/rooms/hall/join/")
    assert Membership.objects.filter(user=bob, room=room).exists()


def test_a_moderator_invites_removes_and_bans_and_lets_back(alice: User, bob: User, den: Room) -> None:
    client = signed_in(alice)
    client.post("/rooms/den/members/add/", {"user_name": "@Bob"})
    assert Membership.objects.filter(user=bob, room=den).exists()
    client.post("/rooms/den/members/remove/", {"user_name": "bob"})
    assert not Membership.objects.filter(user=bob).exists()
    client.post("/rooms/den/members/add/", {"user_name": "bob"})
    client.post("/rooms/den/members/ban/", {"user_name": "bob"})
    assert Ban.objects.filter(user=bob, room=den).exists()
    assert "bob" in client.get("/rooms/den/settings/").content.decode()
    client.post("/rooms/den/members/unban/", {"user_name": "bob"})
    assert not Ban.objects.exists()


def test_a_plain_member_can_do_none_of_that(alice: User, bob: User, den: Room) -> None:
    services.member_add(by=alice, room=den, user=bob)
    carol = person("carol")
    client = signed_in(bob)
    client.post("/rooms/den/members/add/", {"user_name": "carol"})
    client.post("/rooms/den/members/remove/", {"user_name": "alice"})
    client.post("/rooms/den/close/")
    assert client.get("/rooms/den/settings/").status_code == 404
    assert not Membership.objects.filter(user=carol).exists()
    assert Membership.objects.filter(user=alice).exists()
    den.refresh_from_db()
    assert den.closed_at is None


def test_naming_nobody_is_told_in_a_sentence(alice: User, den: Room) -> None:
    response = signed_in(alice).post("/rooms/den/members/add/", {"user_name": "nobody"}, follow=True)
    assert "There is nobody of that user name." in response.content.decode()


def test_leaving_a_private_room_leads_home(alice: User, bob: User, den: Room) -> None:
    services.member_add(by=alice, room=den, user=bob)
    assert signed_in(bob).post("/rooms/den/leave/")["Location"] == "/"


def test_a_closed_room_says_so_and_can_be_reopened(alice: User, den: Room) -> None:
    client = signed_in(alice)
    client.post("/rooms/den/close/")
    composer = '<form class="composer" id="composer" data-state="write"'
    assert f"{composer} hidden>" in client.get("/rooms/den/").content.decode()
    client.post("/rooms/den/reopen/")
    assert f"{composer}>" in client.get("/rooms/den/").content.decode()


def test_hostile_words_stay_words(alice: User) -> None:
    alice.display_name = HOSTILE[:80]
    alice.save()
    room = services.room_create(by=alice, name="hall", title=HOSTILE, description=HOSTILE)
    services.message_post(by=alice, room=room, content=HOSTILE)
    for address in ("/", "/rooms/hall/", "/rooms/hall/settings/"):
        page = signed_in(alice).get(address).content.decode()
        assert "<script>window" not in page
        assert "<img src=x" not in page


def test_an_action_needs_the_csrf_token(alice: User, den: Room) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    response = client.post("/rooms/den/close/")
    assert response.status_code == 403
    assert "This form is too old" in response.content.decode()


def test_an_action_is_no_get(alice: User, den: Room) -> None:
    assert signed_in(alice).get("/rooms/den/close/").status_code == 405


def test_no_page_has_inline_script_or_style(alice: User, den: Room) -> None:
    services.message_post(by=alice, room=den, content="hello")
    client = signed_in(alice)
    for address in ("/", "/rooms/den/", "/rooms/den/settings/", "/accounts/password/"):
        response = client.get(address)
        page = response.content.decode()
        assert "default-src 'self'" in response["Content-Security-Policy"]
        assert "<style" not in page
        assert " style=" not in page
        assert " on" not in {chunk[:3] for chunk in page.split('"')}
        assert "<script>" not in page


def test_an_absent_page_has_a_page_of_its_own(client: Client) -> None:
    response = client.get("/nothing/")
    assert response.status_code == 404
    assert "There is nothing here" in response.content.decode()


def test_the_probes_answer(client: Client) -> None:
    response = client.get("/ping")
    assert (response.content, response["Content-Type"]) == (b"PONG!", "text/plain")
    assert client.get("/health").json() == {"status": "ok"}
