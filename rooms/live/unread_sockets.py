"""The watching sockets of a user, and what they have been sent about the user's rooms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from chatproject.realtime.delivery.connection import Connection
from chatproject.realtime.delivery.stream import split_by_size
from chatproject.realtime.protocol import FrameType
from rooms.events import ReadMarkMoved
from rooms.models import Unread
from rooms.wire import unread_wire


@dataclass(slots=True)
class WatchingSocket:
    """One socket, and the changes it has not been sent yet.

    `pending_requests` holds the ids of its unanswered requests for all rooms.
    """

    connection: Connection
    connection_id: str
    pending_requests: list[Any] = field(default_factory=list)
    changed: set[int] = field(default_factory=set)
    removed_names: set[str] = field(default_factory=set)
    counts_changed: bool = False  # one of the user's counts of other things has changed

    @property
    def has_updates(self) -> bool:
        """Whether there is anything to send."""
        return bool(self.changed or self.removed_names or self.counts_changed) and not self.pending_requests

    def send_rooms(self, rooms: list[Unread], **fields: Any) -> None:
        """Send the unread counts of these rooms, in as many frames as needed. The first frame also has `fields`."""
        for part in split_by_size([orjson.dumps(unread_wire(room)) for room in rooms]):
            self.connection.send_frame(FrameType.UNREAD, rooms=[orjson.Fragment(room) for room in part], **fields)
            fields = {}
        self.changed.clear()
        self.removed_names.clear()
        self.counts_changed = False


@dataclass(slots=True)
class WatchingUser:
    """A user with watching sockets: their rooms as last read, the sockets, and counts of other things."""

    rooms: dict[int, Unread] = field(default_factory=dict)
    counts: dict[str, Any] = field(default_factory=dict)  # of other things than rooms, as in frames
    sockets: dict[Connection, WatchingSocket] = field(default_factory=dict)
    read_at: float = 0.0

    def update_room(self, room: Unread) -> bool:
        """Store a room's unread counts. Returns whether they changed."""
        before = self.rooms.get(room.room_id)
        if before == room:
            return False
        self.rooms[room.room_id] = room
        if room.hidden:
            if before is not None and not before.hidden:
                self._mark_removed(before)
            return True
        for watcher in self.sockets.values():
            watcher.changed.add(room.room_id)
            watcher.removed_names.discard(room.room_name)
        return True

    def update_counts(self, counts: Mapping[str, Any]) -> bool:
        """Store some of the user's counts, by name. Returns whether they changed."""
        if counts.items() <= self.counts.items():
            return False
        self.counts |= counts
        for watcher in self.sockets.values():
            watcher.counts_changed = True
        return True

    def remove_room(self, room_id: int) -> None:
        """Remove a room that the user is no longer a member of."""
        self._mark_removed(self.rooms.pop(room_id))

    def _mark_removed(self, room: Unread) -> None:
        for watcher in self.sockets.values():
            watcher.changed.discard(room.room_id)
            watcher.removed_names.add(room.room_name)

    def apply_read_mark(self, moved: ReadMarkMoved) -> None:
        """Store a moved read marker.

        The socket that moved it is sent the room; the others have been sent a `read` frame.
        """
        room = self.rooms[moved.room_id]
        last_seq = max(room.last_seq, moved.last_seq)
        self.rooms[moved.room_id] = replace(
            room, read_seq=moved.seq, last_seq=last_seq, unread=moved.unread, mentions=moved.mentions
        )
        for watcher in self.sockets.values():
            if watcher.connection_id == moved.connection_id:
                watcher.changed.add(moved.room_id)

    def _shown(self, room_ids: Iterable[int]) -> list[Unread]:
        return [self.rooms[room_id] for room_id in room_ids if not self.rooms[room_id].hidden]

    @property
    def has_updates(self) -> bool:
        """Whether any socket has something to be sent."""
        return any(watcher.has_updates for watcher in self.sockets.values())

    def send_full_lists(self) -> None:
        """Answer the sockets that have asked for all rooms."""
        for watcher in self.sockets.values():
            pending_requests, watcher.pending_requests = watcher.pending_requests, []
            for request_id in pending_requests:
                rooms = self._shown(self.rooms)
                watcher.send_rooms(rooms, all=True, **self.counts, request_id=request_id)

    def send_updates(self) -> None:
        """Send new changes to the sockets. A full socket gets them once it has drained."""
        for watcher in self.sockets.values():
            if watcher.has_updates and not watcher.connection.blocked:
                rooms = self._shown(watcher.changed)
                counts = self.counts if watcher.counts_changed else {}
                watcher.send_rooms(rooms, gone=sorted(watcher.removed_names) or None, **counts)
