"""The devices on which users turned on notifications."""

from __future__ import annotations

from hashlib import sha256

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from notifications.models import PushSubscription
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
