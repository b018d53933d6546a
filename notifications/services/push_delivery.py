"""The channel that sends to browsers, also while no page is open: Web Push (RFC 8030)."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from email.utils import parseaddr
from threading import BoundedSemaphore
from typing import Any, ClassVar

import orjson
from django.conf import settings
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chatproject.installation.public_address import public_url
from chatproject.installation.setup_code import LOCAL_NAMES
from chatproject.outgoing.urls import parse_url
from notifications.models import Delivery, Notification, PushSubscription
from notifications.push.message import Push
from notifications.selectors.deliveries import Dropped
from notifications.selectors.push import MAX_FAILURES
from notifications.selectors.topics import unread_count
from notifications.services.deliveries import Channel, News, Outcome, new_delivery
from notifications.services.push_subscriptions import push_private_key, push_reached, push_turn_off
from notifications.wording import body_of, title_of, title_without_content
from rooms.errors import Unavailable
from rooms.models import Message, Room, User
from rooms.selectors.messages import load_names_of_files
from rooms.selectors.preferences import preferences_for
from rooms.selectors.room_titles import titles_for
from rooms.services.mention_notices import author_name
from rooms.wire import excerpt

Kind = Notification.Kind
MAX_CONTENT_BYTES = 2800  # before encryption, which adds 103; push services accept at least 4096 in all
MAX_TITLE, MAX_BODY = 200, 600  # characters; no notification shows more
# These wake a phone that saves power.
URGENT_KINDS = {Kind.MENTION, Kind.ROOM_MENTION, Kind.HERE_MENTION, Kind.REPLY, Kind.REMINDER}
GONE = {404, 410}
REFUSED_KEY = {401, 403}
MAX_TESTS = 2  # at once, per server process: each holds up a thread for HTTP requests

logger = logging.getLogger(__name__)
_tests = BoundedSemaphore(MAX_TESTS)


class PushChannel(Channel):
    """Sends to each device of a user."""

    name: ClassVar[str] = "push"
    max_sends: ClassVar[int] = 20

    def deliveries(self, news: Sequence[News]) -> list[Delivery]:
        """Return one delivery for each device of each user. Takes one query."""
        devices = _devices({one.user_id for one in news})
        return [
            new_delivery(self, one, f"push:{device_id}:{_key(one)}", target=device_id)
            for one in news
            for device_id in devices.get(one.user_id, [])
        ]

    def prepare(self, delivery: Delivery) -> Push | Dropped:
        """Word the message for its reader, unless the device is gone."""
        device = PushSubscription.objects.filter(pk=delivery.target or 0, user=delivery.user_id).first()
        if device is None:
            return Dropped("the device was removed")
        if device.failures >= MAX_FAILURES:
            return Dropped("the device can't be reached")
        if not constant_time_compare(device.sign_in, delivery.user.get_session_auth_hash()):
            push_turn_off(device=device)
            return Dropped("the device was signed out by a new password")
        words = _notification_words(delivery.notification) if delivery.notification else _message_words(delivery)
        if words is None:
            return Dropped("deleted")
        if preferences_for(delivery.user).hide_content:
            words["body"] = ""
            if delivery.notification is not None:
                words["title"] = title_without_content(delivery.notification)
        tag = f"room-{delivery.room_id}" if delivery.room_id else ""
        if delivery.notification is not None and delivery.notification.room_id:
            tag = f"room-{delivery.notification.room_id}"
        content = words | {
            "tag": tag or delivery.dedupe_key,
            "badge": unread_count(delivery.user_id),
            "id": delivery.dedupe_key,
        }
        urgent = delivery.notification is None or delivery.notification.kind in URGENT_KINDS
        return _push(device, content, topic=tag, urgent=urgent)

    def send(self, prepared: Push) -> Outcome:
        """Encrypt and post it."""
        from notifications.services.push_sending import push_send  # with an HTTP client, as for previews

        return push_send(prepared)

    def finished(self, delivery: Delivery, outcome: Outcome) -> None:
        """Note it at the device, which is removed if its push service says that it is gone."""
        if delivery.target is not None:
            note_outcome(delivery.target, outcome)


def _devices(user_ids: Collection[int]) -> dict[int, list[int]]:
    rows = PushSubscription.objects.filter(user__in=user_ids, failures__lt=MAX_FAILURES).order_by("pk")
    found: dict[int, list[int]] = {}
    for pk, user_id in rows.values_list("pk", "user_id"):
        found.setdefault(user_id, []).append(pk)
    return found


def _key(news: News) -> str:
    return f"n{news.notification.pk}" if news.notification is not None else f"m{news.room_id}-{news.seq}"


def _notification_words(notification: Notification) -> dict[str, Any]:
    room, seq = notification.room, notification.message_seq
    words: dict[str, Any] = {"title": title_of(notification), "body": body_of(notification)}
    if room is None or seq is None:
        return words | {"url": reverse("notification", args=[notification.seq])}
    # Reading it there marks it as read, except a reminder.
    words["url"] = f"{room.get_absolute_url()}?message={seq}"
    return words if notification.kind == Kind.REMINDER else words | {"room": room.name}


def _message_words(delivery: Delivery) -> dict[str, Any] | None:
    room, seq = delivery.room, delivery.seq
    if room is None or seq is None:
        return None
    message = Message.objects.select_related("author").filter(room=room, seq=seq, deleted_at=None).first()
    if message is None:
        return None
    load_names_of_files([message])
    place = titles_for(delivery.user, [room])[room.pk]
    author = author_name(message)
    title = (
        author
        if room.kind == Room.Kind.DIRECT and place == author
        else gettext("%(name)s in %(room)s") % {"name": author, "room": place}
    )
    url = f"{room.get_absolute_url()}?message={message.seq}"
    return {"title": title, "body": excerpt(message), "url": url, "room": room.name}


def _push(device: PushSubscription, content: dict[str, Any], *, topic: str = "", urgent: bool = True) -> Push:
    title = _shortened(content["title"], MAX_TITLE)
    body = _shortened(content["body"], MAX_BODY)
    while len(encoded := orjson.dumps(content | {"title": title, "body": body})) > MAX_CONTENT_BYTES:
        title, body = _shortened(title, len(title) * 3 // 4), _shortened(body, len(body) * 3 // 4)
    # Push services see the topic, so it doesn't name the room.
    hidden = salted_hmac("notifications.push", f"{device.pk}:{topic}", algorithm="sha256").hexdigest()[:32]
    return Push(
        endpoint=device.endpoint,
        p256dh=device.p256dh,
        auth=device.auth,
        content=encoded,
        topic=hidden if topic else "",
        urgent=urgent,
        private_key=push_private_key(),
        contact=contact(),
    )


def _shortened(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: max(length - 1, 0)].rstrip()}…"


def contact() -> str:
    """Return how push services can contact the admins of this server. Apple refuses addresses of this machine."""
    url = public_url()
    if url.startswith("https://") and parse_url(url).host not in LOCAL_NAMES:
        return url
    mailbox = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    return f"mailto:{mailbox if '.' in mailbox.rpartition('@')[2] else 'admin@example.org'}"


def note_outcome(device_id: int, outcome: Outcome) -> None:
    """Note at a device how sending to it went: reached, gone and therefore removed, or failed."""
    code = int(first) if (first := outcome.status.partition(" ")[0]).isdecimal() else 0
    row = PushSubscription.objects.filter(pk=device_id)
    if outcome.state == Delivery.State.SENT:
        push_reached(pk=device_id, status=outcome.status)
    elif code in GONE:
        row.delete()
    elif outcome.state == Delivery.State.FAILED:
        row.update(failures=F("failures") + 1, last_status=outcome.status[:200])
        if code in REFUSED_KEY and (endpoint := row.values_list("endpoint", flat=True).first()):
            logger.error("the push service %s refuses this server: %s", parse_url(endpoint).host, outcome.status)
    else:
        row.update(last_status=outcome.status[:200])


def push_test(*, device: PushSubscription, user: User) -> str:
    """Send a notification to a device now, and return a sentence that says how that went. Raises Unavailable."""
    content = {
        "title": "Parlor",
        "body": gettext("Notifications reach %(device)s.") % {"device": device.name},
        "url": reverse("devices"),
        "tag": "test",
        "badge": unread_count(user.pk),
        "id": f"test:{device.pk}:{timezone.now().timestamp()}",
    }
    push = _push(device, content)
    if not _tests.acquire(blocking=False):
        raise Unavailable(_("Other tests are running. Try again in a moment."), retry_after=5)
    try:
        outcome = push_channel.send(push)
    finally:
        _tests.release()
    note_outcome(device.pk, outcome)
    if outcome.state == Delivery.State.SENT:
        return gettext("Sent to %(device)s. It should show up there in a moment.") % {"device": device.name}
    if not PushSubscription.objects.filter(pk=device.pk).exists():
        return gettext("%(device)s turned off notifications, so it was removed.") % {"device": device.name}
    return gettext("%(device)s can't be reached now: %(reason)s.") % {
        "device": device.name,
        "reason": outcome.status,
    }


push_channel = PushChannel()
