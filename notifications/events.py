"""Topics as streams of notifications, and the announcements of changed tasks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from chatproject.realtime.delivery.groups import watchers_group
from chatproject.realtime.delivery.model_stream import ModelStream
from chatproject.realtime.delivery.publish import broadcast, signal
from chatproject.realtime.protocol import FrameType
from notifications.models import Notification, Task, Topic
from notifications.selectors import topics as selectors
from notifications.selectors.tasks import open_task_counts
from notifications.wire import notification_bytes, topic_properties
from rooms.events import announce_counts, room_stream
from rooms.models import Ban, Room


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

TASKS_CHANGED = "tasks"  # the type of a message to other processes
OPEN_TASKS = "open_tasks"  # the name of the count in `unread` frames


def announce_task(task: Task, assignee_ids: Collection[int]) -> None:
    """Tell the processes with sockets of people who may read a task after the commit that it changed.

    Nothing of the task is sent but its id and its room: a socket may have lost access at this moment. `assignee_ids`
    are the users who have or had it assigned, whose numbers of open tasks are announced, too.
    """
    room = task.room
    change = {"task_id": task.pk, "room_name": room.name if room else None}
    if room is not None and room.kind != Room.Kind.OPEN:
        by_group = {watchers_group(room_stream.key(room.pk)): [change | {"members_of": room.pk}]}
        transaction.on_commit(partial(signal, TASKS_CHANGED, "changes", by_group), robust=True)
    else:
        banned = list(Ban.objects.filter(room=room).values_list("user_id", flat=True)) if room else []
        transaction.on_commit(partial(broadcast, TASKS_CHANGED, changes=[change | {"except": banned}]), robust=True)
    if assignee_ids:
        announce_counts(OPEN_TASKS, dict.fromkeys(assignee_ids, 0) | open_task_counts(assignee_ids))
