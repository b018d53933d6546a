"""What applies to all sockets of a process: heartbeats, slow readers, expired identities and the shutdown."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

import orjson
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from chatproject.realtime.background.periodic import periodic_tasks
from chatproject.realtime.database import in_database
from chatproject.realtime.delivery.hub import Hub, get_hub
from chatproject.realtime.delivery.publish import session_digest
from chatproject.realtime.delivery.source import Changes
from chatproject.realtime.delivery.stream import Stream, text_event
from chatproject.realtime.presence.registry import ConnectionRegistry
from chatproject.realtime.presence.registry_rows import Person
from chatproject.realtime.presence.typing_indicator import TypingIndicator
from chatproject.realtime.protocol import CloseCode, FrameType, LeftReason
from chatproject.realtime.sockets.socket import Socket
from chatproject.realtime.sockets.subscribing import unsubscribe_socket

logger = logging.getLogger(__name__)
IDENTITY_CHECK_SECONDS = 60


class Supervisor:
    """Supervises the sockets of one hub."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.sockets: WeakSet[Socket] = WeakSet()
        self.registry = ConnectionRegistry(hub, self._disconnect)
        self.typing_indicator = TypingIndicator(hub)
        hub.control_handlers |= {
            "session": self._session_ended,
            "identities": self._identities_changed,
            "person": self._person_changed,
            "disconnect": lambda message: self._disconnect(message["connection_id"]),
            "subscribers": self.registry.subscribers_changed,
        }
        hub.on_stream_changed = self._stream_changed
        for task in periodic_tasks:
            hub.spawn(task.run())
        hub.spawn(self._every(1, self._enforce_deadlines))
        hub.spawn(self._every(1, self._check_sessions))
        hub.spawn(self._every(settings.HEARTBEAT_SECONDS, self._send_heartbeats))
        hub.spawn(self._every(IDENTITY_CHECK_SECONDS, lambda: self._check_identities(list(self.sockets))))

    async def _every(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                await work()
            except Exception as error:
                logger.warning("task failed, retrying in %s s: %r", seconds, error)

    async def _enforce_deadlines(self) -> None:
        now, wall = time.monotonic(), time.time()
        for socket in list(self.sockets):
            socket.connection.close_if_stalled(now, settings.SLOW_READER_SECONDS)
            identity = socket.identity
            if identity is None:
                silent = not socket.connection.subscriptions
                if silent and now - socket.opened_at > settings.IDENTITY_GRACE_SECONDS:
                    socket.close_unauthenticated(_("Authenticate, or join a room that allows guests."))
            elif identity.expires is not None and identity.expires <= wall and identity.session_key is None:
                socket.close_unauthenticated(_("The token has expired."))

    async def _check_sessions(self) -> None:
        """Close the sockets of expired sessions; a session that was extended stays valid."""
        wall = time.time()
        due = [
            socket
            for socket in list(self.sockets)
            if (who := socket.identity) is not None and who.session_key and (who.expires or wall) <= wall
        ]
        await self._check_identities(due)

    async def _send_heartbeats(self) -> None:
        for socket in list(self.sockets):
            socket.heartbeat()

    async def _check_identities(self, sockets: list[Socket]) -> None:
        identified = [socket for socket in sockets if socket.identity is not None]
        if not identified:
            return
        source = identified[0].identities
        identities = [socket.identity for socket in identified]
        ended = {id(identity) for identity in await in_database(source.find_expired, identities)}
        for socket in identified:
            if id(socket.identity) in ended:
                socket.close_unauthenticated(_("The session has ended."))

    def _session_ended(self, message: dict[str, Any]) -> None:
        for socket in list(self.sockets):
            key = socket.identity.session_key if socket.identity else None
            if key and session_digest(key) == message["digest"]:
                socket.close_unauthenticated(_("The session has ended."))

    def _identities_changed(self, message: dict[str, Any]) -> None:
        sockets = [socket for socket in self.sockets if socket.connection.reader_id == message["user_id"]]
        self.hub.spawn(self._recheck(sockets))

    def _person_changed(self, message: dict[str, Any]) -> None:
        self.hub.pages.forget_all()
        self.hub.spawn(self._update_person(message["user_id"], Person(**message["person"])))

    def _disconnect(self, connection_id: str) -> None:
        for socket in list(self.sockets):
            if socket.connection_id == connection_id:
                socket.connection.close(CloseCode.DISCONNECTED)

    async def _recheck(self, sockets: list[Socket]) -> None:
        """Check whether these sockets of one user may stay open, and then which streams they may still read."""
        await self._check_identities(sockets)
        for key in {key for socket in sockets for key in socket.connection.subscriptions}:
            self.hub.refresh(key)

    async def _update_person(self, user_id: int, person: Person) -> None:
        """Show a user's new name or picture to the readers of their streams, and drop what was encoded before."""
        await self._check_identities([socket for socket in self.sockets if socket.connection.reader_id == user_id])
        self.registry.update_person(user_id, person)
        streams = await self.hub.streams_showing(user_id)
        for stream in streams:
            stream.discard_delivered()
        keys = {stream.key for stream in streams}
        event = text_event(orjson.dumps({"type": FrameType.PERSON, **person._asdict()}))
        for socket in list(self.sockets):
            if socket.identity is not None and not keys.isdisjoint(socket.connection.subscriptions):
                socket.connection.send_event(event)

    def _stream_changed(self, stream: Stream, changes: Changes) -> None:
        # Users who are removed from an open room could read on, but are told that they were removed.
        lost = (changes.checked_readers - changes.readable) | set(changes.reasons)
        changed = changes.properties is not None and changes.properties != stream.properties
        stream.properties = changes.properties
        self.registry.presence.mark_removed(stream.key, changes.reasons)
        for socket in list(self.sockets):
            sub = socket.connection.subscriptions.get(stream.key)
            if sub is None:
                continue
            reader_id = socket.connection.reader_id
            if reader_id in lost:
                unsubscribe_socket(socket, stream.key, changes.reasons.get(reader_id, LeftReason.REMOVED))
                continue
            former = sub.role
            if reader_id in changes.checked_readers:
                sub.role = changes.roles.get(reader_id)
            # A reader who is still joining learns the role from the answer.
            if changes.properties is not None and (changed or (sub.role != former and sub.position is not None)):
                socket.stream_changed(stream, changes.properties, sub.role)

    async def shutdown(self) -> None:
        """Close every socket with 1012, and give the frames and the message to other processes a moment to leave."""
        for socket in list(self.sockets):
            socket.connection.close(CloseCode.RESTARTING)
        await self.registry.shut_down()
        await asyncio.sleep(0.2)


_supervisors: WeakKeyDictionary[Hub, Supervisor] = WeakKeyDictionary()


def get_supervisor() -> Supervisor:
    """Return the supervisor of the running event loop's hub."""
    hub = get_hub()
    if hub not in _supervisors:
        _supervisors[hub] = Supervisor(hub)
    return _supervisors[hub]


async def shutdown() -> None:
    """Close every socket of this process with 1012. Call it in the server's event loop before the loop stops."""
    await get_supervisor().shutdown()
