"""Presence: who is subscribed to a stream in any process, and which changes local readers have been told."""

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

from chatproject.realtime.background.throttled_task import ThrottledTask
from chatproject.realtime.database import in_database
from chatproject.realtime.delivery.groups import StreamKey
from chatproject.realtime.delivery.hub import Hub
from chatproject.realtime.delivery.stream import Event, Stream, text_event
from chatproject.realtime.presence.registry_rows import Person, Written, digests_elsewhere, people_elsewhere
from chatproject.realtime.protocol import FrameType

logger = logging.getLogger(__name__)

MAX_LISTED = 100  # people in the answer to joining
MAX_PER_FRAME = 50  # people that one frame lists as joined, and as left; it only counts the rest


class StreamPresence:
    """Who is subscribed to one stream, and who of them has been announced to local readers."""

    __slots__ = (
        "absent_since",
        "announced",
        "elsewhere",
        "here",
        "loaded",
        "online_list",
        "read_at",
        "removed",
        "timer",
    )

    def __init__(self) -> None:
        self.here: dict[int, tuple[int, Person]] = {}  # by user id, with the number of their sockets in this process
        self.elsewhere: dict[int, Person] = {}
        self.read_at = 0.0  # when `elsewhere` was read from the database
        self.announced: dict[int, Person] = {}
        self.absent_since: dict[int, float] = {}  # announced people who are no longer subscribed, and since when
        self.removed: set[int] = set()  # people who lost access, so that no grace period applies
        self.online_list: dict[int, orjson.Fragment] | None = None  # the first of those announced, as listed in answers
        self.loaded = asyncio.Event()
        self.timer: asyncio.TimerHandle | None = None

    def add_socket(self, user_id: int, person: Person) -> None:
        """Add a socket of this process."""
        self.removed.discard(user_id)
        self.here[user_id] = (self.here.get(user_id, (0, person))[0] + 1, person)

    def remove_socket(self, user_id: int) -> None:
        """Remove a socket of this process."""
        count, person = self.here.pop(user_id)
        if count > 1:
            self.here[user_id] = (count - 1, person)

    def update_person(self, user_id: int, person: Person) -> None:
        """Show a person's new name or picture."""
        if user_id in self.here:
            self.here[user_id] = (self.here[user_id][0], person)
        for people in (self.elsewhere, self.announced):
            if user_id in people:
                people[user_id] = person
        self.online_list = None

    def diff(self, now: float) -> tuple[list[int], list[int], float | None]:
        """Return who joined, who left longer than the grace period ago, and when the next grace period ends."""
        present = self.here.keys() | self.elsewhere.keys()
        joined = [user_id for user_id in present if user_id not in self.announced]
        left, first = [], None
        for user_id in [user_id for user_id in self.absent_since if user_id in present]:
            del self.absent_since[user_id]
        for user_id in self.announced:
            if user_id not in present:
                since = self.absent_since.setdefault(user_id, now)
                if user_id in self.removed or now - since >= settings.PRESENCE_GRACE_SECONDS:
                    left.append(user_id)
                else:
                    first = since if first is None else min(first, since)
        return joined, left, None if first is None else first + settings.PRESENCE_GRACE_SECONDS

    def digest(self) -> tuple[int, int]:
        """Return how many people are subscribed in other processes, and the sum of their ids, as far as is known."""
        return len(self.elsewhere), sum(self.elsewhere)

    def person(self, user_id: int) -> Person:
        """Return how to show a person who is online."""
        return self.here[user_id][1] if user_id in self.here else self.elsewhere[user_id]

    def first_online(self) -> dict[int, orjson.Fragment]:
        """Return the announced people whom an answer lists, by name. Cached until somebody joins or leaves."""
        if self.online_list is None:
            first = nsmallest(MAX_LISTED, self.announced.items(), key=lambda item: item[1].user_name)
            self.online_list = {user_id: orjson.Fragment(orjson.dumps(person._asdict())) for user_id, person in first}
        return self.online_list


