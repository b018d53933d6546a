"""Room subscriptions: each room is brought from the program's position up to live messages, as often as needed."""

from __future__ import annotations

import asyncio
import itertools
import logging
import random
from collections.abc import Coroutine
from typing import Any
from urllib.parse import quote

from chatproject.realtime.protocol import Action, LeftReason
from rooms.client.buffer import Buffer
from rooms.client.connection import Connection, Frame
from rooms.client.errors import ClientError, RequestRefused, RoomLost
from rooms.client.http import get_json
from rooms.client.outbox import RETRYABLE
from rooms.client.threads import in_thread

logger = logging.getLogger("rooms.client")
MAX_LAG_SECONDS = 2.0  # how long the version in a heartbeat may stay ahead of the position
PAGE_SIZE = 100


class _Subscription:
    def __init__(self, name: str, after: int | None) -> None:
        self.name = name
        self.position = after  # version of the last frame applied; None to start from the newest messages
        self.epoch: str | None = None
        self.live = False  # whether frames are applied because they follow `position`
        self.request_id = 0  # of the latest joinRoom, the only one whose answer counts
        self.confirmed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.task: asyncio.Task[None] | None = None  # work that makes it live again


class Subscriptions:
    """Puts every change in the rooms into the buffer, once and in version order.

    While the buffer is full, the client leaves the rooms but keeps the socket: acks, pongs and heartbeats must
    continue, and the server need not keep changes for a slow reader that can fetch them from its position.
    """

    def __init__(self, connection: Connection, numbers: itertools.count[int], buffer: Buffer) -> None:
        self._connection = connection
        self._numbers = numbers
        self._buffer = buffer
        self._rooms: dict[str, _Subscription] = {}
        self._connected = False

    async def join(self, name: str, after: int | None) -> None:
        """Return once the server has confirmed the subscription. Raises RequestRefused, ConnectionEnded."""
        room = self._rooms.get(name)
        if room is None:
            room = self._rooms[name] = _Subscription(name, after)
            if self._connected:
                self._request_join(room)
        await asyncio.shield(room.confirmed)

    def leave(self, name: str) -> None:
        """Unsubscribe from a room."""
        room = self._rooms.pop(name, None)
        if room is not None:
            self._pause(room)
            if self._connected:
                self._connection.send_frame(Action.LEAVE_ROOM, room_name=name)

    def on_connected(self) -> None:
        """Rejoin every room on a new connection."""
        self._connected = True
        for room in self._rooms.values():
            self._start(room, self._resume(room))

    def on_disconnected(self) -> None:
        """Pause every room: the connection is lost."""
        self._connected = False
        for room in self._rooms.values():
            self._pause(room)

    def fail_all(self, error: ClientError) -> None:
        """Fail all pending joins."""
        self.on_disconnected()
        for room in self._rooms.values():
            if not room.confirmed.done():
                room.confirmed.set_exception(error)

    # --- Frames ----------------------------------------------------------------------------------------------

    def handle_joined(self, frame: Frame) -> None:
        """Handle a `joined` frame: continue from the position, catch up first, or reload the room."""
        room = self._rooms.get(frame["room_name"])
        if room is None or frame.get("request_id") != room.request_id:
            return
        if not room.confirmed.done():
            room.confirmed.set_result(None)
        previous_epoch, room.epoch = room.epoch, frame["epoch"]
        if room.position is None:
            room.live = True
        elif previous_epoch not in (None, room.epoch) or frame["version"] < room.position:
            self._reload(room, "its versions went back (was the server's database restored?)")
        elif frame["recovered"]:
            room.live = True
        elif not self._connection.headers:
            self._reload(room, "too many changes were missed, and only members can fetch them")
        else:
            self._start(room, self._catch_up(room))

    def handle_messages(self, frame: Frame) -> None:
        """Handle a `messages` frame: pass new messages to the program."""
        room = self._rooms.get(frame["room_name"])
        if room is None or not room.live:
            return
        if self._buffer.full:
            self._pause(room)
            self._connection.send_frame(Action.LEAVE_ROOM, room_name=room.name)
            self._start(room, self._resume(room))
            return
        position = room.position
        if position is not None and (frame["after"] or 0) > position:
            self._request_join(room)
            return
        self._buffer.put([item for item in frame["messages"] if position is None or item["version"] > position])
        if not frame.get("history"):
            room.position = max(position or 0, frame["version"])

    def handle_left(self, frame: Frame) -> None:
        """Handle a `left` frame: the room is lost unless the client asked to leave."""
        room = self._rooms.get(frame["room_name"])
        if room is not None and frame["reason"] != LeftReason.ASKED:
            self._drop(room, frame["reason"])

    def handle_heartbeat(self, frame: Frame) -> None:
        """Handle a `heartbeat` frame: if a version stays ahead of the position, changes were missed."""
        for name, version in frame["versions"].items():
            room = self._rooms.get(name)
            if room is None or not room.live or room.position is None or version <= room.position:
                continue
            if room.task is None or room.task.done():
                self._start(room, self._rejoin_if_behind(room, version))

    def handle_error(self, frame: Frame) -> None:
        """Handle an `error` frame if it answers a joinRoom."""
        room = next((room for room in self._rooms.values() if room.request_id == frame["request_id"]), None)
        if room is None:
            return
        if frame["code"] in RETRYABLE:
            self._start(room, self._retry_later(room, frame.get("retry_after", random.uniform(0.5, 1.5))))
        elif room.confirmed.done():
            self._drop(room, frame["code"])
        else:
            del self._rooms[room.name]
            room.confirmed.set_exception(RequestRefused.from_frame(frame))

    # --- Becoming live ---------------------------------------------------------------------------------------

    def _request_join(self, room: _Subscription) -> None:
        room.live = False
        room.request_id = next(self._numbers)
        # New messages only, except when reloading: then from the newest page.
        history = 0 if room.position is None and room.epoch is None else None
        self._connection.send_frame(
            Action.JOIN_ROOM, room_name=room.name, after=room.position, history=history, request_id=room.request_id
        )

    def _reload(self, room: _Subscription, why: str) -> None:
        logger.warning("%s is reloaded from its newest messages: %s.", room.name, why)
        room.position = None
        self._request_join(room)

    async def _resume(self, room: _Subscription) -> None:
        """Join again once the buffer has space for the answer."""
        await self._buffer.has_space.wait()
        self._request_join(room)

    async def _catch_up(self, room: _Subscription) -> None:
        """Fetch changes over REST if there are more than the server resumes over, then join again."""
        assert room.position is not None
        self._connection.send_frame(Action.LEAVE_ROOM, room_name=room.name)
        more = True
        while more:
            await self._buffer.has_space.wait()
            try:
                page = await in_thread(fetch_changes, self._connection, room.name, room.position)
                if page["epoch"] != room.epoch:
                    raise ValueError("the server's database is being restored")
            except (RequestRefused, OSError, ValueError) as error:
                logger.warning("%s: could not fetch missed changes, retrying: %s", room.name, error)
                await asyncio.sleep(random.uniform(1, 5))
                break
            more = page["more"]
            versions = [item["version"] for item in page["messages"]]
            self._buffer.put(page["messages"])
            room.position = max([room.position, *versions, *([] if more else [page["version"]])])
        self._request_join(room)

    async def _rejoin_if_behind(self, room: _Subscription, version: int) -> None:
        await asyncio.sleep(MAX_LAG_SECONDS)
        if room.position is not None and room.position < version:
            self._request_join(room)

    async def _retry_later(self, room: _Subscription, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self._request_join(room)

    def _start(self, room: _Subscription, work: Coroutine[Any, Any, None]) -> None:
        if room.task is not None:
            room.task.cancel()
        room.task = asyncio.create_task(work)

    def _pause(self, room: _Subscription) -> None:
        room.live = False
        if room.task is not None:
            room.task.cancel()
            room.task = None

    def _drop(self, room: _Subscription, reason: str) -> None:
        self._pause(room)
        del self._rooms[room.name]
        self._buffer.put([RoomLost(room.name, reason)])


def fetch_changes(connection: Connection, room_name: str, since: int) -> dict[str, Any]:
    """Fetch a page of a room's changes after a version. Blocks. Raises RequestRefused, OSError, ValueError."""
    url = f"{connection.http_url}/api/rooms/{quote(room_name, safe='')}/messages/?since={since}&limit={PAGE_SIZE}"
    return get_json(url, connection.headers)
