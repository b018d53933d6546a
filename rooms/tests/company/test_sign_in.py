"""Signing in with a company account, at an issuer that others wrote, and what its groups and its ending do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client, TestCase, override_settings
from django.utils import timezone
from rest_framework_simplejwt.tokens import AccessToken

from chatproject.installation.company_accounts import Gift
from chatproject.sealed import unseal
from rooms.company import issuer
from rooms.company.findings import Ended
from rooms.models import AuditEvent, CompanyAccount, Membership, Room, User
from rooms.selectors.invite_links import invite_token
from rooms.services import company_accounts, company_checks
from rooms.services.invite_links import invite_link_create
from rooms.services.members import member_leave, member_set_role
from rooms.services.rooms import room_create
from rooms.services.tokens import token_create
from rooms.tests.support.identity_provider import (
    HERE,
    IdentityProvider,
    arrive,
    begin,
    identity_provider,
    needs_issuer,
    run_checks,
    sign_in,
    user_of,
)

ADA = {"name": "Ada Lovelace", "preferred_username": "ada", "email": "ada@example.org", "email_verified": True}
GROUPS = {
    "engineering": Gift({"hall": "member", "dev": "moderator"}, False),
    "leads": Gift({"dev": "owner"}, False),
    "admins": Gift({}, True),
}


@needs_issuer
@pytest.mark.integration
class CompanyCase(TestCase):
    """Olga owns the rooms `hall` and `dev`; `idp` is the company's sign-in, with nobody in it."""

    idp: ClassVar[IdentityProvider]
    running: ClassVar[AbstractContextManager[IdentityProvider]]
    olga: User
    admin: User
    hall: Room
    dev: Room

    @classmethod
    def setUpClass(cls) -> None:
        cls.running = identity_provider(f"{HERE}/accounts/company/callback/")
        cls.idp = cls.running.__enter__()
        super().setUpClass()

    @classmethod
    def tearDownClass(cls) -> None:
        super().tearDownClass()
        cls.running.__exit__(None, None, None)

    @classmethod
    def setUpTestData(cls) -> None:
        cls.olga = User.objects.create_user("olga", password="a-good-password", email="olga@example.org")
        cls.admin = User.objects.create_superuser("root", password="a-good-password")
        cls.hall = room_create(by=cls.olga, name="hall", kind="private")
        cls.dev = room_create(by=cls.olga, name="dev", kind="private")

    def setUp(self) -> None:
        cache.clear()
        settings = {
            "OIDC": self.idp.oidc,
            "COMPANY_GROUPS": GROUPS,
            "COMPANY_SIGN_UP": True,
            "COMPANY_CHECK_SECONDS": 40,
        }
        changed = override_settings(**settings)
        changed.enable()
        self.addCleanup(changed.disable)
        self.idp.control(people={}, amr=["pwd"])

    def employ(self, subject: str = "1", **claims: Any) -> None:
        """Make the company have one person, Ada, with changes."""
        self.idp.control(people={subject: ADA | claims})

    def check_now(self) -> None:
        """Make the checks that are due in a minute."""
        CompanyAccount.objects.filter(check_at__isnull=False).update(check_at=timezone.now())
        run_checks()

    def role(self, room: Room, user: User) -> str | None:
        """Return somebody's role in a room."""
        return Membership.objects.filter(room=room, user=user).values_list("role", flat=True).first()