class Presence:
    """Presence in all streams of a process that show it. Subscribers in other processes are read from the database."""

    def __init__(self, hub: Hub, process_id: UUID) -> None:
        self._hub = hub
        self._process_id = process_id
        self._streams: dict[StreamKey, StreamPresence] = {}
        self._changed: set[StreamKey] = set()
        self._to_read: set[StreamKey] = set()
        # What the other processes had written when all streams were last compared. None if a stream was read since.
        self._compared: Written | None = None
        self._sending = ThrottledTask(hub, self._send_updates, interval=1, failure="presence updates not sent")
        self._reading = ThrottledTask(hub, self._read_pending, interval=1, failure="presence not read")

    # --- Changes in this process -----------------------------------------------------------------------------

    async def load(self, stream: Stream) -> None:
        """Wait until it is known who is subscribed in other processes, or until the database has failed to answer."""
        if not stream.source.shows_presence:
            return
        presence = self._streams.get(stream.key)
        if presence is None:
            presence = self._streams[stream.key] = StreamPresence()
            self._hub.spawn(self._read_first(stream.key))
        await presence.loaded.wait()

    def add_socket(self, key: StreamKey, user_id: int, person: Person) -> None:
        """Record that a socket of this person has subscribed to the stream."""
        if key in self._streams:
            self._streams[key].add_socket(user_id, person)
            self._mark_changed(key)

    def remove_socket(self, key: StreamKey, user_id: int) -> None:
        """Record that a socket of this person has unsubscribed from the stream."""
        if key in self._streams:
            self._streams[key].remove_socket(user_id)
            self._mark_changed(key)

    def mark_removed(self, key: StreamKey, user_ids: Collection[int]) -> None:
        """Record that these people lost access to the stream: they leave without a grace period."""
        presence = self._streams.get(key)
        if presence is not None:
            presence.removed |= presence.announced.keys() & set(user_ids)
            self._mark_changed(key)

    def online(self, key: StreamKey, user_id: int | None, person: Person | None) -> dict[str, Any]:
        """Return the fields that tell a person who joins who is online, including themselves.

        Guests are not counted.
        """
        presence = self._streams.get(key)
        if presence is None:
            return {}
        first = presence.first_online()
        listed, count = list(first.values()), len(presence.announced)
        if user_id is not None and person is not None:
            count += user_id not in presence.announced
            if user_id not in first:
                listed.insert(0, orjson.Fragment(orjson.dumps(person._asdict())))
        return {"online": listed[:MAX_LISTED], "online_count": count}

    def update_person(self, user_id: int, person: Person) -> None:
        """Show a person's new name or picture. Clients that know the person get a `person` frame."""
        for presence in self._streams.values():
            presence.update_person(user_id, person)

    # --- Changes in other processes --------------------------------------------------------------------------

    def refresh(self, keys: Collection[StreamKey]) -> None:
        """Re-read the subscribers of these streams in other processes."""
        if stale := self._streams.keys() & keys:
            self._to_read |= stale
            self._reading.run_soon()

    async def compare(self, written: Written) -> None:
        """Compare what is known of all streams with the database, and re-read those that differ.

        Does nothing if the other processes have written nothing since, and no stream was read since: what was read may
        be of a moment between two comparisons at which `written` was the same.
        """
        if written == self._compared:
            return
        self._compared = written
        keys = [key for key, presence in self._streams.items() if presence.loaded.is_set()]
        try:
            digests = await in_database(digests_elsewhere, self._process_id, keys) if keys else {}
        except BaseException:
            self._compared = None
            raise
        known = {key: self._streams[key].digest() for key in keys if key in self._streams}
        self.refresh([key for key, digest in known.items() if digest != digests.get(key, (0, 0))])

    async def _read_first(self, key: StreamKey) -> None:
        try:
            await self._read({key})
        except Exception as error:
            logger.warning("could not read who is in %s in other processes, retrying: %r", key, error)
            self.refresh([key])
        presence = self._streams.get(key)
        if presence is not None:
            presence.announced = dict(presence.elsewhere)
            presence.loaded.set()

    async def _read_pending(self) -> None:
        keys, self._to_read = self._to_read, set()
        try:
            await self._read(keys)
        except BaseException:
            self._to_read |= keys
            raise

    async def _read(self, keys: set[StreamKey]) -> None:
        started = time.monotonic()
        people = await in_database(people_elsewhere, self._process_id, keys)
        self._compared = None
        for key, elsewhere in people.items():
            presence = self._streams.get(key)
            if presence is not None and presence.read_at < started:  # otherwise a later answer has overtaken this one
                presence.elsewhere, presence.read_at = elsewhere, started
                self._mark_changed(key)

    # --- Sending updates -------------------------------------------------------------------------------------

    def _mark_changed(self, key: StreamKey) -> None:
        self._changed.add(key)
        self._sending.run_soon()

    def drop_unused_streams(self) -> None:
        """Drop streams that have no local readers."""
        for key in self._streams.keys() - self._hub.streams.keys():
            if not self._streams[key].here:
                del self._streams[key]

    async def _send_updates(self) -> None:
        changed, self._changed = self._changed, set()
        for key in changed:
            stream, presence = self._hub.streams.get(key), self._streams.get(key)
            if presence is not None and stream is not None:
                self._send_update(stream, presence)

    def _send_update(self, stream: Stream, presence: StreamPresence) -> None:
        joined, left, next_leave = presence.diff(time.monotonic())
        if presence.timer is not None:
            presence.timer.cancel()
            presence.timer = None
        if next_leave is not None:
            presence.timer = call_at(next_leave, lambda: self._mark_changed(stream.key))
        if not joined and not left:
            return
        presence.online_list = None
        gone = []
        for user_id in left:
            gone.append(presence.announced.pop(user_id))
            del presence.absent_since[user_id]
            presence.removed.discard(user_id)
        presence.announced.update((user_id, presence.person(user_id)) for user_id in joined)
        people = {user_id: presence.announced[user_id]._asdict() for user_id in joined}
        send_presence(stream, people, gone, len(presence.announced))


