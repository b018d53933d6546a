"""What the client raises. The text of each is a sentence that can be shown as it is."""

from __future__ import annotations

from typing import Any


class ClientError(Exception):
    """Anything that the client can't settle by itself."""


class ConnectionFailed(ClientError):
    """No server answered when the client was opened. Later the client waits instead."""


class ConnectionEnded(ClientError):
    """The server ended the connection for good (4001: sign in again, 4003: put out), or the program closed the client.

    `code` is the close code, None when the program did it.
    """

    def __init__(self, code: int | None, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class RequestRefused(ClientError):
    """The server refused a request: `status`, `code` and `detail` as docs/protocol.md lists them."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail

    @classmethod
    def from_frame(cls, frame: dict[str, Any]) -> RequestRefused:
        """What an `error` frame says."""
        return cls(frame["status"], frame["code"], frame["detail"])


class RoomLost(ClientError):
    """A room that had been joined can't be followed any more. Iteration over the client can go on after it.

    `reason` is that of a `left` frame, or the code of the error that refused to let the client back in.
    """

    def __init__(self, room_name: str, reason: str) -> None:
        super().__init__(f"The room {room_name} can't be followed any more: {reason}.")
        self.room_name, self.reason = room_name, reason
