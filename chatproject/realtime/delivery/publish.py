"""Announcing changes after a commit. This is the only module that calls `group_send`.

Announcements leave from one event loop per process, so that they share one connection to Redis: the server's loop,
bound at its first request, or a background thread's loop in a process without a server (a management command). An
announcement that can't be sent is dropped: readers notice the missing version and query the database.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import threading
from collections import deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import UUID

from channels.layers import get_channel_layer

from chatproject.realtime import metrics
from chatproject.realtime.delivery.change_feed import ChangeFeed
from chatproject.realtime.delivery.groups import CONTROL, StreamKey, group_name, watchers_group
from chatproject.redis_outage import REDIS_UNAVAILABLE

logger = logging.getLogger(__name__)
BUNDLE_MIN_STREAMS = 5  # from this many on, announcements sent together are bundled into one message
MAX_BEST_EFFORT = 200  # queued messages; newer ones are worth more than those that are late
LAYER_TIMEOUT = 1.0  # seconds; a Redis server that hangs must not block anything for longer
Message = tuple[str, dict[str, Any]]  # a channel-layer message, after its group


@dataclass(slots=True)
class Announcement:
    """The changes `(after, version]` of a stream.

    `items` holds the wire form of each changed row with its version. `changed` means that the stream itself or who may
    read it has changed: the hub reads this from the database, and sends readers who lost access the reason given in
    `reasons`. `stale` is the version up to which earlier announcements may hold text that these changes retracted.
    `hidden` lists, by the version of an item, the readers of the stream who may not read that item.
    """

    key: StreamKey
    after: int
    version: int
    items: list[tuple[int, bytes]] = field(default_factory=list)
    changed: bool = False
    reasons: dict[int, str] = field(default_factory=dict)
    stale: int = 0
    hidden: Mapping[int, Collection[int]] = field(default_factory=dict)

    def layer_message(self) -> dict[str, Any]:
        """Return this announcement as a channel-layer message, to be read by `from_layer`."""
        message = {
            "type": "announcement",
            "stream": list(self.key),
            "after": self.after,
            "version": self.version,
            "items": self.items,
            "changed": self.changed,
            "reasons": list(self.reasons.items()),
            "stale": self.stale,
        }
        if self.hidden:
            message["hidden"] = [(version, list(readers)) for version, readers in self.hidden.items()]
        return message

    @classmethod
    def from_layer(cls, message: dict[str, Any]) -> Announcement:
        """Return the announcement in a message made by `layer_message`."""
        return cls(
            key=StreamKey(*message["stream"]),
            after=message["after"],
            version=message["version"],
            items=[(version, item) for version, item in message["items"]],
            changed=message["changed"],
            reasons=dict(message["reasons"]),
            stale=message["stale"],
            hidden=dict(message.get("hidden", ())),
        )


@dataclass(slots=True)
class Signal:
    """A message that concerns some groups only. In the message, `list_field` lists what concerns the receiver.

    `by_group` has these lists by group; `fields` are the message's other fields.
    """

    type: str
    list_field: str
    by_group: Mapping[str, list[Any]]
    fields: dict[str, Any] = field(default_factory=dict)

    def messages(self, processes: int | None) -> list[Message]:
        """Return the messages to send: one to each group, or one to all processes if there are fewer of these.

        So no process receives more messages than there are groups that concern it, however many processes there are.
        """
        by_group = self.by_group
        if processes is not None and len(by_group) >= processes:
            by_group = {CONTROL: [item for items in by_group.values() for item in items]}
        return [
            (group, {"type": self.type, self.list_field: items, **self.fields}) for group, items in by_group.items()
        ]


Outgoing = Announcement | Signal | dict[str, Any]  # a dict is a message to all processes


class Publisher:
    """Sends one process's announcements in order. Those that wait for an earlier one to be sent are merged."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pending: deque[Outgoing] = deque()
        self._best_effort: deque[tuple[StreamKey, dict[str, Any]]] = deque(maxlen=MAX_BEST_EFFORT)
        self._sending: asyncio.Task[None] | None = None
        self._start_lock = threading.Lock()
        self._change_feed = ChangeFeed(self._put_changed)
        self.process_count: int | None = None  # server processes with this one; None if unknown
        self.on_lost: Callable[[], None] | None = None  # called in the event loop after an announcement was lost

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """Announce from this event loop from now on. Called at a server's first request."""
        if loop is not self._loop:
            self._change_feed.reset()
        self._loop = loop

    def put(self, announcement: Outgoing) -> None:
        """Send an announcement soon. May be called from any thread; returns at once."""
        self._queue(announcement)

    def _queue(self, announcement: Outgoing) -> None:
        self._pending.append(announcement)
        self._schedule_sending()

    def _put_changed(self, message_type: str, streams: set[StreamKey]) -> None:
        # Not through `put`, which tests replace to see what services announce: this comes later, from another thread.
        self._queue(Signal(message_type, "streams", {watchers_group(key): [list(key)] for key in streams}))

    def put_best_effort(self, key: StreamKey, message: dict[str, Any]) -> None:
        """Send a message that may be lost to processes with readers of a stream, after all waiting announcements."""
        self._best_effort.append((key, message))
        self._schedule_sending()

    def _schedule_sending(self) -> None:
        if self._loop is None or self._loop.is_closed():
            self._start_thread()
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._start_sending)

    def _start_thread(self) -> None:
        with self._start_lock:
            if self._loop is None or self._loop.is_closed():
                self._change_feed.reset()
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="publisher", daemon=True).start()
                atexit.register(self._flush, self._loop)

    def _flush(self, loop: asyncio.AbstractEventLoop) -> None:
        async def send_everything() -> None:
            if self._sending is not None:
                await self._sending
            await self._send_all()
            self._change_feed.flush()
            await self._send_all()

        try:
            asyncio.run_coroutine_threadsafe(send_everything(), loop).result(timeout=2 * LAYER_TIMEOUT)
        except TimeoutError:
            logger.warning("announcements not sent in time; readers will find the changes in the database")

    def _start_sending(self) -> None:
        if self._sending is None and (self._pending or self._best_effort):
            self._sending = asyncio.ensure_future(self._send_all())

    async def _send_all(self) -> None:
        try:
            while self._pending or self._best_effort:
                batch = list(self._pending)
                self._pending.clear()
                joined = join_announcements(batch)
                for announcement in joined:
                    if isinstance(announcement, Announcement):
                        self._change_feed.record(announcement.key, properties_changed=announcement.changed)
                await self._send(channel_messages(joined, self.process_count))
                if self._best_effort and not self._pending:
                    await self._send_best_effort(*self._best_effort.popleft())
        finally:
            self._sending = None

    async def _send(self, messages: list[Message]) -> None:
        if errors := await self._send_to_groups(messages):
            logger.warning("announcement lost: %r", errors[0], extra=REDIS_UNAVAILABLE)
            metrics.announcements_lost.inc(len(errors) + len(self._pending))
            self._pending.clear()  # each would time out as well; the version check finds them all
            if self.on_lost is not None:
                self.on_lost()

    async def _send_best_effort(self, key: StreamKey, message: dict[str, Any]) -> None:
        if errors := await self._send_to_groups([(group_name(key), message)]):
            logger.warning("best-effort message lost: %r", errors[0], extra=REDIS_UNAVAILABLE)
            self._best_effort.clear()

    async def _send_to_groups(self, messages: list[Message]) -> list[BaseException]:
        """Send messages, all at once. Returns the errors, one for each message that was lost."""
        layer = get_channel_layer()
        assert layer is not None

        async def send(group: str, message: dict[str, Any]) -> None:
            async with asyncio.timeout(LAYER_TIMEOUT):
                await layer.group_send(group, message)

        # Whatever the layer raises, the database has the changes.
        if len(messages) == 1:
            try:
                await send(*messages[0])
            except Exception as error:
                return [error]
            return []
        results = await asyncio.gather(*(send(*message) for message in messages), return_exceptions=True)
        return [result for result in results if result is not None]


