"""Turn notifications on and off in browsers, and keep the key that signs them."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from chatproject.outgoing.errors import Refused
from chatproject.outgoing.urls import DEFAULT_PORTS, parse_url
from notifications.models import PushKey, PushSubscription
from notifications.push.encryption import AUTH_BYTES, decode_base64url, load_public_key
from notifications.push.vapid import generate_key, public_key
from notifications.selectors.push import device_digest, devices_of
from rooms.errors import Conflict, InvalidField
from rooms.models import User
from rooms.people.device_names import device_name

MAX_DEVICES = 20  # of a user


def push_private_key() -> str:
    """Return the key that signs push messages. The first call creates it, once for all servers."""
    found = PushKey.objects.filter(pk=1).first()
    return (found or PushKey.objects.get_or_create(pk=1, defaults={"private_key": generate_key()})[0]).private_key


def push_public_key() -> str:
    """Return the key that browsers subscribe with."""
    return public_key(push_private_key())


def check_subscription(endpoint: str, p256dh: str, auth: str) -> None:
    """Check what a browser says about how to reach it. Raises InvalidField."""
    try:
        address = parse_url(endpoint)
    except Refused as error:
        raise InvalidField(
            _("This is not the address of a push service: %(reason)s."), {"reason": error}, field="endpoint"
        ) from error
    if not endpoint.isascii() or address.scheme != "https" or address.port != DEFAULT_PORTS["https"]:
        raise InvalidField(_("The address of a push service begins with https:// and has no port."), field="endpoint")
    try:
        load_public_key(p256dh)
    except ValueError as error:
        raise InvalidField(_("This is not a key of a browser."), field="p256dh") from error
    try:
        valid = len(decode_base64url(auth)) == AUTH_BYTES
    except ValueError:
        valid = False
    if not valid:
        raise InvalidField(_("This is not a secret of a browser."), field="auth")


@transaction.atomic
def push_turn_on(
    *, user: User, cookie: str, endpoint: str, p256dh: str, auth: str, user_agent: str
) -> tuple[PushSubscription, bool]:
    """Send a user's notifications to a browser from now on. Return the device, and whether it is new. Idempotent.

    A browser has one user: those who used it before don't get theirs there any more.

    Raises:
        InvalidField: the subscription is not acceptable.
        Conflict: the user has MAX_DEVICES devices.
    """
    check_subscription(endpoint, p256dh, auth)
    User.objects.select_for_update(no_key=True).get(pk=user.pk)  # so that two browsers can't both become the last one
    digest = device_digest(cookie)
    same = PushSubscription.objects.filter(Q(device=digest) | Q(endpoint=endpoint))
    known = same.filter(user=user, device=digest).first()
    same.exclude(pk=known.pk if known else 0).delete()
    if known is None and devices_of(user).count() >= MAX_DEVICES:
        sentence = ngettext_lazy(
            "You have %(count)d device, the maximum. Remove one that you don't use.",
            "You have %(count)d devices, the maximum. Remove one that you don't use.",
            "count",
        )
        raise Conflict(sentence, {"count": MAX_DEVICES})
    device = known or PushSubscription(user=user, device=digest)
    device.name = device_name(user_agent)
    device.sign_in = user.get_session_auth_hash()
    _set_address(device, endpoint, p256dh, auth)
    return device, known is None


@transaction.atomic
def push_renew(*, cookie: str, endpoint: str, p256dh: str, auth: str) -> bool:
    """Note the new address of a browser whose push service replaced it. Return whether the browser is known.

    Raises InvalidField.
    """
    check_subscription(endpoint, p256dh, auth)
    device = PushSubscription.objects.select_for_update(no_key=True).filter(device=device_digest(cookie)).first()
    if device is None:
        return False
    PushSubscription.objects.filter(endpoint=endpoint).exclude(pk=device.pk).delete()
    _set_address(device, endpoint, p256dh, auth)
    return True


def _set_address(device: PushSubscription, endpoint: str, p256dh: str, auth: str) -> None:
    device.endpoint, device.p256dh, device.auth = endpoint, p256dh, auth
    device.failures, device.last_status = 0, ""
    device.save()


def push_turn_off(*, device: PushSubscription) -> None:
    """Send no more notifications to a device. Idempotent."""
    PushSubscription.objects.filter(pk=device.pk).delete()


def push_leave(*, cookie: str, unless: User | None = None) -> None:
    """Send nothing more to a browser, except to this user: somebody signed out there, or this user signed in."""
    PushSubscription.objects.filter(device=device_digest(cookie)).exclude(user=unless).delete()


@transaction.atomic
def push_keep_only(*, user: User, cookie: str) -> None:
    """Remove all devices of a user but the one where they changed their password."""
    here = device_digest(cookie)
    devices_of(user).exclude(device=here).delete()
    devices_of(user).filter(device=here).update(sign_in=user.get_session_auth_hash())


def push_reached(*, pk: int, status: str) -> None:
    """Note that a device's push service accepted a message."""
    PushSubscription.objects.filter(pk=pk).update(last_ok_at=timezone.now(), failures=0, last_status=status)