class SigningIn(CompanyCase):
    def test_the_page_offers_it_and_a_new_person_gets_an_account(self) -> None:
        page = Client().get("/accounts/login/?next=/search/").content.decode()
        assert "Sign in with Example Ltd" in page
        self.employ(groups=["engineering"])
        browser = Client()
        self.idp.control(who="1")
        answer = arrive(browser, self.idp.authorize(begin(browser, next="/search/")))
        assert (answer.status_code, answer["Location"]) == (302, "/search/")
        user = user_of(browser)
        assert user is not None
        assert (user.username, user.display_name, user.email) == ("ada", "Ada Lovelace", "ada@example.org")
        assert not user.has_usable_password()
        assert (self.role(self.hall, user), self.role(self.dev, user), user.is_staff) == ("member", "moderator", False)
        company = CompanyAccount.objects.get()
        assert (company.account.provider, company.account.uid) == (self.idp.url, "1")
        assert company.refresh_token
        assert unseal(company.refresh_token, company_accounts.SEALED_FOR) not in company.refresh_token

    def test_the_second_time_it_is_the_same_account_whatever_its_name_and_address_are(self) -> None:
        self.employ()
        first = user_of(sign_in(self.idp, "1"))
        self.employ(preferred_username="root", email="olga@example.org", name="Root")
        assert user_of(sign_in(self.idp, "1")) == first
        assert first is not None
        first.refresh_from_db()
        assert (first.username, first.email) == ("ada", "ada@example.org")

    def test_taken_names_get_a_number(self) -> None:
        self.employ(preferred_username="Olga", email="", name="")
        user = user_of(sign_in(self.idp, "1"))
        assert user is not None
        assert user.username == "olga-2"

    def test_an_address_that_the_company_has_not_verified_is_not_taken_over(self) -> None:
        self.employ(email_verified=False)
        user = user_of(sign_in(self.idp, "1"))
        assert user is not None
        assert user.email == ""

    def test_whoever_has_the_address_of_an_account_does_not_get_that_account(self) -> None:
        for verified in (True, False):
            self.employ(email="Olga@EXAMPLE.org", email_verified=verified)
            self.idp.control(who="1")
            browser = Client()
            answer = arrive(browser, self.idp.authorize(begin(browser)))
            assert answer.status_code == 403
            assert "link your company account" in answer.content.decode()
            assert user_of(browser) is None
        assert not CompanyAccount.objects.exists()

    @override_settings(COMPANY_SIGN_UP=False)
    def test_without_an_account_nobody_comes_in_if_signing_in_creates_none(self) -> None:
        self.employ()
        self.idp.control(who="1")
        browser = Client()
        answer = arrive(browser, self.idp.authorize(begin(browser)))
        assert answer.status_code == 403
        assert "Ask an admin" in answer.content.decode()
        assert user_of(browser) is None
        assert User.objects.count() == 2

    def test_who_was_deactivated_here_stays_outside(self) -> None:
        self.employ()
        user = user_of(sign_in(self.idp, "1"))
        User.objects.filter(pk=user.pk if user else 0).update(is_active=False)
        browser = Client()
        assert arrive(browser, self.idp.authorize(begin(browser))).status_code == 403
        assert user_of(browser) is None


class Forgeries(CompanyCase):
    def setUp(self) -> None:
        super().setUp()
        self.employ()
        self.idp.control(who="1")

    def test_an_answer_without_the_state_of_this_browser_is_refused_and_one_counts_once(self) -> None:
        browser = Client()
        answer = self.idp.authorize(begin(browser))
        stranger = Client()
        assert arrive(stranger, answer).status_code == 400
        assert user_of(stranger) is None
        assert arrive(browser, re.sub("state=[^&]+", "state=x", answer)).status_code == 400
        assert arrive(browser, answer).status_code == 302
        assert arrive(browser, answer).status_code == 400

    def test_a_code_that_was_given_for_another_nonce_or_challenge_is_refused(self) -> None:
        for name in ("nonce", "code_challenge"):
            browser = Client()
            url = begin(browser)
            value = parse_qs(urlsplit(url).query)[name][0]
            answer = arrive(browser, self.idp.authorize(url.replace(value, value[::-1])))
            assert answer.status_code == 502, name
            assert user_of(browser) is None

    def test_a_request_chooses_neither_scopes_nor_parameters(self) -> None:
        url = begin(Client(), "/accounts/company/sign-in/?scope=admin&auth_params=prompt%3Dnone&process=connect")
        assert "admin" not in url
        assert "prompt=consent" in url

    def test_it_never_leads_to_another_site(self) -> None:
        browser = sign_in(self.idp, "1", next="https://evil.example/")
        assert user_of(browser) is not None
        browser = Client()
        answer = arrive(browser, self.idp.authorize(begin(browser, next="//evil.example/")))
        assert answer["Location"] == "/"

    def test_an_issuer_that_calls_itself_otherwise_is_not_used(self) -> None:
        other = self.idp.oidc.__class__(
            **{**vars(self.idp.oidc), "issuer": self.idp.url.replace("127.0.0.1", "localhost")}
        )
        with override_settings(OIDC=other):
            answer = Client().post("/accounts/company/sign-in/")
        assert answer.status_code == 503
        assert "not set up correctly" in answer.content.decode()


