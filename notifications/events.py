"""Topics as streams of notifications."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from chatproject.realtime.delivery.model_stream import ModelStream
from chatproject.realtime.protocol import FrameType
from notifications import selectors
from notifications.models import Notification, Topic
from notifications.wire import notification_bytes, topic_properties


class TopicStream(ModelStream[Topic, Notification]):
    """Topics as streams of notifications. They name authors by username, which no change of a profile affects."""

    kind = "topic"
    model = Topic
    frame_type = FrameType.NOTIFICATIONS
    name_field = "topic"
    heartbeat_field = "topic_versions"
    subscribed_frame = FrameType.SUBSCRIBED
    unsubscribed_frame = FrameType.UNSUBSCRIBED
    properties_frame = FrameType.TOPIC
    properties_field = "properties"
    shows_presence = False

    def streams(self) -> QuerySet[Topic]:
        """See `ModelStream`, as for all of these methods."""
        return Topic.objects.select_related("owner")

    def rows_since(self, stream: Topic, version: int, limit: int) -> Sequence[Notification]:
        """All changes, no matter who may read them: the hub leaves out what `hidden_from` returns."""
        return selectors.changes_since(stream, version=version, limit=limit)

    def encode(self, row: Notification) -> bytes:
        """`notification_bytes`."""
        return notification_bytes(row)

    def properties(self, stream: Topic) -> dict[str, Any]:
        """`topic_properties`."""
        return topic_properties(stream)

    def readers_among(self, stream: Topic, user_ids: set[int]) -> set[int]:
        """The users who may read the topic, by the rule of `selectors.may_subscribe`."""
        return selectors.readers_among(stream, user_ids)

    def hidden_from(self, stream: Topic, rows: Sequence[Notification]) -> dict[int, set[int]]:
        """Notifications about a room are hidden from people who may not read the room."""
        return selectors.hidden_from(stream, rows)


topic_stream = TopicStream()
