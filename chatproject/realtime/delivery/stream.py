"""One stream in one process: its latest changes, already encoded, and its local subscriptions."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

import orjson
from django.conf import settings

from chatproject.realtime import metrics
from chatproject.realtime.delivery.groups import StreamKey
from chatproject.realtime.delivery.publish import Announcement
from chatproject.realtime.delivery.source import StreamSource

MAX_RING_ITEMS = 1024
MAX_RING_BYTES = 4 * 1024 * 1024
Event = dict[str, object]  # an ASGI event


class Reader(Protocol):
    """What a stream needs of a connection."""

    reader_id: int
    blocked: bool

    def send_event(self, event: Event) -> bool:
        """Send an ASGI event. Returns False if the socket is full; the reader is `blocked` until it has drained."""
        ...

    def close_too_slow(self) -> None:
        """Close the reader's socket: the ring no longer holds the changes it missed."""
        ...


class Subscription:
    """A connection's subscription to a stream.

    `position` is the version that the reader has been sent, None before its history was sent. Until then the ring must
    hold the changes after `since`: the version it resumes from, or the stream's version when it subscribed, since its
    page of history is read later. `role` is the role in the stream that the reader has been told.
    """

    __slots__ = ("position", "reader", "role", "since", "stream")

    def __init__(self, stream: Stream, reader: Reader) -> None:
        self.stream = stream
        self.reader = reader
        self.position: int | None = None
        self.since = stream.version or 0
        self.role: str | None = None


