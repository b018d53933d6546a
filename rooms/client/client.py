"""The client: joins rooms, sends and receives messages, and reconnects as needed."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from chatproject.realtime.protocol import FrameType
from rooms.client.buffer import Buffer, Message
from rooms.client.connection import Connection, Frame
from rooms.client.errors import ClientError, ConnectionEnded
from rooms.client.files import Uploader, download
from rooms.client.http import HITS_PER_PAGE, fetch_hits
from rooms.client.outbox import Ack, Outbox
from rooms.client.subscriptions import Subscriptions
from rooms.client.threads import in_thread


class Client:
    """A program's client, made by `connect`. Use its methods inside `async with`."""

    def __init__(self, url: str, *, token: str | None = None) -> None:
        self._connection = Connection(
            url,
            token,
            on_connected=self._on_connected,
            on_frame=self._on_frame,
            on_disconnected=self._on_disconnected,
            on_end=self._on_end,
        )
        numbers = itertools.count(1)
        self._buffer = Buffer()
        self._outbox = Outbox(self._connection, numbers)
        self._subscriptions = Subscriptions(self._connection, numbers, self._buffer)
        self._uploader = Uploader(self._connection, self._check_open)
        self._ended: ClientError | None = None

    async def __aenter__(self) -> Self:
        """Connect. Raises ConnectionFailed if no server answers, ConnectionEnded if the token is rejected."""
        await self._connection.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._connection.close()
        self._end(ConnectionEnded(None, "The client was closed."))
        self._buffer.end(None)

    async def join(self, room_name: str, after: int | None = None) -> None:
        """Join a room: receive new messages, or every message changed after the version `after` (0 for all).

        Joining a room twice has no effect. Raises RequestRefused, ConnectionEnded.
        """
        self._check_open()
        await self._subscriptions.join(room_name, after)

    async def leave(self, room_name: str) -> None:
        """Leave a room. Messages that have already arrived are still returned. The user stays a member."""
        self._subscriptions.leave(room_name)

    async def send(
        self,
        room_name: str,
        content: str,
        client_id: str | None = None,
        *,
        reply_to: int | None = None,
        attachment_ids: Sequence[str] = (),
    ) -> Ack:
        """Post a message, reconnecting as needed; returns once it is committed.

        `reply_to` is the seq of the message being replied to. `attachment_ids` are results of `upload`; with any, the
        content may be empty. Concurrent sends are posted in the order of the calls. With its own `client_id`, a
        restarted program can retry a send without posting twice. Raises RequestRefused, ConnectionEnded.
        """
        self._check_open()
        return await self._outbox.send(room_name, content, client_id, reply_to, attachment_ids)

    async def upload(self, room_name: str, file: str | Path | IO[bytes], name: str | None = None) -> str:
        """Upload a file to a room, and return its id for `send`.

        `file` is a path, or a file opened for reading in binary mode that can seek; that needs a `name`. An interrupted
        upload goes on where it stopped. Raises RequestRefused, ConnectionEnded, and OSError if the file can't be read.
        """
        self._check_open()
        if isinstance(file, str):
            file = Path(file)
        if name is None:
            if not isinstance(file, Path):
                raise ValueError("An open file needs a name.")
            name = file.name
        return await self._uploader.upload(room_name, file, name)

    async def download(self, attachment: dict[str, Any], to: str | Path | IO[bytes]) -> None:
        """Download a file of a message to a path, or into a file opened for writing in binary mode.

        `attachment` is one of the message's `attachments`. Raises RequestRefused, OSError.
        """
        await download(self._connection, attachment["url"], Path(to) if isinstance(to, str) else to)

    async def search(
        self, query: str, *, before: int | None = None, limit: int = HITS_PER_PAGE, zone: str = "UTC"
    ) -> dict[str, Any]:
        """Return a page of the messages that a query finds, newest first, in the form of the REST API.

        `before` is the id of the last hit of the page before, `zone` the time zone of dates in the query, such as
        `Europe/Berlin`. Raises RequestRefused, OSError.
        """
        connection = self._connection
        return await in_thread(fetch_hits, connection.http_url, connection.headers, query, before, limit, zone)

    @property
    def waiting(self) -> int:
        """The number of messages that have arrived but were not asked for yet."""
        return len(self._buffer)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Message:
        """Return the next message of any joined room, in the form shown in docs/protocol.md.

        Edited and deleted messages arrive again in their latest state. Raises RoomLost, ConnectionEnded.
        """
        return await self._buffer.get()

    def _check_open(self) -> None:
        if self._ended is not None:
            raise self._ended

    def _on_connected(self, welcome: Frame) -> None:
        self._subscriptions.on_connected()
        self._outbox.on_connected(welcome["limits"]["frame"])

    def _on_disconnected(self) -> None:
        self._subscriptions.on_disconnected()
        self._outbox.on_disconnected()

    def _on_end(self, error: ClientError) -> None:
        self._end(error)
        self._buffer.end(error)

    def _end(self, error: ClientError) -> None:
        self._ended = error
        self._subscriptions.fail_all(error)
        self._outbox.fail_all(error)

    def _on_frame(self, frame: Frame) -> None:
        match frame["type"]:
            case FrameType.MESSAGES:
                self._subscriptions.handle_messages(frame)
            case FrameType.ACK:
                self._outbox.handle_ack(frame)
            case FrameType.HEARTBEAT:
                self._subscriptions.handle_heartbeat(frame)
            case FrameType.JOINED:
                self._subscriptions.handle_joined(frame)
            case FrameType.LEFT:
                self._subscriptions.handle_left(frame)
            case FrameType.ERROR if "request_id" in frame:
                self._outbox.handle_error(frame)
                self._subscriptions.handle_error(frame)


def connect(url: str, *, token: str | None = None) -> Client:
    """Return a client of the server at `url` (http, https, ws or wss), for the token's user or, without one, a guest.

    Raises ValueError if `url` is not a valid address.
    """
    return Client(url, token=token)
