"""Unread counts, live: for each person with sockets here that watch, what they know of their rooms.

The database is the truth. What another process tells is a doorbell: which rooms changed, who is in another room, which
pointers moved. What it loses is found by comparing versions every few seconds, and by reading everything now and then.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings

from chatproject.realtime import metrics
from chatproject.realtime.background.coalesced import Coalesced
from chatproject.realtime.database import in_database
from chatproject.realtime.delivery.change_feed import CHANGED
from chatproject.realtime.delivery.connection import Connection
from chatproject.realtime.delivery.hub import Hub, get_hub
from chatproject.realtime.protocol import FrameType
from chatproject.realtime.sockets.socket import Socket
from chatproject.realtime.sockets.supervisor import get_supervisor
from rooms.events import MEMBERSHIPS, POINTERS, ReadMarkMoved, room_stream
from rooms.live.unread_sockets import Person, Watcher
from rooms.models import Unread
from rooms.selectors.invitations import invitation_counts
from rooms.selectors.unread import unread_of

REREAD_SECONDS = 60
MAX_PEOPLE = 100  # whose rooms are all read at once


class UnreadCounts:
    """The watching sockets of one process."""

    def __init__(self, hub: Hub) -> None:
        self._people: dict[int, Person] = {}
        self._members: dict[int, set[int]] = {}  # by room id, those who watch
        self._versions: dict[int, int] = {}  # of rooms, as read for all of them
        self._rung: set[int] = set()  # rooms to read again
        self._unread: set[int] = set()  # people whose rooms are all to be read
        self._lock = asyncio.Lock()  # of reading, so that an older answer can't follow a newer one
        self._late: list[ReadMarkMoved] = []  # what was told during the present reading, which may not have seen it
        self._reading = Coalesced(hub, self._read_people, seconds=0, what="unread counts not read")
        self._telling = Coalesced(hub, self._tell, seconds=1, what="unread counts not read")
        hub.control |= {CHANGED: self._changed, MEMBERSHIPS: self._members_changed, POINTERS: self._pointers_moved}
        if settings.VERSION_CHECK_SECONDS:
            sweeping = Coalesced(hub, self._sweep, seconds=settings.VERSION_CHECK_SECONDS, what="rooms not compared")
            hub.spawn(self._every(settings.VERSION_CHECK_SECONDS, sweeping))

    async def _every(self, seconds: float, work: Coalesced) -> None:
        while True:
            await asyncio.sleep(seconds)
            work.ask()

    # --- Sockets ---------------------------------------------------------------------------------------------

    def watch(self, socket: Socket, user_id: int, request_id: Any) -> None:
        """Tell a socket of all the rooms of its person, and from then on what changes."""
        person = self._people.setdefault(user_id, Person())
        watcher = person.watchers.get(socket.connection)
        if watcher is None:
            watcher = person.watchers[socket.connection] = Watcher(socket.connection, socket.connection_id)
            metrics.watchers.inc()
        watcher.asked.append(request_id)
        self._unread.add(user_id)
        self._reading.ask()

    def leave(self, connection: Connection) -> None:
        """Forget a socket that has closed."""
        person = self._people.get(connection.reader_id)
        if person is None or person.watchers.pop(connection, None) is None:
            return
        metrics.watchers.dec()
        if not person.watchers:
            del self._people[connection.reader_id]
            for room_id in person.rooms:
                self._forget(room_id, connection.reader_id)

    def _forget(self, room_id: int, user_id: int) -> None:
        self._members[room_id].discard(user_id)
        if not self._members[room_id]:
            del self._members[room_id]
            self._versions.pop(room_id, None)

    # --- Doorbells -------------------------------------------------------------------------------------------

    def _changed(self, message: dict[str, Any]) -> None:
        self._ring({stream_id for kind, stream_id in message["streams"] if kind == "room"} & self._members.keys())

    def _ring(self, room_ids: set[int]) -> None:
        if room_ids:
            self._rung |= room_ids
            self._telling.ask()

    def _members_changed(self, message: dict[str, Any]) -> None:
        self._read_again(self._people.keys() & set(message["people"]))

    def _read_again(self, user_ids: set[int]) -> None:
        if user_ids:
            self._unread |= user_ids
            self._reading.ask()

    def _pointers_moved(self, message: dict[str, Any]) -> None:
        moved = [ReadMarkMoved(*fields) for fields in message["pointers"]]
        by_user: dict[int, list[ReadMarkMoved]] = {}
        for pointer in moved:
            by_user.setdefault(pointer.user_id, []).append(pointer)
        if self._lock.locked():
            self._late += [pointer for pointer in moved if pointer.user_id in self._people]
        for socket in list(get_supervisor().sockets):
            for pointer in by_user.get(socket.connection.reader_id, ()):
                if socket.connection_id != pointer.connection_id:
                    self._tell_pointer(socket.connection, pointer)
        self._take_in(moved)

    def _tell_pointer(self, connection: Connection, pointer: ReadMarkMoved) -> None:
        person = self._people.get(pointer.user_id)
        watches = person is not None and connection in person.watchers
        if watches or room_stream.key(pointer.room_id) in connection.subscriptions:
            connection.send_frame(
                FrameType.READ,
                room_name=pointer.room_name,
                seq=pointer.seq,
                unread=pointer.unread,
                mentions=pointer.mentions,
            )

    def _take_in(self, moved: Iterable[ReadMarkMoved]) -> None:
        for pointer in moved:
            person = self._people.get(pointer.user_id)
            if person is not None and pointer.room_id in person.rooms:
                person.take_in(pointer)
                self._telling.ask()
                if pointer.version < person.rooms[pointer.room_id].version:
                    self._ring({pointer.room_id})  # counted before something that is known here

    # --- Reading and telling ---------------------------------------------------------------------------------

    async def _read_people(self) -> None:
        """Read all rooms of those who came, or of whom it is not sure that everything is known."""
        async with self._lock:
            user_ids = set(list(self._unread)[:MAX_PEOPLE])
            self._unread -= user_ids
            try:
                await self._read(user_ids, None)
                invitations = await in_database(invitation_counts, user_ids) if user_ids else {}
            except BaseException:
                self._unread |= user_ids & self._people.keys()
                raise
            for user_id in user_ids & self._people.keys():
                person = self._people[user_id]
                person.read_at = time.monotonic()
                if person.learn_invitations(invitations.get(user_id, 0)):
                    self._telling.ask()
                person.tell_all()
        if self._unread:
            self._reading.ask()

    async def _tell(self) -> None:
        """Read the rooms that changed, for everybody who watches them, in one go; then tell what is new."""
        async with self._lock:
            room_ids, self._rung = self._rung & self._members.keys(), set()
            user_ids = {user_id for room_id in room_ids for user_id in self._members[room_id]}
            try:
                await self._read(user_ids, room_ids)
            except BaseException:
                self._rung |= room_ids
                raise
            for person in self._people.values():
                person.tell_news()

    async def _read(self, user_ids: set[int], room_ids: set[int] | None) -> None:
        """Take in how these people's rooms stand, or those of `room_ids`, which are read for all who watch them."""
        if not user_ids:
            return
        self._late.clear()
        found: dict[int, dict[int, Unread]] = {user_id: {} for user_id in user_ids}
        for room in await in_database(unread_of, user_ids, room_ids):
            found[room.user_id][room.room_id] = room
        for user_id in user_ids & self._people.keys():
            known = self._people[user_id].rooms.keys()
            self._apply(user_id, set(known) if room_ids is None else known & room_ids, found[user_id])
        if room_ids is not None:
            read = {room_id: room.version for rooms in found.values() for room_id, room in rooms.items()}
            self._versions |= {room_id: version for room_id, version in read.items() if room_id in self._members}
        late, self._late = self._late, []
        self._take_in(late)

    def _apply(self, user_id: int, asked: set[int], found: dict[int, Unread]) -> None:
        """Take in what was read of somebody's rooms; one that was asked for and not found is lost."""
        person = self._people[user_id]
        for room_id in asked - found.keys():
            person.lose(room_id)
            self._forget(room_id, user_id)
            self._telling.ask()
        for room_id, room in found.items():
            self._members.setdefault(room_id, set()).add(user_id)
            self._versions.setdefault(room_id, room.version)
            if person.learn(room):
                self._telling.ask()

    # --- What doorbells lost ---------------------------------------------------------------------------------

    async def _sweep(self) -> None:
        """Compare the rooms' versions with the database's, and read those anew who were read long ago."""
        known = dict(self._versions)
        if known:
            versions = await in_database(room_stream.versions, known.keys())
            behind = {room_id for room_id, version in known.items() if versions.get(room_id) != version}
            self._ring(behind & self._members.keys())
        before = time.monotonic() - REREAD_SECONDS
        self._read_again({user_id for user_id, person in self._people.items() if person.read_at < before})
        if any(person.has_news for person in self._people.values()):
            self._telling.ask()  # a socket was full


_watching: WeakKeyDictionary[Hub, UnreadCounts] = WeakKeyDictionary()


def get_unread_counts() -> UnreadCounts:
    """What watches in the running event loop: one per server process."""
    hub = get_hub()
    if hub not in _watching:
        _watching[hub] = UnreadCounts(hub)
    return _watching[hub]