class Linking(CompanyCase):
    def setUp(self) -> None:
        super().setUp()
        self.employ(groups=["engineering"], email="olga@example.org")
        self.idp.control(who="1")
        self.browser = Client()
        self.browser.post("/accounts/login/", {"username": "olga", "password": "a-good-password"})

    def test_who_has_just_signed_in_links_the_account_and_signs_in_with_it(self) -> None:
        answer = arrive(self.browser, self.idp.authorize(begin(self.browser, "/accounts/company/link/")))
        assert answer["Location"] == "/accounts/company/"
        assert "Linked to" in self.browser.get("/accounts/company/").content.decode()
        assert user_of(sign_in(self.idp, "1")) == self.olga
        assert AuditEvent.objects.filter(action="company.linked", user_id=self.olga.pk).count() == 1

    def test_who_has_not_signed_in_lately_is_asked_again(self) -> None:
        session = self.browser.session
        for proof in session["account_authentication_methods"]:
            proof["at"] -= 3600
        session.save()
        answer = self.browser.post("/accounts/company/link/")
        assert answer.status_code == 302
        assert not CompanyAccount.objects.exists()

    def test_an_account_that_is_linked_to_somebody_else_stays_so(self) -> None:
        self.employ()
        sign_in(self.idp, "1")
        answer = arrive(self.browser, self.idp.authorize(begin(self.browser, "/accounts/company/link/")))
        assert answer.status_code == 403
        assert CompanyAccount.objects.get().account.user.username == "ada"

    def test_unlinking_takes_away_what_the_groups_gave(self) -> None:
        member_leave(user=self.olga, room=self.hall)
        arrive(self.browser, self.idp.authorize(begin(self.browser, "/accounts/company/link/")))
        assert self.role(self.hall, self.olga) == "member"
        company = CompanyAccount.objects.get()
        assert self.browser.post(f"/accounts/company/{company.pk}/unlink/").status_code == 302
        assert not CompanyAccount.objects.exists()
        assert (self.role(self.hall, self.olga), self.role(self.dev, self.olga)) == (None, "owner")

    def test_an_account_that_the_company_created_is_unlinked_only_by_admins(self) -> None:
        self.employ(email="")
        browser = sign_in(self.idp, "1")
        company = CompanyAccount.objects.get()
        browser.post(f"/accounts/company/{company.pk}/unlink/")
        assert CompanyAccount.objects.exists()
        company_accounts.company_unlink(by=self.admin, company=company)
        assert not CompanyAccount.objects.exists()


