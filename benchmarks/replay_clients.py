"""Clients of a replay: speakers who send and retry, and readers who join a room and lose their connection."""

from __future__ import annotations

import abc
import asyncio
import json
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from irclog import Line
from servers import direct
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

ANSWER_SECONDS = 30.0  # a send without an answer for this long is retried
ATTEMPTS = 10
RETRY_SECONDS = 0.2
RETRYABLE = {"unavailable", "rate_limited"}
FINAL_CLOSE_CODES = {4001, 4003}  # after these a client must not reconnect
MESSAGES_FRAME = '{"type":"messages"'
Frame = dict[str, Any]


class ReplayError(Exception):
    """The replay can't continue. The message is one sentence."""


@dataclass(frozen=True, slots=True)
class Place:
    """A room at several server processes, with the access token of a user in it."""

    addresses: Sequence[str]
    room_name: str
    token: str

    async def page(self, query: str) -> Frame:
        """Fetch a page of the room's messages over REST."""
        url = f"http://{self.addresses[0]}/api/rooms/{self.room_name}/messages/?{query}"
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {self.token}"})

        def read() -> Frame:
            with direct.open(request, timeout=ANSWER_SECONDS) as answer:
                return dict(json.load(answer))

        try:
            return await asyncio.to_thread(read)
        except OSError as error:
            raise ReplayError(f"The page ?{query} could not be read: {error}.") from error


class Client(abc.ABC):
    """One account's socket in one room, reopened at the next server process when it is lost."""

    def __init__(self, place: Place, number: int) -> None:
        self.place = place
        self.number = number
        self.joined = asyncio.Event()
        self.may_connect = asyncio.Event()
        self.may_connect.set()
        self.lost = 0  # connections that ended without our doing
        self.aborted = False  # whether we aborted the current connection
        self._socket: ClientConnection | None = None
        self._connected = 0

    async def run(self) -> None:
        """Stay connected until cancelled. Raises ReplayError."""
        while True:
            await self.may_connect.wait()
            try:
                await self._serve()
            except (OSError, TimeoutError, WebSocketException):
                self.lost += not self.aborted
            await asyncio.sleep(RETRY_SECONDS)

    async def _serve(self) -> None:
        addresses = self.place.addresses
        address = addresses[(self.number + self._connected) % len(addresses)]
        self._connected += 1
        self.aborted = False
        headers = {"Authorization": f"Bearer {self.place.token}"}
        url = f"ws://{address}/ws/"
        async with connect(
            url, proxy=None, compression=None, additional_headers=headers, max_size=None, open_timeout=ANSWER_SECONDS
        ) as socket:
            self._socket = socket
            try:
                await socket.send(orjson.dumps(self.join_frame()).decode(), text=True)
                async for raw in socket:
                    if self.aborted:
                        return  # the connection is lost, and with it the frame
                    assert isinstance(raw, str)
                    await self.take(raw)
                self.lost += not self.aborted
            finally:
                self._socket = None
                self.joined.clear()
                self.connection_lost()
                if socket.close_code in FINAL_CLOSE_CODES:
                    raise ReplayError(f"The server closed a socket with {socket.close_code}.")

    def join_frame(self) -> Frame:
        """Return the first frame on a new connection."""
        return {"action": "joinRoom", "room_name": self.place.room_name, "history": 0}

    @abc.abstractmethod
    async def take(self, raw: str) -> None:
        """Handle a frame."""

    def connection_lost(self) -> None:  # noqa: B027 (a hook that not all need)
        """Called after each connection has ended."""


