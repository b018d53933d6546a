"""What people see who open an invite link, and the pages that create, show and revoke links."""

import re

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from rooms.models import Ban, InviteLink, Membership, Room, User
from rooms.people import guess_throttle
from rooms.selectors.invite_links import NOT_FOR_YOU, PROBLEMS, LinkState, invite_token
from rooms.services.invite_links import invite_link_create
from rooms.services.members import member_add, member_join
from rooms.services.rooms import room_close, room_create
from rooms.tests.support.pages import person, signed_in

pytestmark = pytest.mark.django_db
PASSWORD = "a-good-password"
NEWCOMER = {"username": "newt", "display_name": "Newt", "password1": PASSWORD, "password2": PASSWORD}


@pytest.fixture(autouse=True)
def no_guesses(settings: Settings) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    settings.SIGNUP_OPEN = False
    cache.clear()
    guess_throttle._local_cache.clear()


@pytest.fixture
def link(alice: User, den: Room) -> InviteLink:
    return invite_link_create(by=alice, room=den)


def address(link: InviteLink, then: str = "") -> str:
    return f"/invite/{invite_token(link)}/{then}"


def text(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status, response.content
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).replace("&#x27;", "'").split())


def test_a_stranger_learns_only_the_room_its_size_and_who_invites(alice: User, link: InviteLink) -> None:
    Room.objects.update(description="Where the plans are")
    page = text(Client(), address(link))
    assert "Join The den alice invites you to this room on testserver. It has 1 member." in page
    assert "Where the plans are" not in page


def test_opening_a_link_changes_nothing(bob: User, link: InviteLink) -> None:
    for client in (Client(), signed_in(bob)):
        for then in ("", "signup/", "login/"):
            client.get(address(link, then))
            client.head(address(link, then))
        assert client.get(address(link, "join/")).status_code == 405
    link.refresh_from_db()
    assert (link.uses, Membership.objects.filter(room=link.room).count()) == (0, 1)


def test_a_newcomer_creates_an_account_and_lands_in_the_room_though_sign_up_is_closed(link: InviteLink) -> None:
    client = Client()
    assert client.post("/accounts/signup/", NEWCOMER).status_code == 403
    assert "Then you join The den" in text(client, address(link, "signup/"))
    response = client.post(address(link, "signup/"), NEWCOMER)
    assert response["Location"] == "/rooms/den/"
    assert client.get("/rooms/den/").status_code == 200
    assert Membership.objects.filter(user__username="newt", room=link.room).exists()


def test_a_wrong_field_keeps_what_was_typed(link: InviteLink) -> None:
    response = Client().post(address(link, "signup/"), NEWCOMER | {"password2": "other"})
    assert response.status_code == 200
    assert 'value="newt"' in response.content.decode()
    assert not User.objects.filter(username="newt").exists()


def test_somebody_with_an_account_signs_in_and_lands_in_the_room(bob: User, link: InviteLink) -> None:
    client = Client()
    response = client.post(address(link, "login/"), {"username": "bob", "password": "wrong"})
    assert response.status_code == 200
    assert not Membership.objects.filter(user=bob).exists()
    response = client.post(address(link, "login/"), {"username": "bob", "password": PASSWORD})
    assert response["Location"] == "/rooms/den/"
    assert client.get("/rooms/den/").status_code == 200


def test_who_signs_in_but_may_not_join_is_told_so(bob: User, den: Room, link: InviteLink) -> None:
    Ban.objects.create(room=den, user=bob)
    client = Client()
    response = client.post(address(link, "login/"), {"username": "bob", "password": PASSWORD})
    assert response["Location"] == address(link)
    page = text(client, address(link), status=410)
    assert str(NOT_FOR_YOU) in page
    assert "den" not in page
    client.post(address(link, "join/"))
    assert not Membership.objects.filter(user=bob).exists()


def test_somebody_signed_in_joins_with_one_click_and_a_member_is_in_the_room_at_once(
    alice: User, bob: User, link: InviteLink
) -> None:
    client = signed_in(bob)
    assert "You join as bob" in text(client, address(link))
    assert client.get(address(link, "signup/"))["Location"] == address(link)
    assert client.post(address(link, "join/"))["Location"] == "/rooms/den/"
    assert client.get(address(link))["Location"] == "/rooms/den/"
    assert signed_in(alice).get(address(link))["Location"] == "/rooms/den/"