def send_presence(stream: Stream, joined: dict[int, dict[str, Any]], left: list[Person], online: int) -> None:
    """Tell local readers who joined and who left. Readers who are still joining learn it from their answer.

    Those who joined know about themselves from their answer, so they are only told about the others.
    """
    events: dict[int | None, Event | None] = {None: presence_event(stream, list(joined.values()), left, online)}
    for user_id in list(joined)[:MAX_PER_FRAME]:
        others = [person for other, person in joined.items() if other != user_id]
        events[user_id] = presence_event(stream, others, left, online) if others or left else None
    for sub in stream.subscriptions():
        event = events.get(sub.reader.reader_id, events[None])
        if sub.position is not None and event is not None:
            sub.reader.send_event(event)


def presence_event(stream: Stream, joined: list[dict[str, Any]], left: list[Person], online: int) -> Event:
    """Return the frame that says who joined and who left."""
    frame: dict[str, Any] = {
        "type": FrameType.PRESENCE,
        stream.source.name_field: stream.name,
        "joined": joined[:MAX_PER_FRAME],
        "left": [person.user_name for person in left[:MAX_PER_FRAME]],
        "left_ids": [person.user_id for person in left[:MAX_PER_FRAME]],
        "online": online,
    }
    if len(joined) > MAX_PER_FRAME:
        frame["joined_more"] = len(joined) - MAX_PER_FRAME
    if len(left) > MAX_PER_FRAME:
        frame["left_more"] = len(left) - MAX_PER_FRAME
    return text_event(orjson.dumps(frame))


def call_at(moment: float, work: Callable[[], None]) -> asyncio.TimerHandle:
    """Call a function at a monotonic time."""
    return asyncio.get_running_loop().call_later(max(0.0, moment - time.monotonic()), work)