class Groups(CompanyCase):
    def member_of(self, *groups: str) -> User:
        """Sign Ada in with these groups."""
        self.employ(groups=list(groups))
        user = user_of(sign_in(self.idp, "1"))
        assert user is not None
        return user

    def regroup(self, *groups: str) -> None:
        """Change Ada's groups, and check."""
        self.employ(groups=list(groups))
        self.check_now()

    def test_leaving_a_group_takes_away_what_it_gave(self) -> None:
        ada = self.member_of("engineering", "admins")
        assert ada.is_staff
        self.regroup("leads")
        ada.refresh_from_db()
        assert (self.role(self.hall, ada), self.role(self.dev, ada), ada.is_staff) == (None, "owner", False)
        self.regroup()
        assert self.role(self.dev, ada) is None
        self.regroup("engineering")
        assert (self.role(self.hall, ada), self.role(self.dev, ada)) == ("member", "moderator")

    def test_what_people_gave_by_hand_stays(self) -> None:
        ada = self.member_of()
        Membership.objects.create(room=self.dev, user=ada)
        self.regroup("engineering")
        assert self.role(self.dev, ada) == "moderator"
        member_set_role(by=self.olga, room=self.hall, user=ada, role="moderator")
        self.regroup()
        assert (self.role(self.hall, ada), self.role(self.dev, ada)) == ("moderator", "member")

    def test_who_leaves_a_room_is_not_brought_back_by_the_same_group(self) -> None:
        ada = self.member_of("engineering")
        member_leave(user=ada, room=self.hall)
        self.regroup("engineering")
        assert self.role(self.hall, ada) is None

    def test_the_last_owner_who_loses_the_group_leaves_the_room_to_somebody_else(self) -> None:
        ada = self.member_of("leads")
        member_set_role(by=ada, room=self.dev, user=self.olga, role="member")
        self.regroup()
        assert (self.role(self.dev, ada), self.role(self.dev, self.olga)) == (None, "owner")

    def test_it_is_recorded_in_the_audit_log(self) -> None:
        self.member_of("leads", "admins")
        self.regroup()
        actions = list(AuditEvent.objects.order_by("id").values_list("action", flat=True))
        for action in ("account.created", "member.added", "account.rights", "member.removed"):
            assert action in actions


class Ending(CompanyCase):
    def doors(self, browser: Client, secret: str, jwt: str) -> list[int]:
        """Return how Parlor answers to a session, a personal token and a JSON Web Token."""
        headers = [{}, {"Authorization": f"Bearer {secret}"}, {"Authorization": f"Bearer {jwt}"}]
        return [browser.get("/api/me/").status_code] + [
            Client().get("/api/me/", headers=header).status_code for header in headers[1:]
        ]

    def test_disabled_there_means_outside_here_until_enabled_and_signed_in_again(self) -> None:
        self.employ(groups=["engineering"])
        browser = sign_in(self.idp, "1")
        user = user_of(browser)
        assert user is not None
        secret, jwt = token_create(user=user, name="bot")[1], str(AccessToken.for_user(user))
        self.check_now()
        assert self.doors(browser, secret, jwt) == [200, 200, 200]
        self.employ(groups=["engineering"], disabled=True)
        self.check_now()
        assert self.doors(browser, secret, jwt) == [401, 401, 401]
        assert CompanyAccount.objects.get().ended_at is not None
        self.employ(groups=["engineering"])
        again = sign_in(self.idp, "1")
        assert user_of(again) == user
        # What was signed in before stays outside; the program's token goes on.
        assert self.doors(browser, secret, jwt) == [401, 200, 401]
        assert self.role(self.hall, user) == "member"

    def test_who_is_checked_stays_and_the_refresh_token_is_replaced(self) -> None:
        self.employ()
        browser = sign_in(self.idp, "1")
        before = CompanyAccount.objects.get()
        for _ in range(3):
            self.check_now()
        after = CompanyAccount.objects.get()
        assert user_of(browser) is not None
        assert after.refresh_token != before.refresh_token
        assert after.confirmed_at > before.confirmed_at
        assert after.check_at is not None
        assert timezone.now() < after.check_at <= timezone.now() + timedelta(seconds=40)

    def test_a_linked_account_with_a_password_ends_too(self) -> None:
        browser = Client()
        browser.post("/accounts/login/", {"username": "olga", "password": "a-good-password"})
        self.employ(email="")
        self.idp.control(who="1")
        arrive(browser, self.idp.authorize(begin(browser, "/accounts/company/link/")))
        self.employ(disabled=True)
        self.check_now()
        assert user_of(browser) is None
        answer = Client().post("/accounts/login/", {"username": "olga", "password": "a-good-password"})
        assert answer.status_code == 200  # the page again

    def test_the_last_admin_is_signed_out_but_can_come_back(self) -> None:
        browser = Client()
        browser.post("/accounts/login/", {"username": "root", "password": "a-good-password"})
        self.employ(email="")
        self.idp.control(who="1")
        arrive(browser, self.idp.authorize(begin(browser, "/accounts/company/link/")))
        self.employ(disabled=True)
        self.check_now()
        assert user_of(browser) is None
        answer = Client().post("/accounts/login/", {"username": "root", "password": "a-good-password"})
        assert answer.status_code == 302

    def test_while_nobody_answers_nobody_is_signed_out_for_a_day(self) -> None:
        self.employ()
        browser = sign_in(self.idp, "1")
        nobody = replace(self.idp.oidc, client_secret="a wrong one")
        with override_settings(OIDC=nobody):
            with self.assertLogs(company_checks.logger, "ERROR") as logs:
                self.check_now()
                self.check_now()
            assert len(logs.output) == 1
            assert user_of(browser) is not None
            CompanyAccount.objects.update(confirmed_at=timezone.now() - timedelta(hours=25))
            self.check_now()
        assert user_of(browser) is None
        sign_in(self.idp, "1")
        with self.assertLogs(company_checks.logger, "INFO"):
            self.check_now()

    def test_a_check_that_another_process_claimed_or_that_a_sign_in_overtook_changes_nothing(self) -> None:
        self.employ()
        sign_in(self.idp, "1")
        CompanyAccount.objects.update(check_at=timezone.now())
        claimed = company_checks.check_claim()
        assert claimed is not None
        assert company_checks.check_claim() is None
        found = company_checks.check_make(claimed)
        sign_in(self.idp, "1")
        token = CompanyAccount.objects.get().refresh_token
        company_checks.check_finish(claimed, found)
        company_checks.check_finish(claimed, Ended("late"))
        company = CompanyAccount.objects.get()
        assert company.refresh_token == token
        assert company.ended_at is None


