"""Secrets that must be readable again are stored encrypted, with keys derived from SECRET_KEY.

A copy of the database alone does not reveal them. Without the SECRET_KEY that sealed them they are lost.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from cryptography.fernet import Fernet


def seal(text: str, purpose: str) -> str:
    """Return a text encrypted. Each purpose has a key of its own: `unseal` takes nothing sealed for another."""
    return _cipher(purpose).encrypt(text.encode()).decode()


def unseal(sealed: str, purpose: str) -> str:
    """Return what was sealed. Raises ValueError if it was sealed with another SECRET_KEY, or not by `seal`."""
    from cryptography.fernet import InvalidToken

    try:
        return _cipher(purpose).decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise ValueError("This was not sealed with the present SECRET_KEY.") from error


def _cipher(purpose: str) -> Fernet:
    from cryptography.fernet import Fernet
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    derivation = HKDF(SHA256(), length=32, salt=b"chatproject.sealed", info=purpose.encode())
    key = derivation.derive(settings.SECRET_KEY.encode())
    return Fernet(urlsafe_b64encode(key))
