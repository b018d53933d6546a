"""What Parlor asks an OpenID Connect issuer: its configuration and keys, tokens, and who somebody is.

django-allauth has the flow in the browser, with its state and PKCE. What it would leave out is checked here: the
signature of the ID token, the nonce, that the configuration is the issuer's own, and that `userinfo` is about the same
person. Every request has a deadline and goes through `chatproject/outgoing/`.
"""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import jwt
import orjson
from django.conf import settings

from chatproject.installation.company_accounts import Oidc
from chatproject.outgoing.client import Answer, ask
from chatproject.outgoing.errors import OutgoingError
from chatproject.outgoing.network import RULES, Deadline, Rules
from chatproject.outgoing.urls import DEFAULT_PORTS
from rooms.company.findings import Ended, Finding, Unreachable, Untrusted

SECONDS = 8.0  # for all that one sign-in or check asks
MAX_BYTES = 512 * 1024  # of a response
KEPT_SECONDS = 600.0  # how long its configuration and keys are used without asking again
KEYS_AGAIN_SECONDS = 30.0  # for a key that is not known, they are asked for again at most this often
LEEWAY = 60  # seconds by which clocks may differ
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
# https://www.rfc-editor.org/rfc/rfc8176: by these the person has shown more than a password.
SECOND_FACTORS = frozenset({"mfa", "otp", "hwk", "swk", "sc", "fpt", "face", "iris", "vbm", "pop", "sms", "tel"})
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
LOGOUT_SECONDS = 300  # after which a logout token is too old


@dataclass(frozen=True, slots=True)
class Logout:
    """A sign-out at the company: of all sessions of a subject, or of one session there. `jti` names the message."""

    subject: str
    sid: str
    jti: str
    issued_at: float  # Unix time


