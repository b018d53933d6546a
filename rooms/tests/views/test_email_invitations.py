"""Inviting by e-mail on the page of invite links."""

import pytest
from django.test import Client
from pytest_django import Settings

from rooms.models import EmailInvitation, Room, User
from rooms.services.members import member_add
from rooms.tests.support.pages import signed_in

pytestmark = pytest.mark.django_db
PAGE = "/rooms/den/invite-links/"


@pytest.fixture(autouse=True)
def mailing(settings: Settings) -> Settings:
    settings.EMAIL_CONFIGURED = True
    settings.PUBLIC_URL = "https://chat.example.org"
    return settings


def post(client: Client, emails: str) -> str:
    return client.post(f"{PAGE}email/", {"emails": emails}, follow=True).content.decode()


def test_several_are_invited_listed_and_revoked(alice: User, den: Room) -> None:
    client = signed_in(alice)
    page = post(client, "Bob <bob@example.org>, new@example.org\nnew@example.org")
    assert "2 people invited by email." in page
    assert "Pending" in page
    page = post(client, "new@example.org third@example.org")
    assert "1 person invited by email." in page
    assert "1 address was invited already." in page
    invitation = EmailInvitation.objects.get(email="new@example.org")
    page = client.post(f"/email-invitations/{invitation.pk}/resend/", follow=True).content.decode()
    assert "This invitation was sent less than 10 minutes ago." in page
    page = client.post(f"/email-invitations/{invitation.pk}/revoke/", follow=True).content.decode()
    assert "Invitation revoked." in page
    assert "new@example.org" not in page


def test_wrong_addresses_are_named_and_what_was_typed_is_kept(alice: User, den: Room) -> None:
    page = post(signed_in(alice), "bob@example.org, nobody")
    assert "1 of these is not an email address: “nobody”" in page
    assert "bob@example.org, nobody</textarea>" in page
    assert not EmailInvitation.objects.exists()
    assert client_get(signed_in(alice), f"{PAGE}email/") == (302, PAGE)


def client_get(client: Client, path: str) -> tuple[int, str]:
    answer = client.get(path)
    return answer.status_code, answer["Location"]


def test_too_many_at_once_and_in_an_hour(alice: User, den: Room, settings: Settings) -> None:
    client = signed_in(alice)
    page = post(client, "\n".join(f"p{number}@example.org" for number in range(1000)))
    assert "Enter at most 100 addresses at once; these are 1000." in page
    assert "p999@example.org</textarea>" in page
    settings.INVITATIONS_PER_HOUR = 2
    page = post(client, "a@example.org b@example.org c@example.org")
    assert "At most 2 in an hour." in page
    assert "a@example.org b@example.org c@example.org</textarea>" in page


def test_without_mail_the_page_offers_the_link(alice: User, den: Room, mailing: Settings) -> None:
    mailing.EMAIL_CONFIGURED = False
    page = signed_in(alice).get(PAGE).content.decode()
    assert "This server does not send email. Create an invite link and send it yourself." in page
    assert "Send invitations" not in page
    assert "Create invite link" in page


def test_members_and_strangers_see_nothing(alice: User, bob: User, den: Room) -> None:
    post(signed_in(alice), "new@example.org")
    invitation = EmailInvitation.objects.get()
    for _ in range(2):
        client = signed_in(bob)
        assert client.post(f"{PAGE}email/", {"emails": "x@example.org"}).status_code == 404
        for action in ("resend", "revoke"):
            assert client.post(f"/email-invitations/{invitation.pk}/{action}/").status_code == 404
        assert client.post("/invite-links/email/", {"emails": "x@example.org"}).status_code == 404
        member_add(by=alice, room=den, user=bob)


def test_staff_invite_to_the_server(alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    client = signed_in(alice)
    page = client.post("/invite-links/email/", {"emails": "new@example.org"}, follow=True).content.decode()
    assert "1 person invited by email." in page
    assert EmailInvitation.objects.get().room is None
