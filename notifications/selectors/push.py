"""The devices on which users turned on notifications."""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import urlsplit

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from notifications.models import PushKey, PushSubscription
from rooms.errors import NotFound
from rooms.models import User

MAX_FAILURES = 10  # deliveries in a row that failed, after which nothing is sent any more


def device_digest(cookie: str) -> str:
    """Return the digest by which a browser's cookie is stored: 192 random bits need no slow hash."""
    return sha256(cookie.encode(errors="surrogatepass")).hexdigest()


def devices_of(user: User) -> QuerySet[PushSubscription]:
    """Return a user's devices, newest first."""
    return PushSubscription.objects.filter(user=user).order_by("-id")


def get_device_of(user: User, pk: int) -> PushSubscription:
    """Return one of a user's devices. Raises NotFound."""
    device = devices_of(user).filter(pk=pk).first() if pk < 2**63 else None
    if device is None:
        raise NotFound(_("Device not found."))
    return device


class PushState(NamedTuple):
    """The key that signs messages (PEM), if there is one yet, and how many devices there are, and fail.

    `hosts` are the push services of the devices, those of most devices first.
    """

    private_key: str | None
    devices: int
    failing: int
    hosts: list[str]


def push_state() -> PushState:
    """Return what `manage.py doctor` says about pushes."""
    key = PushKey.objects.values_list("private_key", flat=True).first()
    devices = PushSubscription.objects.values_list("endpoint", "failures")
    hosts = Counter(urlsplit(endpoint).hostname or "" for endpoint, failures in devices)
    failing = sum(failures >= MAX_FAILURES for endpoint, failures in devices)
    return PushState(key, len(devices), failing, [host for host, number in hosts.most_common()])
