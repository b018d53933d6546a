"""Sends on their way: each is repeated, with the same client_id, until the server has answered it."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import orjson

from chatproject.realtime.protocol import Action, ErrorCode
from rooms.client.errors import ClientError, RequestRefused
from rooms.client.link import Frame, Link

MOST_IN_FLIGHT = 32
CAREFUL_SECONDS = 60.0  # how long sends go one by one after the last refusal
NOT_NOW = (ErrorCode.RATE_LIMITED, ErrorCode.UNAVAILABLE)


@dataclass(frozen=True, slots=True)
class Ack:
    """That a message is committed. `duplicate`: by an earlier send with its client_id, this client's own included."""

    room_name: str
    seq: int
    version: int
    client_id: str
    duplicate: bool


@dataclass(slots=True)
class _Send:
    fields: dict[str, Any]
    answer: asyncio.Future[Ack] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    in_flight: bool = False


class Sender:
    """Sends in the order in which they were asked for, a bounded number of them unanswered at a time.

    After a refusal that is not for good (too fast, database away) they go one by one: what follows a refused one must
    not get ahead of it. After one for the rate they keep the distance that the server asked for, too, since a client
    that is refused again and again is put out (4029).
    """

    def __init__(self, link: Link, numbers: itertools.count[int]) -> None:
        self._link = link
        self._numbers = numbers
        self._up = False
        self._frame_limit = 0
        self._window = MOST_IN_FLIGHT
        self._in_flight = 0
        self._distance = 0.0  # seconds between two sends
        self._refused_at = 0.0
        self._hold: asyncio.TimerHandle | None = None  # until when the server wants to be left alone
        self._sends: dict[int, _Send] = {}  # unanswered, in order, by request_id

    async def send(self, room_name: str, content: str, client_id: str | None, reply_to: int | None) -> Ack:
        """Return when it is committed. Raises RequestRefused, ConnectionEnded."""
        request_id = next(self._numbers)
        fields: dict[str, Any] = {
            "room_name": room_name,
            "content": content,
            "client_id": client_id or uuid.uuid4().hex,
        }
        if reply_to is not None:
            fields["reply_to"] = reply_to
        self._check(fields)
        send = self._sends[request_id] = _Send({**fields, "request_id": request_id})
        self._pump()
        try:
            return await send.answer
        finally:
            self._forget(request_id)
            self._pump()

    def up(self, frame_limit: int) -> None:
        """The server is there: say again what it has not answered."""
        self._up, self._frame_limit = True, frame_limit
        self._pump()

    def down(self) -> None:
        """The connection is lost, and with it every answer that was on its way."""
        self._up, self._in_flight = False, 0
        for send in self._sends.values():
            send.in_flight = False

    def end(self, error: ClientError) -> None:
        """No more answers come."""
        for send in self._sends.values():
            if not send.answer.done():
                send.answer.set_exception(error)

    def acknowledged(self, frame: Frame) -> None:
        """Take an `ack`."""
        send = self._sends.get(frame["request_id"])
        if send is not None and not send.answer.done():
            duplicate = frame.get("duplicate", False)
            ack = Ack(frame["room_name"], frame["seq"], frame["version"], frame["client_id"], duplicate)
            send.answer.set_result(ack)
            self._wait(self._distance)

    def refused(self, frame: Frame) -> None:
        """Take an `error` that may be about a send."""
        send = self._sends.get(frame["request_id"])
        if send is None or send.answer.done():
            return
        if frame["code"] not in NOT_NOW or frame["status"] == 500:
            send.answer.set_exception(RequestRefused.from_frame(frame))
            return
        self._land(send)
        self._window = 1
        self._refused_at = time.monotonic()
        if "retry_after" in frame:
            self._distance = max(self._distance, 1.1 * frame["retry_after"])
        self._wait(frame.get("retry_after", random.uniform(0.5, 1.5)))

    def _check(self, fields: dict[str, Any]) -> None:
        """What the server would answer by closing the socket, or could not be told. Raises RequestRefused."""
        try:
            size = len(orjson.dumps(fields)) + 100  # the action and the request_id
        except TypeError as error:
            raise RequestRefused(400, ErrorCode.INVALID_FIELD, f"The message can't be sent: {error}.") from error
        if size > self._frame_limit:
            raise RequestRefused(413, ErrorCode.TOO_LARGE, f"A frame has at most {self._frame_limit} bytes.")

    def _pump(self) -> None:
        if not self._up or self._hold is not None:
            return
        for send in self._sends.values():
            if self._in_flight >= self._window:
                return
            if not send.in_flight and not send.answer.done():
                send.in_flight = True
                self._in_flight += 1
                self._link.tell(Action.SEND_MESSAGE, **send.fields)

    def _wait(self, seconds: float) -> None:
        if seconds and self._hold is None:
            self._hold = asyncio.get_running_loop().call_later(seconds, self._release)

    def _release(self) -> None:
        self._hold = None
        self._pump()

    def _land(self, send: _Send) -> None:
        if send.in_flight:
            send.in_flight = False
            self._in_flight -= 1

    def _forget(self, request_id: int) -> None:
        self._land(self._sends.pop(request_id))
        if time.monotonic() - self._refused_at > CAREFUL_SECONDS:
            self._window, self._distance = MOST_IN_FLIGHT, 0.0
