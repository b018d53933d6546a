"""Topics as streams: what services announce, and how live delivery reads a topic."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial

from django.db import transaction

from chatproject.realtime.delivery.groups import StreamKey
from chatproject.realtime.delivery.publish import Announcement, announce
from chatproject.realtime.delivery.source import Changes
from chatproject.realtime.protocol import FrameType
from notifications import selectors
from notifications.models import Notification, Topic
from notifications.wire import notification_bytes, topic_properties


def topic_key(topic_id: int) -> StreamKey:
    """The stream of a topic."""
    return StreamKey("topic", topic_id)


def announce_notifications(
    topic: Topic, after: int, notifications: Sequence[Notification], *, rewritten: bool = False
) -> None:
    """Announce, once this transaction commits, notifications of the versions `(after, topic.version]`.

    `rewritten` are earlier ones that say something else now.
    """
    items = [(notification.version, notification_bytes(notification)) for notification in notifications]
    announcement = Announcement(
        key=topic_key(topic.pk),
        after=after,
        version=topic.version,
        items=items,
        stale=after if rewritten else 0,
        hidden=selectors.hidden_from(topic, notifications),
    )
    transaction.on_commit(partial(announce, announcement), robust=True)


def announce_topic(topic: Topic) -> None:
    """Announce, once this transaction commits, that the topic or who may read what in it changed in its latest version.

    Nobody is sent what was kept at hand until then.
    """
    after = topic.version - 1
    announcement = Announcement(key=topic_key(topic.pk), after=after, version=topic.version, changed=True, stale=after)
    transaction.on_commit(partial(announce, announcement), robust=True)


class TopicSource:
    """How the hub reads topics."""

    frame_type = FrameType.NOTIFICATIONS
    name_field = "topic"
    heartbeat_field = "topic_versions"
    followed_frame = FrameType.SUBSCRIBED
    left_frame = FrameType.UNSUBSCRIBED
    properties_frame = FrameType.TOPIC
    properties_field = "properties"
    shows_presence = False

    def versions(self, ids: Collection[int]) -> dict[int, int]:
        """The present version of each of these topics; a deleted one is left out."""
        return dict(Topic.objects.filter(pk__in=ids).values_list("pk", "version"))

    def with_person(self, user_id: int, ids: Collection[int]) -> set[int]:
        """None: a notification names its author by the user name, which stays."""
        return set()

    def changes_since(self, stream_id: int, version: int, limit: int, readers: Collection[int]) -> Changes | None:
        """The notifications that came after `version`. None when the topic is gone."""
        # Before the rows: what comes between is in both.
        topic = Topic.objects.select_related("owner").filter(pk=stream_id).first()
        if topic is None:
            return None
        rows = selectors.changes_since(topic, version=version, limit=limit + 1)
        complete, rows = len(rows) <= limit, rows[:limit]
        last = rows[-1].version if rows else 0
        return Changes(
            version=max(topic.version, last) if complete else last,
            items=[(row.version, notification_bytes(row)) for row in rows],
            complete=complete,
            readable=selectors.readers_among(topic, set(readers)),
            properties=topic_properties(topic),
            hidden=selectors.hidden_from(topic, rows),
        )
