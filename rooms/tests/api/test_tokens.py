"""Tokens for programs."""

import time
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from rooms.models import User
from rooms.people.guess_throttle import PER_ACCOUNT_AND_NETWORK
from rooms.tests.support.api_case import PASSWORD, ApiCase


class TokenTests(ApiCase):
    def sign_in(self, username: Any = "ann", password: Any = PASSWORD, status: int = 200) -> Any:
        return self.ok("POST", "token/", {"username": username, "password": password}, status=status)

    def with_token(self, token: object) -> Any:
        return self.request("GET", "rooms/tea/", Authorization=f"Bearer {token}")

    def test_a_token_grants_its_owners_access(self) -> None:
        assert self.with_token(self.sign_in()["access"]).status_code == 200
        assert self.with_token(self.sign_in("ANN")["access"]).status_code == 200
        assert self.with_token(self.sign_in("zed")["access"]).status_code == 404

    def test_a_form_is_answered_with_the_oauth2_names(self) -> None:
        form = {"grant_type": "password", "username": "ann", "password": PASSWORD, "scope": ""}
        response: Any = self.client.generic(
            "POST", "/api/token/", urlencode(form), content_type="application/x-www-form-urlencoded"
        )
        body = response.json()
        assert response.status_code == 200
        assert body["access_token"] == body["access"]
        assert body["token_type"] == "bearer"
        assert "no-store" in response["Cache-Control"]
        assert self.with_token(body["access_token"]).status_code == 200

    def test_other_grant_types_are_rejected(self) -> None:
        response = self.client.generic(
            "POST", "/api/token/", "grant_type=magic", content_type="application/x-www-form-urlencoded"
        )
        self.assert_problem(response, 400, "invalid_field")

    def test_unknown_wrong_and_deactivated_credentials_get_the_same_answer(self) -> None:
        User.objects.filter(username="ben").update(is_active=False)
        answers = [
            self.request("POST", "token/", {"username": name, "password": password})
            for name, password in (("nobody", PASSWORD), ("ann", "wrong"), ("ben", PASSWORD))
        ]
        assert {response.status_code for response in answers} == {401}
        assert len({response.content for response in answers}) == 1
        self.assert_problem(answers[0], 401, "not_authenticated")

    def test_malformed_credentials_are_named(self) -> None:
        self.refused(400, "missing_field", "POST", "token/", {})
        name: Any
        for name in (5, None, [], {}, "a\0"):
            self.refused(400, "invalid_field", "POST", "token/", {"username": name, "password": "x"})
        self.refused(400, "invalid_field", "POST", "token/", ["username"])

    def test_password_guesses_are_limited(self) -> None:
        for _ in range(PER_ACCOUNT_AND_NETWORK):
            self.sign_in(password="wrong", status=401)
        response = self.request("POST", "token/", {"username": "ann", "password": PASSWORD})
        self.assert_problem(response, 429, "rate_limited")
        assert int(response["Retry-After"]) > 0
        self.sign_in("ben")

    def test_an_expired_token_is_rejected(self) -> None:
        token = AccessToken.for_user(self.ann)
        token.set_exp(lifetime=-timedelta(seconds=1))
        response = self.with_token(token)
        assert self.assert_problem(response, 401, "not_authenticated")["detail"] == "Token is expired."
        assert response["WWW-Authenticate"].startswith("Bearer")

    def test_a_token_that_expires_after_it_was_used_is_rejected(self) -> None:
        token = AccessToken.for_user(self.ann)
        token.set_exp(lifetime=timedelta(seconds=2))
        assert self.with_token(token).status_code == 200
        while token["exp"] > time.time():
            time.sleep(0.1)
        response = self.with_token(token)
        assert self.assert_problem(response, 401, "not_authenticated")["detail"] == "Token is expired."

    def test_a_token_of_a_server_whose_clock_is_a_little_ahead_is_accepted(self) -> None:
        for ahead, status in ((5, 200), (60, 401)):
            token = AccessToken.for_user(self.ann)
            token.set_iat(at_time=token.current_time + timedelta(seconds=ahead))
            assert self.with_token(token).status_code == status

    def test_an_invalid_token_is_rejected(self) -> None:
        for token, says in (
            ("x", "Token is invalid."),
            ("a.b.c", "Token is invalid."),
            ("a b", "Authorization header must contain two space-delimited values."),
            ("é", "Token is invalid."),
            (RefreshToken.for_user(self.ann), "Token has wrong type."),
        ):
            assert self.assert_problem(self.with_token(token), 401, "not_authenticated")["detail"] == says

    def test_a_token_in_the_url_is_ignored(self) -> None:
        token = self.token(self.ann)["Authorization"].removeprefix("Bearer ")
        for name in ("token", "access_token", "access", "jwt"):
            self.refused(401, "not_authenticated", "GET", f"rooms/tea/?{name}={token}")

    def test_a_token_is_refreshed(self) -> None:
        refresh = self.sign_in()["refresh"]
        access = self.ok("POST", "token/refresh/", {"refresh": refresh})["access"]
        assert self.with_token(access).status_code == 200
        for token in ("x", access, "a\0"):
            assert self.request("POST", "token/refresh/", {"refresh": token}).status_code in {400, 401}

    def test_a_token_ends_with_its_account(self) -> None:
        pair = self.sign_in("ben")
        User.objects.filter(username="ben").update(is_active=False)
        self.assert_problem(self.with_token(pair["access"]), 401, "not_authenticated")
        self.refused(401, "not_authenticated", "POST", "token/refresh/", {"refresh": pair["refresh"]})
        User.objects.filter(username="ben").delete()
        self.assert_problem(self.with_token(pair["access"]), 401, "not_authenticated")
        self.refused(401, "not_authenticated", "POST", "token/refresh/", {"refresh": pair["refresh"]})

    def test_a_token_ends_when_the_password_is_changed(self) -> None:
        pair = self.sign_in()
        self.ann.set_password("another-good-one")
        self.ann.save()
        says = "The user's password has been changed."
        assert self.assert_problem(self.with_token(pair["access"]), 401, "not_authenticated")["detail"] == says
        refusal = self.refused(401, "not_authenticated", "POST", "token/refresh/", {"refresh": pair["refresh"]})
        assert refusal["detail"] == says
