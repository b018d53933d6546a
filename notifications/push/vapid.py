"""The key by which push services recognize this installation (VAPID, RFC 8292).

A browser's subscription accepts messages signed with this key only, so it never changes.
"""

from __future__ import annotations

import time

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from notifications.push.encryption import encode_base64url, encode_public_key

LIFETIME = 12 * 3600  # seconds that a signature is valid; push services accept up to 24 hours


def generate_key() -> str:
    """Return a new private key as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_key(private_key: str) -> str:
    """Return the public key of a private one, in base64url, as browsers take it."""
    return encode_base64url(encode_public_key(_load(private_key).public_key()))


def authorization(private_key: str, *, origin: str, contact: str) -> str:
    """Return the header by which a push service knows who sends.

    `origin` is the push service's, `contact` a URL by which to contact the sender.
    """
    claims = {"aud": origin, "exp": int(time.time()) + LIFETIME, "sub": contact}
    return f"vapid t={jwt.encode(claims, private_key, algorithm='ES256')}, k={public_key(private_key)}"


def _load(private_key: str) -> ec.EllipticCurvePrivateKey:
    key = load_pem_private_key(private_key.encode(), password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key
