"""Sends messages to push services: encrypted, signed, one request each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from chatproject.outgoing.client import Answer, post
from chatproject.outgoing.errors import OutgoingError, Refused
from chatproject.outgoing.network import RULES
from chatproject.outgoing.urls import parse_url
from notifications.models import Delivery
from notifications.push.encryption import encrypt
from notifications.push.message import Push
from notifications.push.vapid import authorization
from notifications.services.deliveries import Outcome

TTL = timedelta(days=3)  # that a push service keeps a message for a device that is switched off
BUSY = 429


def push_send(push: Push) -> Outcome:
    """Encrypt a message, post it to its push service, and return how that went."""
    try:
        address = parse_url(push.endpoint)
        answer = post(str(address), _body(push), _headers(push, f"{address.scheme}://{address.authority}"), rules=RULES)
    except Refused as error:
        return Outcome(Delivery.State.FAILED, f"not sent: {error}")
    except OutgoingError as error:
        return Outcome(Delivery.State.WAITING, str(error))
    return _outcome(answer)


def _body(push: Push) -> bytes:
    return encrypt(push.content, p256dh=push.p256dh, auth=push.auth)


def _headers(push: Push, origin: str) -> dict[str, str]:
    headers = {
        "Authorization": authorization(push.private_key, origin=origin, contact=push.contact),
        "Content-Type": "application/octet-stream",
        "Content-Encoding": "aes128gcm",
        "TTL": str(int(TTL.total_seconds())),
        "Urgency": "high" if push.urgent else "normal",
    }
    return headers | ({"Topic": push.topic} if push.topic else {})


def _outcome(answer: Answer) -> Outcome:
    status = f"{answer.status} {answer.body[:150].decode(errors='replace')}".strip()
    if 200 <= answer.status < 300:
        return Outcome(Delivery.State.SENT, str(answer.status))
    if answer.status == BUSY or answer.status >= 500:
        return Outcome(Delivery.State.WAITING, status, _retry_after(answer.headers.get("retry-after", "")))
    return Outcome(Delivery.State.FAILED, status)


def _retry_after(text: str) -> timedelta | None:
    """Return how long to wait by a Retry-After header, in seconds or as a date; None if it doesn't say so."""
    text = text.strip()
    if text.isascii() and text.isdecimal():
        return timedelta(seconds=min(int(text[:9]), TTL.total_seconds()))
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max(at - datetime.now(UTC), timedelta(0)), TTL)
