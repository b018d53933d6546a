"""What is refused of an issuer: forged tokens, above all messages that somebody signed out there."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.core.cache import cache
from django.test import Client, TestCase, override_settings

from chatproject.installation.company_accounts import Oidc
from rooms.company import issuer
from rooms.company.findings import Ended, Unreachable, Untrusted
from rooms.company.issuer import LOGOUT_EVENT, Issuer
from rooms.tests.support.websites import Answer, Website, closed_port, website

KEY = rsa.generate_private_key(65537, 2048)
OTHER_KEY = rsa.generate_private_key(65537, 2048)


def oidc(url: str, **changes: Any) -> Oidc:
    """Return the settings of an issuer on this machine."""
    values: dict[str, Any] = {
        "issuer": url,
        "client_id": "parlor",
        "client_secret": "s",
        "name": "Example Ltd",
        "scopes": ("openid",),
        "parameters": {},
        "groups_claim": ("realm", "groups"),
        "private": True,
    }
    return Oidc(**values | changes)


@contextmanager
def small_issuer(**pages: Any) -> Iterator[tuple[Website, str]]:
    """Run an issuer with a key, and what else is given by endpoint; yield it and its URL."""
    with website() as site:
        url = f"http://127.0.0.1:{site.port}"
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
        names = {"jwks_uri": "keys", "token_endpoint": "token", "userinfo_endpoint": "userinfo"}
        site.pages = {
            "/.well-known/openid-configuration": as_json(
                {"issuer": url, **{name: f"{url}/{path}" for name, path in names.items()}}
            ),
            "/keys": as_json({"keys": [public | {"kid": "1", "use": "sig"}]}),
            **{f"/{name}": page for name, page in pages.items()},
        }
        yield site, url


def as_json(content: object, status: int = 200) -> Answer:
    """Return a response."""
    return Answer(json.dumps(content).encode(), "application/json", status)


def logout_token(url: str, key: Any = KEY, kid: str = "1", algorithm: str = "RS256", **changes: Any) -> str:
    """Return a message that Ada signed out; claims that are None are left out."""
    claims = {
        "iss": url,
        "aud": "parlor",
        "iat": int(time.time()),
        "jti": "one",
        "sub": "ada",
        "sid": "s1",
        "events": {LOGOUT_EVENT: {}},
    } | changes
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": kid})


class LogoutTokens(TestCase):
    def test_one_that_the_issuer_signed_is_read(self) -> None:
        with small_issuer() as (_, url):
            found = Issuer(oidc(url)).read_logout(logout_token(url))
        assert (found.subject, found.sid, found.jti) == ("ada", "s1", "one")

    def test_forged_and_other_tokens_are_refused(self) -> None:
        with small_issuer() as (_, url):
            one = Issuer(oidc(url))
            unsigned = jwt.encode({"iss": url, "aud": "parlor"}, "", algorithm="none")
            public = KEY.public_key().public_numbers().n.to_bytes(256)  # as if it were a shared secret
            for forged in (
                "",
                "x",
                "a.b.c",
                unsigned,
                logout_token(url, public, algorithm="HS256"),
                logout_token(url, OTHER_KEY),
                logout_token(url, OTHER_KEY, kid="2"),
                logout_token(url, iss="https://evil.example"),
                logout_token(url, aud="another client"),
                logout_token(url, iat=int(time.time()) - 3600),
                logout_token(url, iat=int(time.time()) + 3600),
                logout_token(url, exp=int(time.time()) - 3600),
                logout_token(url, jti=None),
                logout_token(url, events={}),
                logout_token(url, events=None),
                logout_token(url, nonce="n"),
                logout_token(url, sub=None, sid=None),
                logout_token(url, sub=["ada"]),
                logout_token(url, azp="another client"),
            ):
                with self.subTest(forged[:60]), pytest.raises(Untrusted):
                    one.read_logout(forged)

    def test_unknown_keys_do_not_make_it_ask_the_issuer_each_time(self) -> None:
        with small_issuer() as (site, url):
            one = Issuer(oidc(url))
            for number in range(20):
                with pytest.raises(Untrusted):
                    one.read_logout(logout_token(url, OTHER_KEY, kid=str(number + 2)))
            assert site.paths.count("/keys") == 1

    def test_the_address_answers_as_the_standard_says_and_takes_each_message_once(self) -> None:
        cache.clear()
        with small_issuer() as (_, url), override_settings(OIDC=oidc(url)):
            send = Client(enforce_csrf_checks=True)
            address = "/accounts/company/sign-out/"
            for token, status in (("x", 400), (logout_token(url), 200), (logout_token(url), 400)):
                answer = send.post(address, {"logout_token": token})
                assert (answer.status_code, answer["Cache-Control"]) == (status, "no-store"), answer.content
            assert send.get(address).status_code == 405
        assert Client().post("/accounts/company/sign-out/").status_code == 404  # without an issuer


class Answers(TestCase):
    def check(self, token: Answer, subject: str = "ada", **pages: Answer) -> Any:
        """Check somebody at an issuer that answers like this."""
        with small_issuer(token=token, **pages) as (_, url), override_settings(COMPANY_GROUPS={"a": None}):
            return Issuer(oidc(url)).check(subject=subject, refresh_token="r")

    def test_only_its_word_about_the_person_ends_an_account(self) -> None:
        with pytest.raises(Ended):
            self.check(as_json({"error": "invalid_grant"}, 400))
        for answer in (
            as_json({"error": "invalid_client"}, 401),
            as_json({"error": "temporarily_unavailable"}, 503),
            Answer(b"<h1>invalid_grant</h1>", status=400),
            Answer(b"", status=429),
            as_json({}),
            as_json({"access_token": 1}),
        ):
            with self.subTest(answer.body), pytest.raises(Unreachable):
                self.check(answer)

    def test_an_issuer_that_does_not_answer_is_unreachable(self) -> None:
        one = Issuer(oidc(f"http://127.0.0.1:{closed_port()}"))
        with pytest.raises(Unreachable):
            one.check(subject="ada", refresh_token="r")

    def test_groups_come_from_userinfo_about_the_same_person(self) -> None:
        token = as_json({"access_token": "a", "refresh_token": "r2"})
        mine = {"sub": "ada", "realm": {"groups": ["x", "y"]}}
        found = self.check(token, userinfo=as_json(mine))
        assert (found.groups, found.refresh_token) == ({"x", "y"}, "r2")
        assert self.check(token, userinfo=as_json({"sub": "ada"})).groups == frozenset()
        with pytest.raises(Untrusted):
            self.check(token, subject="ben", userinfo=as_json(mine))
        with pytest.raises(Unreachable):
            self.check(token, userinfo=as_json({}, 500))

    def test_groups_that_are_too_many_for_a_token_are_not_none_at_all(self) -> None:
        token = as_json({"access_token": "a"})
        assert self.check(token, userinfo=as_json({"sub": "ada", "_claim_names": {"realm": "src1"}})).groups is None

    def test_a_private_address_is_asked_only_if_that_is_allowed(self) -> None:
        with small_issuer() as (site, url):
            one = Issuer(oidc(url, private=False))
            with pytest.raises(Unreachable):
                one.check(subject="ada", refresh_token="r")
            assert site.paths == []


@pytest.fixture(autouse=True)
def _forget_issuer() -> Iterator[None]:
    """Let no test use what another one has read."""
    yield
    issuer._issuer = None