def join_announcements(batch: list[Outgoing]) -> list[Outgoing]:
    """Merge announcements that follow one another within one stream."""
    joined: list[Outgoing] = []
    latest: dict[StreamKey, Announcement] = {}
    for announcement in batch:
        if isinstance(announcement, Announcement):
            previous = latest.get(announcement.key)
            if previous is not None and previous.version == announcement.after and not announcement.changed:
                previous.version = announcement.version
                previous.items = previous.items + announcement.items
                previous.stale = max(previous.stale, announcement.stale)
                previous.hidden = {**previous.hidden, **announcement.hidden}
                continue
            latest[announcement.key] = announcement
        joined.append(announcement)
    return joined


def channel_messages(batch: list[Outgoing], processes: int | None) -> list[Message]:
    """Return the channel-layer messages that say all this.

    Announcements of many streams become one message to every process if there are no more processes than streams. A
    message through Redis costs as much as posting several chat messages; skipping streams without local readers is
    cheaper.
    """
    messages: list[Message] = []
    announcements = [one for one in batch if isinstance(one, Announcement)]
    bundled = processes is not None and len(announcements) >= max(BUNDLE_MIN_STREAMS, processes)
    if bundled:
        bundle = [announcement.layer_message() for announcement in announcements]
        messages.append((CONTROL, {"type": "announcements", "announcements": bundle}))
    for one in batch:
        if isinstance(one, Signal):
            messages += one.messages(processes)
        elif not isinstance(one, Announcement):
            messages.append((CONTROL, one))
        elif not bundled:
            messages.append((group_name(one.key), one.layer_message()))
    return messages


