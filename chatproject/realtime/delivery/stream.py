"""One stream in one process: its latest changes, already encoded, and the local readers that follow it."""

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

RING_ITEMS = 1024
RING_BYTES = 4 * 1024 * 1024
Event = dict[str, object]  # an ASGI event


class Reader(Protocol):
    """What a stream needs of a connection."""

    reader_id: int
    blocked: bool

    def send_event(self, event: Event) -> bool:
        """Send an ASGI event. False when it is still on its way: the reader is `blocked` until it has gone."""
        ...

    def too_slow(self) -> None:
        """Give the reader up: what it missed is no longer at hand."""
        ...


class Subscription:
    """That a connection follows a stream. `position` is the version it has been sent, None before its history.

    `role` is what its person was told to be in it. While `position` is None it needs what came after the version
    `since`: where it resumes, or where the stream was when it came, for a page is read later.
    """

    __slots__ = ("position", "reader", "role", "since", "stream")

    def __init__(self, stream: Stream, reader: Reader) -> None:
        self.stream = stream
        self.reader = reader
        self.position: int | None = None
        self.since = stream.version or 0
        self.role: str | None = None


class Stream:
    """The ring of a stream's changes after `floor`, up to `version`, and who was sent them.

    Up to the version `stale` it may hold text that has been taken back since: no more than readers who were there then
    still need.

    `live` readers have been sent everything up to `sent`; `behind` are those whose socket is full, whose history is
    on its way, or who read ahead of the announcements.
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
        self.hidden: dict[int, Collection[int]] = {}  # who may not read an item of the ring, by its version
        self.live: set[Subscription] = set()
        self.behind: set[Subscription] = set()
        self.early: dict[int, Announcement] = {}  # announcements above a hole, by the version they follow
        self.reasons: dict[int, str] = {}  # why people lost the stream, until it has been read again
        self.filling = False
        self.properties: dict[str, object] | None = None  # the stream's own, as last told to readers
        field = source.frame_type
        self._head = b'{"type":"%s","%s":%s,"after":' % (field.encode(), source.name_field.encode(), orjson.dumps(name))
        self._list = b',"%s":[' % field.encode()

    def start(self, version: int) -> None:
        """Follow the stream from this version on."""
        self.version = self.sent = self.floor = version

    def next_early(self) -> Announcement | None:
        """The announcement that leads on from `version`, if it is here; what is old by now is forgotten."""
        assert self.version is not None
        for after, announcement in sorted(self.early.items()):
            if announcement.version <= self.version:
                del self.early[after]
            elif after <= self.version:
                return announcement
        return None

    def append(
        self, version: int, items: Sequence[tuple[int, bytes]], hidden: Mapping[int, Collection[int]] | None = None
    ) -> None:
        """Move to `version`, with what of `items` is new, `hidden` from some."""
        assert self.version is not None
        if hidden:
            self.hidden |= {version: readers for version, readers in hidden.items() if version > self.version}
        for item in items:
            if item[0] > self.version:
                self.ring.append(item)
                self.ring_bytes += len(item[1])
        self.version = max(self.version, version)
        full = len(self.ring) > RING_ITEMS or self.ring_bytes > RING_BYTES
        while full and self.ring[0][0] <= self.sent:  # the next fan-out still needs what is above
            self.floor = self._drop()
            full = len(self.ring) > RING_ITEMS or self.ring_bytes > RING_BYTES

    def _drop(self) -> int:
        """Forget the oldest item; its version."""
        version, item = self.ring.popleft()
        self.ring_bytes -= len(item)
        if self.hidden:
            self.hidden.pop(version, None)
        return version

    def extend_back(
        self, after: int, items: Sequence[tuple[int, bytes]], hidden: Mapping[int, Collection[int]] | None = None
    ) -> None:
        """Let the ring reach back to the version `after`; `items` are the changes since, in version order."""
        self.hidden |= {version: readers for version, readers in (hidden or {}).items() if version <= self.floor}
        older = [item for item in items if item[0] <= self.floor]
        self.ring.extendleft(reversed(older))
        self.ring_bytes += sum(len(item[1]) for item in older)
        self.floor = min(self.floor, after)

    def forget(self) -> None:
        """Hold nothing that all readers have: who comes back has it read from the database, as it is now."""
        needed = [sub.since if sub.position is None else sub.position for sub in self.behind]
        lowest = min([self.sent, *needed])
        while self.ring and self.ring[0][0] <= lowest:
            self._drop()
        self.floor = max(self.floor, lowest)

    def fan_out(self) -> None:
        """Send every live reader what is new, and help on those that fell behind."""
        assert self.version is not None
        if self.version > self.sent:
            base, self.sent = self.sent, self.version
            if self.hidden:
                self._set_apart(base)
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
            self.forget()

    def _set_apart(self, base: int) -> None:
        """Have those live readers from whom something new is hidden catch up by themselves: their frames are others."""
        barred = {reader for version, readers in self.hidden.items() if version > base for reader in readers}
        apart = [sub for sub in self.live if sub.reader.reader_id in barred]
        for sub in apart:
            sub.position = base
        self.live.difference_update(apart)
        self.behind.update(apart)

    @property
    def is_stale(self) -> bool:
        """Whether the ring may hold text that has been taken back."""
        return self.stale > self.floor

    def catch_up(self, sub: Subscription) -> None:
        """Send one reader what it lacks, as far as its socket takes it, and count it live when it has everything."""
        if sub.position is None or sub.reader.blocked or self.version is None or sub not in self.behind:
            return
        if sub.position < self.sent:
            if sub.position < self.floor:
                self.discard(sub)
                sub.reader.too_slow()
                return
            for version, event in self.events_between(sub.position, self.sent, sub.reader.reader_id):
                sub.position = version
                metrics.deliveries.inc()
                if not sub.reader.send_event(event):
                    return
        if sub.position == self.sent:
            self.behind.discard(sub)
            self.live.add(sub)

    def discard(self, sub: Subscription) -> None:
        """Forget a reader."""
        self.live.discard(sub)
        self.behind.discard(sub)

    def subscriptions(self) -> list[Subscription]:
        """All local readers."""
        return [*self.live, *self.behind]

    def reader_ids(self) -> set[int]:
        """Who the local readers are."""
        return {sub.reader.reader_id for sub in self.subscriptions()}

    def items_after(self, after: int, up_to: int, reader_id: int | None = None) -> list[tuple[int, bytes]]:
        """What the ring holds of the versions `(after, up_to]`, in order, without what is hidden from that reader."""
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

    def events_between(self, after: int, up_to: int, reader_id: int | None = None) -> list[tuple[int, Event]]:
        """The frames that take a reader from `after` to `up_to`, each with the version it leads to."""
        items = self.items_after(after, up_to, reader_id)
        return [(version, text_event(frame)) for version, frame in self.frames(after, up_to, items)]

    def frames(self, after: int | None, version: int, items: Sequence[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
        """Changes in version order as frames of bounded size that follow one another."""
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
        """A page in order of place as frames. Only the last moves the reader's position; the others are `history`."""
        *first, last = split_by_size(items)
        history = [self._frame(None, version, part, history=True) for part in first]
        return [*history, self._frame(None, version, last)]

    def _frame(self, after: int | None, version: int, items: Sequence[bytes], *, history: bool = False) -> bytes:
        position = b"null" if after is None else b"%d" % after
        mark = b',"history":true' if history else b""
        return b'%s%s,"version":%d%s%s%s]}' % (self._head, position, version, mark, self._list, b",".join(items))


def split_by_size(items: Sequence[bytes]) -> list[Sequence[bytes]]:
    """Runs of items that each fit a frame; at least one run, if an empty one."""
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
    """A frame as the ASGI event that sends it."""
    return {"type": "websocket.send", "text": frame.decode()}
