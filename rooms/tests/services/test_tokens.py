"""Personal access tokens in the service, the REST API, the page and the admin."""

from __future__ import annotations

import logging
import re
from datetime import timedelta
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from rooms.errors import Conflict, InvalidField
from rooms.models import PersonalAccessToken, User
from rooms.selectors.tokens import get_token_by_secret
from rooms.services.tokens import MAX_TOKENS, token_create, token_revoke
from rooms.tests.admin.test_admin import AdminCase
from rooms.tests.support.api_case import ApiCase


class TokenRestTests(ApiCase):
    def make(self, user: User | None = None, **fields: Any) -> tuple[PersonalAccessToken, str]:
        return token_create(user=user or self.ann, name="bot", **fields)

    def get(self, secret: str, scheme: str = "Bearer") -> Any:
        return self.request("GET", "rooms/tea/", Authorization=f"{scheme} {secret}")

    def error_detail(self, secret: str) -> str:
        """Return the error with which the secret is rejected."""
        response = self.get(secret)
        assert response["WWW-Authenticate"].startswith("Bearer")
        return str(self.assert_problem(response, 401, "not_authenticated")["detail"])

    def test_a_token_gives_the_access_of_its_owner(self) -> None:
        _, secret = self.make()
        assert secret.startswith("parlor_")
        assert self.get(secret).status_code == 200
        assert self.get(secret, "bearer").status_code == 200
        assert self.get(self.make(self.zed)[1]).status_code == 404

    def test_writing_with_a_token_needs_no_csrf_token(self) -> None:
        _, secret = self.make()
        response = Client(enforce_csrf_checks=True).post(
            "/api/rooms/tea/messages/",
            {"content": "built"},
            content_type="application/json",
            headers={"Authorization": f"Bearer {secret}"},
        )
        assert response.status_code == 201

    def test_an_invalid_token_is_rejected_with_the_reason(self) -> None:
        assert self.error_detail("parlor_nonsense") == "Token not found."
        token, secret = self.make(expires_at=timezone.now() + timedelta(hours=1))
        assert self.get(secret).status_code == 200
        PersonalAccessToken.objects.filter(pk=token.pk).update(expires_at=timezone.now())
        assert self.error_detail(secret) == "The token has expired."
        token_revoke(token=token)
        assert self.error_detail(secret) == "The token has been revoked."
        _, secret = self.make()
        User.objects.filter(pk=self.ann.pk).update(is_active=False)
        assert self.error_detail(secret) == "The account of this token is not active."

    def test_a_token_remains_valid_after_a_change_of_password(self) -> None:
        _, secret = self.make()
        self.ann.set_password("another-good-one")
        self.ann.save()
        assert self.get(secret).status_code == 200

    def test_the_secret_is_not_stored(self) -> None:
        with self.assertLogs(level=logging.DEBUG) as logs, CaptureQueriesContext(connection) as queries:
            logging.getLogger(__name__).debug("something, lest there be nothing")
            token, secret = self.make()
            self.get(secret)
        kept = [str(value) for value in vars(PersonalAccessToken.objects.get(pk=token.pk)).values()]
        random = secret.removeprefix("parlor_")
        assert not [text for text in [*kept, *logs.output, *(query["sql"] for query in queries)] if random in text]

    def test_the_use_of_a_token_is_recorded_once_a_minute(self) -> None:
        token, secret = self.make()
        self.get(secret)
        token.refresh_from_db()
        assert token.last_used_at is not None
        recently = timezone.now() - timedelta(seconds=55)
        for then, noted in ((recently, False), (recently - timedelta(seconds=10), True)):
            PersonalAccessToken.objects.filter(pk=token.pk).update(last_used_at=then)
            self.get(secret)
            token.refresh_from_db()
            assert (token.last_used_at != then) is noted

    def test_a_token_needs_a_name_and_an_expiry_in_the_future(self) -> None:
        for name in ("", "  ", "x" * 81, "a\0"):
            with self.assertRaises(InvalidField):
                token_create(user=self.ann, name=name)
        with self.assertRaises(InvalidField):
            self.make(expires_at=timezone.now())

    def test_the_number_of_tokens_is_limited(self) -> None:
        made = [self.make()[0] for _ in range(MAX_TOKENS)]
        with self.assertRaises(Conflict):
            self.make()
        token_revoke(token=made[0])
        self.make()


