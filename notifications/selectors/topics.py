"""Topics and notifications, with the decision what a user may see."""

from __future__ import annotations

from collections.abc import Collection

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, IntegerField, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from chatproject.prepared_query import PreparedQuery
from chatproject.realtime.delivery.source import GUEST
from notifications.models import Notification, Topic
from rooms.errors import NotFound
from rooms.models import Ban, Room, User
from rooms.selectors.people import get_person
from rooms.selectors.rooms import may_read

NO_TOPIC = _("Topic not found.")

GUESTS_MAY_SUBSCRIBE = Q(owner=None, subscribers=Topic.Subscribers.EVERYONE)


def subscribable_by(user_id: int | OuterRef) -> Q:
    """Match the topics that an active user may read: named ones that are open to them, and their own.

    This is the only place with that rule. For a user of an outer query, `user_id` is `OuterRef(OuterRef("pk"))`.
    """
    is_staff = Exists(User.objects.filter(pk=user_id, is_staff=True))
    admits = Q(subscribers__in=[Topic.Subscribers.EVERYONE, Topic.Subscribers.USERS])
    admits |= Q(subscribers=Topic.Subscribers.STAFF) & Q(is_staff)
    is_own = Exists(Topic.objects.filter(pk=OuterRef("pk"), owner=user_id))
    return (Q(owner=None) & admits) | Q(is_own)


def may_subscribe(user: User | AnonymousUser) -> Q:
    """Match the topics that a user or a guest may read."""
    return subscribable_by(user.pk) if isinstance(user, User) and user.is_active else GUESTS_MAY_SUBSCRIBE


def may_publish(user: User, topic: Topic) -> bool:
    """Return whether a user may publish to a topic: staff to every topic, others if its settings allow it."""
    if not user.is_active or user.is_staff:
        return user.is_active
    return (
        topic.owner_id is None
        and topic.publishers == Topic.Publishers.USERS
        and topic.subscribers != Topic.Subscribers.STAFF
    )


def get_topic_for(user: User | AnonymousUser, name: str) -> Topic:
    """Return the topic with this name, if the user may read it.

    `@<user_name>` is their personal topic, which is created if it does not exist.

    Raises:
        NotFound: it does not exist or the user may not read it; both give the same message.
    """
    if isinstance(user, User) and user.is_active and _is_own(user, name):
        topic, _ = Topic.objects.get_or_create(owner=user)
        topic.owner = user
        return topic
    found = Topic.objects.filter(may_subscribe(user), name=name).first() if "\0" not in name else None
    if found is None:
        raise NotFound(NO_TOPIC)
    return found


def get_topic_to_publish(user: User, name: str) -> Topic:
    """Return the topic with this name to publish to: one that the user may read, or for staff any personal topic.

    Raises:
        NotFound: it does not exist or the user may not read it; both give the same message.
    """
    if user.is_staff and name.startswith("@"):
        try:
            return get_topic_for(get_person(name[1:]), name)
        except NotFound as error:
            raise NotFound(NO_TOPIC) from error
    return get_topic_for(user, name)


def _is_own(user: User, name: str) -> bool:
    if not name.startswith("@"):
        return False
    try:
        return name[1:] == user.username or get_person(name[1:]) == user
    except NotFound:
        return False


def topics_for(user: User | AnonymousUser) -> QuerySet[Topic]:
    """Return the named topics that a user may read."""
    return Topic.objects.filter(may_subscribe(user), owner=None).order_by("name")


def readers_among(topic: Topic, user_ids: set[int]) -> set[int]:
    """Return which of these users may read the topic; the id GUEST stands for people without an account."""
    readable = Topic.objects.filter(subscribable_by(OuterRef(OuterRef("pk"))), pk=topic.pk)
    readers = User.objects.filter(Exists(readable), pk__in=user_ids, is_active=True)
    found = set(readers.values_list("pk", flat=True))
    if GUEST in user_ids and Topic.objects.filter(GUESTS_MAY_SUBSCRIBE, pk=topic.pk).exists():
        found.add(GUEST)
    return found


# --- Notifications -----------------------------------------------------------------------------------------------


# Notifications about a room are for those who may read the room. On personal topics they are withdrawn when the owner
# loses access to the room; on named topics, which all readers share, they are hidden from those without access.


