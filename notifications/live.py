"""Tells watching sockets which tasks changed. A lost update is noticed when a page is next opened."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from chatproject.realtime.delivery.hub import Hub, get_hub
from chatproject.realtime.event_loop import PerLoop
from chatproject.realtime.protocol import FrameType
from notifications.events import TASKS_CHANGED
from rooms.live.unread_counts import UnreadCounts, get_unread_counts


class TaskNotifier:
    """Sends `task` frames to the sockets of one process that watch unread counts."""

    def __init__(self, hub: Hub, unread_counts: UnreadCounts) -> None:
        self._unread_counts = unread_counts
        hub.control_handlers[TASKS_CHANGED] = self._changed

    def _changed(self, message: dict[str, Any]) -> None:
        for change in message["changes"]:
            fields = {name: change[name] for name in ("task_id", "room_name")}
            for user_id in self._readers(change):
                if (user := self._unread_counts.watching(user_id)) is not None:
                    for connection in user.sockets:
                        connection.send_frame(FrameType.TASK, **fields)

    def _readers(self, change: dict[str, Any]) -> Collection[int]:
        if "members_of" in change:
            return self._unread_counts.users_watching(change["members_of"])
        return self._unread_counts.user_ids - set(change["except"])


get_task_notifier = PerLoop(lambda: TaskNotifier(get_hub(), get_unread_counts()))