class Admin(CompanyCase):
    def setUp(self) -> None:
        super().setUp()
        self.employ(groups=["engineering"])
        found = user_of(sign_in(self.idp, "1"))
        assert found is not None
        self.ada = found
        self.client.force_login(self.admin)

    def set_active(self, active: bool) -> None:
        """Set whether Ada's account is active, in the admin."""
        page = self.client.get(f"/admin/rooms/user/{self.ada.pk}/change/")
        form = page.context["adminform"].form
        values = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
        values |= {"is_active": active, "groups": [], "user_permissions": []}
        sent = {name: value for name, value in values.items() if value not in (None, False)}
        assert self.client.post(f"/admin/rooms/user/{self.ada.pk}/change/", sent).status_code == 302
        self.ada.refresh_from_db()
        assert self.ada.is_active is active

    def test_the_list_says_who_is_linked_to_what_and_deleting_unlinks(self) -> None:
        page = self.client.get("/admin/rooms/companyaccount/").content.decode()
        assert self.idp.url in page
        assert "engineering" in page
        company = CompanyAccount.objects.get()
        assert self.client.get(f"/admin/rooms/companyaccount/{company.pk}/change/").status_code == 200
        self.client.post(f"/admin/rooms/companyaccount/{company.pk}/delete/", {"post": "yes"})
        assert not CompanyAccount.objects.exists()
        assert self.role(self.hall, self.ada) is None

    def test_whom_an_admin_deactivates_does_not_come_in_by_the_company(self) -> None:
        self.set_active(False)
        self.check_now()
        browser = Client()
        assert arrive(browser, self.idp.authorize(begin(browser))).status_code == 403
        self.set_active(True)
        sign_in(self.idp, "1")

    def test_whom_the_company_has_ended_an_admin_can_not_activate(self) -> None:
        self.employ(disabled=True)
        self.check_now()
        self.set_active(True)
        run_checks()
        self.ada.refresh_from_db()
        assert not self.ada.is_active


