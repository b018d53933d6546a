"""A message to a browser."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Push:
    """A message to a browser, ready to be encrypted and sent."""

    endpoint: str
    p256dh: str
    auth: str
    content: bytes
    topic: str  # a later message of the same topic replaces one that was not delivered yet; "" for none
    urgent: bool
    private_key: str
    contact: str
