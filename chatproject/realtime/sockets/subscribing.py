"""Subscribing a socket to a stream, from a version or from the newest page, without gaps or duplicates."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

from chatproject.realtime.database import in_database
from chatproject.realtime.delivery.groups import StreamKey
from chatproject.realtime.delivery.hub import Hub
from chatproject.realtime.delivery.shared_pages import Page
from chatproject.realtime.delivery.stream import Stream, text_event
from chatproject.realtime.sockets.socket import Socket


@dataclass(frozen=True, slots=True)
class StreamAccess:
    """Permission to subscribe to a stream.

    `version` is the stream's version, read together with the permission. `answer` holds fields of the answer. `newest`
    reads the first page (in a database thread) and returns its version and its items in order. `role` is the user's
    role in the stream, if any, and `properties` its own properties as in `Changes`. `page_key` is set if everybody with
    the same key may be sent the same page.
    """

    key: StreamKey
    version: int
    answer: dict[str, Any]
    newest: Callable[[], tuple[int, list[bytes]]]
    properties: dict[str, Any]
    role: str | None = None
    page_key: Hashable = None


async def subscribe_socket(
    socket: Socket,
    key: StreamKey,
    name: str,
    *,
    after: int | None,
    access: StreamAccess | None = None,
    authorize: Callable[[], StreamAccess],
    request_id: Any,
) -> None:
    """Subscribe a socket to a stream and tell its client.

    `after` is the version that the client has, or None. `authorize` checks the permission (in a database thread) and
    raises if there is none. It runs after the socket is registered, so that a permission lost in between, which nobody
    would be told about, is noticed.

    `access` is a permission that was read before, for streams in which losing access takes a new version.
    """
    connection, hub = socket.connection, socket.connection.hub
    if access is not None and not will_be_revoked(hub, key, access):
        access = None
    previous = connection.subscriptions.get(key)
    sub = await hub.subscribe(key, name, connection)
    if previous is not None:
        hub.unsubscribe(previous)
    connection.subscriptions[key] = sub
    stream = sub.stream
    try:
        if access is None:
            access = await in_database(authorize)
        recovered = after is not None and after <= access.version and await hub.ensure_backlog(stream, after)
        if recovered:
            sub.since = after or 0  # the ring must keep what follows it
        else:
            page = await newest_page(stream, access, connection.hub)
        await socket.registry.presence.load(stream)
    except BaseException:
        hub.unsubscribe(sub)
        if connection.subscriptions.get(key) is sub:
            del connection.subscriptions[key]
        raise
    if connection.subscriptions.get(key) is not sub:
        return  # access was lost while joining, and the client has been told
    if stream.properties is None:
        stream.properties = access.properties
    sub.role = sub.role or access.role  # the former was read later, with a change that came meanwhile
    source = stream.source
    connection.send_frame(
        source.subscribed_frame,
        **{source.name_field: name},
        version=access.version,
        recovered=recovered,
        **access.answer,
        role=sub.role,
        **socket.registry.online(stream, connection),
        request_id=request_id,
    )
    if recovered:
        assert after is not None
        version = max(after, stream.version or 0)
        events = stream.resume_events(after, version, connection.reader_id)
    else:
        version, events = page.version, page.events
    for event in events:
        connection.send_event(event)
    hub.start_delivery(sub, version)


def will_be_revoked(hub: Hub, key: StreamKey, access: StreamAccess) -> bool:
    """Return whether a socket that is registered now will be told if this access has been lost since it was read.

    So it is if this process has yet to handle all later versions of the stream.
    """
    stream = hub.streams.get(key)
    return stream is not None and stream.version is not None and stream.version <= access.version


async def newest_page(stream: Stream, access: StreamAccess, hub: Hub) -> Page:
    """Return the stream's first page, if possible one that was read for somebody else."""

    async def read() -> Page:
        version, items = await in_database(access.newest)
        return Page(version, [text_event(frame) for frame in stream.page_frames(version, items)])

    if access.page_key is None:
        return await read()
    return await hub.pages.get((stream.key, access.page_key), access.version, read)


def unsubscribe_socket(socket: Socket, key: StreamKey, reason: str, request_id: Any = None) -> None:
    """Unsubscribe a socket from a stream and tell its client why."""
    sub = socket.connection.subscriptions.pop(key)
    socket.connection.hub.unsubscribe(sub)
    source = sub.stream.source
    socket.connection.send_frame(
        source.unsubscribed_frame, **{source.name_field: sub.stream.name}, reason=reason, request_id=request_id
    )


def subscribed_key(socket: Socket, kind: str, name: str) -> StreamKey | None:
    """Return the key of the stream of that kind and name, if the socket is subscribed to it."""
    for key, sub in socket.connection.subscriptions.items():
        if key.kind == kind and sub.stream.name == name:
            return key
    return None
