"""Rooms that are followed: each taken from the program's position to the live messages, as often as need be."""

from __future__ import annotations

import asyncio
import itertools
import logging
import random
from collections.abc import Coroutine
from typing import Any
from urllib.parse import quote
from urllib.request import HTTPRedirectHandler, Request, build_opener

import orjson

from chatproject.realtime.protocol import Action, LeftReason
from rooms.client.buffer import Buffer
from rooms.client.errors import ClientError, RequestRefused, RoomLost
from rooms.client.link import Frame, Link
from rooms.client.sending import NOT_NOW
from rooms.client.threads import in_thread

logger = logging.getLogger("rooms.client")
BEHIND_SECONDS = 2.0  # how long a heartbeat's version may stay above the position
PAGE = 100


class _Room:
    def __init__(self, name: str, after: int | None) -> None:
        self.name = name
        self.position = after  # the version of the last frame applied; None: to start from the newest
        self.epoch: str | None = None
        self.live = False  # whether frames are applied: they follow `position`
        self.request_id = 0  # of the latest joinRoom, the only one whose answer counts
        self.entered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.task: asyncio.Task[None] | None = None  # what is under way to make it live again


class Follower:
    """Puts every change of the rooms into the buffer, once, in the order of versions.

    While the buffer is full the rooms are left, not the socket: acks, pongs and heartbeats must go on, and the server
    need not keep for a slow reader what can be read again from the position.
    """

    def __init__(self, link: Link, numbers: itertools.count[int], buffer: Buffer) -> None:
        self._link = link
        self._numbers = numbers
        self._buffer = buffer
        self._rooms: dict[str, _Room] = {}
        self._up = False

    async def join(self, name: str, after: int | None) -> None:
        """Return when the server let the client in. Raises RequestRefused, ConnectionEnded."""
        room = self._rooms.get(name)
        if room is None:
            room = self._rooms[name] = _Room(name, after)
            if self._up:
                self._ask(room)
        await asyncio.shield(room.entered)

    def leave(self, name: str) -> None:
        """Follow a room no longer."""
        room = self._rooms.pop(name, None)
        if room is not None:
            self._rest(room)
            if self._up:
                self._link.tell(Action.LEAVE_ROOM, room_name=name)

    def up(self) -> None:
        """The server is there: come back to every room."""
        self._up = True
        for room in self._rooms.values():
            self._start(room, self._resume(room))

    def down(self) -> None:
        """The connection is lost."""
        self._up = False
        for room in self._rooms.values():
            self._rest(room)

    def end(self, error: ClientError) -> None:
        """Nobody is let in any more."""
        self.down()
        for room in self._rooms.values():
            if not room.entered.done():
                room.entered.set_exception(error)

    # --- Frames ----------------------------------------------------------------------------------------------

    def joined(self, frame: Frame) -> None:
        """Take a `joined`: go on from the position, catch up first, or start over."""
        room = self._rooms.get(frame["room_name"])
        if room is None or frame.get("request_id") != room.request_id:
            return
        if not room.entered.done():
            room.entered.set_result(None)
        known, room.epoch = room.epoch, frame["epoch"]
        if room.position is None:
            room.live = True
        elif known not in (None, room.epoch) or frame["version"] < room.position:
            self._start_over(room, "it is not where it was (the server's database was restored?)")
        elif frame["recovered"]:
            room.live = True
        elif not self._link.headers:
            self._start_over(room, "too much was missed, and only members can read it up")
        else:
            self._start(room, self._catch_up(room))

    def messages(self, frame: Frame) -> None:
        """Take a `messages` frame: what of it is new goes to the program."""
        room = self._rooms.get(frame["room_name"])
        if room is None or not room.live:
            return
        if self._buffer.full:
            self._rest(room)
            self._link.tell(Action.LEAVE_ROOM, room_name=room.name)
            self._start(room, self._resume(room))
            return
        position = room.position
        if position is not None and (frame["after"] or 0) > position:
            self._ask(room)
            return
        self._buffer.put([item for item in frame["messages"] if position is None or item["version"] > position])
        if not frame.get("history"):
            room.position = max(position or 0, frame["version"])

    def left(self, frame: Frame) -> None:
        """Take a `left`, which is the end of a room unless the client itself asked for it."""
        room = self._rooms.get(frame["room_name"])
        if room is not None and frame["reason"] != LeftReason.ASKED:
            self._lose(room, frame["reason"])

    def heartbeat(self, frame: Frame) -> None:
        """Take the versions of everything followed: what stays above the position was missed."""
        for name, version in frame["versions"].items():
            room = self._rooms.get(name)
            if room is None or not room.live or room.position is None or version <= room.position:
                continue
            if room.task is None or room.task.done():
                self._start(room, self._check(room, version))

    def refused(self, frame: Frame) -> None:
        """Take an `error` that may be about a joinRoom."""
        room = next((room for room in self._rooms.values() if room.request_id == frame["request_id"]), None)
        if room is None:
            return
        if frame["code"] in NOT_NOW:
            self._start(room, self._later(room, frame.get("retry_after", random.uniform(0.5, 1.5))))
        elif room.entered.done():
            self._lose(room, frame["code"])
        else:
            del self._rooms[room.name]
            room.entered.set_exception(RequestRefused.from_frame(frame))

    # --- Towards live ----------------------------------------------------------------------------------------

    def _ask(self, room: _Room) -> None:
        room.live = False
        room.request_id = next(self._numbers)
        # From now on, unless it starts over: then from the newest page.
        history = 0 if room.position is None and room.epoch is None else None
        self._link.tell(
            Action.JOIN_ROOM, room_name=room.name, after=room.position, history=history, request_id=room.request_id
        )

    def _start_over(self, room: _Room, why: str) -> None:
        logger.warning("%s starts over from its newest messages: %s.", room.name, why)
        room.position = None
        self._ask(room)

    async def _resume(self, room: _Room) -> None:
        """Ask again when there is space for the answer."""
        await self._buffer.roomy.wait()
        self._ask(room)

    async def _catch_up(self, room: _Room) -> None:
        """Read over REST what is more than the server resumes over, then ask again."""
        assert room.position is not None
        self._link.tell(Action.LEAVE_ROOM, room_name=room.name)
        more = True
        while more:
            await self._buffer.roomy.wait()
            try:
                page = await in_thread(read_changes, self._link, room.name, room.position)
                if page["epoch"] != room.epoch:
                    raise ValueError("the server's database is being restored")
            except (OSError, ValueError) as error:
                logger.warning("%s: what was missed can't be read yet: %s", room.name, error)
                await asyncio.sleep(random.uniform(1, 5))
                break
            more = page["more"]
            versions = [item["version"] for item in page["messages"]]
            self._buffer.put(page["messages"])
            room.position = max([room.position, *versions, *([] if more else [page["version"]])])
        self._ask(room)

    async def _check(self, room: _Room, version: int) -> None:
        await asyncio.sleep(BEHIND_SECONDS)
        if room.position is not None and room.position < version:
            self._ask(room)

    async def _later(self, room: _Room, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self._ask(room)

    def _start(self, room: _Room, work: Coroutine[Any, Any, None]) -> None:
        if room.task is not None:
            room.task.cancel()
        room.task = asyncio.create_task(work)

    def _rest(self, room: _Room) -> None:
        room.live = False
        if room.task is not None:
            room.task.cancel()
            room.task = None

    def _lose(self, room: _Room, reason: str) -> None:
        self._rest(room)
        del self._rooms[room.name]
        self._buffer.put([RoomLost(room.name, reason)])


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        """Go nowhere else: the token is for this server."""


def read_changes(link: Link, room_name: str, since: int) -> dict[str, Any]:
    """A page of a room's changes after a version. Blocks. Raises OSError, ValueError."""
    url = f"{link.http_url}/api/rooms/{quote(room_name, safe='')}/messages/?since={since}&limit={PAGE}"
    with build_opener(_NoRedirect).open(Request(url, headers=link.headers), timeout=10) as response:
        page: dict[str, Any] = orjson.loads(response.read())
        return page