class Stream:
    """One stream in one process: its latest changes and its local subscriptions.

    `ring` holds the changes in the versions `(floor, version]`, oldest first, each encoded once.
    `version` is the version that the ring ends at.
    `floor` is the version that the ring begins after: a reader behind it can't be caught up from the ring.
    `sent` is the version that all `live` readers have been sent.
    `stale` is a version up to which the ring may hold text that has been retracted since; of these changes it keeps
    only what readers who were subscribed at that time still need.

    `live` readers have been sent everything up to `sent`. Those in `behind` have a full socket, wait for their history,
    or have read a version that has not been announced here yet.
    """

    def __init__(self, key: StreamKey, name: str, source: StreamSource) -> None:
        self.key = key
        self.name = name
        self.source = source
        self.version: int | None = None  # None until read from the database
        self.sent = 0
        self.floor = 0
        self.stale = 0
        self.ring: deque[tuple[int, bytes]] = deque()
        self.ring_bytes = 0
        self.hidden: dict[int, Collection[int]] = {}  # users who may not read an item of the ring, by its version
        self.live: set[Subscription] = set()
        self.behind: set[Subscription] = set()
        self.pending: dict[int, Announcement] = {}  # announcements above a gap, by the version they follow
        self.reasons: dict[int, str] = {}  # why users lost access, until the stream has been re-read
        self.filling = False
        self.properties: dict[str, object] | None = None  # the stream's own properties, as last sent to readers
        self._resumed: tuple[int, int, list[Event]] | None = None  # the latest result of `resume_events`
        field = source.frame_type
        self._frame_prefix = b'{"type":"%s","%s":%s,"after":' % (
            field.encode(),
            source.name_field.encode(),
            orjson.dumps(name),
        )
        self._list_prefix = b',"%s":[' % field.encode()

    def start(self, version: int) -> None:
        """Start at this version."""
        self.version = self.sent = self.floor = version

    def next_pending(self) -> Announcement | None:
        """Return the announcement that follows `version`, if it has arrived.

        Drops announcements that are old by now.
        """
        assert self.version is not None
        for after, announcement in sorted(self.pending.items()):
            if announcement.version <= self.version:
                del self.pending[after]
            elif after <= self.version:
                return announcement
        return None

    def append(
        self, version: int, items: Sequence[tuple[int, bytes]], hidden: Mapping[int, Collection[int]] | None = None
    ) -> None:
        """Append those of `items` that are new and advance to `version`. `hidden` lists who may not read them."""
        assert self.version is not None
        self._resumed = None
        if hidden:
            self.hidden |= {version: readers for version, readers in hidden.items() if version > self.version}
        for item in items:
            if item[0] > self.version:
                self.ring.append(item)
                self.ring_bytes += len(item[1])
        self.version = max(self.version, version)
        full = len(self.ring) > MAX_RING_ITEMS or self.ring_bytes > MAX_RING_BYTES
        while full and self.ring[0][0] <= self.sent:  # the next fan-out still needs later items
            self.floor = self._pop_oldest()
            full = len(self.ring) > MAX_RING_ITEMS or self.ring_bytes > MAX_RING_BYTES

    def _pop_oldest(self) -> int:
        """Remove the oldest item and return its version."""
        version, item = self.ring.popleft()
        self.ring_bytes -= len(item)
        if self.hidden:
            self.hidden.pop(version, None)
        return version

    def prepend(
        self, after: int, items: Sequence[tuple[int, bytes]], hidden: Mapping[int, Collection[int]] | None = None
    ) -> None:
        """Extend the ring back to the version `after`. `items` are the changes since then, in version order."""
        self.hidden |= {version: readers for version, readers in (hidden or {}).items() if version <= self.floor}
        older = [item for item in items if item[0] <= self.floor]
        self.ring.extendleft(reversed(older))
        self.ring_bytes += sum(len(item[1]) for item in older)
        self.floor = min(self.floor, after)

    def discard_delivered(self) -> None:
        """Drop the items that every reader has been sent.

        Readers who resume get them from the database, in their current form.
        """
        self._resumed = None
        needed = [sub.since if sub.position is None else sub.position for sub in self.behind]
        lowest = min([self.sent, *needed])
        while self.ring and self.ring[0][0] <= lowest:
            self._pop_oldest()
        self.floor = max(self.floor, lowest)

    def fan_out(self) -> None:
        """Send new items to every live reader, and catch up the readers that are behind."""
        assert self.version is not None
        if self.version > self.sent:
            base, self.sent = self.sent, self.version
            if self.hidden:
                self._move_restricted_readers_behind(base)
            events = self.events_between(base, self.sent)
            if len(events) == 1:
                event = events[0][1]
                stalled = [sub for sub in self.live if not sub.reader.send_event(event)]
                metrics.deliveries.inc(len(self.live))
                for sub in stalled:
                    sub.position = self.sent
            else:
                stalled = list(self.live)
                for sub in stalled:
                    sub.position = base
            self.live.difference_update(stalled)
            self.behind.update(stalled)
        for sub in list(self.behind):
            self.catch_up(sub)
        if self.is_stale:
            self.discard_delivered()

    def _move_restricted_readers_behind(self, base: int) -> None:
        """Move live readers who may not read some new item to `behind`: they need frames of their own."""
        restricted = {reader for version, readers in self.hidden.items() if version > base for reader in readers}
        apart = [sub for sub in self.live if sub.reader.reader_id in restricted]
        for sub in apart:
            sub.position = base
        self.live.difference_update(apart)
        self.behind.update(apart)

    @property
    def is_stale(self) -> bool:
        """Whether the ring may hold retracted text."""
        return self.stale > self.floor

    def catch_up(self, sub: Subscription) -> None:
        """Send one reader the items it is missing until its socket is full.

        Once it has everything, move it to `live`.
        """
        if sub.position is None or sub.reader.blocked or self.version is None or sub not in self.behind:
            return
        if sub.position < self.sent:
            if sub.position < self.floor:
                self.remove(sub)
                sub.reader.close_too_slow()
                return
            for version, event in self.events_between(sub.position, self.sent, sub.reader.reader_id):
                sub.position = version
                metrics.deliveries.inc()
                if not sub.reader.send_event(event):
                    return
        if sub.position == self.sent:
            self.behind.discard(sub)
            self.live.add(sub)

    def remove(self, sub: Subscription) -> None:
        """Remove a subscription."""
        self.live.discard(sub)
        self.behind.discard(sub)

    def subscriptions(self) -> list[Subscription]:
        """Return all local subscriptions."""
        return [*self.live, *self.behind]

    def reader_ids(self) -> set[int]:
        """Return the user ids of the local readers."""
        return {sub.reader.reader_id for sub in self.subscriptions()}

    def items_after(self, after: int, up_to: int, reader_id: int | None = None) -> list[tuple[int, bytes]]:
        """Return the ring's items in the versions `(after, up_to]`, in order, without those hidden from that reader."""
        newest: list[tuple[int, bytes]] = []
        for item in reversed(self.ring):
            if item[0] <= after:
                break
            if item[0] <= up_to:
                newest.append(item)
        newest.reverse()
        if self.hidden and reader_id is not None:
            return [item for item in newest if reader_id not in self.hidden.get(item[0], ())]
        return newest

    def resume_events(self, after: int, version: int, reader_id: int) -> list[Event]:
        """Return the frames that take a reader who resumes from `after` to `version`.

        Many readers who resume at the same time are sent the same frames.
        """
        if self.hidden:
            return [event for _, event in self.events_between(after, version, reader_id)]
        if self._resumed is None or self._resumed[:2] != (after, version):
            self._resumed = (after, version, [event for _, event in self.events_between(after, version)])
        return self._resumed[2]

    def events_between(self, after: int, up_to: int, reader_id: int | None = None) -> list[tuple[int, Event]]:
        """Return the frames that take a reader from `after` to `up_to`, each with the version that it reaches."""
        items = self.items_after(after, up_to, reader_id)
        return [(version, text_event(frame)) for version, frame in self.frames(after, up_to, items)]

    def frames(self, after: int | None, version: int, items: Sequence[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
        """Return changes in version order as consecutive frames of bounded size, each with the version it reaches."""
        frames = []
        parts = split_by_size([item for _, item in items])
        count = 0
        for part in parts[:-1]:
            count += len(part)
            reached = items[count - 1][0]
            frames.append((reached, self._frame(after, reached, part)))
            after = reached
        frames.append((version, self._frame(after, version, parts[-1])))
        return frames

    def page_frames(self, version: int, items: Sequence[bytes]) -> list[bytes]:
        """Return a page of history, in order of `seq`, as frames. Only the last one moves the reader's position."""
        *first, last = split_by_size(items)
        history = [self._frame(None, version, part, history=True) for part in first]
        return [*history, self._frame(None, version, last)]

    def _frame(self, after: int | None, version: int, items: Sequence[bytes], *, history: bool = False) -> bytes:
        position = b"null" if after is None else b"%d" % after
        mark = b',"history":true' if history else b""
        return b'%s%s,"version":%d%s%s%s]}' % (
            self._frame_prefix,
            position,
            version,
            mark,
            self._list_prefix,
            b",".join(items),
        )


def split_by_size(items: Sequence[bytes]) -> list[Sequence[bytes]]:
    """Split items into runs that each fit into a frame. Returns at least one run, which may be empty."""
    if sum(map(len, items)) <= settings.MAX_OUTGOING_FRAME_BYTES:
        return [items]
    runs: list[list[bytes]] = [[]]
    size = 0
    for item in items:
        if runs[-1] and size + len(item) > settings.MAX_OUTGOING_FRAME_BYTES:
            runs.append([])
            size = 0
        runs[-1].append(item)
        size += len(item) + 1
    return list(runs)


def text_event(frame: bytes) -> Event:
    """Return the ASGI event that sends a frame."""
    return {"type": "websocket.send", "text": frame.decode()}
