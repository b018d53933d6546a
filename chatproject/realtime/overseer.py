"""What happens to all of a process's sockets: heartbeats, slow readers, identities that end, the shutdown."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, WeakSet

import orjson
from django.conf import settings

from chatproject.realtime.chores import chores
from chatproject.realtime.database import in_database
from chatproject.realtime.following import unfollow
from chatproject.realtime.hub import Hub, get_hub
from chatproject.realtime.protocol import CloseCode, FrameType, LeftReason
from chatproject.realtime.publish import session_digest
from chatproject.realtime.source import Changes
from chatproject.realtime.store import Person
from chatproject.realtime.stream import Stream, text_event
from chatproject.realtime.table import ConnectionTable
from chatproject.realtime.typists import Typists

if TYPE_CHECKING:
    from chatproject.realtime.consumer import Consumer

logger = logging.getLogger(__name__)
IDENTITY_CHECK_SECONDS = 60


class Overseer:
    """Watches over the sockets of one hub."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.consumers: WeakSet[Consumer] = WeakSet()
        self.table = ConnectionTable(hub, self._disconnect)
        self.typists = Typists(hub)
        hub.control |= {
            "session": self._session_ended,
            "identities": self._identities_changed,
            "person": self._person_changed,
            "disconnect": lambda message: self._disconnect(message["connection_id"]),
            "followers": self.table.followers_changed,
        }
        hub.on_stream_changed = self._stream_changed
        for chore in chores:
            hub.spawn(chore.run())
        hub.spawn(self._every(1, self._check_paces))
        hub.spawn(self._every(1, self._check_sessions))
        hub.spawn(self._every(settings.HEARTBEAT_SECONDS, self._heartbeats))
        hub.spawn(self._every(IDENTITY_CHECK_SECONDS, lambda: self._check_identities(list(self.consumers))))

    async def _every(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                await work()
            except Exception as error:
                logger.warning("not done, trying again in %s s: %r", seconds, error)

    async def _check_paces(self) -> None:
        now, wall = time.monotonic(), time.time()
        for consumer in list(self.consumers):
            consumer.connection.check_pace(now, settings.SLOW_READER_SECONDS)
            identity = consumer.identity
            if identity is None:
                silent = not consumer.connection.subscriptions
                if silent and now - consumer.opened_at > settings.IDENTITY_GRACE_SECONDS:
                    consumer.end("Say who you are, or join a room that admits guests.")
            elif identity.expires is not None and identity.expires <= wall and identity.session_key is None:
                consumer.end("The token has expired.")

    async def _check_sessions(self) -> None:
        """End the sockets of sessions that have run out; one that was prolonged goes on."""
        wall = time.time()
        due = [
            consumer
            for consumer in list(self.consumers)
            if (who := consumer.identity) is not None and who.session_key and (who.expires or wall) <= wall
        ]
        await self._check_identities(due)

    async def _heartbeats(self) -> None:
        for consumer in list(self.consumers):
            consumer.heartbeat()

    async def _check_identities(self, consumers: list[Consumer]) -> None:
        known = [consumer for consumer in consumers if consumer.identity is not None]
        if not known:
            return
        source = known[0].identities
        asked = [consumer.identity for consumer in known]
        ended = {id(identity) for identity in await in_database(source.ended_among, asked)}
        for consumer in known:
            if id(consumer.identity) in ended:
                consumer.end("The session has ended.")

    def _session_ended(self, message: dict[str, Any]) -> None:
        for consumer in list(self.consumers):
            key = consumer.identity.session_key if consumer.identity else None
            if key and session_digest(key) == message["digest"]:
                consumer.end("The session has ended.")

    def _identities_changed(self, message: dict[str, Any]) -> None:
        theirs = [consumer for consumer in self.consumers if consumer.connection.reader_id == message["user_id"]]
        self.hub.spawn(self._look_again(theirs))

    def _person_changed(self, message: dict[str, Any]) -> None:
        self.hub.spawn(self._rename(message["user_id"], Person(**message["person"])))

    def _disconnect(self, connection_id: str) -> None:
        for consumer in list(self.consumers):
            if consumer.connection_id == connection_id:
                consumer.connection.close(CloseCode.DISCONNECTED)

    async def _look_again(self, theirs: list[Consumer]) -> None:
        """See whether these sockets of one person may stay open, and then what they may still follow."""
        await self._check_identities(theirs)
        for followed in {key for consumer in theirs for key in consumer.connection.subscriptions}:
            self.hub.read_again(followed)

    async def _rename(self, user_id: int, person: Person) -> None:
        """Show a person by another name or picture: to those who read where they are, and in what is kept at hand."""
        await self._check_identities([each for each in self.consumers if each.connection.reader_id == user_id])
        self.table.rename(user_id, person)
        streams = await self.hub.with_person(user_id)
        for stream in streams:
            stream.forget()
        keys = {stream.key for stream in streams}
        event = text_event(orjson.dumps({"type": FrameType.PERSON, **person._asdict()}))
        for consumer in list(self.consumers):
            if consumer.identity is not None and not keys.isdisjoint(consumer.connection.subscriptions):
                consumer.connection.send_event(event)

    def _stream_changed(self, stream: Stream, changes: Changes) -> None:
        # Somebody put out of an open room could read on; they are told all the same.
        lost = (changes.asked - changes.readable) | set(changes.reasons)
        changed = changes.properties is not None and changes.properties != stream.properties
        stream.properties = changes.properties
        self.table.presence.put_out(stream.key, changes.reasons)
        for consumer in list(self.consumers):
            sub = consumer.connection.subscriptions.get(stream.key)
            if sub is None:
                continue
            reader_id = consumer.connection.reader_id
            if reader_id in lost:
                unfollow(consumer, stream.key, changes.reasons.get(reader_id, LeftReason.REMOVED))
                continue
            former = sub.role
            if reader_id in changes.asked:
                sub.role = changes.roles.get(reader_id)
            # Who has not been answered yet learns what they are from the answer.
            if changes.properties is not None and (changed or (sub.role != former and sub.position is not None)):
                consumer.stream_changed(stream, changes.properties, sub.role)

    async def shutdown(self) -> None:
        """Close every socket with 1012, and give the frames a moment to leave."""
        for consumer in list(self.consumers):
            consumer.connection.close(CloseCode.RESTARTING)
        await asyncio.gather(asyncio.sleep(0.2), self.table.end())


_overseers: WeakKeyDictionary[Hub, Overseer] = WeakKeyDictionary()


def get_overseer() -> Overseer:
    """The overseer of the running event loop's hub."""
    hub = get_hub()
    if hub not in _overseers:
        _overseers[hub] = Overseer(hub)
    return _overseers[hub]


async def shutdown() -> None:
    """Close every socket of this process with 1012. Call it in the server's event loop before that stops."""
    await get_overseer().shutdown()
