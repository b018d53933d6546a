"""Tells a user's sockets which messages they saved on another one, and of which they are reminded.

A lost update is noticed when a page is next opened; the number of reminders is read again every minute.
"""

from __future__ import annotations

from typing import Any

from chatproject.realtime.delivery.hub import Hub, get_hub
from chatproject.realtime.event_loop import PerLoop
from chatproject.realtime.protocol import FrameType
from rooms.events import SAVED_MESSAGES
from rooms.live.unread_counts import UnreadCounts, get_unread_counts


class SavedMessagesNotifier:
    """Sends `saved` frames to the sockets of one process that watch unread counts."""

    def __init__(self, hub: Hub, unread_counts: UnreadCounts) -> None:
        self._unread_counts = unread_counts
        hub.control_handlers[SAVED_MESSAGES] = self._changed

    def _changed(self, message: dict[str, Any]) -> None:
        for user_id, fields in message["changes"]:
            user = self._unread_counts.watching(user_id)
            if user is not None:
                self._unread_counts.note_count(user_id, "reminders", fields["reminders"])
                user.counts["reminders"] = fields["reminders"]
                for connection in user.sockets:
                    connection.send_frame(FrameType.SAVED, **fields)


get_saved_messages_notifier = PerLoop(lambda: SavedMessagesNotifier(get_hub(), get_unread_counts()))