class TwoStep(CompanyCase):
    CASES: ClassVar[list[tuple[str, list[str], bool]]] = [
        ("no", ["pwd", "otp"], False),
        ("amr", ["pwd"], False),
        ("amr", ["pwd", "otp"], True),
        ("yes", ["pwd"], True),
    ]

    def test_whether_it_counts_as_two_steps_is_configured(self) -> None:
        self.employ()
        for setting, amr, enough in self.CASES:
            self.idp.control(amr=amr)
            with self.subTest(setting, amr=amr), override_settings(COMPANY_TWO_STEP=setting, REQUIRE_TWO_STEP="all"):
                answer = sign_in(self.idp, "1").get("/accounts/profile/")
                assert (answer.status_code == 200) is enough

    def test_a_second_factor_of_ones_own_is_asked_for_unless_it_does(self) -> None:
        self.employ()
        user = user_of(sign_in(self.idp, "1"))
        User.objects.filter(pk=user.pk if user else 0).update(two_step_since=timezone.now())
        for setting, amr, enough in self.CASES:
            self.idp.control(amr=amr)
            with self.subTest(setting, amr=amr), override_settings(COMPANY_TWO_STEP=setting):
                assert (user_of(sign_in(self.idp, "1")) is not None) is enough


class SigningOut(CompanyCase):
    def test_signing_out_there_ends_the_sessions_that_began_with_it(self) -> None:
        self.employ()
        browser, other = sign_in(self.idp, "1"), sign_in(self.idp, "1")
        assert Session.objects.count() == 2
        first = CompanyAccount.objects.get().sessions.order_by("pk")[0]
        now = timezone.now().timestamp()
        one: dict[str, Any] = {"provider": self.idp.url, "subject": "1", "issued_at": now}
        assert company_accounts.company_sign_out(sid=first.sid, **one) == 1
        assert (user_of(browser), user_of(other) is None) == (None, False)
        assert company_accounts.company_sign_out(sid="", **one | {"issued_at": now - 3600}) == 0
        assert company_accounts.company_sign_out(sid="", **one | {"provider": "https://other.example"}) == 0
        assert company_accounts.company_sign_out(sid="", **one) == 1
        assert user_of(other) is None


class Passwords(CompanyCase):
    @override_settings(PASSWORD_SIGN_IN=False)
    def test_without_passwords_only_local_admins_come_in_with_one(self) -> None:
        for name, allowed in (("olga", False), ("root", True)):
            credentials = {"username": name, "password": "a-good-password"}
            browser = Client()
            page = browser.post("/accounts/login/", credentials)
            assert (page.status_code == 302) is allowed
            token = Client().post("/api/token/", credentials, content_type="application/json")
            assert token.status_code == (200 if allowed else 401)
        assert "<details" in Client().get("/accounts/login/").content.decode()

    @override_settings(PASSWORD_SIGN_IN=False)
    def test_an_invite_link_leads_to_the_company_account_and_back(self) -> None:
        link = invite_link_create(by=self.olga, room=self.hall)
        address = f"/invite/{invite_token(link)}/"
        self.employ()
        browser = Client()
        assert browser.get(f"{address}signup/")["Location"] == f"{address}login/"
        page = browser.get(f"{address}login/").content.decode()
        assert f'name="next" value="{address}"' in page
        assert user_of(sign_in(self.idp, "1", browser, next=address)) is not None
        assert browser.post(f"{address}join/").status_code == 302
        assert self.role(self.hall, User.objects.get(username="ada")) == "member"


@pytest.fixture(autouse=True)
def _forget_issuer() -> Iterator[None]:
    """Let no test use what another one has read."""
    yield
    issuer._issuer = None
