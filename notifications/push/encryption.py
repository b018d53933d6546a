"""Encryption of push messages for the browser that is to show them (RFC 8291, in the format of RFC 8188).

The push service, which belongs to the maker of the browser, can't read them.
"""

from __future__ import annotations

import secrets
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

RECORD_BYTES = 4096  # push services accept no longer bodies, so a message is one record
SALT_BYTES, AUTH_BYTES = 16, 16
LAST_RECORD = b"\x02"


def decode_base64url(text: str) -> bytes:
    """Return the bytes of base64url with or without padding. Raises ValueError."""
    if not text.isascii():
        raise ValueError("not base64url")
    return urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))


def encode_base64url(data: bytes) -> str:
    """Return bytes as base64url without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def load_public_key(text: str) -> ec.EllipticCurvePublicKey:
    """Return a browser's key, a point of P-256 in base64url. Raises ValueError."""
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decode_base64url(text))


def encode_public_key(key: ec.EllipticCurvePublicKey) -> bytes:
    """Return the 65 bytes of a public key."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def encrypt(content: bytes, *, p256dh: str, auth: str) -> bytes:
    """Return the body of a push request that only the browser with these keys can read. Raises ValueError."""
    return encrypt_with(content, p256dh, auth, ec.generate_private_key(ec.SECP256R1()), secrets.token_bytes(SALT_BYTES))


def encrypt_with(content: bytes, p256dh: str, auth: str, sender: ec.EllipticCurvePrivateKey, salt: bytes) -> bytes:
    """Encrypt with a given key and salt, neither of which may be used twice."""
    receiver = load_public_key(p256dh)
    receiver_bytes, sender_bytes = encode_public_key(receiver), encode_public_key(sender.public_key())
    shared = sender.exchange(ec.ECDH(), receiver)
    secret = _derive(shared, decode_base64url(auth), b"WebPush: info\0" + receiver_bytes + sender_bytes, 32)
    key = _derive(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derive(secret, salt, b"Content-Encoding: nonce\0", 12)
    header = salt + struct.pack("!IB", RECORD_BYTES, len(sender_bytes)) + sender_bytes
    return header + AESGCM(key).encrypt(nonce, content + LAST_RECORD, None)


def _derive(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(secret)
