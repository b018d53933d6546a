"""Presence: who follows a stream, over all processes, and who of them local readers have been told of."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection
from heapq import nsmallest
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings

from chatproject.realtime.background.coalesced import Coalesced
from chatproject.realtime.database import in_database
from chatproject.realtime.delivery.groups import StreamKey
from chatproject.realtime.delivery.hub import Hub
from chatproject.realtime.delivery.stream import Event, Stream, text_event
from chatproject.realtime.presence.registry_rows import Person, people_elsewhere
from chatproject.realtime.protocol import FrameType

logger = logging.getLogger(__name__)

MAX_SHOWN = 100  # people that an answer lists
MAX_TOLD = 50  # people that a frame lists as come, and as gone; the rest is counted


class Attendance:
    """Who follows one stream, and who of them local readers know of."""

    __slots__ = ("asked", "away", "elsewhere", "here", "listed", "loaded", "put_out", "timer", "told")

    def __init__(self) -> None:
        self.here: dict[int, tuple[int, Person]] = {}  # by user id, with how many sockets of this process
        self.elsewhere: dict[int, Person] = {}
        self.asked = 0.0  # when the database was asked for them
        self.told: dict[int, Person] = {}
        self.away: dict[int, float] = {}  # those told of who are not there, and since when
        self.put_out: set[int] = set()  # those who will not be back in a moment
        self.listed: dict[int, orjson.Fragment] | None = None  # the first of those told of, as an answer lists them
        self.loaded = asyncio.Event()
        self.timer: asyncio.TimerHandle | None = None

    def enter(self, user_id: int, person: Person) -> None:
        """Another socket of this process."""
        self.put_out.discard(user_id)
        self.here[user_id] = (self.here.get(user_id, (0, person))[0] + 1, person)

    def leave(self, user_id: int) -> None:
        """One socket of this process less."""
        count, person = self.here.pop(user_id)
        if count > 1:
            self.here[user_id] = (count - 1, person)

    def rename(self, user_id: int, person: Person) -> None:
        """The same person, shown otherwise."""
        if user_id in self.here:
            self.here[user_id] = (self.here[user_id][0], person)
        for people in (self.elsewhere, self.told):
            if user_id in people:
                people[user_id] = person
        self.listed = None

    def compare(self, now: float) -> tuple[list[int], list[int], float | None]:
        """Who came, who left for longer than the grace, and the moment when the next one will have."""
        present = self.here.keys() | self.elsewhere.keys()
        joined = [user_id for user_id in present if user_id not in self.told]
        left, first = [], None
        for user_id in [user_id for user_id in self.away if user_id in present]:
            del self.away[user_id]
        for user_id in self.told:
            if user_id not in present:
                since = self.away.setdefault(user_id, now)
                if user_id in self.put_out or now - since >= settings.PRESENCE_GRACE_SECONDS:
                    left.append(user_id)
                else:
                    first = since if first is None else min(first, since)
        return joined, left, None if first is None else first + settings.PRESENCE_GRACE_SECONDS

    def person(self, user_id: int) -> Person:
        """How somebody who is there is shown."""
        return self.here[user_id][1] if user_id in self.here else self.elsewhere[user_id]

    def first_listed(self) -> dict[int, orjson.Fragment]:
        """Those told of, by name, as far as an answer lists them. Kept until somebody comes or goes."""
        if self.listed is None:
            first = nsmallest(MAX_SHOWN, self.told.items(), key=lambda item: item[1].user_name)
            self.listed = {user_id: orjson.Fragment(orjson.dumps(person._asdict())) for user_id, person in first}
        return self.listed


class Presence:
    """All streams of a process whose readers are told who is there. Others' followers are read from the database."""

    def __init__(self, hub: Hub, process_id: UUID) -> None:
        self._hub = hub
        self._process_id = process_id
        self._streams: dict[StreamKey, Attendance] = {}
        self._changed: set[StreamKey] = set()
        self._unread: set[StreamKey] = set()
        self._telling = Coalesced(hub, self._tell_all, seconds=1, what="presence not told")
        self._reading = Coalesced(hub, self._read_unread, seconds=1, what="presence not read")

    # --- What happens here -----------------------------------------------------------------------------------

    async def load(self, stream: Stream) -> None:
        """Return when it is known who follows the stream elsewhere, or that the database does not answer."""
        if not stream.source.shows_presence:
            return
        attendance = self._streams.get(stream.key)
        if attendance is None:
            attendance = self._streams[stream.key] = Attendance()
            self._hub.spawn(self._read_first(stream.key))
        await attendance.loaded.wait()

    def enter(self, key: StreamKey, user_id: int, person: Person) -> None:
        """A socket of that person follows the stream now."""
        if key in self._streams:
            self._streams[key].enter(user_id, person)
            self._mark(key)

    def leave(self, key: StreamKey, user_id: int) -> None:
        """A socket of that person follows the stream no longer."""
        if key in self._streams:
            self._streams[key].leave(user_id)
            self._mark(key)

    def put_out(self, key: StreamKey, user_ids: Collection[int]) -> None:
        """These people lost the stream: no need to wait whether they come back."""
        attendance = self._streams.get(key)
        if attendance is not None:
            attendance.put_out |= attendance.told.keys() & set(user_ids)
            self._mark(key)

    def online(self, key: StreamKey, user_id: int | None, person: Person | None) -> dict[str, Any]:
        """What somebody who joins is told of those who are there, themselves among them. Guests are not."""
        attendance = self._streams.get(key)
        if attendance is None:
            return {}
        first = attendance.first_listed()
        listed, count = list(first.values()), len(attendance.told)
        if user_id is not None and person is not None:
            count += user_id not in attendance.told
            if user_id not in first:
                listed.insert(0, orjson.Fragment(orjson.dumps(person._asdict())))
        return {"online": listed[:MAX_SHOWN], "online_count": count}

    def rename(self, user_id: int, person: Person) -> None:
        """Show somebody by another name or picture from now on. Those who know of them are told by a `person` frame."""
        for attendance in self._streams.values():
            attendance.rename(user_id, person)

    # --- What happens elsewhere ------------------------------------------------------------------------------

    def changed_elsewhere(self, keys: Collection[StreamKey] | None) -> None:
        """Read again who follows these streams at other processes; None for all."""
        unread = self._streams.keys() if keys is None else self._streams.keys() & keys
        if unread:
            self._unread |= unread
            self._reading.ask()

    async def _read_first(self, key: StreamKey) -> None:
        try:
            await self._read({key})
        except Exception as error:
            logger.warning("who is in %s at other processes is not known yet, asking again: %r", key, error)
            self.changed_elsewhere([key])
        attendance = self._streams.get(key)
        if attendance is not None:
            attendance.told = dict(attendance.elsewhere)
            attendance.loaded.set()

    async def _read_unread(self) -> None:
        keys, self._unread = self._unread, set()
        try:
            await self._read(keys)
        except BaseException:
            self._unread |= keys
            raise

    async def _read(self, keys: set[StreamKey]) -> None:
        asked = time.monotonic()
        people = await in_database(people_elsewhere, self._process_id, keys)
        for key, elsewhere in people.items():
            attendance = self._streams.get(key)
            if attendance is not None and attendance.asked < asked:  # or a later answer has overtaken this one
                attendance.elsewhere, attendance.asked = elsewhere, asked
                self._mark(key)

    # --- Telling ---------------------------------------------------------------------------------------------

    def _mark(self, key: StreamKey) -> None:
        self._changed.add(key)
        self._telling.ask()

    def sweep(self) -> None:
        """Forget streams without local readers."""
        for key in self._streams.keys() - self._hub.streams.keys():
            if not self._streams[key].here:
                del self._streams[key]

    async def _tell_all(self) -> None:
        changed, self._changed = self._changed, set()
        for key in changed:
            stream, attendance = self._hub.streams.get(key), self._streams.get(key)
            if attendance is not None and stream is not None:
                self._tell(stream, attendance)

    def _tell(self, stream: Stream, attendance: Attendance) -> None:
        joined, left, next_leave = attendance.compare(time.monotonic())
        if attendance.timer is not None:
            attendance.timer.cancel()
            attendance.timer = None
        if next_leave is not None:
            attendance.timer = call_at(next_leave, lambda: self._mark(stream.key))
        if not joined and not left:
            return
        attendance.listed = None
        gone = []
        for user_id in left:
            gone.append(attendance.told.pop(user_id))
            del attendance.away[user_id]
            attendance.put_out.discard(user_id)
        attendance.told.update((user_id, attendance.person(user_id)) for user_id in joined)
        people = {user_id: attendance.told[user_id]._asdict() for user_id in joined}
        send_presence(stream, people, gone, len(attendance.told))


