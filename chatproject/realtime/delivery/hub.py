"""Live delivery in one process, over one channel that joins the group of every stream with local readers."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any

from django.conf import settings

from chatproject.realtime import metrics
from chatproject.realtime.database import in_database
from chatproject.realtime.delivery.group_membership import GroupMembership
from chatproject.realtime.delivery.groups import StreamKey, group_name
from chatproject.realtime.delivery.publish import Announcement, publisher
from chatproject.realtime.delivery.shared_pages import SharedPages
from chatproject.realtime.delivery.source import Changes, StreamSource
from chatproject.realtime.delivery.stream import Reader, Stream, Subscription
from chatproject.realtime.event_loop import PerLoop

logger = logging.getLogger(__name__)
REORDER_SECONDS = 0.05  # how long an announcement waits for an earlier one before the database is queried
# How long a stream is followed without local readers. Those who lost their connections come back sooner, in one process
# all at once, and then join from memory.
UNUSED_SECONDS = 10
MAX_FAN_OUT_PAUSE = 0.05  # maximum seconds between two fan-out passes

_sources: dict[str, StreamSource] = {}


def register_source(kind: str, source: StreamSource) -> None:
    """Allow streams of this kind to be subscribed to. Apps call it in AppConfig.ready()."""
    _sources[kind] = source


class Hub:
    """The local readers of all streams. It is fed by announcements and, when these fail, by the database."""

    def __init__(self) -> None:
        self.streams: dict[StreamKey, Stream] = {}
        self.pages = SharedPages(self.spawn)
        # Handlers of messages to all processes, by message type.
        self.control_handlers: dict[str, Callable[[dict[str, Any]], None]] = {}
        self.on_stream_changed: Callable[[Stream, Changes], None] | None = None
        self.on_subscribe: Callable[[Subscription], None] | None = None  # called when a subscription has started
        self.on_unsubscribe: Callable[[Subscription], None] | None = None  # and when it has ended
        self.groups = GroupMembership(self.spawn)
        self._dirty: set[Stream] = set()
        self._fan_out_scheduled = False
        self._next_fan_out_at = 0.0
        self._check_now = asyncio.Event()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._unused: dict[StreamKey, asyncio.TimerHandle] = {}  # streams without readers, about to be dropped
        self._starts: dict[StreamKey, asyncio.Task[None]] = {}
        self._backfills: dict[StreamKey, asyncio.Task[None]] = {}
        publisher.on_lost = self._check_now.set
        self.spawn(self._check_versions())
        self.spawn(self._receive())

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run a coroutine in the background, and keep a reference to its task until it ends."""
        # In a context of its own: the task belongs to no single request or socket, even if one of them started it.
        task = asyncio.get_running_loop().create_task(work, context=Context())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # --- Readers ---------------------------------------------------------------------------------------------

    async def subscribe(self, key: StreamKey, name: str, reader: Reader) -> Subscription:
        """Subscribe a reader to a stream.

        It misses nothing from now on, but is sent nothing until `position` is set.
        """
        stream = self.streams.get(key)
        if stream is None:
            stream = self.streams[key] = Stream(key, name, _sources[key.kind])
            self._starts[key] = self.spawn(self._start(stream))
        self._keep(key)
        sub = Subscription(stream, reader)
        stream.behind.add(sub)
        starting = self._starts.get(key)
        if starting is not None:
            try:
                await asyncio.shield(starting)
            except BaseException:
                self.unsubscribe(sub)
                raise
            sub.since = stream.version or 0
        return sub

    def unsubscribe(self, sub: Subscription) -> None:
        """End a subscription. Without local readers, a stream is soon dropped, and its group left."""
        stream = sub.stream
        stream.remove(sub)
        if sub.position is not None and self.on_unsubscribe is not None:
            self.on_unsubscribe(sub)
        if stream.live or stream.behind or self.streams.get(stream.key) is not stream:
            return
        if stream.version is None:  # it could not be started
            self._drop(stream)
        elif stream.key not in self._unused:
            self._unused[stream.key] = asyncio.get_running_loop().call_later(UNUSED_SECONDS, self._drop, stream)

    def _drop(self, stream: Stream) -> None:
        """Stop following a stream that has no readers."""
        self._keep(stream.key)
        del self.streams[stream.key]
        self._dirty.discard(stream)
        self.groups.leave([group_name(stream.key)])

    def _keep(self, key: StreamKey) -> None:
        if timer := self._unused.pop(key, None):
            timer.cancel()

    def start_delivery(self, sub: Subscription, position: int) -> None:
        """Deliver changes after `position`; the reader has been sent everything up to it."""
        sub.position = position
        sub.stream.catch_up(sub)
        if self.on_subscribe is not None:
            self.on_subscribe(sub)

    async def ensure_backlog(self, stream: Stream, version: int) -> bool:
        """Make the ring hold every change after `version` in its current form.

        Returns False if these are more changes than a client may resume over, or if the ring must keep retracted text
        for some reader.
        """
        assert stream.version is not None
        if stream.is_stale:
            stream.discard_delivered()
        if version >= stream.floor:
            return version >= stream.stale or not stream.is_stale
        if stream.version - version > settings.RESUME_LIMIT:
            return False
        # One query per stream, however many clients come back at once: it reads as far back as any client may resume.
        task = self._backfills.get(stream.key)
        if task is None:
            task = self._backfills[stream.key] = self.spawn(self._backfill(stream))
            task.add_done_callback(lambda _: self._backfills.pop(stream.key, None))
        await asyncio.shield(task)
        return version >= stream.floor and not stream.is_stale

    async def _backfill(self, stream: Stream) -> None:
        assert stream.version is not None
        after, stale = max(0, stream.version - settings.RESUME_LIMIT), stream.stale
        changes = await in_database(
            stream.source.changes_since, stream.key.id, after, 2 * settings.RESUME_LIMIT, frozenset()
        )
        if changes is None or changes.version < stream.floor:
            return
        if stream.stale == stale and not stream.is_stale:  # otherwise the rows read may be stale by now
            stream.stale = 0
            stream.prepend(after, changes.items, changes.hidden)

    # --- Streams ---------------------------------------------------------------------------------------------

    async def _start(self, stream: Stream) -> None:
        try:
            await self.groups.join([group_name(stream.key)])
            versions = await in_database(stream.source.versions, [stream.key.id])
            stream.start(versions.get(stream.key.id, 0))
        finally:
            del self._starts[stream.key]
        self._apply_pending(stream)

    def receive(self, announcement: Announcement) -> None:
        """Handle an announcement: deliver the next changes, drop old ones, and fill gaps from the database."""
        stream = self.streams.get(announcement.key)
        if stream is None:
            return
        if stream.version is not None and announcement.version <= stream.version:
            return
        stream.reasons.update(announcement.reasons)
        stream.pending[announcement.after] = announcement
        if stream.version is not None and not stream.filling:
            self._apply_pending(stream)

    def _apply_pending(self, stream: Stream) -> None:
        """Deliver pending announcements that leave no gap. If a gap remains, schedule filling it."""
        assert stream.version is not None
        while (announcement := stream.next_pending()) is not None:
            stream.stale = max(stream.stale, announcement.stale)
            if announcement.changed:
                self._schedule_gap_fill(stream, delay=0)
                return
            del stream.pending[announcement.after]
            stream.append(announcement.version, announcement.items, announcement.hidden)
            self._mark_dirty(stream)
        if stream.pending:
            self._schedule_gap_fill(stream, delay=REORDER_SECONDS)

    def refresh(self, key: StreamKey) -> None:
        """Re-read a stream and its readers' permissions from the database, though nothing was announced."""
        stream = self.streams.get(key)
        if stream is not None and stream.version is not None:
            self._schedule_gap_fill(stream, delay=0)

    def _schedule_gap_fill(self, stream: Stream, *, delay: float) -> None:
        if not stream.filling:
            stream.filling = True
            self.spawn(self._fill_gap(stream, delay))

    async def _fill_gap(self, stream: Stream, delay: float) -> None:
        """Read the missing changes and who may still read the stream.

        Announcements wait meanwhile to keep the order.
        """
        try:
            if delay:
                await asyncio.sleep(delay)
            follows = stream.next_pending()
            if delay and follows is not None and not follows.changed:
                return  # it was only late
            if follows is None:
                metrics.gaps_filled.inc()
            await self._read_changes(stream)
        except Exception as error:
            logger.warning("could not read stream %s, retrying: %r", stream.key, error)
            stream.pending.clear()  # the next version check finds the gap again
        finally:
            stream.filling = False
            if self.streams.get(stream.key) is stream:
                self._apply_pending(stream)

    async def _read_changes(self, stream: Stream) -> None:
        # The reasons that this read reports. A person who rejoins meanwhile must not be removed for them again.
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
            is_gone = changes is None
            changes = changes or Changes(version=stream.version, items=[])
            changes.checked_readers, changes.reasons = readers, changes.reasons | reasons
            reasons = {}
            if self.on_stream_changed is not None:
                self.on_stream_changed(stream, changes)
            if is_gone and stream.key in self._unused:
                self._drop(stream)  # at once: nobody who subscribes later would be told that it is gone
                return
            if changes.items:  # these may have retracted text that no announcement mentioned
                stream.stale = max(stream.stale, stream.version)
            stream.append(changes.version, changes.items, changes.hidden)
            self._mark_dirty(stream)
            # The result does not cover readers who joined meanwhile, and the announcement of these changes will be
            # dropped as old.
            complete = changes.complete and stream.reader_ids() <= readers

    async def streams_showing(self, user_id: int) -> list[Stream]:
        """Return the streams with local readers that show a user's name and picture."""
        found: list[Stream] = []
        for kind, source in _sources.items():
            ids = [key.id for key in self.streams if key.kind == kind]
            showing = await in_database(source.streams_showing, user_id, ids) if ids else set()
            found += [stream for stream_id in showing if (stream := self.streams.get(StreamKey(kind, stream_id)))]
        return found

    # --- Fan-out --------------------------------------------------------------------------------------------

    def _mark_dirty(self, stream: Stream) -> None:
        self._dirty.add(stream)
        if not self._fan_out_scheduled:
            self._fan_out_scheduled = True
            loop = asyncio.get_running_loop()
            pause = self._next_fan_out_at - time.monotonic()
            if pause > 0:
                loop.call_later(pause, self._fan_out)
            else:
                loop.call_soon(self._fan_out)

    def _fan_out(self) -> None:
        """Send everything new.

        Under load, pause for about as long as that took, so that the next frame holds several changes.

        No pause after a single change: a reply to it should not have to wait.
        """
        began = time.monotonic()
        self._fan_out_scheduled = False
        dirty, self._dirty = self._dirty, set()
        changes = sum((stream.version or 0) - stream.sent for stream in dirty)
        for stream in dirty:
            stream.fan_out()
        ended = time.monotonic()
        if changes > 1:
            self._next_fan_out_at = ended + min(ended - began, MAX_FAN_OUT_PAUSE)
        metrics.fan_out_seconds.observe(ended - began)

    # --- The channel layer and the version check -------------------------------------------------------------

    async def _receive(self) -> None:
        await self.groups.connect()
        self.spawn(self.groups.join_missing())
        while True:
            message = await self.groups.receive()
            try:
                if message["type"] == "announcement":
                    self.receive(Announcement.from_layer(message))
                elif message["type"] == "announcements":
                    self._receive_bundle(message["announcements"])
                elif handler := self.control_handlers.get(message["type"]):
                    handler(message)
            except Exception:
                logger.exception("could not handle an announcement")

    def _receive_bundle(self, messages: list[dict[str, Any]]) -> None:
        for message in messages:
            if StreamKey(*message["stream"]) in self.streams:
                self.receive(Announcement.from_layer(message))

    async def _check_versions(self) -> None:
        """Compare versions with the database every few seconds, and at once after an announcement was lost."""
        if not settings.VERSION_CHECK_SECONDS:
            return
        while True:
            try:
                async with asyncio.timeout(settings.VERSION_CHECK_SECONDS):
                    await self._check_now.wait()
                await asyncio.sleep(0.2)  # one check covers a burst of lost announcements
            except TimeoutError:
                pass
            self._check_now.clear()
            try:
                await self.check_versions()
            except Exception as error:
                logger.warning("could not compare versions, retrying: %r", error)

    async def check_versions(self) -> None:
        """Fill the gap of every stream that is behind the database."""
        if not self.groups.is_complete:
            self.spawn(self.groups.join_missing())  # not awaited: a Redis server that hangs must not delay the check
        for kind, source in _sources.items():
            ids = [key.id for key in self.streams if key.kind == kind]
            if not ids:
                continue
            versions = await in_database(source.versions, ids)
            for stream in [stream for key, stream in self.streams.items() if key.kind == kind]:
                current = versions.get(stream.key.id)
                if stream.version is not None and (current is None or current > stream.version):
                    self._schedule_gap_fill(stream, delay=0)


get_hub = PerLoop(Hub)