def _notifications_in(topic: Topic, reader: User | AnonymousUser | None) -> QuerySet[Notification]:
    """Return the notifications of a topic that a reader of the topic may read; all for None."""
    rows = Notification.objects.filter(topic=topic).select_related("author")
    if reader is None or topic.owner_id is not None:
        return rows
    return rows.filter(Q(room=None) | Q(room__in=Room.objects.filter(may_read(reader)).values("pk")))


def hidden_from(topic: Topic, notifications: Collection[Notification]) -> dict[int, set[int]]:
    """Return, by version of a notification, the readers of the topic who may not read the room that it is about."""
    about_rooms = [row for row in notifications if row.room_id is not None] if topic.owner_id is None else []
    if not about_rooms:
        return {}
    rooms = Room.objects.in_bulk({row.room_id for row in about_rooms})
    excluded = {room.pk: {GUEST} if room.guests == Room.Guests.NONE else set() for room in rooms.values()}
    for room_id, user_id in Ban.objects.filter(room__in=rooms).values_list("room_id", "user_id"):
        excluded[room_id].add(user_id)
    found = {row.version: excluded.get(row.room_id or 0, set()) for row in about_rooms}
    return {version: readers for version, readers in found.items() if readers}


def _set_topic(notifications: list[Notification], topic: Topic) -> list[Notification]:
    for notification in notifications:
        notification.topic = topic
    return notifications


def recent_notifications(
    topic: Topic, reader: User | AnonymousUser | None = None, *, before: int | None = None, limit: int = 50
) -> list[Notification]:
    """Return the newest `limit` notifications for a reader, or the newest below the seq `before`, oldest first."""
    newest = _notifications_in(topic, reader).order_by("-seq")
    if before is not None:
        newest = newest.filter(seq__lt=before)
    return _set_topic(list(newest[:limit])[::-1], topic)


def notifications_after(
    topic: Topic, reader: User | AnonymousUser | None = None, *, after: int, limit: int
) -> list[Notification]:
    """Return the first `limit` notifications for a reader above the seq `after`, oldest first."""
    return _set_topic(list(_notifications_in(topic, reader).filter(seq__gt=after).order_by("seq")[:limit]), topic)


def changes_since(
    topic: Topic, reader: User | AnonymousUser | None = None, *, version: int, limit: int
) -> list[Notification]:
    """Return the first `limit` notifications for a reader that changed after `version`, in version order."""
    return _set_topic(
        list(_notifications_in(topic, reader).filter(version__gt=version).order_by("version")[:limit]), topic
    )


def notifications_of(user: User, *, before: int | None = None, limit: int = 50) -> list[Notification]:
    """Return the newest `limit` notifications of a user's personal topic, or those below `before`, oldest first."""
    return recent_notifications(get_topic_for(user, f"@{user.username}"), before=before, limit=limit)


def newest_notifications(user: User, *, before: int | None, limit: int) -> list[Notification]:
    """Return a user's own notifications that are not withdrawn, the newest first, each with its room.

    With `before`, only those with a lower seq.
    """
    rows = Notification.objects.filter(topic__owner=user, deleted_at=None).select_related("room").order_by("-seq")
    return list((rows if before is None else rows.filter(seq__lt=before))[:limit])


MAX_UNREAD = 100  # notifications that are counted: programs may never read any

_NOTIFICATION, _TOPIC = Notification._meta.db_table, Topic._meta.db_table
_unread_of_topic = RawSQL(
    f"SELECT COUNT(*) FROM (SELECT 1 FROM {_NOTIFICATION} x WHERE x.topic_id = {_TOPIC}.id AND x.unread"
    f" LIMIT {MAX_UNREAD}) counted",
    (),
    output_field=IntegerField(),
)
_unread_of_user = PreparedQuery(lambda user_id: Topic.objects.filter(owner=user_id).values_list(_unread_of_topic))


def unread_count(user_id: int) -> int:
    """Return how many notifications of their own a user has not read, at most MAX_UNREAD."""
    return sum(count for (count,) in _unread_of_user.values(user_id))


def unread_counts(user_ids: Collection[int]) -> dict[int, int]:
    """Return for each of these users what `unread_count` returns; those without a topic are left out."""
    rows = Topic.objects.filter(owner__in=user_ids).order_by().values_list("owner_id", _unread_of_topic)
    return {user_id: count for user_id, count in rows if user_id is not None}