def send_presence(stream: Stream, joined: dict[int, dict[str, Any]], left: list[Person], online: int) -> None:
    """Tell the local readers who came and who left. Those who have not been answered yet learn it from the answer.

    Who came knows of themselves from the answer: they are told of the others.
    """
    events: dict[int | None, Event | None] = {None: presence_event(stream, list(joined.values()), left, online)}
    for user_id in list(joined)[:MAX_TOLD]:
        others = [person for other, person in joined.items() if other != user_id]
        events[user_id] = presence_event(stream, others, left, online) if others or left else None
    for sub in stream.subscriptions():
        event = events.get(sub.reader.reader_id, events[None])
        if sub.position is not None and event is not None:
            sub.reader.send_event(event)


def presence_event(stream: Stream, joined: list[dict[str, Any]], left: list[Person], online: int) -> Event:
    """The frame that tells who came and who left."""
    frame: dict[str, Any] = {
        "type": FrameType.PRESENCE,
        stream.source.name_field: stream.name,
        "joined": joined[:MAX_TOLD],
        "left": [person.user_name for person in left[:MAX_TOLD]],
        "left_ids": [person.user_id for person in left[:MAX_TOLD]],
        "online": online,
    }
    if len(joined) > MAX_TOLD:
        frame["joined_more"] = len(joined) - MAX_TOLD
    if len(left) > MAX_TOLD:
        frame["left_more"] = len(left) - MAX_TOLD
    return text_event(orjson.dumps(frame))


def call_at(moment: float, work: Callable[[], None]) -> asyncio.TimerHandle:
    """Do something at a monotonic time."""
    return asyncio.get_running_loop().call_later(max(0.0, moment - time.monotonic()), work)
