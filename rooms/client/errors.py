"""Exceptions of the client. Each message is a sentence that can be shown to users."""

from __future__ import annotations

from typing import Any


class ClientError(Exception):
    """Base class of all errors that the client can't handle by itself."""


class ConnectionFailed(ClientError):
    """No server answered when the client was opened. Later, the client waits and reconnects instead."""


class ConnectionEnded(ClientError):
    """The server ended the connection for good (4001: sign in again, 4003: disconnected), or the program closed it.

    `code` is the close code, or None if the program closed it.
    """

    def __init__(self, code: int | None, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class RequestRefused(ClientError):
    """The server rejected a request, with `status`, `code` and `detail` as listed in docs/protocol.md."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail

    @classmethod
    def from_frame(cls, frame: dict[str, Any]) -> RequestRefused:
        """Create the exception from an `error` frame."""
        return cls(frame["status"], frame["code"], frame["detail"])


class RoomLost(ClientError):
    """Access to a joined room was lost. Iteration over the client can continue after it.

    `reason` comes from a `left` frame, or is the code of the error that rejected rejoining.
    """

    def __init__(self, room_name: str, reason: str) -> None:
        super().__init__(f"The room {room_name} can't be followed any more: {reason}.")
        self.room_name, self.reason = room_name, reason
