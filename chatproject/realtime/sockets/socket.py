"""One open socket: its identity, and the frames that the server sends unasked."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from django.utils import translation

from chatproject.realtime.delivery.connection import Connection
from chatproject.realtime.delivery.stream import Stream
from chatproject.realtime.presence.registry import ConnectionRegistry
from chatproject.realtime.protocol import CloseCode, ErrorCode, FrameType
from chatproject.sentences import Sentence, SentenceError

Frame = dict[str, Any]


class Identity(Protocol):
    """Whose socket it is, and what proves it."""

    @property
    def user_id(self) -> int: ...
    @property
    def user_name(self) -> str: ...
    @property
    def display_name(self) -> str: ...
    @property
    def avatar(self) -> str | None: ...
    @property
    def language(self) -> str | None:
        """What they have chosen, or None."""

    @property
    def session_key(self) -> str | None: ...
    @property
    def expires(self) -> float | None:
        """A Unix time, or None for never."""


@dataclass(frozen=True)
class IdentitySource:
    """How an app identifies people. The first two return None if nobody is identified.

    They raise one of the consumer's `handled_errors` for users who are not admitted.
    """

    from_session: Callable[[str], Awaitable[Identity | None]]
    from_token: Callable[[str], Awaitable[Identity | None]]
    find_expired: Callable[[Collection[Any]], Collection[Any]]  # runs in a database thread


class Socket:
    """The state of a socket, and the frames that don't answer an action."""

    identities: ClassVar[IdentitySource]

    connection: Connection
    connection_id: str
    identity: Identity | None
    opened_at: float  # time.monotonic()
    registry: ConnectionRegistry

    @property
    def language(self) -> str:
        """The language of the sentences that it is sent."""
        raise NotImplementedError

    def close_unauthenticated(self, detail: Sentence) -> None:
        """Close the socket because its session or token has ended."""
        self.send_error(401, ErrorCode.NOT_AUTHENTICATED, detail)
        self.connection.close(CloseCode.NOT_AUTHENTICATED)

    def send_error(
        self,
        status: int,
        code: ErrorCode,
        detail: Sentence | SentenceError,
        frame: Frame | None = None,
        *,
        retry_after: float | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        """Send an `error` frame in the socket's language; the socket stays open. `more` are further fields."""
        # Rounded up, so that a retry at that time succeeds.
        retry_after = None if retry_after is None else math.ceil(retry_after * 1000) / 1000
        echoed = {name: (frame or {}).get(name) for name in ("request_id", "client_id", "room_name", "topic")}
        echoed = {name: value for name, value in echoed.items() if isinstance(value, str | int)}
        with translation.override(self.language):
            text = str(detail)
        self.connection.send_frame(
            FrameType.ERROR, status=status, code=code, detail=text, retry_after=retry_after, **(more or {}), **echoed
        )

    def heartbeat(self) -> None:
        """Send the versions of all subscribed streams. A client that is behind subscribes again."""
        versions: dict[str, dict[str, int]] = {"versions": {}}
        for sub in self.connection.subscriptions.values():
            if sub.stream.version is not None:
                versions.setdefault(sub.stream.source.heartbeat_field, {})[sub.stream.name] = sub.stream.version
        self.connection.send_frame(FrameType.HEARTBEAT, **versions)

    def stream_changed(self, stream: Stream, properties: dict[str, Any], role: str | None) -> None:
        """Tell the client a stream's new properties, or the user's new role in it."""
        source = stream.source
        self.connection.send_frame(
            source.properties_frame, **{source.name_field: stream.name, source.properties_field: properties}, role=role
        )
