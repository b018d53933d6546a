"""What happens to all of a process's sockets: heartbeats, slow readers, identities that end, the shutdown."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

import orjson
from django.conf import settings

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
from chatproject.realtime.sockets.subscribing import unfollow

logger = logging.getLogger(__name__)
IDENTITY_CHECK_SECONDS = 60


class Supervisor:
    """Watches over the sockets of one hub."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.sockets: WeakSet[Socket] = WeakSet()
        self.registry = ConnectionRegistry(hub, self._disconnect)
        self.typists = TypingIndicator(hub)
        hub.control |= {
            "session": self._session_ended,
            "identities": self._identities_changed,
            "person": self._person_changed,
            "disconnect": lambda message: self._disconnect(message["connection_id"]),
            "followers": self.registry.followers_changed,
        }
        hub.on_stream_changed = self._stream_changed
        for chore in periodic_tasks:
            hub.spawn(chore.run())
        hub.spawn(self._every(1, self._check_paces))
        hub.spawn(self._every(1, self._check_sessions))
        hub.spawn(self._every(settings.HEARTBEAT_SECONDS, self._heartbeats))
        hub.spawn(self._every(IDENTITY_CHECK_SECONDS, lambda: self._check_identities(list(self.sockets))))

    async def _every(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                await work()
            except Exception as error:
                logger.warning("not done, trying again in %s s: %r", seconds, error)

    async def _check_paces(self) -> None:
        now, wall = time.monotonic(), time.time()
        for socket in list(self.sockets):
            socket.connection.check_pace(now, settings.SLOW_READER_SECONDS)
            identity = socket.identity
            if identity is None:
                silent = not socket.connection.subscriptions
                if silent and now - socket.opened_at > settings.IDENTITY_GRACE_SECONDS:
                    socket.end("Say who you are, or join a room that admits guests.")
            elif identity.expires is not None and identity.expires <= wall and identity.session_key is None:
                socket.end("The token has expired.")

    async def _check_sessions(self) -> None:
        """End the sockets of sessions that have run out; one that was prolonged goes on."""
        wall = time.time()
        due = [
            socket
            for socket in list(self.sockets)
            if (who := socket.identity) is not None and who.session_key and (who.expires or wall) <= wall
        ]
        await self._check_identities(due)

    async def _heartbeats(self) -> None:
        for socket in list(self.sockets):
            socket.heartbeat()

    async def _check_identities(self, sockets: list[Socket]) -> None:
        known = [socket for socket in sockets if socket.identity is not None]
        if not known:
            return
        source = known[0].identities
        asked = [socket.identity for socket in known]
        ended = {id(identity) for identity in await in_database(source.ended_among, asked)}
        for socket in known:
            if id(socket.identity) in ended:
                socket.end("The session has ended.")

    def _session_ended(self, message: dict[str, Any]) -> None:
        for socket in list(self.sockets):
            key = socket.identity.session_key if socket.identity else None
            if key and session_digest(key) == message["digest"]:
                socket.end("The session has ended.")

    def _identities_changed(self, message: dict[str, Any]) -> None:
        theirs = [socket for socket in self.sockets if socket.connection.reader_id == message["user_id"]]
        self.hub.spawn(self._look_again(theirs))

    def _person_changed(self, message: dict[str, Any]) -> None:
        self.hub.spawn(self._rename(message["user_id"], Person(**message["person"])))

    def _disconnect(self, connection_id: str) -> None:
        for socket in list(self.sockets):
            if socket.connection_id == connection_id:
                socket.connection.close(CloseCode.DISCONNECTED)

    async def _look_again(self, theirs: list[Socket]) -> None:
        """See whether these sockets of one person may stay open, and then what they may still follow."""
        await self._check_identities(theirs)
        for followed in {key for socket in theirs for key in socket.connection.subscriptions}:
            self.hub.read_again(followed)

    async def _rename(self, user_id: int, person: Person) -> None:
        """Show a person by another name or picture: to those who read where they are, and in what is kept at hand."""
        await self._check_identities([each for each in self.sockets if each.connection.reader_id == user_id])
        self.registry.rename(user_id, person)
        streams = await self.hub.with_person(user_id)
        for stream in streams:
            stream.forget()
        keys = {stream.key for stream in streams}
        event = text_event(orjson.dumps({"type": FrameType.PERSON, **person._asdict()}))
        for socket in list(self.sockets):
            if socket.identity is not None and not keys.isdisjoint(socket.connection.subscriptions):
                socket.connection.send_event(event)

    def _stream_changed(self, stream: Stream, changes: Changes) -> None:
        # Somebody put out of an open room could read on; they are told all the same.
        lost = (changes.asked - changes.readable) | set(changes.reasons)
        changed = changes.properties is not None and changes.properties != stream.properties
        stream.properties = changes.properties
        self.registry.presence.put_out(stream.key, changes.reasons)
        for socket in list(self.sockets):
            sub = socket.connection.subscriptions.get(stream.key)
            if sub is None:
                continue
            reader_id = socket.connection.reader_id
            if reader_id in lost:
                unfollow(socket, stream.key, changes.reasons.get(reader_id, LeftReason.REMOVED))
                continue
            former = sub.role
            if reader_id in changes.asked:
                sub.role = changes.roles.get(reader_id)
            # Who has not been answered yet learns what they are from the answer.
            if changes.properties is not None and (changed or (sub.role != former and sub.position is not None)):
                socket.stream_changed(stream, changes.properties, sub.role)

    async def shutdown(self) -> None:
        """Close every socket with 1012, and give the frames a moment to leave."""
        for socket in list(self.sockets):
            socket.connection.close(CloseCode.RESTARTING)
        await asyncio.gather(asyncio.sleep(0.2), self.registry.end())


_supervisors: WeakKeyDictionary[Hub, Supervisor] = WeakKeyDictionary()


def get_supervisor() -> Supervisor:
    """The supervisor of the running event loop's hub."""
    hub = get_hub()
    if hub not in _supervisors:
        _supervisors[hub] = Supervisor(hub)
    return _supervisors[hub]


async def shutdown() -> None:
    """Close every socket of this process with 1012. Call it in the server's event loop before that stops."""
    await get_supervisor().shutdown()