class TokenPageTests(ApiCase):
    def setUp(self) -> None:
        super().setUp()
        self.client.force_login(self.ann)

    def make(self, **fields: str) -> Any:
        return self.client.post(reverse("tokens"), {"name": "weather bot", "days": "30"} | fields)

    def test_visitors_are_redirected_to_sign_in(self) -> None:
        self.client.logout()
        for method in (self.client.get, self.client.post):
            assert "/accounts/login/" in method(reverse("tokens"))["Location"]

    def test_a_token_is_created_and_its_secret_shown_once(self) -> None:
        response = self.make()
        assert "no-store" in response["Cache-Control"]
        found = re.search(r"parlor_[\w-]{43}", response.content.decode())
        assert found
        token = get_token_by_secret(found[0])
        assert (token.user, token.name) == (self.ann, "weather bot")
        assert token.expires_at is not None
        assert timedelta(days=29) < token.expires_at - timezone.now() < timedelta(days=31)
        page = self.client.get(reverse("tokens")).content.decode()
        assert "weather bot" in page
        assert "parlor_" not in page

    def test_a_token_can_be_created_without_an_expiry(self) -> None:
        self.make(days="")
        assert PersonalAccessToken.objects.get().expires_at is None

    def test_errors_are_shown_at_the_field(self) -> None:
        for fields in ({"name": " "}, {"days": "7"}, {"name": "x" * 81}, {"name": "a\0"}):
            response = self.make(**fields)
            assert response.status_code == 400
            assert 'class="field-error"' in response.content.decode()
        assert not PersonalAccessToken.objects.exists()

    def test_a_revoked_token_disappears_from_the_list(self) -> None:
        self.make()
        token = PersonalAccessToken.objects.get()
        assert self.client.post(reverse("token_revoke", args=[token.pk]))["Location"] == reverse("tokens")
        page = self.client.get(reverse("tokens")).content.decode()
        assert "“weather bot” revoked" in page
        assert reverse("token_revoke", args=[token.pk]) not in page
        assert self.client.post(reverse("token_revoke", args=[token.pk])).status_code == 404

    def test_users_can_not_see_or_revoke_tokens_of_others(self) -> None:
        token, _ = token_create(user=self.ben, name="bens bot")
        assert "bens bot" not in self.client.get(reverse("tokens")).content.decode()
        assert self.client.post(reverse("token_revoke", args=[token.pk])).status_code == 404
        assert self.client.post(reverse("token_revoke", args=[2**70])).status_code == 404
        assert self.client.get(reverse("token_revoke", args=[token.pk])).status_code == 405


class TokenAdminTests(AdminCase):
    def test_the_admin_finds_and_revokes_tokens_but_does_not_show_digests(self) -> None:
        token, secret = token_create(user=self.ann, name="weather bot")
        other, _ = token_create(user=self.olga, name="other bot")
        url = self.page("personalaccesstoken_changelist")
        page = self.client.get(url, {"q": "ann", "revoked_at__isempty": "1"}).content.decode()
        assert "weather bot" in page
        assert "other bot" not in page
        page += self.client.get(self.page("personalaccesstoken_change", token.pk)).content.decode()
        assert token.digest not in page
        assert secret not in page
        with self.announced() as seen:
            self.run_action("personalaccesstoken", "revoke_tokens", token.pk)
        assert seen == [{"type": "identities", "user_id": self.ann.pk}]
        token.refresh_from_db()
        other.refresh_from_db()
        assert token.revoked_at is not None
        assert other.revoked_at is None

    def test_deleting_a_token_closes_its_sockets(self) -> None:
        token, _ = token_create(user=self.ann, name="weather bot")
        with self.announced() as seen:
            self.client.post(self.page("personalaccesstoken_delete", token.pk), {"post": "yes"})
        assert seen == [{"type": "identities", "user_id": self.ann.pk}]
        assert not PersonalAccessToken.objects.exists()

    def test_tokens_can_not_be_created_or_changed_in_the_admin(self) -> None:
        assert self.client.get(self.page("personalaccesstoken_add")).status_code == 403
        token, _ = token_create(user=self.ann, name="weather bot")
        self.client.post(self.page("personalaccesstoken_change", token.pk), {"name": "mine"})
        token.refresh_from_db()
        assert token.name == "weather bot"

    def test_a_user_with_tokens_can_be_deleted(self) -> None:
        token_create(user=self.ann, name="weather bot")
        self.client.post(self.page("user_delete", self.ann.pk), {"post": "yes"})
        assert not User.objects.filter(pk=self.ann.pk).exists()