def test_a_link_for_accounts_leads_to_the_rooms(alice: User, bob: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    link = invite_link_create(by=User.objects.get(pk=alice.pk), room=None)
    assert "Join Parlor alice invites you to the rooms on testserver." in text(Client(), address(link))
    assert "You already have an account here." in text(signed_in(bob), address(link))
    assert signed_in(bob).post(address(link, "join/"))["Location"] == "/"
    assert Client().post(address(link, "login/"), {"username": "bob", "password": PASSWORD})["Location"] == "/"
    assert Client().post(address(link, "signup/"), NEWCOMER)["Location"] == "/"


def test_a_link_that_no_longer_works_says_why_and_nothing_else(
    alice: User, bob: User, den: Room, link: InviteLink
) -> None:
    def reason() -> str:
        for then in ("signup/", "login/"):
            assert Client().get(address(link, then))["Location"] == address(link)
        pages = {text(client, address(link), status=410) for client in (Client(), signed_in(bob))}
        for page in pages:
            assert "den" not in page
            assert "alice" not in page
        (said,) = {re.search(r"doesn't work (.*?\.) Ask the person who sent it", page)[1] for page in pages}  # type: ignore[index]
        return said

    now = timezone.now()
    for change, state in (
        ({"revoked_at": now}, LinkState.REVOKED),
        ({"expires_at": now}, LinkState.EXPIRED),
        ({"max_uses": 3, "uses": 3}, LinkState.USED_UP),
        ({"created_by": bob}, LinkState.MAKER_GONE),
    ):
        before = InviteLink.objects.values().get()
        InviteLink.objects.update(**change)
        assert reason() == str(PROBLEMS[state])
        InviteLink.objects.update(**before)
    room_close(by=alice, room=den)
    assert reason() == str(PROBLEMS[LinkState.ARCHIVED])


def test_an_unknown_link_is_not_found_and_guessing_is_limited(link: InviteLink) -> None:
    client = Client()
    token = invite_token(link)
    wrong = f"/invite/{token[:-1]}{'a' if token[-1] != 'a' else 'b'}/"
    assert "Check that you opened the whole link" in text(client, "/invite/nothing/", status=404)
    for _ in range(20):
        assert client.get(f"/invite/{token[:-1]}/").status_code == 404  # cut off when it was copied, which is no guess
    for _ in range(guess_throttle.PER_ACCOUNT_AND_NETWORK):
        assert client.get(wrong).status_code == 404
    assert client.get(wrong).status_code == 429
    assert client.get(address(link)).status_code == 429  # or else the limit would tell right ones from wrong ones
    assert client.post(address(link, "signup/"), NEWCOMER).status_code == 429
    for number in range(guess_throttle.PER_NETWORK):
        assert client.get(f"/invite/{number:012}{'x' * 22}/").status_code in {404, 429}
    assert client.get(f"/invite/{'y' * 34}/").status_code == 429


def test_the_pages_of_a_link_do_not_leak_its_address(bob: User, link: InviteLink) -> None:
    responses = [Client().get(address(link, then)) for then in ("", "signup/", "login/")]
    responses += [signed_in(bob).post(address(link, "join/")), Client().get("/invite/nothing/")]
    for response in responses:
        assert response["Referrer-Policy"] == "same-origin"
        assert response["X-Robots-Tag"] == "noindex, nofollow"
        assert "no-store" in response["Cache-Control"]


def test_a_moderator_creates_copies_and_revokes_links_and_sees_who_joined(alice: User, bob: User, den: Room) -> None:
    client = signed_in(alice)
    assert "/rooms/den/invite-links/" in client.get("/rooms/den/settings/").content.decode()
    response = client.post("/rooms/den/invite-links/", {"hours": "1", "max_uses": "5"})
    assert response["Location"] == "/rooms/den/invite-links/"
    link = InviteLink.objects.get()
    assert (link.max_uses, link.created_by, link.room) == (5, alice, den)
    assert link.expires_at is not None
    assert 3500 < (link.expires_at - timezone.now()).total_seconds() < 3600
    signed_in(bob).post(address(link, "join/"))
    page = client.get("/rooms/den/invite-links/").content.decode()
    assert f"http://testserver{address(link)}" in page
    assert "Joined: bob" in text(client, "/rooms/den/invite-links/")
    assert "1 of 5 used" in text(client, "/rooms/den/invite-links/")
    client.post(f"/invite-links/{link.link_id}/revoke/")
    page = client.get("/rooms/den/invite-links/").content.decode()
    assert invite_token(link) not in page
    assert "Revoked" in page


def test_the_address_is_that_which_people_open(alice: User, link: InviteLink, settings: Settings) -> None:
    settings.PUBLIC_URL = "https://chat.example.org"
    page = signed_in(alice).get("/rooms/den/invite-links/").content.decode()
    assert f"https://chat.example.org{address(link)}" in page


def test_the_qr_code_is_a_picture_without_scripts_or_styles(alice: User, link: InviteLink) -> None:
    response = signed_in(alice).get(f"/invite-links/{link.link_id}/qr.svg")
    assert response["Content-Type"] == "image/svg+xml"
    svg = response.content.decode()
    assert svg.startswith("<svg")
    assert "script" not in svg
    assert "style" not in svg


def test_links_do_not_exist_for_those_who_may_not_see_them(alice: User, bob: User, den: Room, link: InviteLink) -> None:
    member_add(by=alice, room=den, user=bob)
    for client in (signed_in(bob), signed_in(person("carol"))):
        for path in ("/rooms/den/invite-links/", f"/invite-links/{link.link_id}/qr.svg", "/invite-links/"):
            assert client.get(path).status_code == 404
        assert client.post("/rooms/den/invite-links/", {"hours": "1"}).status_code == 404
        assert client.post(f"/invite-links/{link.link_id}/revoke/").status_code == 404
    link.refresh_from_db()
    assert (link.revoked_at, InviteLink.objects.count()) == (None, 1)


def test_staff_create_links_for_accounts(alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    client = signed_in(alice)
    assert 'href="/invite-links/"' in client.get("/").content.decode()
    assert client.post("/invite-links/", {"hours": "", "max_uses": ""})["Location"] == "/invite-links/"
    link = InviteLink.objects.get()
    assert (link.room, link.expires_at, link.max_uses) == (None, None, None)
    assert invite_token(link) in client.get("/invite-links/").content.decode()
    assert client.post(f"/invite-links/{link.link_id}/revoke/")["Location"] == "/invite-links/"


def test_an_archived_room_offers_no_new_link(alice: User, den: Room) -> None:
    room_close(by=alice, room=den)
    client = signed_in(alice)
    assert "Create invite link" not in client.get("/rooms/den/invite-links/").content.decode()
    assert client.post("/rooms/den/invite-links/", {"hours": "1"}).status_code == 400


def test_the_list_takes_a_constant_number_of_queries(
    alice: User, den: Room, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(12):
        made = invite_link_create(by=alice, room=den)
        signed_in(person(f"guest{number}")).post(address(made, "join/"))
    client = signed_in(alice)
    with django_assert_max_num_queries(15):
        client.get("/rooms/den/invite-links/")


def test_a_new_room_offers_its_link_until_there_is_one_somebody_else_or_it_is_dismissed(alice: User, bob: User) -> None:
    offer = "Copy invite link"
    client = signed_in(alice)
    for name in ("linked", "joined", "dismissed"):
        room_create(by=alice, name=name)
        assert offer in client.get(f"/rooms/{name}/").content.decode()
    client.post("/rooms/linked/invite-links/", {"hours": "168"})
    member_join(user=bob, room=Room.objects.get(name="joined"))
    for name, offered in (("linked", False), ("joined", False), ("dismissed", True)):
        assert (offer in client.get(f"/rooms/{name}/").content.decode()) == offered
    assert offer not in signed_in(bob).get("/rooms/dismissed/").content.decode()
    response = client.post("/first-run/dismiss/", {"next": "/rooms/dismissed/"})
    assert response["Location"] == "/rooms/dismissed/"
    assert offer not in client.get("/rooms/dismissed/").content.decode()
