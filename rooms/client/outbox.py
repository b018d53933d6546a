"""Messages being sent: each is retried with the same client_id until the server has answered it."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from chatproject.realtime.protocol import Action, ErrorCode
from rooms.client.connection import Connection, Frame
from rooms.client.errors import ClientError, RequestRefused

MAX_IN_FLIGHT = 32
SLOW_MODE_SECONDS = 60.0  # how long sends go one by one after the last rejection
RETRYABLE = (ErrorCode.RATE_LIMITED, ErrorCode.UNAVAILABLE)


@dataclass(frozen=True, slots=True)
class Ack:
    """A committed message.

    `duplicate` means that an earlier send with its client_id, even by this client, created it.
    """

    room_name: str
    seq: int
    version: int
    client_id: str
    duplicate: bool


@dataclass(slots=True)
class _PendingSend:
    fields: dict[str, Any]
    answer: asyncio.Future[Ack] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    in_flight: bool = False


class Outbox:
    """Sends messages in the order of the calls, with a bounded number in flight.

    After a temporary rejection (rate limit, database outage), they are sent one by one: later messages must not
    overtake a rejected one. After a rate limit, they also keep the interval that the server asked for, because a client
    that is rejected again and again is disconnected (4029).
    """

    def __init__(self, connection: Connection, numbers: itertools.count[int]) -> None:
        self._connection = connection
        self._numbers = numbers
        self._connected = False
        self._frame_limit = 0
        self._window = MAX_IN_FLIGHT
        self._in_flight = 0
        self._min_interval = 0.0  # seconds between two sends
        self._rejected_at = 0.0
        self._pause_timer: asyncio.TimerHandle | None = None  # runs while the server wants no sends
        self._sends: dict[int, _PendingSend] = {}  # unanswered sends in order, by request_id

    async def send(
        self,
        room_name: str,
        content: str,
        client_id: str | None,
        reply_to: int | None,
        attachment_ids: Sequence[str],
    ) -> Ack:
        """Return once the message is committed. Raises RequestRefused, ConnectionEnded."""
        request_id = next(self._numbers)
        fields: dict[str, Any] = {
            "room_name": room_name,
            "content": content,
            "client_id": client_id or uuid.uuid4().hex,
        }
        if reply_to is not None:
            fields["reply_to"] = reply_to
        if attachment_ids:
            fields["attachment_ids"] = list(attachment_ids)
        self._check_size(fields)
        send = self._sends[request_id] = _PendingSend({**fields, "request_id": request_id})
        self._send_next()
        try:
            return await send.answer
        finally:
            self._remove(request_id)
            self._send_next()

    def on_connected(self, frame_limit: int) -> None:
        """Resend unanswered messages on a new connection."""
        self._connected, self._frame_limit = True, frame_limit
        self._send_next()

    def on_disconnected(self) -> None:
        """The connection is lost, and with it all pending answers."""
        self._connected, self._in_flight = False, 0
        for send in self._sends.values():
            send.in_flight = False

    def fail_all(self, error: ClientError) -> None:
        """Fail all pending sends."""
        for send in self._sends.values():
            if not send.answer.done():
                send.answer.set_exception(error)

    def handle_ack(self, frame: Frame) -> None:
        """Handle an `ack` frame."""
        send = self._sends.get(frame["request_id"])
        if send is not None and not send.answer.done():
            duplicate = frame.get("duplicate", False)
            ack = Ack(frame["room_name"], frame["seq"], frame["version"], frame["client_id"], duplicate)
            send.answer.set_result(ack)
            self._pause(self._min_interval)

    def handle_error(self, frame: Frame) -> None:
        """Handle an `error` frame if it answers a send."""
        send = self._sends.get(frame["request_id"])
        if send is None or send.answer.done():
            return
        if frame["code"] not in RETRYABLE or frame["status"] == 500:
            send.answer.set_exception(RequestRefused.from_frame(frame))
            return
        self._mark_answered(send)
        self._window = 1
        self._rejected_at = time.monotonic()
        if "retry_after" in frame:
            self._min_interval = max(self._min_interval, 1.1 * frame["retry_after"])
        self._pause(frame.get("retry_after", random.uniform(0.5, 1.5)))

    def _check_size(self, fields: dict[str, Any]) -> None:
        """Reject messages that the server would answer by closing the socket, or that can't be encoded.

        Raises RequestRefused.
        """
        try:
            size = len(orjson.dumps(fields)) + 100  # for the action and the request_id
        except TypeError as error:
            raise RequestRefused(400, ErrorCode.INVALID_FIELD, f"The message can't be sent: {error}.") from error
        if size > self._frame_limit:
            raise RequestRefused(413, ErrorCode.TOO_LARGE, f"A frame has at most {self._frame_limit} bytes.")

    def _send_next(self) -> None:
        if not self._connected or self._pause_timer is not None:
            return
        for send in self._sends.values():
            if self._in_flight >= self._window:
                return
            if not send.in_flight and not send.answer.done():
                send.in_flight = True
                self._in_flight += 1
                self._connection.send_frame(Action.SEND_MESSAGE, **send.fields)

    def _pause(self, seconds: float) -> None:
        if seconds and self._pause_timer is None:
            self._pause_timer = asyncio.get_running_loop().call_later(seconds, self._resume)

    def _resume(self) -> None:
        self._pause_timer = None
        self._send_next()

    def _mark_answered(self, send: _PendingSend) -> None:
        if send.in_flight:
            send.in_flight = False
            self._in_flight -= 1

    def _remove(self, request_id: int) -> None:
        self._mark_answered(self._sends.pop(request_id))
        if time.monotonic() - self._rejected_at > SLOW_MODE_SECONDS:
            self._window, self._min_interval = MAX_IN_FLIGHT, 0.0