publisher = Publisher()


def announce(announcement: Announcement) -> None:
    """Send an announcement to every process with readers of the stream. Call it after the commit, from any thread."""
    publisher.put(announcement)


def identities_changed(user_id: int) -> None:
    """Have every process check at once whether this user's sockets may stay open."""
    publisher.put({"type": "identities", "user_id": user_id})


def person_changed(user_id: int, person: dict[str, Any]) -> None:
    """Have every process show this user's new name or picture."""
    publisher.put({"type": "person", "user_id": user_id, "person": person})


def session_ended(session_key: str) -> None:
    """Have every process close the sockets of this session. Only a digest of the session key leaves the process."""
    publisher.put({"type": "session", "digest": session_digest(session_key)})


def broadcast(message_type: str, **fields: Any) -> None:
    """Send a message that concerns no stream to every process. `Hub.control_handlers` holds the handlers by type."""
    publisher.put({"type": message_type, **fields})


def signal(message_type: str, list_field: str, by_group: Mapping[str, list[Any]], **fields: Any) -> None:
    """Send a `Signal` to the processes that it concerns. Handlers are found as for `broadcast`."""
    if by_group:
        publisher.put(Signal(message_type, list_field, by_group, fields))


def send_to_subscribers(key: StreamKey, message_type: str, **fields: Any) -> None:
    """Send a message that may be lost, and must not delay announcements, to the processes with readers of a stream."""
    publisher.put_best_effort(key, {"type": message_type, "stream": list(key), **fields})


def subscribers_changed(process_id: UUID, streams: Collection[StreamKey]) -> None:
    """Tell the processes with readers of these streams that this one has written their subscribers."""
    by_group = {group_name(key): [list(key)] for key in streams}
    signal("subscribers", "streams", by_group, process=process_id.hex)


def disconnect_requested(connection_id: str) -> None:
    """Have the process that holds this socket close it with 4003."""
    publisher.put({"type": "disconnect", "connection_id": connection_id})


def session_digest(session_key: str) -> str:
    """Return a digest that identifies a session. The session key itself grants access and must not be exposed."""
    return sha256(session_key.encode()).hexdigest()
