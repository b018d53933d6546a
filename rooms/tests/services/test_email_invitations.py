"""Invitations by e-mail: who gets what, that nobody learns whose an address is, and what goes wrong with addresses."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from rooms.errors import Conflict, InvalidField, NotFound, RateLimited
from rooms.models import EmailInvitation, EmailInvitationMail, Invitation, InviteLink, Membership, Room, User
from rooms.rate_limits import Budget, charge
from rooms.selectors.email_invitations import accounts_with_address, email_invitation_states, mailbox_of
from rooms.selectors.invitations import all_invitations_to
from rooms.selectors.invite_links import PROBLEMS, LinkState, invite_token, problem_with
from rooms.services import invitations
from rooms.services.email_invitations import (
    FORGET_AFTER,
    LINK_VALID,
    MAX_ADDRESSES,
    RESEND_AFTER,
    _mails,
    check_addresses,
    email_invitation_resend,
    email_invitation_revoke,
    email_invitations_create,
    email_invitations_send,
    split_addresses,
)
from rooms.services.invitations import (
    invitation_accept,
    invitation_create,
    invitation_decline,
    invitation_withdraw,
)
from rooms.services.invite_links import MAX_LINKS, invite_link_create, invite_link_join, invite_link_sign_up
from rooms.services.members import member_ban, member_join
from rooms.services.rooms import room_close
from rooms.tests.support.api_case import ApiCase
from rooms.tests.support.mail_server import MailServer

SITE = "https://chat.example.org"


class InvitingCase(ApiCase):
    """Ben's and Zed's accounts have addresses, and a mail server runs."""

    def setUp(self) -> None:
        super().setUp()
        for user in (self.ben, self.zed):
            user.email = f"{user.username}@example.org"
            user.save(update_fields=["email"])
        self.server = MailServer()
        self.server.start()
        self.addCleanup(self.server.stop)
        changed = override_settings(
            EMAIL_CONFIGURED=True, PUBLIC_URL=SITE, DEFAULT_FROM_EMAIL="chat@example.org", **self.server.settings
        )
        changed.enable()
        self.addCleanup(changed.disable)

    def invite(self, *emails: str, room: Room | None = None, by: User | None = None) -> list[EmailInvitation]:
        return email_invitations_create(by=by or self.olga, room=room or self.tea, emails=emails).invitations

    def send(self) -> list[Any]:
        """Send what is due, and return the mails that arrived."""
        before = len(self.server.mails)
        email_invitations_send()
        return self.server.mails[before:]

    def state(self, email: str) -> str:
        found = EmailInvitation.objects.select_related("link__room", "link__created_by").get(email=email)
        return email_invitation_states([found])[found.pk]


class Mails(InvitingCase):
    def test_each_address_gets_a_mail_with_a_link_of_its_own_that_lets_one_person_in(self) -> None:
        self.invite("new@example.org", "other@example.org")
        mails = self.send()
        assert [mail["To"] for mail in mails] == ["new@example.org", "other@example.org"]
        assert mails[0]["Subject"] == "olga invites you to Tea at chat.example.org"
        assert mails[0]["Auto-Submitted"] == "auto-generated"
        tokens = []
        for mail in mails:
            text = mail.get_body(("plain",)).get_content()
            html = mail.get_body(("html",)).get_content()
            (token,) = re.findall(rf"{SITE}/invite/(\w[\w-]+)/", text)
            assert f'href="{SITE}/invite/{token}/"' in html
            assert "olga (@olga) invites you to the room “Tea” at chat.example.org." in text
            assert "within 7 days" in text
            tokens.append(token)
        assert self.send() == []
        user, room = invite_link_sign_up(token=tokens[0], username="newt", password="a-good-password")
        assert Membership.objects.filter(room=self.tea, user=user).exists()
        assert room == self.tea
        assert (self.state("new@example.org"), self.state("other@example.org")) == ("accepted", "pending")
        with pytest.raises(Conflict):
            invite_link_join(user=self.zed, token=tokens[0])
        assert invite_link_join(user=self.zed, token=tokens[1]).room == self.tea
        assert self.state("other@example.org") == "accepted"

    def test_to_the_server_for_staff_only(self) -> None:
        with pytest.raises(NotFound):
            email_invitations_create(by=self.olga, room=None, emails=["new@example.org"])
        User.objects.filter(pk=self.olga.pk).update(is_staff=True)
        staff = User.objects.get(pk=self.olga.pk)
        email_invitations_create(by=staff, room=None, emails=["new@example.org", "ben@example.org"])
        first, second = (mail.get_body(("plain",)).get_content() for mail in self.send())
        assert "/invite/" in first
        assert "@ben" in second
        assert f"{SITE}/accounts/login/" in second
        assert "/invite/" not in second

    def test_they_are_in_the_language_of_the_inviter_and_one_line_of_header(self) -> None:
        User.objects.filter(pk=self.olga.pk).update(display_name="Olga O", language="de")
        Room.objects.filter(pk=self.tea.pk).update(title="Tea\r\nBcc: victim@example.org")
        self.invite("new@example.org")
        (mail,) = self.send()
        assert "Bcc" not in mail
        assert self.server.recipients == ["new@example.org"]
        assert "Tea Bcc: victim@example.org" in mail["Subject"]

    def test_the_mail_server_that_is_down_gets_them_later(self) -> None:
        self.invite("new@example.org")
        self.server.stop()
        assert self.send() == []
        assert EmailInvitationMail.objects.get().attempts == 1
        self.server.start()
        EmailInvitationMail.objects.update(due_at=timezone.now())
        assert len(self.send()) == 1
        assert not EmailInvitationMail.objects.exists()

    def test_not_after_it_was_revoked_or_when_its_sender_may_not_invite_any_more(self) -> None:
        (invitation,) = self.invite("new@example.org")
        token = invite_token(invitation.link)
        email_invitation_revoke(by=self.mo, invitation=invitation)
        assert self.send() == []
        link = InviteLink.objects.get(personal=True)
        assert problem_with(link, self.zed) == PROBLEMS[LinkState.REVOKED]
        with pytest.raises(Conflict):
            invite_link_join(user=self.zed, token=token)
        self.invite("new@example.org", by=self.mo)
        Membership.objects.filter(user=self.mo).update(role="member")
        assert self.send() == []
        assert self.state("new@example.org") == "maker_gone"

    def test_one_that_was_revoked_meanwhile_is_neither_sent_nor_sent_again(self) -> None:
        (invitation,) = self.invite("new@example.org")
        mail = EmailInvitationMail.objects.get()
        email_invitation_revoke(by=self.mo, invitation=invitation)
        assert list(_mails(mail)) == []
        with pytest.raises(NotFound):
            email_invitation_resend(by=self.olga, invitation=invitation)

    def test_without_mail_nothing_is_written(self) -> None:
        with override_settings(EMAIL_CONFIGURED=False), pytest.raises(Conflict):
            self.invite("new@example.org")
        assert not EmailInvitation.objects.exists()

    def test_resending_extends_the_link_but_not_at_once(self) -> None:
        (invitation,) = self.invite("new@example.org")
        self.send()
        with pytest.raises(Conflict):
            email_invitation_resend(by=self.mo, invitation=invitation)
        long_ago = timezone.now() - LINK_VALID
        EmailInvitation.objects.update(sent_at=long_ago)
        InviteLink.objects.update(expires_at=long_ago)
        assert self.state("new@example.org") == "expired"
        email_invitation_resend(by=self.mo, invitation=invitation)
        assert self.state("new@example.org") == "pending"
        (mail,) = self.send()
        assert "mo (@mo) invites you" in mail.get_body(("plain",)).get_content()
        invite_link_join(user=self.zed, token=invite_token(invitation.link))
        EmailInvitation.objects.update(sent_at=timezone.now() - RESEND_AFTER)
        with pytest.raises(Conflict):
            email_invitation_resend(by=self.mo, invitation=invitation)

    def test_addresses_are_forgotten(self) -> None:
        self.invite("new@example.org", "zed@example.org")
        self.send()
        EmailInvitation.objects.update(sent_at=timezone.now() - FORGET_AFTER)
        self.send()
        assert not EmailInvitation.objects.exists()
        assert not Invitation.objects.exists()

    def test_only_those_who_manage_the_room_and_not_to_an_archived_one(self) -> None:
        with pytest.raises(NotFound):
            self.invite("new@example.org", by=self.ann)
        (invitation,) = self.invite("new@example.org")
        for act in (email_invitation_resend, email_invitation_revoke):
            with pytest.raises(NotFound):
                act(by=self.ann, invitation=invitation)
        room_close(by=self.olga, room=self.tea)
        with pytest.raises(Conflict):
            self.invite("other@example.org")
        assert self.send() == []

    def test_personal_links_are_neither_listed_nor_counted(self) -> None:
        self.invite(*(f"p{number}@example.org" for number in range(MAX_LINKS)))
        invite_link_create(by=self.olga, room=self.tea)
        assert len(self.ok("GET", "rooms/tea/invite-links/", by=self.olga)["results"]) == 1


class Accounts(InvitingCase):
    def test_an_account_with_the_address_is_invited_and_gets_no_mail(self) -> None:
        self.invite("ZED@example.org")
        assert not Invitation.objects.exists()  # the request has not looked for accounts
        assert self.send() == []
        invitation = Invitation.objects.get()
        assert (invitation.user, invitation.by) == (self.zed, self.olga)
        assert self.ok("GET", "invitations/", by=self.zed)["results"][0]["room_name"] == "tea"
        invitation_accept(user=self.zed, room_name="tea")
        assert self.state("ZED@example.org") == "accepted"

    def test_the_inviter_does_not_learn_that_there_is_one(self) -> None:
        with mock.patch.object(invitations, "announce_room_people") as told:
            self.invite("zed@example.org", "new@example.org")
            self.send()
            told.assert_not_called()
        assert all_invitations_to(self.tea) == []
        assert self.ok("GET", "rooms/tea/invitations/", by=self.olga)["results"] == []
        bodies = self.ok("GET", "rooms/tea/email-invitations/", by=self.olga)["results"]
        known, unknown = sorted(bodies, key=lambda body: body["email"], reverse=True)
        different = {"id", "email", "sent_at", "expires_at"}
        assert {key: known[key] for key in known.keys() - different} == {
            key: unknown[key] for key in unknown.keys() - different
        }
        with pytest.raises(NotFound):
            invitation_withdraw(by=self.olga, room=self.tea, user=self.zed)
        assert Invitation.objects.exists()
        invitation_decline(user=self.zed, room_name="tea")
        assert self.state("zed@example.org") == "pending"
        EmailInvitation.objects.update(sent_at=timezone.now() - RESEND_AFTER)
        email_invitation_resend(by=self.olga, invitation=EmailInvitation.objects.get(email="zed@example.org"))
        assert self.send() == []
        assert not Invitation.objects.exists()  # they declined lately

    def test_requests_take_the_same_queries_for_both(self) -> None:
        counts = []
        for email in ("zed@example.org", "new@example.org"):
            with CaptureQueriesContext(connection) as queries:
                self.invite(email)
            counts.append(len(queries))
        assert counts[0] == counts[1]

    def test_members_the_banned_and_those_who_blocked_the_inviter_are_left_alone_in_silence(self) -> None:
        member_ban(by=self.olga, room=self.tea, user=self.zed)
        self.invite("ben@example.org", "zed@example.org")
        assert self.send() == []
        assert not Invitation.objects.exists()
        assert self.state("ben@example.org") == self.state("zed@example.org") == "pending"

    def test_inviting_by_name_as_well_shows_the_invitation(self) -> None:
        self.invite("zed@example.org")
        self.send()
        invitation_create(by=self.mo, room=self.tea, user=self.zed)
        assert [one.user for one in all_invitations_to(self.tea)] == [self.zed]
        email_invitation_revoke(by=self.olga, invitation=EmailInvitation.objects.get())
        assert Invitation.objects.count() == 1

    def test_revoking_takes_the_invitation_back(self) -> None:
        self.invite("zed@example.org")
        self.send()
        email_invitation_revoke(by=self.mo, invitation=EmailInvitation.objects.get())
        assert self.ok("GET", "invitations/", by=self.zed)["results"] == []

    def test_joining_in_another_way_accepts_it(self) -> None:
        self.invite("zed@example.org", room=self.square)
        self.send()
        member_join(user=self.zed, room=self.square)
        assert self.state("zed@example.org") == "accepted"
        assert self.invite("zed@example.org", room=self.square)  # again, for a person who has left since

    def test_accounts_are_found_by_the_address_however_it_is_written(self) -> None:
        self.zed.email = "Zed@exämple.org"
        self.zed.save(update_fields=["email"])
        for email in ("zed@EXÄMPLE.org", "zed@xn--exmple-cua.org"):
            assert accounts_with_address(email) == [self.zed], email
        assert accounts_with_address("zed@example.org") == []
        User.objects.filter(pk=self.zed.pk).update(is_active=False)
        assert accounts_with_address("zed@exämple.org") == []


class Addresses(InvitingCase):
    def test_a_pasted_list_is_split(self) -> None:
        text = '"Hill, Bob" <bob@a.org>, Ann <ann@b.org>;c@c.org\n d@d.org\te@e.org,,\r\n'
        assert split_addresses(text) == ["bob@a.org", "ann@b.org", "c@c.org", "d@d.org", "e@e.org"]
        assert split_addresses("bob@a.org، ann@b.org؛c@c.org") == ["bob@a.org", "ann@b.org", "c@c.org"]
        assert split_addresses(" ,; \n") == []
        assert split_addresses("no-address <x") == ["no-address", "<x"]

    def test_each_is_checked_and_kept_once(self) -> None:
        assert check_addresses(["a@b.org", "A@B.org", "a@exämple.org", "a@xn--exmple-cua.org"]) == [
            "a@b.org",
            "a@exämple.org",
        ]
        with pytest.raises(InvalidField, match="emails: 2 of these are not email addresses: “nobody”, “@x”"):
            check_addresses(["a@b.org", "nobody", "@x"])
        with pytest.raises(InvalidField, match="at most 100 addresses at once; these are 1000"):
            check_addresses([f"p{number}@example.org" for number in range(1000)])
        for wrong in (
            "a@b.org\r\nBcc: c@d.org",
            "a\0@b.org",
            "a@b..org",
            "a@" + "x" * 300 + ".org",
            "ä@b.org",
            "<a@b.org>",
        ):
            with self.subTest(wrong), pytest.raises(InvalidField):
                check_addresses([wrong])
        with pytest.raises(InvalidField):
            check_addresses([])

    def test_a_mail_to_a_domain_with_other_letters_arrives(self) -> None:
        self.invite("ann@bücher.example")
        self.send()
        assert self.server.recipients == ["ann@xn--bcher-kva.example"]
        assert mailbox_of("Ann@BÜCHER.example") == "ann@xn--bcher-kva.example"

    def test_who_is_invited_already_is_not_invited_twice(self) -> None:
        self.invite("new@example.org")
        again = email_invitations_create(by=self.mo, room=self.tea, emails=["NEW@example.org", "other@example.org"])
        assert ([one.email for one in again.invitations], again.already) == (["other@example.org"], ["NEW@example.org"])
        assert len(self.send()) == 2
        with mock.patch("rooms.services.email_invitations.MAX_PENDING", 2), pytest.raises(Conflict):
            self.invite("third@example.org")

    def test_who_is_invited_by_two_at_the_same_moment_is_invited_once(self) -> None:
        User.objects.update(is_staff=True)
        staff = User.objects.get(pk=self.olga.pk)
        email_invitations_create(by=staff, room=None, emails=["new@example.org"])
        unseen = EmailInvitation.objects.none()
        with mock.patch.object(EmailInvitation.objects, "filter", return_value=unseen), pytest.raises(Conflict):
            email_invitations_create(by=staff, room=None, emails=["new@example.org"])

    def test_many_take_a_constant_number_of_queries(self) -> None:
        with CaptureQueriesContext(connection) as queries:
            self.invite(*(f"p{number}@example.org" for number in range(MAX_ADDRESSES)))
        assert len(queries) < 25, len(queries)


class OverRest(InvitingCase):
    PATH = "rooms/tea/email-invitations/"

    def test_invite_list_resend_and_revoke(self) -> None:
        body = self.ok("POST", self.PATH, {"emails": ["new@example.org"]}, by=self.olga, status=201)
        (made,) = body["invitations"]
        assert (made["email"], made["state"], made["by"], made["room_name"]) == (
            *("new@example.org", "pending", "olga"),
            "tea",
        )
        again = self.ok("POST", self.PATH, {"emails": ["new@example.org"]}, by=self.olga, status=201)
        assert again == {"invitations": [], "already_invited": ["new@example.org"]}
        assert self.ok("GET", self.PATH, by=self.mo)["results"] == [made]
        one = f"email-invitations/{made['id']}/"
        self.refused(409, "conflict", "POST", f"{one}resend/", by=self.mo)
        EmailInvitation.objects.update(sent_at=timezone.now() - timedelta(hours=1))
        assert self.ok("POST", f"{one}resend/", by=self.mo)["by"] == "mo"
        self.refused(404, "not_found", "DELETE", one, by=self.ann)
        self.ok("DELETE", one, by=self.mo, status=204)
        assert self.ok("GET", self.PATH, by=self.mo)["results"] == []

    def test_members_and_strangers_may_not(self) -> None:
        for by in (self.ann, self.zed):
            self.refused(404, "not_found", "GET", self.PATH, by=by)
            self.refused(404, "not_found", "POST", self.PATH, {"emails": ["new@example.org"]}, by=by)
            self.refused(404, "not_found", "GET", "email-invitations/", by=by)
        assert not EmailInvitation.objects.exists()

    def test_wrong_addresses_and_no_mail(self) -> None:
        for emails in (["nobody"], [], [5], "a@b.org", ["a@b.org"] * (MAX_ADDRESSES + 1)):
            self.refused(400, "invalid_field", "POST", self.PATH, {"emails": emails}, by=self.olga)
        with override_settings(EMAIL_CONFIGURED=False):
            self.refused(409, "conflict", "POST", self.PATH, {"emails": ["a@b.org"]}, by=self.olga)

    @override_settings(INVITATIONS_PER_HOUR=5)
    def test_each_address_counts_all_or_none(self) -> None:
        def emails(*numbers: int) -> dict[str, Any]:
            return {"emails": [f"p{number}@example.org" for number in numbers]}

        self.ok("POST", self.PATH, emails(1, 2, 3), by=self.olga, status=201)
        self.refused(429, "rate_limited", "POST", self.PATH, emails(4, 5, 6), by=self.olga)
        self.ok("POST", self.PATH, emails(4, 5), by=self.olga, status=201)
        self.refused(429, "rate_limited", "POST", self.PATH, emails(6, 7), by=self.olga)
        self.refused(429, "rate_limited", "POST", self.PATH, emails(*range(10, 16)), by=self.mo)
        assert EmailInvitation.objects.count() == 5

    @override_settings(INVITATIONS_PER_HOUR=5)
    def test_the_wait_is_until_there_are_enough(self) -> None:
        charge(Budget.INVITATIONS, "user:several", 4)
        with pytest.raises(RateLimited) as refusal:
            charge(Budget.INVITATIONS, "user:several", 3)
        assert 1430 < refusal.value.retry_after < 1450  # two more, one each 720 s


class InTheAdmin(InvitingCase):
    def test_staff_find_and_revoke_them(self) -> None:
        self.invite("new@example.org", "zed@example.org")
        self.send()
        root = User.objects.create_superuser("root", password="a-good-password")
        self.client.force_login(root)
        page = self.client.get(reverse("admin:rooms_emailinvitation_changelist")).content.decode()
        assert "new@example.org" in page
        assert "zed" not in self.client.get(reverse("admin:rooms_invitation_changelist")).content.decode()
        found = EmailInvitation.objects.get(email="zed@example.org")
        url = reverse("admin:rooms_emailinvitation_delete", args=[found.pk])
        assert "Are you sure" in self.client.get(url).content.decode()
        self.client.post(url, {"post": "yes"})
        assert not Invitation.objects.exists()
        rest = {"action": "delete_selected", "_selected_action": [EmailInvitation.objects.get().pk], "post": "yes"}
        self.client.post(reverse("admin:rooms_emailinvitation_changelist"), rest)
        assert not EmailInvitation.objects.exists()
        assert InviteLink.objects.exclude(revoked_at=None).count() == 2
