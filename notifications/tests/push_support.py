"""Browsers with push subscriptions, for tests."""

from __future__ import annotations

import secrets

from cryptography.hazmat.primitives.asymmetric import ec

from notifications.push.encryption import encode_base64url, encode_public_key

FIREFOX = "Mozilla/5.0 (Android 15; Mobile; rv:144.0) Gecko/144.0 Firefox/144.0"


class Browser:
    """A browser that subscribed at the push service of an origin."""

    def __init__(self, origin: str = "https://push.example") -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._auth = secrets.token_bytes(16)
        self.endpoint = f"{origin}/send/{secrets.token_urlsafe(12)}"

    @property
    def subscription(self) -> dict[str, str]:
        """What the browser tells the server."""
        p256dh = encode_base64url(encode_public_key(self._key.public_key()))
        return {"endpoint": self.endpoint, "p256dh": p256dh, "auth": encode_base64url(self._auth)}