class Speaker(Client):
    """Sends an account's lines in order, each until it is acknowledged. Joins the room but stores no messages."""

    def __init__(self, place: Place, number: int) -> None:
        super().__init__(place, number)
        self.acks: dict[str, tuple[int, int]] = {}  # seq and version by client_id
        self.retries = 0
        self.duplicates = 0  # retries of messages that were already committed
        self._turn = asyncio.Lock()  # first come, first served: keeps the order of an account's lines
        self._answer: asyncio.Future[Frame] | None = None

    async def say(self, line: Line) -> None:
        """Send a line until it is acknowledged. Raises ReplayError if it is rejected."""
        frame = {"action": "sendMessage", "room_name": self.place.room_name}
        frame |= {"content": line.text, "client_id": line.client_id}
        async with self._turn:
            for _ in range(ATTEMPTS):
                answer = await self._ask(frame)
                if answer.get("type") == "ack":
                    self.acks[line.client_id] = answer["seq"], answer["version"]
                    self.duplicates += bool(answer.get("duplicate"))
                    return
                if answer.get("type") == "error" and answer["code"] not in RETRYABLE:
                    raise ReplayError(f"{line.client_id} was refused: {answer['detail']}")
                self.retries += 1
                await asyncio.sleep(answer.get("retry_after", RETRY_SECONDS))
        raise ReplayError(f"{line.client_id} was not acknowledged in {ATTEMPTS} attempts.")

    async def _ask(self, frame: Frame) -> Frame:
        """Send a frame and return the answer, or an empty one if there was none."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self.joined.wait()
                assert self._socket is not None
                self._answer = asyncio.get_running_loop().create_future()
                await self._socket.send(orjson.dumps(frame).decode(), text=True)
                return await self._answer
        except (TimeoutError, ConnectionClosed):
            return {}
        finally:
            self._answer = None

    async def take(self, raw: str) -> None:
        """Handle an answer. Messages of others are ignored unparsed, to save this process's time for readers."""
        if raw.startswith(MESSAGES_FRAME):
            return
        frame = orjson.loads(raw)
        if frame["type"] == "joined":
            self.joined.set()
        elif frame["type"] in {"ack", "error"} and frame.get("client_id"):
            if self._answer is not None and not self._answer.done():
                self._answer.set_result(frame)
        elif frame["type"] == "error":
            raise ReplayError(f"A speaker could not join: {frame['detail']}")

    def connection_lost(self) -> None:
        """Give up pending answers."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_result({})


@dataclass(frozen=True, slots=True)
class Outage:
    """The period in which a reader has no connection."""

    gone: asyncio.Event
    back: asyncio.Event


class Reader(Client):
    """Joins the room as docs/protocol.md tells clients to, and records every violation of the protocol."""

    def __init__(self, place: Place, number: int, outages: Sequence[Outage] = ()) -> None:
        super().__init__(place, number)
        self.messages: list[Frame] = []
        self.position: int | None = None  # version of the last `messages` frame applied
        self.violations: list[str] = []
        self.frames = self.delivered = self.trimmed = self.paged = 0
        self.drops = self.recovered = self.started_over = 0
        self._outages = outages
        self._epoch: str | None = None
        self._known: set[int] = set()
        self._grew = asyncio.Event()

    async def has(self, lines: int) -> None:
        """Wait until this many messages have arrived, on a connection that is open."""
        while len(self.messages) < lines:
            self._grew.clear()
            await self._grew.wait()
        await self.joined.wait()

    async def lose_connections(self) -> None:
        """Abort the connection without a close frame for each outage."""
        for outage in self._outages:
            await outage.gone.wait()
            await self.joined.wait()
            self.may_connect.clear()
            self.aborted = True
            self.joined.clear()
            self.drops += 1
            if self._socket is not None:
                self._socket.transport.abort()
            await outage.back.wait()
            self.may_connect.set()
            await self.joined.wait()

    def join_frame(self) -> Frame:
        """Return a frame that joins at the current position, or from now on."""
        if self.position is None:
            return super().join_frame()
        return {"action": "joinRoom", "room_name": self.place.room_name, "after": self.position}

    async def take(self, raw: str) -> None:
        """Handle a frame. Raises ReplayError if the room is lost, ConnectionResetError to reconnect."""
        frame = orjson.loads(raw)
        match frame["type"]:
            case "joined":
                self._joined(frame)
            case "messages":
                await self._apply(frame)
            case "heartbeat":
                if self._socket and frame["versions"].get(self.place.room_name, 0) > (self.position or 0):
                    await self._socket.send(orjson.dumps(self.join_frame()).decode(), text=True)
            case "error" if frame["code"] in RETRYABLE:
                raise ConnectionResetError(frame["detail"])
            case "error" | "left":
                raise ReplayError(f"A reader lost the room: {frame.get('detail') or frame.get('reason')}")

    def _joined(self, frame: Frame) -> None:
        if self._epoch not in (None, frame["epoch"]):
            self.violations.append("the epoch changed")
        self._epoch = frame["epoch"]
        if self.position is not None:
            self.recovered += frame["recovered"]
            self.started_over += not frame["recovered"]
        self.joined.set()

    async def _apply(self, frame: Frame) -> None:
        self.frames += 1
        self.delivered += len(frame["messages"])
        if frame.get("history"):
            return  # it moves no position; its messages are fetched over REST below
        if self.position is None:
            self.position = 0
        if frame["after"] is None:
            await self._page()
        elif frame["after"] > self.position:
            self.violations.append(f"a frame followed version {frame['after']} at position {self.position}")
        for message in frame["messages"]:
            self._keep(message)
        self.position = max(self.position, frame["version"])
        self._grew.set()

    async def _page(self) -> None:
        """Fetch over REST what a page on the socket may have left out."""
        more = True
        assert self.position is not None
        while more:
            page = await self.place.page(f"since={self.position}&limit=100")
            for message in page["messages"]:
                self._keep(message)
                self.position = message["version"]
            self.paged += len(page["messages"])
            more = page["more"]
        self.position = max(self.position, page["version"])

    def _keep(self, message: Frame) -> None:
        """Store messages above the position; others were sent again by an overlapping frame."""
        assert self.position is not None
        if message["version"] <= self.position:
            self.trimmed += 1
            return
        seq = message["seq"]
        if seq in self._known:
            self.violations.append(f"message {seq} came twice")
        elif self.messages and seq != self.messages[-1]["seq"] + 1:
            self.violations.append(f"message {seq} came after {self.messages[-1]['seq']}")
        self._known.add(seq)
        self.messages.append(message)
