"""The sockets of somebody who watches, and what they have been told of that person's rooms."""

from __future__ import annotations

from collections.abc import Iterable
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
class Watcher:
    """One socket, and what it has not been told yet. `asked` holds the ids of its requests for everything."""

    connection: Connection
    connection_id: str
    asked: list[Any] = field(default_factory=list)
    changed: set[int] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    invited: bool = False  # otherwise than it knows of

    @property
    def has_news(self) -> bool:
        """Whether there is something to tell it of."""
        return bool(self.changed or self.gone or self.invited) and not self.asked

    def tell(self, rooms: list[Unread], **fields: Any) -> None:
        """Send how these rooms stand now, in as many frames as it takes; the first has the other `fields`."""
        for part in split_by_size([orjson.dumps(unread_wire(room)) for room in rooms]):
            self.connection.send_frame(FrameType.UNREAD, rooms=[orjson.Fragment(room) for room in part], **fields)
            fields = {}
        self.changed.clear()
        self.gone.clear()
        self.invited = False


@dataclass(slots=True)
class Person:
    """Somebody who watches: their rooms as last read, how many invitations they have, and their sockets."""

    rooms: dict[int, Unread] = field(default_factory=dict)
    invitations: int = 0
    watchers: dict[Connection, Watcher] = field(default_factory=dict)
    read_at: float = 0.0

    def learn(self, room: Unread) -> bool:
        """Take in how a room stands. Tells whether that is news."""
        before = self.rooms.get(room.room_id)
        if before == room:
            return False
        self.rooms[room.room_id] = room
        if room.hidden:
            if before is not None and not before.hidden:
                self._drop(before)
            return True
        for watcher in self.watchers.values():
            watcher.changed.add(room.room_id)
            watcher.gone.discard(room.room_name)
        return True

    def learn_invitations(self, count: int) -> bool:
        """Take in how many invitations they have. Tells whether that is news."""
        if self.invitations == count:
            return False
        self.invitations = count
        for watcher in self.watchers.values():
            watcher.invited = True
        return True

    def lose(self, room_id: int) -> None:
        """Take in that they belong to a room no longer."""
        self._drop(self.rooms.pop(room_id))

    def _drop(self, room: Unread) -> None:
        for watcher in self.watchers.values():
            watcher.changed.discard(room.room_id)
            watcher.gone.add(room.room_name)

    def take_in(self, pointer: ReadMarkMoved) -> None:
        """Note where their pointer is now. The socket that moved it is told of the room; the others had a `read`."""
        room = self.rooms[pointer.room_id]
        last_seq = max(room.last_seq, pointer.last_seq)
        self.rooms[pointer.room_id] = replace(
            room, read_seq=pointer.seq, last_seq=last_seq, unread=pointer.unread, mentions=pointer.mentions
        )
        for watcher in self.watchers.values():
            if watcher.connection_id == pointer.connection_id:
                watcher.changed.add(pointer.room_id)

    def _shown(self, room_ids: Iterable[int]) -> list[Unread]:
        return [self.rooms[room_id] for room_id in room_ids if not self.rooms[room_id].hidden]

    @property
    def has_news(self) -> bool:
        """Whether a socket has something to be told of."""
        return any(watcher.has_news for watcher in self.watchers.values())

    def tell_all(self) -> None:
        """Answer those of their sockets that asked for everything."""
        for watcher in self.watchers.values():
            asked, watcher.asked = watcher.asked, []
            for request_id in asked:
                rooms = self._shown(self.rooms)
                watcher.tell(rooms, all=True, invitations=self.invitations, request_id=request_id)

    def tell_news(self) -> None:
        """Tell their sockets what is new; one that is full is told when it reads on."""
        for watcher in self.watchers.values():
            if watcher.has_news and not watcher.connection.blocked:
                rooms = self._shown(watcher.changed)
                invitations = self.invitations if watcher.invited else None
                watcher.tell(rooms, gone=sorted(watcher.gone) or None, invitations=invitations)
