"""Live unread counts for the users of this process's sockets that watch.

The database is the source of truth. Other processes only signal which rooms changed, whose memberships changed and
which read markers moved. Lost signals are found by comparing versions every few seconds, and by re-reading everything
periodically.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings

from chatproject.realtime import metrics
from chatproject.realtime.background.throttled_task import ThrottledTask
from chatproject.realtime.database import in_database
from chatproject.realtime.delivery.change_feed import STREAMS_CHANGED
from chatproject.realtime.delivery.connection import Connection
from chatproject.realtime.delivery.groups import user_group, watchers_group
from chatproject.realtime.delivery.hub import Hub, get_hub
from chatproject.realtime.protocol import FrameType
from chatproject.realtime.sockets.socket import Socket
from chatproject.realtime.sockets.supervisor import get_supervisor
from rooms.events import COUNTS, DND_UNTIL, READ_MARKS, ROOM_LISTS, ReadMarkMoved, room_stream
from rooms.live.unread_sockets import WatchingSocket, WatchingUser
from rooms.models import Unread
from rooms.selectors.invitations import invitation_counts
from rooms.selectors.online import online_contacts
from rooms.selectors.preferences import dnd_ends
from rooms.selectors.reports import open_report_counts
from rooms.selectors.saved_messages import reminder_counts
from rooms.selectors.scheduled_messages import scheduled_counts
from rooms.selectors.sections import sections_wire_of
from rooms.selectors.unread import unread_of

REREAD_SECONDS = 60
CONTACTS = "contacts"  # the name in `unread` frames
MAX_USERS_PER_READ = 100  # users whose rooms are all read at once

# What the first frame has besides the rooms, by name: each returns the counts of these users that are not 0. Other
# apps add theirs. `dnd_until` counts seconds, as a time; `sections` and `contacts` are no numbers.
Counter = Callable[[Collection[int]], Mapping[int, Any]]
counters: dict[str, Counter] = {
    "invitations": invitation_counts,
    "reminders": reminder_counts,
    "scheduled": scheduled_counts,
    "reports": open_report_counts,
    "sections": sections_wire_of,
    DND_UNTIL: dnd_ends,
    CONTACTS: online_contacts,
}


class UnreadCounts:
    """The watching sockets of one process."""

    def __init__(self, hub: Hub) -> None:
        self._groups = hub.groups
        self._users: dict[int, WatchingUser] = {}
        self._users_by_room: dict[int, set[int]] = {}  # by room id, the user ids that watch it
        self._rooms_to_join: set[int] = set()  # rooms whose signals this process does not get yet
        self._versions: dict[int, int] = {}  # of rooms, as read for every user
        self._changed_rooms: set[int] = set()  # rooms to re-read
        self._users_to_read: set[int] = set()  # users whose rooms are all to be read
        self._lock = asyncio.Lock()  # while reading, so that an older result can't overwrite a newer one
        # Received during the current read, which may not include it.
        self._late_marks: list[ReadMarkMoved] = []
        self._late_counts: dict[int, dict[str, Any]] = {}  # by user id
        self._reading = ThrottledTask(hub, self._read_users, interval=0, failure="unread counts not read")
        self._updating = ThrottledTask(hub, self._send_updates, interval=1, failure="unread counts not sent")
        hub.control_handlers |= {
            STREAMS_CHANGED: self._streams_changed,
            ROOM_LISTS: self._members_changed,
            READ_MARKS: self._read_marks_moved,
            COUNTS: self._counts_changed,
        }
        if settings.VERSION_CHECK_SECONDS:
            checking = ThrottledTask(
                hub,
                self._check_versions,
                interval=settings.VERSION_CHECK_SECONDS,
                failure="room versions not compared",
            )
            hub.spawn(self._every(settings.VERSION_CHECK_SECONDS, checking))

    async def _every(self, seconds: float, work: ThrottledTask) -> None:
        while True:
            await asyncio.sleep(seconds)
            work.run_soon()

    # --- Sockets ---------------------------------------------------------------------------------------------

    def watch(self, socket: Socket, user_id: int, request_id: Any) -> None:
        """Send a socket all rooms of its user, and changes from then on."""
        user = self._users.setdefault(user_id, WatchingUser())
        watcher = user.sockets.get(socket.connection)
        if watcher is None:
            watcher = user.sockets[socket.connection] = WatchingSocket(socket.connection, socket.connection_id)
            metrics.watchers.inc()
        watcher.pending_requests.append(request_id)
        self._users_to_read.add(user_id)
        self._reading.run_soon()

    def remove(self, connection: Connection) -> None:
        """Remove a socket that has closed."""
        user = self._users.get(connection.reader_id)
        if user is None or user.sockets.pop(connection, None) is None:
            return
        metrics.watchers.dec()
        if not user.sockets:
            del self._users[connection.reader_id]
            for room_id in user.rooms:
                self._remove_watcher(room_id, connection.reader_id)

    def watching(self, user_id: int) -> WatchingUser | None:
        """Return a user with sockets of this process that watch, or None."""
        return self._users.get(user_id)

    @property
    def user_ids(self) -> set[int]:
        """The users with sockets of this process that watch."""
        return set(self._users)

    def users_watching(self, room_id: int) -> set[int]:
        """Return the members of a room with sockets of this process that watch, as last read."""
        return set(self._users_by_room.get(room_id, ()))

    def _remove_watcher(self, room_id: int, user_id: int) -> None:
        self._users_by_room[room_id].discard(user_id)
        if not self._users_by_room[room_id]:
            del self._users_by_room[room_id]
            self._versions.pop(room_id, None)
            self._rooms_to_join.discard(room_id)
            self._groups.leave([watchers_group(room_stream.key(room_id))])

    # --- Signals from other processes ------------------------------------------------------------------------

    def _streams_changed(self, message: dict[str, Any]) -> None:
        self._mark_changed(
            {stream_id for kind, stream_id in message["streams"] if kind == "room"} & self._users_by_room.keys()
        )

    def _mark_changed(self, room_ids: set[int]) -> None:
        if room_ids:
            self._changed_rooms |= room_ids
            self._updating.run_soon()

    def _members_changed(self, message: dict[str, Any]) -> None:
        self._reread(self._users.keys() & set(message["people"]))

    def _counts_changed(self, message: dict[str, Any]) -> None:
        for user_id, name, count in message["counts"]:
            user = self._users.get(user_id)
            if user is not None:
                self.note_count(user_id, name, count)
                if user.update_counts({name: count}):
                    self._updating.run_soon()

    def contact_changed(self, user_id: int, contact_id: int, away: bool | None) -> None:
        """Show a user whether somebody with whom they share a direct room is away; None if that person is offline."""
        user = self._users.get(user_id)
        if user is None or CONTACTS not in user.counts:
            return
        known = user.counts[CONTACTS]
        contacts = {
            "online": sorted({*known["online"], contact_id} if away is not None else {*known["online"]} - {contact_id}),
            "away": sorted({*known["away"], contact_id} if away else {*known["away"]} - {contact_id}),
        }
        self.note_count(user_id, CONTACTS, contacts)
        if user.update_counts({CONTACTS: contacts}):
            self._updating.run_soon()

    def note_count(self, user_id: int, name: str, count: Any) -> None:
        """Note a count that a message has told, so that a read which began before does not undo it."""
        if self._lock.locked():
            self._late_counts.setdefault(user_id, {})[name] = count

    def _reread(self, user_ids: set[int]) -> None:
        if user_ids:
            self._users_to_read |= user_ids
            self._reading.run_soon()

    def _read_marks_moved(self, message: dict[str, Any]) -> None:
        moved = [ReadMarkMoved(*fields) for fields in message["read_marks"]]
        by_user: dict[int, list[ReadMarkMoved]] = {}
        for mark in moved:
            by_user.setdefault(mark.user_id, []).append(mark)
        if self._lock.locked():
            self._late_marks += [mark for mark in moved if mark.user_id in self._users]
        for socket in list(get_supervisor().sockets):
            for mark in by_user.get(socket.connection.reader_id, ()):
                if socket.connection_id != mark.connection_id:
                    self._send_read_mark(socket.connection, mark)
        self._apply_read_marks(moved)

    def _send_read_mark(self, connection: Connection, mark: ReadMarkMoved) -> None:
        user = self._users.get(mark.user_id)
        watches = user is not None and connection in user.sockets
        if watches or room_stream.key(mark.room_id) in connection.subscriptions:
            connection.send_frame(
                FrameType.READ,
                room_name=mark.room_name,
                seq=mark.seq,
                unread=mark.unread,
                mentions=mark.mentions,
            )

    def _apply_read_marks(self, moved: Iterable[ReadMarkMoved]) -> None:
        for mark in moved:
            user = self._users.get(mark.user_id)
            if user is not None and mark.room_id in user.rooms:
                user.apply_read_mark(mark)
                self._updating.run_soon()
                if mark.version < user.rooms[mark.room_id].version:
                    self._mark_changed({mark.room_id})  # counted before a change that is already known here

    # --- Reading and sending ---------------------------------------------------------------------------------

    async def _read_users(self) -> None:
        """Read all rooms of users who started to watch or whose data may be out of date."""
        async with self._lock:
            user_ids = set(list(self._users_to_read)[:MAX_USERS_PER_READ])
            self._users_to_read -= user_ids
            users = {user_id: self._users[user_id] for user_id in user_ids & self._users.keys()}
            try:
                await self._groups.join([user_group(user_id) for user_id in user_ids])
                await self._read(user_ids, None)
                self._late_counts.clear()
                counts = await in_database(_read_counts, user_ids)
            except BaseException:
                self._users_to_read |= user_ids & self._users.keys()
                raise
            for user_id, user in users.items():
                if self._users.get(user_id) is not user:
                    continue  # all sockets have closed; those that have opened since are waiting for the next read
                user.read_at = time.monotonic()
                read = {name: found.get(user_id, 0) for name, found in counts.items()}
                if user.update_counts(read | self._late_counts.get(user_id, {})):
                    self._updating.run_soon()
                user.send_full_lists()
        if self._users_to_read:
            self._reading.run_soon()
        await self._join_rooms()

    async def _join_rooms(self) -> None:
        """Have this process told about changes of newly watched rooms. They may have changed since they were read."""
        room_ids, self._rooms_to_join = self._rooms_to_join, set()
        if room_ids:
            await self._groups.join([watchers_group(room_stream.key(room_id)) for room_id in room_ids])
            await self._compare_versions(
                {room_id: self._versions[room_id] for room_id in room_ids & self._versions.keys()}
            )

    async def _send_updates(self) -> None:
        """Read the changed rooms, for all users who watch them, in one query. Then send what is new."""
        async with self._lock:
            room_ids, self._changed_rooms = self._changed_rooms & self._users_by_room.keys(), set()
            user_ids = {user_id for room_id in room_ids for user_id in self._users_by_room[room_id]}
            try:
                await self._read(user_ids, room_ids)
            except BaseException:
                self._changed_rooms |= room_ids
                raise
            for user in self._users.values():
                user.send_updates()

    async def _read(self, user_ids: set[int], room_ids: set[int] | None) -> None:
        """Read these users' unread counts, of all their rooms or of `room_ids`.

        `room_ids` are read for every user who watches them.
        """
        if not user_ids:
            return
        self._late_marks.clear()
        found: dict[int, dict[int, Unread]] = {user_id: {} for user_id in user_ids}
        for room in await in_database(unread_of, user_ids, room_ids):
            found[room.user_id][room.room_id] = room
        for user_id in user_ids & self._users.keys():
            known_ids = self._users[user_id].rooms.keys()
            self._apply(user_id, set(known_ids) if room_ids is None else known_ids & room_ids, found[user_id])
        if room_ids is not None:
            read = {room_id: room.version for rooms in found.values() for room_id, room in rooms.items()}
            self._versions |= {room_id: version for room_id, version in read.items() if room_id in self._users_by_room}
        late_marks, self._late_marks = self._late_marks, []
        self._apply_read_marks(late_marks)

    def _apply(self, user_id: int, requested: set[int], found: dict[int, Unread]) -> None:
        """Apply what was read of a user's rooms. A requested room that was not found is no longer theirs."""
        user = self._users[user_id]
        for room_id in requested - found.keys():
            user.remove_room(room_id)
            self._remove_watcher(room_id, user_id)
            self._updating.run_soon()
        for room_id, room in found.items():
            if room_id not in self._users_by_room:
                self._users_by_room[room_id] = set()
                self._rooms_to_join.add(room_id)
            self._users_by_room[room_id].add(user_id)
            self._versions.setdefault(room_id, room.version)
            if user.update_room(room):
                self._updating.run_soon()

    # --- Lost signals ----------------------------------------------------------------------------------------

    async def _check_versions(self) -> None:
        """Compare the rooms' versions with the database, and re-read users who were last read long ago."""
        await self._compare_versions(dict(self._versions))
        before = time.monotonic() - REREAD_SECONDS
        self._reread({user_id for user_id, user in self._users.items() if user.read_at < before})
        if any(user.has_updates for user in self._users.values()):
            self._updating.run_soon()  # a socket was full

    async def _compare_versions(self, known: dict[int, int]) -> None:
        if known:
            versions = await in_database(room_stream.versions, known.keys())
            behind = {room_id for room_id, version in known.items() if versions.get(room_id) != version}
            self._mark_changed(behind & self._users_by_room.keys())


def _read_counts(user_ids: set[int]) -> dict[str, Mapping[int, Any]]:
    """Return what `counters` count for these users, by name."""
    return {name: count(user_ids) for name, count in counters.items()} if user_ids else {}


_instances: WeakKeyDictionary[Hub, UnreadCounts] = WeakKeyDictionary()


def get_unread_counts() -> UnreadCounts:
    """Return the unread counts of the running event loop. There is one instance per server process."""
    hub = get_hub()
    if hub not in _instances:
        _instances[hub] = UnreadCounts(hub)
    return _instances[hub]
