"""Following a stream: from a version one has, or from a page of the newest, without a gap and without a double."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chatproject.realtime.database import in_database
from chatproject.realtime.delivery.groups import StreamKey
from chatproject.realtime.delivery.stream import text_event
from chatproject.realtime.sockets.socket import Socket


@dataclass(frozen=True, slots=True)
class StreamAccess:
    """That somebody may follow a stream.

    `version` is the stream's, as read with the right to follow it; `answer` are fields of the answer; `newest` reads
    the page to start with (in a database thread) and gives it, in order, with the version it is of. `role` is what they
    are in the stream, if anything, `properties` are its own as `Changes` holds them.
    """

    version: int
    answer: dict[str, Any]
    newest: Callable[[], tuple[int, list[bytes]]]
    properties: dict[str, Any]
    role: str | None = None


async def follow(
    socket: Socket, key: StreamKey, name: str, *, after: int | None, enter: Callable[[], StreamAccess], request_id: Any
) -> None:
    """Have a socket follow a stream and tell it so.

    `after` is the version that the client has, None for none. `enter` checks the right (in a database thread) and
    raises when there is none; it runs when the socket is registered already, so that a loss of the right in between,
    which nobody would be told of, is seen.
    """
    connection, hub = socket.connection, socket.connection.hub
    previous = connection.subscriptions.get(key)
    sub = await hub.subscribe(key, name, connection)
    if previous is not None:
        hub.unsubscribe(previous)
    connection.subscriptions[key] = sub
    stream = sub.stream
    try:
        entrance = await in_database(enter)
        recovered = after is not None and after <= entrance.version and await hub.reach_back(stream, after)
        if recovered:
            sub.since = after or 0  # what the ring must go on holding
        else:
            version, page = await in_database(entrance.newest)
        await socket.registry.presence.load(stream)
    except BaseException:
        hub.unsubscribe(sub)
        if connection.subscriptions.get(key) is sub:
            del connection.subscriptions[key]
        raise
    if connection.subscriptions.get(key) is not sub:
        return  # lost while joining, and told so
    if stream.properties is None:
        stream.properties = entrance.properties
    sub.role = sub.role or entrance.role  # the former was read later, with a change that came meanwhile
    source = stream.source
    connection.send_frame(
        source.followed_frame,
        **{source.name_field: name},
        version=entrance.version,
        recovered=recovered,
        **entrance.answer,
        role=sub.role,
        **socket.registry.online(stream, connection),
        request_id=request_id,
    )
    if recovered:
        assert after is not None
        version = max(after, stream.version or 0)
        for _, part in stream.frames(after, version, stream.items_after(after, version, connection.reader_id)):
            connection.send_event(text_event(part))
    else:
        for part in stream.page_frames(version, page):
            connection.send_event(text_event(part))
    hub.proceed(sub, version)


def unfollow(socket: Socket, key: StreamKey, reason: str, request_id: Any = None) -> None:
    """Have a socket follow a stream no longer and tell it why."""
    sub = socket.connection.subscriptions.pop(key)
    socket.connection.hub.unsubscribe(sub)
    source = sub.stream.source
    socket.connection.send_frame(
        source.left_frame, **{source.name_field: sub.stream.name}, reason=reason, request_id=request_id
    )


def followed(socket: Socket, kind: str, name: str) -> StreamKey | None:
    """The stream of that kind and name, if the socket follows it."""
    for key, sub in socket.connection.subscriptions.items():
        if key.kind == kind and sub.stream.name == name:
            return key
    return None
