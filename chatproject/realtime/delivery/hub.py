"""Live delivery in one process: one channel on the channel layer, joined to the group of every stream read here."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any
from weakref import WeakKeyDictionary

from channels.layers import get_channel_layer
from django.conf import settings

from chatproject.realtime import metrics
from chatproject.realtime.database import in_database
from chatproject.realtime.delivery.groups import CONTROL, StreamKey, group_name
from chatproject.realtime.delivery.publish import LAYER_TIMEOUT, Announcement, publisher
from chatproject.realtime.delivery.source import Changes, StreamSource
from chatproject.realtime.delivery.stream import Reader, Stream, Subscription
from chatproject.redis_outage import REDIS_AWAY

logger = logging.getLogger(__name__)
REORDER_SECONDS = 0.05  # how long an announcement waits for the one before it, until the database is asked
MAX_REST = 0.05  # seconds between two fan-out passes at most

_sources: dict[str, StreamSource] = {}


def register_source(kind: str, source: StreamSource) -> None:
    """Let streams of this kind be followed. Called by an app when it is ready."""
    _sources[kind] = source


class Hub:
    """Local readers of all streams, fed by announcements and, where these fail, by the database."""

    def __init__(self) -> None:
        self.streams: dict[StreamKey, Stream] = {}
        self.control: dict[str, Callable[[dict[str, Any]], None]] = {}  # who takes messages to all processes, by type
        self.on_stream_changed: Callable[[Stream, Changes], None] | None = None
        self.on_follow: Callable[[Subscription], None] | None = None  # a reader has been let in
        self.on_unfollow: Callable[[Subscription], None] | None = None  # and is gone again
        self._channel: str | None = None
        self._receiver: asyncio.Task[None] | None = None
        self._unjoined: set[StreamKey] = set()  # groups that the layer could not be told of yet
        self._control_joined = False
        self._dirty: set[Stream] = set()
        self._pass_due = False
        self._rested_until = 0.0
        self._check_now = asyncio.Event()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._starting: dict[StreamKey, asyncio.Task[None]] = {}
        self._back: dict[StreamKey, asyncio.Task[None]] = {}
        publisher.on_lost = self._check_now.set
        self.spawn(self._check_versions())
        self.spawn(self._connect())

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run something in the background, held until it ends."""
        # In a context of its own: it is about no single request or socket, though one of them began it.
        task = asyncio.get_running_loop().create_task(work, context=Context())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # --- Readers ---------------------------------------------------------------------------------------------

    async def subscribe(self, key: StreamKey, name: str, reader: Reader) -> Subscription:
        """Follow a stream: from now on nothing is missed, though nothing is sent before `position` is set."""
        stream = self.streams.get(key)
        if stream is None:
            stream = self.streams[key] = Stream(key, name, _sources[key.kind])
            self._starting[key] = self.spawn(self._start(stream))
        sub = Subscription(stream, reader)
        stream.behind.add(sub)
        starting = self._starting.get(key)
        if starting is not None:
            try:
                await asyncio.shield(starting)
            except BaseException:
                self.unsubscribe(sub)
                raise
            sub.since = stream.version or 0
        return sub

    def unsubscribe(self, sub: Subscription) -> None:
        """Follow no longer; the last local reader ends the process's own interest."""
        stream = sub.stream
        stream.discard(sub)
        if sub.position is not None and self.on_unfollow is not None:
            self.on_unfollow(sub)
        if not stream.live and not stream.behind and self.streams.get(stream.key) is stream:
            del self.streams[stream.key]
            self._dirty.discard(stream)
            self._unjoined.discard(stream.key)
            self.spawn(self._leave(stream.key))

    def proceed(self, sub: Subscription, position: int) -> None:
        """The reader has been sent everything up to `position`; go on from there."""
        sub.position = position
        sub.stream.catch_up(sub)
        if self.on_follow is not None:
            self.on_follow(sub)

    async def reach_back(self, stream: Stream, version: int) -> bool:
        """Make the ring hold everything after `version`, as it is now.

        False when that is more than a client may resume over, or some reader still needs what has been taken back.
        """
        assert stream.version is not None
        if stream.is_stale:
            stream.forget()
        if version >= stream.floor:
            return version >= stream.stale or not stream.is_stale
        if stream.version - version > settings.RESUME_LIMIT:
            return False
        # One query per stream, however many come back at once: it reads as far as anybody may resume.
        task = self._back.get(stream.key)
        if task is None:
            task = self._back[stream.key] = self.spawn(self._read_back(stream))
            task.add_done_callback(lambda _: self._back.pop(stream.key, None))
        await asyncio.shield(task)
        return version >= stream.floor and not stream.is_stale

    async def _read_back(self, stream: Stream) -> None:
        assert stream.version is not None
        after, stale = max(0, stream.version - settings.RESUME_LIMIT), stream.stale
        changes = await in_database(
            stream.source.changes_since, stream.key.id, after, 2 * settings.RESUME_LIMIT, frozenset()
        )
        if changes is None or changes.version < stream.floor:
            return
        if stream.stale == stale and not stream.is_stale:  # else what was read may be stale by now
            stream.stale = 0
            stream.extend_back(after, changes.items, changes.hidden)

    # --- Streams ---------------------------------------------------------------------------------------------

    async def _start(self, stream: Stream) -> None:
        try:
            await self._join(stream.key)
            versions = await in_database(stream.source.versions, [stream.key.id])
            stream.start(versions.get(stream.key.id, 0))
        finally:
            del self._starting[stream.key]
        self._apply_early(stream)

    def receive(self, announcement: Announcement) -> None:
        """Take in an announcement: what follows is delivered, what is old dropped, a hole filled."""
        stream = self.streams.get(announcement.key)
        if stream is None:
            return
        if stream.version is not None and announcement.version <= stream.version:
            return
        stream.reasons.update(announcement.reasons)
        stream.early[announcement.after] = announcement
        if stream.version is not None and not stream.filling:
            self._apply_early(stream)

    def _apply_early(self, stream: Stream) -> None:
        """Deliver what follows without a hole; see to the hole, if one is left."""
        assert stream.version is not None
        while (announcement := stream.next_early()) is not None:
            stream.stale = max(stream.stale, announcement.stale)
            if announcement.changed:
                self._fill(stream, wait=0)
                return
            del stream.early[announcement.after]
            stream.append(announcement.version, announcement.items, announcement.hidden)
            self._mark_dirty(stream)
        if stream.early:
            self._fill(stream, wait=REORDER_SECONDS)

    def read_again(self, key: StreamKey) -> None:
        """Ask the database about a stream and who may read it, though nothing was announced."""
        stream = self.streams.get(key)
        if stream is not None and stream.version is not None:
            self._fill(stream, wait=0)

    def _fill(self, stream: Stream, *, wait: float) -> None:
        if not stream.filling:
            stream.filling = True
            self.spawn(self._fill_hole(stream, wait))

    async def _fill_hole(self, stream: Stream, wait: float) -> None:
        """Read what is missing, and who may still read. Announcements wait meanwhile, so that order holds."""
        try:
            if wait:
                await asyncio.sleep(wait)
            follows = stream.next_early()
            if wait and follows is not None and not follows.changed:
                return  # it was only late
            if follows is None:
                metrics.gaps_filled.inc()
            await self._read_changes(stream)
        except Exception as error:
            logger.warning("stream %s not read, trying again: %r", stream.key, error)
            stream.early.clear()  # the next version check finds the hole again
        finally:
            stream.filling = False
            if self.streams.get(stream.key) is stream:
                self._apply_early(stream)

    async def _read_changes(self, stream: Stream) -> None:
        # The reasons of this reading: somebody who comes back meanwhile is not put out for them again.
        reasons, stream.reasons = stream.reasons, {}
        complete = False
        while not complete and self.streams.get(stream.key) is stream:
            assert stream.version is not None
            readers = stream.reader_ids()
            try:
                changes = await in_database(
                    stream.source.changes_since, stream.key.id, stream.version, settings.RESUME_LIMIT, readers
                )
            except BaseException:
                stream.reasons = reasons | stream.reasons
                raise
            changes = changes or Changes(version=stream.version, items=[])
            changes.asked, changes.reasons = readers, changes.reasons | reasons
            reasons = {}
            if self.on_stream_changed is not None:
                self.on_stream_changed(stream, changes)
            if changes.items:  # which may have taken back something, nobody said what
                stream.stale = max(stream.stale, stream.version)
            stream.append(changes.version, changes.items, changes.hidden)
            self._mark_dirty(stream)
            # It says nothing of those who came meanwhile, and the announcement of what was read will be dropped as old.
            complete = changes.complete and stream.reader_ids() <= readers

    async def with_person(self, user_id: int) -> list[Stream]:
        """The streams with local readers that show the name and picture of a person."""
        found: list[Stream] = []
        for kind, source in _sources.items():
            ids = [key.id for key in self.streams if key.kind == kind]
            there = await in_database(source.with_person, user_id, ids) if ids else set()
            found += [stream for stream_id in there if (stream := self.streams.get(StreamKey(kind, stream_id)))]
        return found

    # --- Fan-out, paced --------------------------------------------------------------------------------------

    def _mark_dirty(self, stream: Stream) -> None:
        self._dirty.add(stream)
        if not self._pass_due:
            self._pass_due = True
            loop = asyncio.get_running_loop()
            rest = self._rested_until - time.monotonic()
            if rest > 0:
                loop.call_later(rest, self._pass)
            else:
                loop.call_soon(self._pass)

    def _pass(self) -> None:
        """Send all that is new, then, when busy, rest about as long: the next frame holds what came meanwhile.

        A single change is no sign of others: who answers it should not find everybody at rest.
        """
        began = time.monotonic()
        self._pass_due = False
        dirty, self._dirty = self._dirty, set()
        changes = sum((stream.version or 0) - stream.sent for stream in dirty)
        for stream in dirty:
            stream.fan_out()
        ended = time.monotonic()
        if changes > 1:
            self._rested_until = ended + min(ended - began, MAX_REST)
        metrics.fan_out_seconds.observe(ended - began)

    # --- The channel layer and the database, as a check on it ------------------------------------------------

    async def _connect(self) -> None:
        layer = get_channel_layer()
        assert layer is not None
        while self._channel is None:
            try:
                async with asyncio.timeout(LAYER_TIMEOUT):
                    self._channel = await layer.new_channel()
            except Exception as error:
                logger.warning("channel layer away: %r", error, extra=REDIS_AWAY)
                await asyncio.sleep(LAYER_TIMEOUT)
        self._receiver = self.spawn(self._receive())
        await self._rejoin()

    async def _receive(self) -> None:
        layer = get_channel_layer()
        assert layer is not None
        while True:
            # Never bounded in time: cancelling a receive deletes the channel.
            message = await layer.receive(self._channel)
            try:
                if message["type"] == "announcement":
                    self.receive(Announcement.from_layer(message))
                elif message["type"] == "announcements":
                    self._receive_all(message["announcements"])
                elif handler := self.control.get(message["type"]):
                    handler(message)
            except Exception:
                logger.exception("announcement not understood")

    def _receive_all(self, messages: list[dict[str, Any]]) -> None:
        for message in messages:
            if StreamKey(*message["stream"]) in self.streams:
                self.receive(Announcement.from_layer(message))

    async def _join(self, key: StreamKey) -> None:
        self._unjoined.add(key)
        if await self._added(group_name(key)):
            self._unjoined.discard(key)

    async def _rejoin(self) -> None:
        """Join the groups that are not joined yet. What fails is tried again at the next version check."""
        if not self._control_joined:
            self._control_joined = await self._added(CONTROL)
        # At once: those on a Redis server that is away must not hold up those on another.
        await asyncio.gather(*(self._join(key) for key in list(self._unjoined)))

    async def _added(self, group: str) -> bool:
        layer = get_channel_layer()
        assert layer is not None
        if self._channel is None:
            return False
        try:
            async with asyncio.timeout(LAYER_TIMEOUT):
                await layer.group_add(group, self._channel)
        except Exception as error:
            logger.warning("group not joined: %r", error, extra=REDIS_AWAY)
            return False
        return True

    async def _leave(self, key: StreamKey) -> None:
        layer = get_channel_layer()
        assert layer is not None
        if key in self.streams or self._channel is None:
            return
        try:
            async with asyncio.timeout(LAYER_TIMEOUT):
                await layer.group_discard(group_name(key), self._channel)
        except Exception as error:
            logger.warning("group not left: %r", error, extra=REDIS_AWAY)
        if key in self.streams:  # somebody came meanwhile
            await self._join(key)

    async def _check_versions(self) -> None:
        """Compare versions with the database, every few seconds and at once after an announcement was lost."""
        if not settings.VERSION_CHECK_SECONDS:
            return
        while True:
            try:
                async with asyncio.timeout(settings.VERSION_CHECK_SECONDS):
                    await self._check_now.wait()
                await asyncio.sleep(0.2)  # a burst of lost announcements is one check
            except TimeoutError:
                pass
            self._check_now.clear()
            try:
                await self.check_versions()
            except Exception as error:
                logger.warning("versions not compared, trying again: %r", error)

    async def check_versions(self) -> None:
        """Fill every stream that is behind the database."""
        if self._unjoined or not self._control_joined:
            self.spawn(self._rejoin())  # not awaited: a stopped Redis must not delay the check
        for kind, source in _sources.items():
            ids = [key.id for key in self.streams if key.kind == kind]
            if not ids:
                continue
            versions = await in_database(source.versions, ids)
            for stream in [stream for key, stream in self.streams.items() if key.kind == kind]:
                there = versions.get(stream.key.id)
                if stream.version is not None and (there is None or there > stream.version):
                    self._fill(stream, wait=0)


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def get_hub() -> Hub:
    """The hub of the running event loop: one per server process."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]
