"""Tells a user's sockets which messages they saved on another one, and of which they are reminded.

A lost update is noticed when a page is next opened; the number of reminders is read again every minute.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from weakref import WeakKeyDictionary

from chatproject.realtime.delivery.hub import Hub, get_hub
from chatproject.realtime.protocol import FrameType
from chatproject.realtime.sockets.supervisor import get_supervisor
from rooms.events import SAVED_MESSAGES
from rooms.live.unread_counts import UnreadCounts, get_unread_counts


class SavedMessagesNotifier:
    """Sends `saved` frames to the watching sockets of one process."""

    def __init__(self, hub: Hub, unread_counts: UnreadCounts) -> None:
        self._unread_counts = unread_counts
        hub.control_handlers[SAVED_MESSAGES] = self._changed

    def _changed(self, message: dict[str, Any]) -> None:
        by_user: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
        for user_id, fields in message["changes"]:
            by_user[user_id].append(fields)
        for socket in list(get_supervisor().sockets):
            if changes := by_user.get(socket.connection.reader_id):
                user = self._unread_counts.watching(socket.connection)
                if user is not None:
                    user.counts["reminders"] = changes[-1]["reminders"]
                    for fields in changes:
                        socket.connection.send_frame(FrameType.SAVED, **fields)


_notifiers: WeakKeyDictionary[Hub, SavedMessagesNotifier] = WeakKeyDictionary()


def get_saved_messages_notifier() -> SavedMessagesNotifier:
    """Return the notifier of the running event loop. There is one per server process."""
    hub = get_hub()
    if hub not in _notifiers:
        _notifiers[hub] = SavedMessagesNotifier(hub, get_unread_counts())
    return _notifiers[hub]
