"""The client: rooms joined, messages sent and read, over as many connections as it takes."""

from __future__ import annotations

import itertools
from types import TracebackType
from typing import Self

from chatproject.realtime.protocol import FrameType
from rooms.client.buffer import Buffer, Message
from rooms.client.errors import ClientError, ConnectionEnded
from rooms.client.following import Follower
from rooms.client.link import Frame, Link
from rooms.client.sending import Ack, Sender


class Client:
    """One program's connection. Made by `connect`; its methods are for use inside `async with`."""

    def __init__(self, url: str, *, token: str | None = None) -> None:
        self._link = Link(
            url, token, on_up=self._on_up, on_frame=self._on_frame, on_down=self._on_down, on_end=self._on_end
        )
        numbers = itertools.count(1)
        self._buffer = Buffer()
        self._sender = Sender(self._link, numbers)
        self._follower = Follower(self._link, numbers, self._buffer)
        self._ended: ClientError | None = None

    async def __aenter__(self) -> Self:
        """Connect. Raises ConnectionFailed when no server answers, ConnectionEnded when the token is refused."""
        await self._link.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._link.close()
        self._end(ConnectionEnded(None, "The client was closed."))
        self._buffer.end(None)

    async def join(self, room_name: str, after: int | None = None) -> None:
        """Follow a room: what is new from now on, or every message changed after the version `after` (0: all).

        Joining a room that is joined already changes nothing. Raises RequestRefused, ConnectionEnded.
        """
        self._check_open()
        await self._follower.join(room_name, after)

    async def leave(self, room_name: str) -> None:
        """Follow a room no longer; what has arrived is still given. The person stays a member."""
        self._follower.leave(room_name)

    async def send(
        self, room_name: str, content: str, client_id: str | None = None, *, reply_to: int | None = None
    ) -> Ack:
        """Post a message; returns when it is committed, however many connections that takes.

        `reply_to` is the seq of the message that it answers. Concurrent sends are posted in the order in which they
        were called. With a `client_id` of one's own, a program that was ended can send again without posting twice.
        Raises RequestRefused, ConnectionEnded.
        """
        self._check_open()
        return await self._sender.send(room_name, content, client_id, reply_to)

    @property
    def waiting(self) -> int:
        """How many messages have arrived and were not asked for yet."""
        return len(self._buffer)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Message:
        """The next message of any joined room, as docs/protocol.md shows it.

        Edited and deleted messages come again, in their latest state. Raises RoomLost, ConnectionEnded.
        """
        return await self._buffer.get()

    def _check_open(self) -> None:
        if self._ended is not None:
            raise self._ended

    def _on_up(self, welcome: Frame) -> None:
        self._follower.up()
        self._sender.up(welcome["limits"]["frame"])

    def _on_down(self) -> None:
        self._follower.down()
        self._sender.down()

    def _on_end(self, error: ClientError) -> None:
        self._end(error)
        self._buffer.end(error)

    def _end(self, error: ClientError) -> None:
        self._ended = error
        self._follower.end(error)
        self._sender.end(error)

    def _on_frame(self, frame: Frame) -> None:
        match frame["type"]:
            case FrameType.MESSAGES:
                self._follower.messages(frame)
            case FrameType.ACK:
                self._sender.acknowledged(frame)
            case FrameType.HEARTBEAT:
                self._follower.heartbeat(frame)
            case FrameType.JOINED:
                self._follower.joined(frame)
            case FrameType.LEFT:
                self._follower.left(frame)
            case FrameType.ERROR if "request_id" in frame:
                self._sender.refused(frame)
                self._follower.refused(frame)


def connect(url: str, *, token: str | None = None) -> Client:
    """A client of the server at `url` (http, https, ws or wss), as the person whose token it is; without one, a guest.

    Raises ValueError when `url` is not an address.
    """
    return Client(url, token=token)
