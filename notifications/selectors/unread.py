"""What a user has not read, for a digest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from chatproject.installation.public_address import public_url
from notifications.models import Notification
from notifications.selectors.missed import MAX_ITEMS
from notifications.selectors.topics import MAX_UNREAD
from rooms.models import Invitation, Membership, Room, SavedMessage, User
from rooms.selectors.room_titles import titles_for
from rooms.selectors.rooms import may_read, room_is_listed
from rooms.selectors.unread import unread_mentions, unread_messages

NOTHING = Membership.Level.NOTHING


@dataclass(frozen=True, slots=True)
class UnreadRoom:
    """A room with unread messages, as its member sees it."""

    title: str
    link: str
    unread: int
    mentions: int
    newest_at: datetime


def unread_notifications(user: User) -> tuple[list[Notification], int]:
    """Return a user's newest unread notifications, oldest first, and how many there are besides, at most MAX_UNREAD.

    Only those that the user may still read, and not those about messages of rooms without notifications. Reminders are
    among them until they are done or set again.
    """
    invited = Invitation.objects.filter(user=user).values("room")
    readable = Q(room=None) | Q(room__in=Room.objects.filter(may_read(user)).values("pk")) | Q(room__in=invited)
    silent = Membership.objects.filter(user=user, level=NOTHING).values("room")
    about_message = SavedMessage.objects.filter(message__room=OuterRef("room"), message__seq=OuterRef("message_seq"))
    reminded = about_message.filter(user=user, reminded_at__lte=OuterRef("created_at"))
    wanted = Q(unread=True) & ~Q(room__in=silent, message_seq__isnull=False)
    wanted |= Q(Exists(reminded), kind=Notification.Kind.REMINDER)
    rows = Notification.objects.filter(readable, wanted, topic__owner=user, deleted_at=None).select_related("room")
    found = list(rows.order_by("-seq")[:MAX_ITEMS])
    others = min(MAX_UNREAD, rows.count()) - len(found) if len(found) == MAX_ITEMS else 0
    return found[::-1], others


def unread_rooms(user: User) -> list[UnreadRoom]:
    """Return the rooms with messages that a user has not read, at most MAX_ITEMS, those written to last first.

    Rooms that are muted or without notifications are left out.
    """
    memberships = Membership.objects.filter(room_is_listed(), user=user, muted=False).exclude(level=NOTHING)
    memberships = memberships.filter(room__in=Room.objects.filter(may_read(user)).values("pk"))
    memberships = memberships.annotate(unread=unread_messages(), mentions=unread_mentions()).filter(unread__gt=0)
    found = list(memberships.select_related("room").order_by("-room__last_message_at")[:MAX_ITEMS])
    titles = titles_for(user, [one.room for one in found])
    return [
        UnreadRoom(
            title=titles[one.room_id],
            link=public_url() + one.room.get_absolute_url(),
            unread=vars(one)["unread"],
            mentions=vars(one)["mentions"],
            newest_at=one.room.last_message_at or one.room.created_at,
        )
        for one in found
    ]
