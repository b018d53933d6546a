"""Announcing after commit: the only caller of `group_send`.

Announcements leave from one event loop per process, so that they share its connection to Redis: the server's loop,
bound at its first request, or, in a process without one (a management command), that of a thread of our own. What
can't be sent is dropped: readers notice the missing version and ask the database.
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
from chatproject.realtime.delivery.groups import CONTROL, StreamKey, group_name
from chatproject.redis_outage import REDIS_AWAY

logger = logging.getLogger(__name__)
MANY_STREAMS = 5  # from so many on, announcements made together travel together
MAX_ASIDES = 200  # that wait: what comes later is worth more than what nobody was told in time
LAYER_TIMEOUT = 1.0  # seconds; a stopped Redis must not hold anything for longer


@dataclass(slots=True)
class Announcement:
    """The changes `(after, version]` of a stream.

    `items` holds the wire form of each changed row with its version. `changed` says that the stream itself or who may
    read it changed: that is read from the database, and those who lost the right are told the reason given here.
    `stale` is the version up to which earlier announcements may hold text that these changes took back. `hidden` names,
    by the version of an item, those readers of the stream who may not read this item.
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
        """This announcement as the channel layer carries it; `from_layer` reads it."""
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
        """The announcement that `layer_message` wrote."""
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


class Publisher:
    """One process's outgoing announcements, in order, joined together while an earlier one is on its way."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pending: deque[Announcement | dict[str, Any]] = deque()
        self._asides: deque[tuple[StreamKey, dict[str, Any]]] = deque(maxlen=MAX_ASIDES)
        self._sending: asyncio.Task[None] | None = None
        self._starting = threading.Lock()
        self._bell = ChangeFeed(self.put)
        self.on_lost: Callable[[], None] | None = None  # called in the loop after an announcement was lost

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """Announce from this loop from now on. Called at a server's first request."""
        if loop is not self._loop:
            self._bell.forget()
        self._loop = loop

    def put(self, announcement: Announcement | dict[str, Any]) -> None:
        """Send soon. May be called from any thread; returns at once."""
        self._pending.append(announcement)
        self._soon()

    def put_aside(self, key: StreamKey, message: dict[str, Any]) -> None:
        """Send to the processes with readers of a stream what may be lost, when no announcement waits."""
        self._asides.append((key, message))
        self._soon()

    def _soon(self) -> None:
        if self._loop is None or self._loop.is_closed():
            self._start_thread()
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._wake)

    def _start_thread(self) -> None:
        with self._starting:
            if self._loop is None or self._loop.is_closed():
                self._bell.forget()
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="publisher", daemon=True).start()
                atexit.register(self._flush, self._loop)

    def _flush(self, loop: asyncio.AbstractEventLoop) -> None:
        async def sent() -> None:
            if self._sending is not None:
                await self._sending
            await self._send_all()
            self._bell.ring()
            await self._send_all()

        try:
            asyncio.run_coroutine_threadsafe(sent(), loop).result(timeout=2 * LAYER_TIMEOUT)
        except TimeoutError:
            logger.warning("announcements not sent in time; readers will find the changes in the database")

    def _wake(self) -> None:
        if self._sending is None and (self._pending or self._asides):
            self._sending = asyncio.ensure_future(self._send_all())

    async def _send_all(self) -> None:
        try:
            while self._pending or self._asides:
                batch = list(self._pending)
                self._pending.clear()
                joined = join_announcements(batch)
                for announcement in joined:
                    if isinstance(announcement, Announcement):
                        self._bell.note(announcement.key, altered=announcement.changed)
                for announcement in bundle_announcements(joined):
                    await self._send(announcement)
                if self._asides and not self._pending:
                    await self._send_aside(*self._asides.popleft())
        finally:
            self._sending = None

    async def _send(self, announcement: Announcement | dict[str, Any]) -> None:
        if isinstance(announcement, Announcement):
            group, message = group_name(announcement.key), announcement.layer_message()
        else:
            group, message = CONTROL, announcement
        try:
            await self._give(group, message)
        except Exception as error:  # whatever the layer raises, the database holds what it lost
            logger.warning("announcement lost: %r", error, extra=REDIS_AWAY)
            metrics.announcements_lost.inc(1 + len(self._pending))
            self._pending.clear()  # each would wait as long; the version check finds them all
            if self.on_lost is not None:
                self.on_lost()

    async def _send_aside(self, key: StreamKey, message: dict[str, Any]) -> None:
        try:
            await self._give(group_name(key), message)
        except Exception as error:
            logger.warning("aside lost: %r", error, extra=REDIS_AWAY)
            self._asides.clear()

    async def _give(self, group: str, message: dict[str, Any]) -> None:
        layer = get_channel_layer()
        assert layer is not None
        async with asyncio.timeout(LAYER_TIMEOUT):
            await layer.group_send(group, message)


def join_announcements(batch: list[Announcement | dict[str, Any]]) -> list[Announcement | dict[str, Any]]:
    """The same announcements, those that follow each other within one stream made into one."""
    joined: list[Announcement | dict[str, Any]] = []
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


def bundle_announcements(batch: list[Announcement | dict[str, Any]]) -> list[Announcement | dict[str, Any]]:
    """The same announcements; those of many streams as one message to every process.

    A message through Redis costs as much as posting several: a process had rather pass over what it has no readers for.
    """
    announcements = [one for one in batch if isinstance(one, Announcement)]
    if len(announcements) < MANY_STREAMS:
        return batch
    others: list[Announcement | dict[str, Any]] = [one for one in batch if not isinstance(one, Announcement)]
    messages = [announcement.layer_message() for announcement in announcements]
    return [{"type": "announcements", "announcements": messages}, *others]


publisher = Publisher()


def announce(announcement: Announcement) -> None:
    """Tell every process with readers of the stream. Call it after the commit, from any thread."""
    publisher.put(announcement)


def identities_changed(user_id: int) -> None:
    """Have every process look again at once whether this person's sockets may stay open."""
    publisher.put({"type": "identities", "user_id": user_id})


def person_changed(user_id: int, person: dict[str, Any]) -> None:
    """Have every process show this person by another name or picture."""
    publisher.put({"type": "person", "user_id": user_id, "person": person})


def session_ended(session_key: str) -> None:
    """Have every process close the sockets of this session. Only a digest of the key leaves the process."""
    publisher.put({"type": "session", "digest": session_digest(session_key)})


def tell_processes(message_type: str, **fields: Any) -> None:
    """Tell every process something that is about no stream; what listens to this type is in `Hub.control`."""
    publisher.put({"type": message_type, **fields})


def tell_followers(key: StreamKey, message_type: str, **fields: Any) -> None:
    """Tell the processes with readers of a stream what may be lost and must not delay a message."""
    publisher.put_aside(key, {"type": message_type, "stream": list(key), **fields})


def followers_changed(process_id: UUID, revision: int, streams: Collection[StreamKey] | None) -> None:
    """Tell every process that this one wrote a batch about who follows these streams; None for any."""
    told = None if streams is None else [list(key) for key in streams]
    publisher.put({"type": "followers", "process": process_id.hex, "revision": revision, "streams": told})


def connection_ended(connection_id: str) -> None:
    """Have the process that holds this socket close it with 4003."""
    publisher.put({"type": "disconnect", "connection_id": connection_id})


def session_digest(session_key: str) -> str:
    """Names a session where its key, which opens it, must not be seen."""
    return sha256(session_key.encode()).hexdigest()
