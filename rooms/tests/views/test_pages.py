"""The lobby, the profile and what holds for all pages, as the server renders them."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from rooms.models import Membership, Room, User
from rooms.services.direct_rooms import direct_room_open
from rooms.services.invitations import invitation_create
from rooms.services.members import member_join
from rooms.services.posting import message_post
from rooms.services.rooms import room_create
from rooms.tests.support.images import image
from rooms.tests.support.pages import person, signed_in

pytestmark = pytest.mark.django_db
HOSTILE = '<script>window.hacked=1</script><img src=x onerror="window.hacked=1">'


def test_a_visitor_is_redirected_to_sign_in(alice: User) -> None:
    response = Client().get("/")
    assert response.status_code == 302
    assert response["Location"] == "/accounts/login/?next=/"


def test_the_lobby_shows_my_rooms_and_public_rooms_but_no_private_ones(alice: User, bob: User, den: Room) -> None:
    room_create(by=alice, name="hall", title="The hall")
    room_create(by=bob, name="attic", title="The attic", kind="private")
    page = signed_in(bob).get("/").content.decode()
    assert "The hall" in page
    assert "The attic" in page
    assert "The den" not in page


def test_the_first_run_offers_to_create_a_room_until_there_is_one_or_it_is_dismissed(alice: User, bob: User) -> None:
    client = signed_in(bob)
    page = client.get("/").content.decode()
    assert "Welcome to Parlor" in page
    assert page.count("Create room") == 1
    client.post("/first-run/dismiss/", {"next": "https://elsewhere.example/"})
    page = client.get("/").content.decode()
    assert "Welcome to Parlor" not in page
    assert "Create the first one below" in page
    assert page.count("Create room") == 1
    room_create(by=alice, name="hall")
    assert "Welcome to Parlor" not in signed_in(bob).get("/").content.decode()


def test_closing_an_offer_leads_back_to_where_it_was_and_nowhere_else(bob: User) -> None:
    client = signed_in(bob)
    for to, location in (("/rooms/hall/", "/rooms/hall/"), ("//elsewhere.example/", "/"), ("", "/")):
        assert client.post("/first-run/dismiss/", {"next": to})["Location"] == location


def test_creating_a_room_redirects_to_it_as_its_owner(bob: User) -> None:
    response = signed_in(bob).post("/rooms/", {"name": "attic", "title": "The attic", "kind": "private"})
    assert response["Location"] == "/rooms/attic/"
    assert Membership.objects.get(user=bob).role == Membership.Role.OWNER


@pytest.mark.parametrize(
    ("title", "beginning"), [("The Attic & co.", "the-attic-co-"), ("屋根裏", "room-"), ("x" * 90, "x" * 40 + "-")]
)
def test_a_room_without_a_name_gets_a_random_one(bob: User, title: str, beginning: str) -> None:
    made = [signed_in(bob).post("/rooms/", {"name": "", "title": title, "kind": "private"}) for _ in range(2)]
    names = [response["Location"].split("/")[2] for response in made]
    assert names[0] != names[1]
    for name in names:
        assert re.fullmatch(re.escape(beginning) + "[a-z0-9]{10}", name)
        assert Room.objects.get(name=name).title == title


def test_a_room_needs_a_title_or_a_name(bob: User) -> None:
    response = signed_in(bob).post("/rooms/", {"name": "", "title": " ", "kind": "open"})
    assert response.status_code == 400
    assert "Enter a title or a URL name." in response.content.decode()


def test_a_taken_name_is_reported_and_the_input_is_kept(bob: User, den: Room) -> None:
    response = signed_in(bob).post("/rooms/", {"name": "den", "title": "My own den", "kind": "open"})
    assert response.status_code == 400
    assert "My own den" in response.content.decode()


def test_the_lobby_takes_a_constant_number_of_queries_for_any_number_of_rooms(
    alice: User, bob: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    room_create(by=alice, name="hall")
    room_create(by=bob, name="yard")
    client = signed_in(alice)
    with CaptureQueriesContext(connection) as few:
        client.get("/")
    guests = [person(f"guest{number}") for number in range(5)]
    for number in range(30):
        room = room_create(by=(alice, bob)[number % 2], name=f"hall-{number}", title="A hall")
        for guest in guests:
            member_join(user=guest, room=room)
        message_post(by=guests[0], room=room, content="hello")
    with django_assert_num_queries(len(few)):
        response = client.get("/")
    assert response.content.decode().count("A hall") >= 30


def test_addresses_and_names_that_can_not_be_stored_are_not_found(alice: User, den: Room) -> None:
    assert Client().get("/avatars/%00.webp").status_code == 404
    response = signed_in(alice).post("/rooms/den/members/ban/", {"user_name": "\0"}, follow=True)
    assert "No user named" in response.content.decode()


def test_hostile_text_is_escaped(alice: User) -> None:
    alice.display_name = HOSTILE[:80]
    alice.save()
    room = room_create(by=alice, name="hall", title=HOSTILE, description=HOSTILE)
    message_post(by=alice, room=room, content=HOSTILE)
    for address in ("/", "/rooms/hall/", "/rooms/hall/settings/"):
        page = signed_in(alice).get(address).content.decode()
        assert "<script>window" not in page
        assert "<img src=x" not in page


def test_actions_require_the_csrf_token(alice: User, den: Room) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    response = client.post("/rooms/den/close/")
    assert response.status_code == 403
    assert "This page has expired" in response.content.decode()


def test_a_form_older_than_the_session_is_returned_with_its_input(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    form = {"name": "attic", "title": "<b>Typed</b> for long", "kind": "open", "csrfmiddlewaretoken": "x" * 64}
    response = client.post("/rooms/", form, headers={"Sec-Fetch-Site": "same-origin"})
    page = response.content.decode()
    assert response.status_code == 403
    assert "&lt;b&gt;Typed&lt;/b&gt; for long" in page
    token = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert client.post("/rooms/", form | {"csrfmiddlewaretoken": token[0]}).status_code == 302
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://elsewhere.example"}, {}):
        strange = client.post("/rooms/", form, headers=headers)
        assert strange.status_code == 403
        assert "Send again" not in strange.content.decode()
    secret = client.post(
        "/accounts/password/", {"old_password": "hush-hush"}, headers={"Sec-Fetch-Site": "same-origin"}
    )
    assert "hush-hush" not in secret.content.decode()


def test_a_second_sign_in_page_redirects_or_asks_again(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    form = {"username": "alice", "password": "hush-hush", "next": "/rooms/den/"}
    again = client.post("/accounts/login/", form)
    assert again.status_code == 403
    assert 'value="alice"' in again.content.decode()
    assert "hush-hush" not in again.content.decode()
    client.force_login(alice)
    assert client.post("/accounts/login/", form).headers["Location"] == "/rooms/den/"
    elsewhere = client.post("/accounts/login/", form | {"next": "//elsewhere.example/"})
    assert elsewhere.headers["Location"] == "/"


def test_actions_do_not_accept_get(alice: User, den: Room) -> None:
    assert signed_in(alice).get("/rooms/den/close/").status_code == 405


def test_no_page_has_inline_scripts_or_styles(alice: User, den: Room) -> None:
    message_post(by=alice, room=den, content="hello")
    client = signed_in(alice)
    for address in ("/", "/rooms/den/", "/rooms/den/settings/", "/accounts/password/"):
        response = client.get(address)
        page = response.content.decode()
        assert "default-src 'self'" in response["Content-Security-Policy"]
        assert "<style" not in page
        assert " style=" not in page
        assert " on" not in {chunk[:3] for chunk in page.split('"')}
        assert "<script>" not in page


def test_pages_of_signed_in_users_are_not_cached(alice: User, den: Room) -> None:
    client = signed_in(alice)
    for address in ("/", "/rooms/den/", "/rooms/den/members/", "/rooms/den/settings/", "/accounts/profile/"):
        assert "no-store" in client.get(address)["Cache-Control"], address


def test_an_unknown_page_has_its_own_error_page(client: Client) -> None:
    response = client.get("/nothing/")
    assert response.status_code == 404
    assert "Page not found" in response.content.decode()


def test_the_health_probes_respond(client: Client) -> None:
    response = client.get("/ping")
    assert (response.content, response["Content-Type"]) == (b"PONG!", "text/plain")
    assert client.get("/health").json() == {"status": "ok"}


@pytest.mark.parametrize(
    ("sent", "wrong"),
    [
        ({"name": "den", "kind": "open"}, "name"),
        ({"name": "No Name", "kind": "open"}, "name"),
        ({"name": "fine", "title": "x" * 121, "kind": "open"}, "title"),
        ({"name": "fine", "title": "a\u202eb", "kind": "open"}, "title"),
    ],
)
def test_a_rejected_form_focuses_its_first_invalid_field(
    alice: User, den: Room, sent: dict[str, str], wrong: str
) -> None:
    page = signed_in(alice).post("/rooms/", sent).content.decode()
    (field,) = re.findall(r"<input[^>]* autofocus[^>]*>", page)
    assert f'id="id_{wrong}"' in field
    assert 'aria-invalid="true"' in field
    described = re.findall(r'aria-describedby="([^"]*)"', field)[0].split()
    assert f"id_{wrong}_error" in described
    assert f'id="id_{wrong}_error"' in page


def test_a_profile_is_changed_and_errors_are_reported(alice: User, bob: User) -> None:
    client = signed_in(bob)
    assert client.post("/accounts/profile/", {"display_name": "Bob H."}).status_code == 302
    assert 'value="Bob H."' in client.get("/accounts/profile/").content.decode()
    page = client.post("/accounts/profile/", {"display_name": "Alice"}).content.decode()
    assert "another person&#x27;s username" in page
    client.post("/accounts/profile/picture/", {"picture": SimpleUploadedFile("me.png", image())})
    bob.refresh_from_db()
    assert str(bob.avatar) in client.get("/accounts/profile/").content.decode()
    for upload in ({"picture": SimpleUploadedFile("me.png", b"no picture")}, {}):
        refused = client.post("/accounts/profile/picture/", upload, follow=True).content.decode()
        assert "This picture can&#x27;t be read." in refused or "Picture: choose a file." in refused
    client.post("/accounts/profile/picture/remove/")
    bob.refresh_from_db()
    assert bob.avatar is None
    assert Client().get("/accounts/profile/").status_code == 302


def test_the_lobby_takes_a_constant_number_of_queries(
    alice: User, bob: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    def fill(number: int) -> None:
        other = person(f"other-{number}")
        direct_room_open(by=alice, people=[other])
        room = room_create(by=other, name=f"room-{number}", kind="private")
        invitation_create(by=other, room=room, user=alice)
        room_create(by=other, name=f"open-{number}")

    client = signed_in(alice)
    fill(0)
    with CaptureQueriesContext(connection) as queries:
        client.get("/")
    for number in range(1, 6):
        fill(number)
    with django_assert_num_queries(len(queries)):
        assert client.get("/").content.decode().count("Accept the invitation to") == 6