class Issuer:
    """An issuer. Its configuration and keys are kept for a while, for all threads of a process."""

    def __init__(self, oidc: Oidc) -> None:
        self.oidc = oidc
        self._lock = threading.Lock()
        self._configuration: tuple[float, dict[str, Any]] = (0.0, {})
        self._keys: tuple[float, jwt.PyJWKSet | None] = (0.0, None)

    # --- Signing in ---------------------------------------------------------------------------------------------

    @property
    def authorization_url(self) -> str:
        """Where the browser is sent. Raises Unreachable, Untrusted."""
        return self._endpoint("authorization_endpoint", Deadline(SECONDS))

    def exchange(self, *, code: str, verifier: str, nonce: str, redirect_uri: str) -> Finding:
        """Return who signed in, for the code that their browser brought. Raises CompanyError."""
        deadline = Deadline(SECONDS)
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        tokens = self._tokens(form | {"code_verifier": verifier}, deadline)
        claims = self._id_token(tokens, deadline)
        if claims.get("nonce") != nonce:
            raise Untrusted("the ID token is not for this sign-in: its nonce is another one")
        return self._finding(claims, tokens, deadline, ask_more=True)

    # --- Checking -----------------------------------------------------------------------------------------------

    def check(self, *, subject: str, refresh_token: str) -> Finding:
        """Return what the issuer says now of a user who has signed in. Raises CompanyError."""
        deadline = Deadline(SECONDS)
        tokens = self._tokens({"grant_type": "refresh_token", "refresh_token": refresh_token}, deadline)
        claims = self._id_token(tokens, deadline) if tokens.get("id_token") else {"sub": subject}
        if claims["sub"] != subject:
            raise Untrusted("the refreshed ID token is about somebody else")
        return self._finding(claims, tokens, deadline, ask_more=bool(settings.COMPANY_GROUPS))

    def read_logout(self, token: str) -> Logout:
        """Return what a logout token says. Raises Unreachable, Untrusted.

        https://openid.net/specs/openid-connect-backchannel-1_0.html#Validation
        """
        claims = self._decode(token, Deadline(SECONDS), require=["iss", "aud", "iat", "jti", "events"])
        events = claims["events"]
        if not isinstance(events, dict) or not isinstance(events.get(LOGOUT_EVENT), dict):
            raise Untrusted("not a logout token")
        if "nonce" in claims:
            raise Untrusted("a logout token with a nonce, as only ID tokens have")
        subject, sid = claims.get("sub", ""), claims.get("sid", "")
        texts = (subject, sid, claims["jti"])
        if not all(isinstance(text, str) for text in texts) or not (subject or sid):
            raise Untrusted("a logout token that names nobody")
        issued_at = float(claims["iat"])
        if issued_at < time.time() - LOGOUT_SECONDS:
            raise Untrusted("an old logout token")
        return Logout(subject, sid, claims["jti"], issued_at)

    # --- Requests -----------------------------------------------------------------------------------------------

    def _tokens(self, form: Mapping[str, str], deadline: Deadline) -> dict[str, Any]:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        form = dict(form)
        if not self.oidc.client_secret:
            form["client_id"] = self.oidc.client_id
        elif self._takes_secret_in_body(deadline):
            form |= {"client_id": self.oidc.client_id, "client_secret": self.oidc.client_secret}
        else:
            pair = f"{quote(self.oidc.client_id, safe='')}:{quote(self.oidc.client_secret, safe='')}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        url = self._endpoint("token_endpoint", deadline)
        answer = self._ask("POST", url, headers, deadline, urlencode(form).encode())
        found = _json(answer)
        if answer.status == 200 and isinstance(found.get("access_token"), str):
            return found
        reason = f"status {answer.status}, {str(found.get('error', 'no error code'))[:100]}"
        # Any other error is about Parlor (a wrong secret, for example) or the issuer, not about the person.
        raise (Ended if found.get("error") == "invalid_grant" else Unreachable)(f"token endpoint: {reason}")

    def _takes_secret_in_body(self, deadline: Deadline) -> bool:
        methods = self._configured(deadline).get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        return "client_secret_basic" not in methods and "client_secret_post" in methods

    def _finding(
        self, claims: dict[str, Any], tokens: Mapping[str, Any], deadline: Deadline, *, ask_more: bool
    ) -> Finding:
        """Put together what the ID token says and, if that is to be asked, what `userinfo` says."""
        subject = claims["sub"]
        known = dict(claims)
        if ask_more and "userinfo_endpoint" in self._configured(deadline):
            known |= self._userinfo(subject, tokens["access_token"], deadline)
        claimed_email = _text(known.get("email"))
        refresh_token = tokens.get("refresh_token")
        return Finding(
            subject=subject,
            groups=self._groups(known),
            refresh_token=refresh_token if isinstance(refresh_token, str) else "",
            sid=_text(claims.get("sid")),
            two_step=isinstance(claims.get("amr"), list) and not SECOND_FACTORS.isdisjoint(map(str, claims["amr"])),
            user_name=_text(known.get("preferred_username")),
            display_name=_text(known.get("name")),
            email=claimed_email if known.get("email_verified") is True else "",
            claimed_email=claimed_email,
        )

    def _groups(self, claims: Mapping[str, Any]) -> frozenset[str] | None:
        """Return the person's groups; None if they are too many for a token, as Microsoft Entra says it."""
        elsewhere = claims.get("_claim_names")
        if isinstance(elsewhere, dict) and self.oidc.groups_claim[0] in elsewhere:
            return None
        found: Any = claims
        for name in self.oidc.groups_claim:
            found = found.get(name) if isinstance(found, dict) else None
        return frozenset(str(group) for group in found) if isinstance(found, list) else frozenset()

    def _userinfo(self, subject: str, access_token: str, deadline: Deadline) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {access_token}", "Accept": "application/json"}
        answer = self._ask("GET", self._endpoint("userinfo_endpoint", deadline), headers, deadline)
        if answer.status != 200:
            raise Unreachable(f"userinfo: status {answer.status}")
        claims = _json(answer)
        if claims.get("sub") != subject:
            raise Untrusted("userinfo is about somebody else")
        return claims

    def _id_token(self, tokens: Mapping[str, Any], deadline: Deadline) -> dict[str, Any]:
        if not isinstance(tokens.get("id_token"), str):
            raise Untrusted("no ID token")
        claims = self._decode(tokens["id_token"], deadline, require=["iss", "sub", "aud", "exp", "iat"])
        if not isinstance(claims["sub"], str) or not claims["sub"]:
            raise Untrusted("an ID token without a subject")
        return claims

    def _decode(self, token: str, deadline: Deadline, require: list[str]) -> dict[str, Any]:
        """Return the claims of a token that the issuer has signed for Parlor. Raises Unreachable, Untrusted."""
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") not in ALGORITHMS:
                raise Untrusted(f"signed with {str(header.get('alg'))[:20]}")
            key = self._key(header.get("kid"), header["alg"], deadline)
            claims: dict[str, Any] = jwt.decode(
                token,
                key.key,
                algorithms=[header["alg"]],
                audience=self.oidc.client_id,
                issuer=self.oidc.issuer,
                leeway=LEEWAY,
                options={"require": require},
            )
        except jwt.PyJWTError as error:
            raise Untrusted(f"{type(error).__name__}: {error}") from error
        if claims.get("azp", self.oidc.client_id) != self.oidc.client_id:
            raise Untrusted("a token for another client")
        return claims

    def _key(self, kid: str | None, algorithm: str, deadline: Deadline) -> jwt.PyJWK:
        for max_age in (KEPT_SECONDS, KEYS_AGAIN_SECONDS):
            known = self._key_set(max_age, deadline)
            fitting = [key for key in known.keys if kid in {None, key.key_id} and _fits(key, algorithm)]
            if len(fitting) == 1:
                return fitting[0]
        raise Untrusted("signed with an unknown key")

    def _key_set(self, max_age: float, deadline: Deadline) -> jwt.PyJWKSet:
        with self._lock:
            read_at, known = self._keys
        if known is not None and time.monotonic() - read_at < max_age:
            return known
        answer = self._ask("GET", self._endpoint("jwks_uri", deadline), {"Accept": "application/json"}, deadline)
        try:
            known = jwt.PyJWKSet.from_dict(_json(answer))
        except (jwt.PyJWTError, ValueError, KeyError) as error:
            raise Unreachable(f"keys: status {answer.status}, {error}") from error
        with self._lock:
            self._keys = (time.monotonic(), known)
        return known

    def _endpoint(self, name: str, deadline: Deadline) -> str:
        url = self._configured(deadline).get(name)
        if not isinstance(url, str) or not url.startswith(("https://", "http://") if self.oidc.private else "https://"):
            raise Untrusted(f"the configuration has no {name} that can be used")
        return url

    def _configured(self, deadline: Deadline) -> dict[str, Any]:
        with self._lock:
            read_at, known = self._configuration
        if known and time.monotonic() - read_at < KEPT_SECONDS:
            return known
        url = self.oidc.issuer.rstrip("/") + "/.well-known/openid-configuration"
        answer = self._ask("GET", url, {"Accept": "application/json"}, deadline)
        known = _json(answer)
        if answer.status != 200 or not known:
            raise Unreachable(f"configuration: status {answer.status}")
        if known.get("issuer") != self.oidc.issuer:
            raise Untrusted(f"OIDC_ISSUER is {self.oidc.issuer}, but it calls itself {str(known.get('issuer'))[:200]}")
        with self._lock:
            self._configuration = (time.monotonic(), known)
        return known

    def _ask(
        self, method: str, url: str, headers: Mapping[str, str], deadline: Deadline, body: bytes | None = None
    ) -> Answer:
        try:
            return ask(method, url, headers, body, max_bytes=MAX_BYTES, deadline=deadline, rules=self._rules(url))
        except OutgoingError as error:
            raise Unreachable(f"{urlsplit(url).hostname}: {error}") from error

    def _rules(self, url: str) -> Rules:
        """Return what may be connected to: an admin has chosen the issuer, which names its other addresses."""
        parts = urlsplit(url)
        ports = frozenset({parts.port or DEFAULT_PORTS.get(parts.scheme, 443)})
        return Rules(ports=ports, allows=(lambda address: True) if self.oidc.private else RULES.allows)


def _fits(key: jwt.PyJWK, algorithm: str) -> bool:
    kinds = {"R": "RSA", "P": "RSA", "E": "EC"}
    kind = "OKP" if algorithm == "EdDSA" else kinds[algorithm[0]]
    return key.key_type == kind and key.public_key_use in {None, "sig"}


def _json(answer: Answer) -> dict[str, Any]:
    try:
        found = orjson.loads(answer.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _text(value: object) -> str:
    return value[:255] if isinstance(value, str) else ""


_issuer: Issuer | None = None


def get_issuer() -> Issuer:
    """Return the configured issuer, the same one for all threads."""
    global _issuer
    if _issuer is None or _issuer.oidc is not settings.OIDC:
        _issuer = Issuer(get_oidc())
    return _issuer


def get_oidc() -> Oidc:
    """Return the settings of the configured issuer."""
    assert settings.OIDC is not None
    return settings.OIDC
