"""Second factors in software: an authenticator app, and a device with passkeys."""

from __future__ import annotations

import json
import secrets
import time
from hashlib import sha256
from types import SimpleNamespace
from typing import Any, cast

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from django.http import HttpRequest
from django.test import Client
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

from chatproject.sessions import SessionStore
from rooms.models import User
from rooms.people.proofs import note_proof
from rooms.services.two_step import CODE_SECONDS, app_add, new_app_secret

PRESENT_AND_VERIFIED = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV


def code_at(secret: str, offset: int) -> str:
    """Return the code that an app with this secret shows now, or `offset` half minutes later."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // CODE_SECONDS + offset)))


class App:
    """An authenticator app of a user, and their recovery codes. Tests need not wait: each code is of a later time."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.secret = new_app_secret()
        if (left := CODE_SECONDS - time.time() % CODE_SECONDS) < 3:
            time.sleep(left)  # else codes of this test would belong to two half minutes
        self.recovery_codes = app_add(user=user, secret=self.secret, code=self.code(-1))
        self._next = 0

    def code(self, offset: int | None = None) -> str:
        """Return the code of now, or of `offset` half minutes later; without one, a code that was not returned yet."""
        if offset is None:
            offset, self._next = self._next, self._next + 1
            assert offset <= 1, "the server accepts no code of the future but the next one"
        return code_at(self.secret, offset)

    def wrong_code(self) -> str:
        """Return a code that is not accepted now."""
        right = {self.code(offset) for offset in range(-2, 4)}
        return next(code for number in range(10) if (code := f"{number:06}") not in right)

    def forget_use(self) -> None:
        """Make the codes of now count again, as half a minute later others would."""
        row = Authenticator.objects.get(user=self.user, type=Authenticator.Type.TOTP)
        row.data["used_step"] -= 3
        row.save()
        self._next = 0


class Device:
    """A device that creates and uses passkeys, as a browser does for a page."""

    def __init__(self, origin: str = "http://localhost") -> None:
        self.origin = origin
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(16)
        self.user_handle = b""

    def create(self, options: dict[str, Any]) -> str:
        """Return the answer to the options for a new passkey, as the page's script sends it."""
        options = options["publicKey"]
        self.user_handle = websafe_decode(options["user"]["id"])
        public_key = ES256.from_cryptography_key(self.key.public_key())  # type: ignore[no-untyped-call]
        credential = AttestedCredentialData.create(Aaguid.NONE, self.id, public_key)
        data = AuthenticatorData.create(
            sha256(options["rp"]["id"].encode()).digest(),
            PRESENT_AND_VERIFIED | AuthenticatorData.FLAG.AT,
            0,
            bytes(credential),
        )
        client = CollectedClientData.create("webauthn.create", options["challenge"], self.origin)
        attestation = AttestationObject.create("none", data, {})
        return self._answer(clientDataJSON=client, attestationObject=attestation)

    def use(self, options: dict[str, Any], flags: Any = PRESENT_AND_VERIFIED) -> str:
        """Return the answer to the options for using the passkey."""
        options = options["publicKey"]
        data = AuthenticatorData.create(sha256(options["rpId"].encode()).digest(), flags, 1)
        client = CollectedClientData.create("webauthn.get", options["challenge"], self.origin)
        signature = self.key.sign(bytes(data) + client.hash, ec.ECDSA(SHA256()))
        return self._answer(
            clientDataJSON=client, authenticatorData=data, signature=signature, userHandle=self.user_handle
        )

    def _answer(self, **response: bytes) -> str:
        return json.dumps(
            {
                "id": websafe_encode(self.id),
                "rawId": websafe_encode(self.id),
                "type": "public-key",
                "clientExtensionResults": {"credProps": {"rk": True}},
                "response": {name: websafe_encode(bytes(value)) for name, value in response.items()},
            }
        )


def options_of(client: Client, address: str) -> Any:
    """Return what a page tells its script about passkeys."""
    return client.get(address, headers={"Accept": "application/json"}).json()


def confirm_session(key: str, user: User) -> None:
    """Let a session change what its user signs in with, as if they had just confirmed who they are."""
    session = SessionStore(key)
    note_proof(cast(HttpRequest, SimpleNamespace(session=session)), user, method="mfa")
    session.save()
