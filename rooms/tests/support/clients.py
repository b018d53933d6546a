"""A WebSocket test client that checks the protocol: it records every gap and every duplicate."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypeVar

import orjson
from django.db import connections
from django.test import Client as DjangoClient
from rest_framework_simplejwt.tokens import AccessToken
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from rooms.models import Membership, Room, User
from rooms.services.rooms import room_create

T = TypeVar("T")
Frame = dict[str, Any]
PATIENCE = 20  # seconds to wait for anything on a busy machine
_numbers = itertools.count(1)


async def database(function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """Run ORM code from a coroutine, in a thread whose connection is closed afterwards."""

    def call() -> T:
        try:
            return function(*args, **kwargs)
        finally:
            connections.close_all()

    return await asyncio.to_thread(call)


def person(name: str, **fields: Any) -> User:
    """Create a user whose unique name begins with `name`."""
    return User.objects.create_user(f"{name}-{next(_numbers)}", **fields)


def room_of(owner: User, *members: User, kind: str = "private") -> Room:
    """Create a room with these users."""
    room = room_create(by=owner, name=f"room-{next(_numbers)}", kind=kind)
    Membership.objects.bulk_create([Membership(room=room, user=user) for user in members])
    return room


def token_of(user: User) -> str:
    """Return an access token."""
    return str(AccessToken.for_user(user))


def session_of(user: User) -> DjangoClient:
    """Sign a user in and return the session key. `cookie_of` returns its cookie."""
    client = DjangoClient()
    client.force_login(user)
    return client


def cookie_of(browser: DjangoClient) -> str:
    """Return the Cookie header of a signed-in browser."""
    return f"sessionid={browser.cookies['sessionid'].value}"


class Client:
    """One socket. As a context manager, it closes the socket on exit."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.frames: list[Frame] = []  # not taken by `wait_for` yet
        self.heartbeats: list[Frame] = []
        self.messages: dict[str, list[Frame]] = {}  # by room, in the order in which they were applied
        self.position: dict[str, int] = {}  # by room, the version of the last `messages` frame applied
        self.online: dict[str, dict[str, str]] = {}  # by room, the display names of users reported online
        self.presences: list[Frame] = []  # every `presence` frame
        self.faults: list[str] = []  # gaps, and messages out of order
        self.received_at: dict[str, float] = {}  # by client_id, a monotonic time
        self._news = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def open(
        cls, url: str, *, user: User | None = None, path: str = "/ws/", headers: dict[str, str] | None = None
    ) -> Self:
        """Connect to a server's `ws_url`, with a token of `user` if given. Raises InvalidStatus."""
        headers = dict(headers or {})
        if user is not None:
            headers["Authorization"] = f"Bearer {token_of(user)}"
        return cls(
            await connect(
                url + path,
                additional_headers=headers,
                proxy=None,
                compression=None,
                max_size=None,
                open_timeout=PATIENCE,
            )
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the socket."""
        await self.socket.close()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reading

    async def send(self, action: str, **fields: Any) -> None:
        """Send an action. Fields that are None are left out."""
        fields = {name: value for name, value in fields.items() if value is not None}
        await self.send_raw(orjson.dumps({"action": action, **fields}).decode())

    async def send_raw(self, frame: str | bytes) -> None:
        """Send a text or binary frame unchanged."""
        await self.socket.send(frame)

    async def join(self, room: Room | str, *, after: int | None = None, **fields: Any) -> Frame:
        """Join a room and wait for the first `messages` frame. Returns the `joined` frame."""
        name = room if isinstance(room, str) else room.name
        if after is not None:
            self.position[name] = after
        await self.send("joinRoom", room_name=name, after=after, **fields)
        joined = await self.wait_for("joined", room_name=name)
        await self.wait_for("messages", room_name=name)
        return joined

    async def say(self, room: Room, content: str, client_id: str | None = None) -> Frame:
        """Post a message and wait for its `ack` or `error`."""
        request_id = str(next(_numbers))
        await self.send("sendMessage", room_name=room.name, content=content, client_id=client_id, request_id=request_id)
        return await self.answer(request_id)

    async def ask(self, action: str, **fields: Any) -> Frame:
        """Send an action and wait for the first frame that answers it."""
        request_id = str(next(_numbers))
        await self.send(action, request_id=request_id, **fields)
        return await self.answer(request_id)

    async def answer(self, request_id: str) -> Frame:
        """Return the frame that echoes a `request_id`."""
        return await self._take(lambda frame: frame.get("request_id") == request_id, request_id, PATIENCE)

    async def wait_for(self, frame_type: str, within: float = PATIENCE, **fields: Any) -> Frame:
        """Take the first frame of this type with these fields. Raises AssertionError after `within` seconds."""

        def matches(frame: Frame) -> bool:
            return frame["type"] == frame_type and all(frame.get(name) == value for name, value in fields.items())

        return await self._take(matches, f"{frame_type} {fields}", within)

    async def next_frame(self) -> Frame:
        """Take the first frame."""
        return await self._take(lambda frame: True, "anything", PATIENCE)

    async def wait_until(self, condition: Callable[[], bool], within: float = PATIENCE) -> None:
        """Wait until a condition on this client is true. Raises AssertionError."""
        await self._wait(lambda: condition() or None, "condition", within)

    async def closed(self, within: float = PATIENCE) -> int | None:
        """Wait until the server has closed the socket. Returns its close code."""
        await asyncio.wait_for(self.socket.wait_closed(), within)
        return self.socket.close_code

    @property
    def closing(self) -> bool:
        """Return whether the socket is closed and everything has been read."""
        return self._reading.done()

    async def settled(self, seconds: float = 0.3) -> list[Frame]:
        """Wait a moment, then take and return all frames."""
        await asyncio.sleep(seconds)
        frames, self.frames = self.frames, []
        return frames

    def contents(self, room: Room) -> list[str]:
        """Return the contents of a room's messages in the order in which they arrived."""
        return [message["content"] for message in self.messages.get(room.name, [])]

    async def _take(self, matches: Callable[[Frame], bool], what: str, within: float) -> Frame:
        def look() -> Frame | None:
            for place, frame in enumerate(self.frames):
                if matches(frame):
                    return self.frames.pop(place)
            return None

        return await self._wait(look, what, within)

    async def _wait(self, look: Callable[[], T | None], what: str, within: float) -> T:
        deadline = time.monotonic() + within
        while True:
            self._news.clear()
            if (found := look()) is not None:
                return found
            left = deadline - time.monotonic()
            if left <= 0 or self._reading.done():
                state = f"closed with {self.socket.close_code}" if self._reading.done() else "open"
                raise AssertionError(f"{what} did not come; the socket is {state}; untaken: {self.frames[-5:]}")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), left)

    async def _read(self) -> None:
        try:
            async for text in self.socket:
                frame = orjson.loads(text)
                if frame["type"] == "messages" and not frame.get("history"):
                    self._apply(frame)
                if frame["type"] in {"joined", "presence"}:
                    self._note_presence(frame)
                aside = {"heartbeat": self.heartbeats, "presence": self.presences}
                aside.get(frame["type"], self.frames).append(frame)
                self._news.set()
        except ConnectionClosed:
            pass
        finally:
            self._news.set()

    def _note_presence(self, frame: Frame) -> None:
        joined, left = frame["joined" if frame["type"] == "presence" else "online"], frame.get("left", [])
        if frame["type"] == "joined":
            self.online[frame["room_name"]] = {}
        room = self.online[frame["room_name"]]  # the room has been joined: nothing is reported before that
        room.update({person["user_name"]: person["display_name"] for person in joined})
        for name in left:
            room.pop(name, None)

    def _apply(self, frame: Frame) -> None:
        name, now = frame["room_name"], time.monotonic()
        log = self.messages.setdefault(name, [])
        if frame["after"] is None:
            log[:] = frame["messages"]
        else:
            position = self.position.get(name, 0)
            if frame["after"] > position:
                self.faults.append(f"{name}: at {position}, got what follows {frame['after']}")
            fresh = [message for message in frame["messages"] if message["version"] > position]
            versions = [position, *(message["version"] for message in fresh), frame["version"]]
            if versions != sorted(versions) or len({*versions[1:-1]}) != len(fresh):
                self.faults.append(f"{name}: versions {versions}")
            log.extend(fresh)
        for message in frame["messages"]:
            self.received_at.setdefault(message.get("client_id", ""), now)
        self.position[name] = max(self.position.get(name, 0), frame["version"])
