"""Accounts in an LDAP directory, in OpenLDAP's server."""

from __future__ import annotations

from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from typing import ClassVar

import pytest
from django.core.cache import cache
from django.test import Client, TestCase, override_settings
from django.utils import timezone
from rest_framework_simplejwt.tokens import AccessToken

from chatproject.installation.company_accounts import Gift
from rooms.models import CompanyAccount, Membership, User
from rooms.people.directory_backend import DIRECTORY_BACKEND
from rooms.services.rooms import room_create
from rooms.services.tokens import token_create
from rooms.tests.support.directory import GROUPS, PEOPLE, Directory, directory, needs_directory
from rooms.tests.support.identity_provider import run_checks, user_of
from rooms.tests.support.websites import closed_port

ADA = f"uid=ada,{PEOPLE}"
PASSWORD = "ada's own password"


@needs_directory
@pytest.mark.integration
class LdapAccounts(TestCase):
    there: ClassVar[Directory]
    running: ClassVar[AbstractContextManager[Directory]]

    @classmethod
    def setUpClass(cls) -> None:
        cls.running = directory()
        cls.there = cls.running.__enter__()
        super().setUpClass()

    @classmethod
    def tearDownClass(cls) -> None:
        super().tearDownClass()
        cls.running.__exit__(None, None, None)

    def setUp(self) -> None:
        cache.clear()
        self.olga = User.objects.create_user("olga", password="a-good-password")
        self.hall = room_create(by=self.olga, name="hall", kind="private")
        changed = override_settings(
            LDAP=self.there.settings,
            COMPANY_GROUPS={"tea drinkers": Gift({"hall": "moderator"}, False)},
            AUTHENTICATION_BACKENDS=["django.contrib.auth.backends.ModelBackend", DIRECTORY_BACKEND],
        )
        changed.enable()
        self.addCleanup(changed.disable)
        self.there.add_person("ada", "Ada Lovelace", PASSWORD)
        self.there.add_group("tea drinkers", "ada")
        self.addCleanup(self.clear)

    def clear(self) -> None:
        """Delete all accounts that are there."""
        import ldap

        for dn in (ADA, f"uid=lovelace,{PEOPLE}", f"cn=tea drinkers,{GROUPS}"):
            with suppress(ldap.NO_SUCH_OBJECT):
                self.there.delete(dn)

    def sign_in(self, name: str = "ada", password: str = PASSWORD) -> Client:
        """Sign in on Parlor's own page."""
        browser = Client()
        browser.post("/accounts/login/", {"username": name, "password": password})
        return browser

    def check_now(self) -> None:
        """Make the checks that are due in a minute."""
        CompanyAccount.objects.filter(check_at__isnull=False).update(check_at=timezone.now())
        run_checks()

    def test_the_password_of_the_directory_signs_in_and_groups_give_rooms(self) -> None:
        for wrong in ("", "wrong", "a-good-password", "*"):
            assert user_of(self.sign_in(password=wrong)) is None
        assert user_of(self.sign_in(name="*")) is None
        assert user_of(self.sign_in(name="ada)(uid=*")) is None
        user = user_of(self.sign_in())
        assert user is not None
        assert (user.username, user.display_name, user.email) == ("ada", "Ada Lovelace", "ada@example.org")
        assert Membership.objects.get(room=self.hall, user=user).role == "moderator"
        self.there.set(f"cn=tea drinkers,{GROUPS}", "member", "cn=admin,dc=example,dc=org")
        self.check_now()
        assert not Membership.objects.filter(room=self.hall, user=user).exists()

    def test_disabled_or_deleted_there_means_outside_here(self) -> None:
        browser = self.sign_in()
        user = user_of(browser)
        assert user is not None
        secret, jwt = token_create(user=user, name="bot")[1], str(AccessToken.for_user(user))
        self.check_now()
        assert user_of(browser) == user
        self.there.set(ADA, "employeeType", "disabled")
        self.check_now()
        assert user_of(browser) is None
        for bearer in (secret, jwt):
            assert Client().get("/api/me/", headers={"Authorization": f"Bearer {bearer}"}).status_code == 401
        assert user_of(self.sign_in()) is None
        self.there.set(ADA, "employeeType")
        again = self.sign_in()
        assert user_of(again) == user
        self.there.delete(ADA)
        self.check_now()
        assert user_of(again) is None

    def test_a_new_person_with_an_old_name_is_somebody_else_and_a_new_name_changes_nothing(self) -> None:
        user = user_of(self.sign_in())
        self.there.rename(ADA, "uid=lovelace")
        assert user_of(self.sign_in(name="lovelace")) == user
        self.there.add_person("ada", "Ada Lovelace", PASSWORD)
        self.there.set(ADA, "mail", "other@example.org")
        other = user_of(self.sign_in())
        assert other is not None
        assert (other == user, other.username) == (False, "ada-2")

    def test_while_it_does_not_answer_nobody_is_signed_out(self) -> None:
        browser = self.sign_in()
        nowhere = replace(self.there.settings, url=f"ldap://127.0.0.1:{closed_port()}")
        CompanyAccount.objects.get().account.__class__.objects.update(provider=nowhere.provider)
        with override_settings(LDAP=nowhere):
            self.check_now()
            assert user_of(browser) is not None
            assert user_of(self.sign_in()) is None
            assert user_of(self.sign_in("olga", "a-good-password")) == self.olga

    @override_settings(PASSWORD_SIGN_IN=False)
    def test_without_passwords_here_those_of_the_directory_count_also_for_programs(self) -> None:
        token = Client().post("/api/token/", {"username": "ada", "password": PASSWORD}, content_type="application/json")
        assert token.status_code == 200
        olga = {"username": "olga", "password": "a-good-password"}
        assert Client().post("/api/token/", olga, content_type="application/json").status_code == 401
