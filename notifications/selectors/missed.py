"""What mails say: what a user was to hear of and has not read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Max
from django.urls import reverse
from django.utils.translation import ngettext

from chatproject.installation.public_address import public_url
from chatproject.mail import one_line
from notifications.models import Delivery, Notification
from notifications.selectors.deliveries import DELETED, reason_to_drop
from notifications.wording import body_of, title_of, title_without_content
from rooms.models import Message, Room, User
from rooms.selectors.blocks import blocked_pairs
from rooms.selectors.messages import load_names_of_files
from rooms.selectors.room_titles import direct_members, title_for
from rooms.services.mention_notices import author_name
from rooms.wire import excerpt

MAX_ITEMS = 30  # in one mail; how many others there are is said
MAX_LINES = 5  # messages of one room
MAX_COUNTED = 100  # messages of one room
MAX_TEXT_LENGTH = 500  # characters of a notification


class Line(NamedTuple):
    """A text, and the name of its author if the title of the item does not say it."""

    author: str
    text: str


@dataclass(frozen=True, slots=True)
class Item:
    """Something to read: a notification, or the messages of a room. `link` leads to its place."""

    title: str
    link: str
    lines: Sequence[Line] = ()
    earlier: int = 0  # messages before these lines
    can_reply: bool = False


class Missed(NamedTuple):
    """Which of some deliveries to tell a user of, which ones that covers, by id, and how many there are besides."""

    shown: list[Delivery]
    covered: list[int]
    others: int


def missed_among(deliveries: Sequence[Delivery]) -> Missed:
    """Choose from waiting deliveries to one user. What they are about must be loaded.

    Of a room, the newest one covers those before it.
    """
    groups: defaultdict[str, list[Delivery]] = defaultdict(list)
    for one in sorted(deliveries, key=lambda one: (one.seq or 0, one.pk), reverse=True):
        groups[f"room {one.room_id}" if one.notification_id is None else f"{one.notification_id}"].append(one)
    found = Missed([], [], 0)
    others = 0
    for group in sorted(groups.values(), key=lambda group: group[0].pk, reverse=True):
        if len(found.shown) == MAX_ITEMS:
            others += 1
            found.covered.extend(one.pk for one in group)
            continue
        for place, one in enumerate(group):
            if (reason := reason_to_drop(one)) is None:
                found.shown.append(one)
                found.covered.extend(each.pk for each in group[place:])
            if reason != DELETED:
                break
    return found._replace(shown=found.shown[::-1], others=others)


def missed_items(user: User, deliveries: Sequence[Delivery], *, hide_content: bool) -> list[Item]:
    """Return the items of these deliveries to a user, in the same order."""
    of_rooms = _room_items(user, [one for one in deliveries if one.notification is None], hide_content)
    items = [
        of_rooms.get(one.room_id) if one.notification is None else notification_item(one.notification, hide_content)
        for one in deliveries
    ]
    return [item for item in items if item is not None]


def notification_item(notification: Notification, hide_content: bool) -> Item:
    """Return the item of a notification."""
    link = public_url() + reverse("notification", args=[notification.seq])
    can_reply = notification.room_id is not None and notification.message_seq is not None
    if hide_content:
        return Item(one_line(title_without_content(notification)), link, can_reply=can_reply)
    text = one_line(body_of(notification), MAX_TEXT_LENGTH)
    return Item(one_line(title_of(notification)), link, [Line("", text)] if text else [], can_reply=can_reply)


def _room_items(user: User, deliveries: Sequence[Delivery], hide_content: bool) -> dict[int | None, Item]:
    """Return the items of messages, by room: of those that the user has neither read nor got a mail about."""
    rooms = [one.room for one in deliveries if one.room is not None]
    if not rooms:
        return {}
    people = direct_members([room.pk for room in rooms])
    read = dict(user.memberships.filter(room__in=rooms).values_list("room_id", "read_seq"))
    sent = Delivery.objects.filter(user=user, channel=deliveries[0].channel, state=Delivery.State.SENT, room__in=rooms)
    mailed = dict(sent.order_by().values_list("room_id").annotate(Max("seq")))
    items: dict[int | None, Item] = {}
    for room, delivery in zip(rooms, deliveries, strict=True):
        after = max(read.get(room.pk, 0), mailed.get(room.pk, 0))
        if messages := _unread_messages(user, room, after, delivery.seq or 0):
            items[room.pk] = _room_item(user, room, people.get(room.pk, []), messages, hide_content)
    return items


def _unread_messages(user: User, room: Room, after: int, until: int) -> list[Message]:
    """Return the newest messages of others between two seqs, the newest first. Mentions make notifications."""
    messages = Message.objects.filter(room=room, seq__gt=after, seq__lte=until, deleted_at=None)
    messages = messages.exclude(author=user).exclude(mentions__user=user).select_related("author").order_by("-seq")
    found = list(messages[:MAX_COUNTED])
    blocked = blocked_pairs([user.pk], {one.author_id for one in found if one.author_id is not None})
    return [one for one in found if (user.pk, one.author_id) not in blocked]


def _room_item(user: User, room: Room, people: list[User], messages: list[Message], hide_content: bool) -> Item:
    is_of_two = room.kind == Room.Kind.DIRECT and len(people) <= 2
    number = len(messages)
    count = f"{number}+" if number == MAX_COUNTED else str(number)
    if room.kind == Room.Kind.DIRECT:
        title = ngettext("%(count)s new message from %(names)s", "%(count)s new messages from %(names)s", number)
    else:
        title = ngettext("%(count)s new message in %(room)s", "%(count)s new messages in %(room)s", number)
    place = title_for(user.pk, room.shown_title, people)
    shown = [] if hide_content else messages[:MAX_LINES][::-1]
    load_names_of_files(shown)
    return Item(
        title=one_line(title % {"count": count, "names": place, "room": place}),
        link=f"{public_url()}{room.get_absolute_url()}?message={messages[-1].seq}",
        lines=[Line("" if is_of_two else author_name(one), excerpt(one)) for one in shown],
        earlier=number - len(shown) if shown else 0,
        can_reply=True,
    )
