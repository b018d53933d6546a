"""The clients of the lab: each has an account and a socket, opened again when it is lost, and a log."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from faults.logs import Kind, Log

HISTORY = 20  # messages of a page
OPEN_SECONDS = 10.0  # for a handshake
ANSWER_SECONDS = 8.0  # until a send without an answer is tried again
RETRY_SECONDS = (0.1, 0.6)  # between two attempts, at random
RETRYABLE = {"unavailable", "rate_limited"}
TWICE_EVERY, EDITED_EVERY = 7, 10  # messages: one of so many is sent again after its ack, or edited
PAGE = "page"  # the note of messages in a page
Frame = dict[str, Any]
_request_ids = itertools.count(1)


class Member:
    """One person with one socket in one room, who reads and may send. `addresses` are tried in turn."""

    def __init__(self, name: str, token: str, room_name: str, addresses: Sequence[str], first: int = 0) -> None:
        self.log = Log(name)
        self.name = name
        self.room_name = room_name
        self.addresses = addresses
        self.joined = asyncio.Event()
        self.position: int | None = None
        self.last_seq = 0
        self.lost_at: float | None = None  # when the connection was lost, if it was since it was last joined
        self.absences: list[float] = []  # seconds from the loss of a connection until the room was joined again
        self.close_codes: list[int | None] = []
        self.failures: list[str] = []  # of attempts to connect
        self.heartbeats = 0
        self.retry_seconds = RETRY_SECONDS  # between two attempts to connect
        self.socket: ClientConnection | None = None
        self._token = token
        self._turn = first
        self._answers: dict[str, asyncio.Future[Frame]] = {}
        self._staying: asyncio.Task[None] | None = None
        self._is_page = False

    # --- The connection ---------------------------------------------------------------------------------------

    async def come(self) -> None:
        """Connect, and stay connected until `leave`. Returns once the room is joined."""
        self._staying = asyncio.create_task(self._stay())
        waiting = asyncio.create_task(self.joined.wait())
        await asyncio.wait({waiting, self._staying}, return_when=asyncio.FIRST_COMPLETED)
        if self._staying.done():
            waiting.cancel()
            self._staying.result()

    async def leave(self, *, clean: bool = True) -> None:
        """Disconnect; unless `clean`, without a close frame."""
        self.log.left = True
        if self.socket is not None:
            if clean:
                await self.socket.close()
            else:
                self.socket.transport.abort()
        if self._staying is not None:
            self._staying.cancel()
            with suppress(asyncio.CancelledError):
                await self._staying

    def drop(self) -> None:
        """Lose the connection without a close frame."""
        if self.socket is not None:
            self.socket.transport.abort()

    @property
    def place(self) -> int:
        """The index of the address that the current connection leads to."""
        return (self._turn - 1) % len(self.addresses)

    async def _stay(self) -> None:
        while True:
            address = self.addresses[self._turn % len(self.addresses)]
            self._turn += 1
            try:
                await self._connect(address)
            except (OSError, TimeoutError, WebSocketException) as error:
                self.failures.append(f"{type(error).__name__}: {error}")
            await asyncio.sleep(random.uniform(*self.retry_seconds))

    async def _connect(self, address: str) -> None:
        headers = {"Authorization": f"Bearer {self._token}"}
        async with connect(
            f"{address}/ws/",
            additional_headers=headers,
            proxy=None,
            compression=None,
            max_size=None,
            open_timeout=OPEN_SECONDS,
            close_timeout=2,
            ping_interval=None,
        ) as socket:
            self.socket = socket
            try:
                await self._join()
                async for text in socket:
                    await self._take(orjson.loads(text))
            except ConnectionClosed:
                pass
            finally:
                self._lose(socket.close_code)

    def _lose(self, code: int | None) -> None:
        self.socket = None
        if self.joined.is_set():
            self.lost_at = time.monotonic()
        self.joined.clear()
        self.close_codes.append(code)
        self.log.add(Kind.CLOSED, note=str(code))
        for answer in self._answers.values():
            if not answer.done():
                answer.set_result({})

    async def _join(self) -> None:
        frame: Frame = {"action": "joinRoom", "room_name": self.room_name}
        frame |= {"history": HISTORY} if self.position is None else {"after": self.position}
        await self.send(frame)

    async def send(self, frame: Frame) -> None:
        """Send a frame. Raises ConnectionClosed, also if there is no connection."""
        if self.socket is None:
            raise ConnectionClosed(None, None)
        await self.socket.send(orjson.dumps(frame).decode(), text=True)

    # --- Reading ----------------------------------------------------------------------------------------------

    async def _take(self, frame: Frame) -> None:
        match frame["type"]:
            case "joined":
                self._is_page = not frame["recovered"]
                self.log.add(Kind.STARTED_OVER if self._is_page else Kind.JOINED, version=self.position or 0)
                if self.lost_at is not None:
                    self.absences.append(time.monotonic() - self.lost_at)
                    self.lost_at = None
                self.joined.set()
            case "messages":
                self._apply(frame)
            case "heartbeat":
                self.heartbeats += 1
                if frame["versions"].get(self.room_name, 0) > (self.position or 0):
                    await self._join()
            case "ack" | "error" | "pong":
                answer = self._answers.get(frame.get("request_id", ""))
                if answer is not None and not answer.done():
                    answer.set_result(frame)
                elif frame["type"] == "error" and not self.joined.is_set():
                    raise ConnectionResetError(frame["detail"])  # it could not join: again, elsewhere

    def _apply(self, frame: Frame) -> None:
        if frame.get("request_id"):
            return  # the answer to `getRecentMessages`
        page = frame["after"] is None
        if not page and frame["after"] > (self.position or 0):
            self.log.add(Kind.GAP, version=self.position or 0, note=str(frame["after"]))
        for message in frame["messages"]:
            if page or message["version"] > (self.position or 0):
                self.last_seq = max(self.last_seq, message["seq"])
                self.log.add(
                    Kind.RECEIVED,
                    client_id=message.get("client_id") or "",
                    seq=message["seq"],
                    version=message["version"],
                    content=message["content"],
                    note=PAGE if page else "",
                )
        if not frame.get("history"):
            self.position = frame["version"] if page else max(self.position or 0, frame["version"])
            if page:
                self.log.add(Kind.PAGE, version=self.position)

    # --- Sending ----------------------------------------------------------------------------------------------

    async def ask(self, action: str, **fields: Any) -> Frame:
        """Send an action and return its answer, or an empty frame if none came."""
        request_id = f"r{next(_request_ids)}"
        answer = self._answers[request_id] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self.send({"action": action, "request_id": request_id, **fields})
                return dict(await answer)
        except (TimeoutError, ConnectionClosed):
            return {}
        finally:
            del self._answers[request_id]

    async def say(self, client_id: str, content: str = "") -> Frame:
        """Send a message until it is acknowledged or refused. Returns the answer."""
        while True:
            await self.joined.wait()
            self.log.add(Kind.SEND, client_id=client_id)
            content = content or client_id
            answer = await self.ask("sendMessage", room_name=self.room_name, content=content, client_id=client_id)
            if answer.get("type") == "ack":
                self.log.add(Kind.ACK, client_id=client_id, seq=answer["seq"], version=answer["version"])
                return answer
            if answer.get("type") == "error" and answer["code"] not in RETRYABLE:
                self.log.add(Kind.REFUSED, client_id=client_id, note=answer["detail"])
                return answer
            await asyncio.sleep(answer.get("retry_after", random.uniform(*RETRY_SECONDS)))

    async def talk(self, stop: asyncio.Event, pause: float, content: str = "") -> None:
        """Send a message about every `pause` seconds, each until it is acknowledged; some twice, some are edited."""
        for number in itertools.count():
            await asyncio.sleep(random.uniform(0.5, 1.5) * pause)
            if stop.is_set():
                return
            client_id = f"{self.name}-{number}"
            answer = await self.say(client_id, content)
            if number % TWICE_EVERY == TWICE_EVERY - 1:
                await self.say(client_id, content)
            if number % EDITED_EVERY == EDITED_EVERY - 1 and answer.get("type") == "ack":
                await self._edit(answer["seq"], f"{client_id}, edited")

    async def _edit(self, seq: int, content: str) -> None:
        answer = await self.ask("editMessage", room_name=self.room_name, seq=seq, content=content)
        if answer.get("type") == "ack":
            self.log.add(Kind.EDITED, seq=seq, version=answer["version"])
