"""This process's part of the connection table: its sockets, how many there may be, and what they follow.

The rows are written in batches. A message on the control group tells the other processes which streams' followers
changed; one that is lost is noticed by the process's `revision`, which each looks at every few seconds.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError
from django.utils import timezone

import chatproject.servers
from chatproject.models import ServerProcess
from chatproject.realtime.addresses import is_loopback, network_of
from chatproject.realtime.background.coalesced import Coalesced
from chatproject.realtime.database import in_database
from chatproject.realtime.delivery.groups import StreamKey
from chatproject.realtime.delivery.hub import Hub
from chatproject.realtime.delivery.publish import followers_changed
from chatproject.realtime.delivery.stream import Reader, Stream, Subscription
from chatproject.realtime.presence import registry_rows
from chatproject.realtime.presence.presence import Presence
from chatproject.realtime.presence.registry_changes import Plan, Record
from chatproject.realtime.presence.registry_rows import Person

logger = logging.getLogger(__name__)
END_SECONDS = 2  # for removing one's rows
MAX_STREAMS_TOLD = 500  # in one message to the other processes; beyond, they look at all


class TooManyConnections(Exception):
    """A socket beyond a limit; the message is one sentence for its client."""


class ConnectionRegistry:
    """The sockets of one process. `disconnect` is called with the id of one that is to be closed."""

    def __init__(self, hub: Hub, disconnect: Callable[[str], None]) -> None:
        self.process_id: UUID = uuid4()
        self.presence = Presence(hub, self.process_id)
        self._disconnect = disconnect
        self._records: dict[Reader, Record] = {}
        self._by_user: Counter[int] = Counter()
        self._by_network: Counter[str] = Counter()
        self._by_user_elsewhere: dict[int, int] = {}
        self._by_network_elsewhere: dict[str, int] = {}
        self._revisions: dict[UUID, int] = {}  # of the other processes, as far as their rows have been read
        # Messages that did not follow what was known, and how many of them the last look covered. The rows of such a
        # process may be read along with others', and gone by the next look, which then finds no revision changed.
        self._missed = self._missed_seen = 0
        self._revision = 0
        self._counts_read = False
        self._ended = False
        self._dirty: set[Record] = set()
        self._writing = Coalesced(hub, self._write, seconds=1, what="connection table not written")
        self._looking = Coalesced(hub, self._look, seconds=1, what="connection table not looked at")
        self._written = asyncio.Lock()
        hub.on_follow, hub.on_unfollow = self._follow, self._unfollow
        hub.spawn(self._every(settings.PROCESS_SEEN_SECONDS, self._writing.ask))
        hub.spawn(self._every(settings.TABLE_CHECK_SECONDS, self._looking.ask))

    # --- Sockets ---------------------------------------------------------------------------------------------

    def open(self, reader: Reader, connection_id: str, address: str) -> None:
        """Count a socket in. Raises TooManyConnections, without asking the database."""
        if len(self._records) >= settings.MAX_CONNECTIONS:
            raise TooManyConnections("This server has as many connections as it takes.")
        network = network_of(address)
        there = self._by_network[network] + self._by_network_elsewhere.get(network, 0)
        if there >= settings.MAX_CONNECTIONS_PER_ADDRESS and not is_loopback(address):
            raise TooManyConnections("There are too many connections from your address.")
        self._records[reader] = Record(connection_id, address, timezone.now())
        self._by_network[network] += 1

    def identify(self, reader: Reader, user_id: int, person: Person) -> None:
        """Note who is at a socket. Raises TooManyConnections for a person who has too many."""
        record = self._records[reader]
        if user_id != record.user_id:
            there = self._by_user[user_id] + self._by_user_elsewhere.get(user_id, 0)
            if there >= settings.MAX_CONNECTIONS_PER_USER:
                raise TooManyConnections("You have too many connections open.")
            self._by_user[user_id] += 1
            record.user_id = user_id
            for key in record.follows:
                self.presence.enter(key, user_id, person)
        record.person = person
        self._mark(record)

    def rename(self, user_id: int, person: Person) -> None:
        """Show somebody by another name or picture from now on."""
        for record in self._records.values():
            if record.user_id == user_id:
                record.person = person
        self.presence.rename(user_id, person)

    def close(self, reader: Reader) -> None:
        """Count a socket out, which follows nothing any more."""
        record = self._records.pop(reader)
        record.closed = True
        count_down(self._by_network, network_of(record.address))
        if record.user_id is not None:
            count_down(self._by_user, record.user_id)
        self._mark(record)

    def online(self, stream: Stream, reader: Reader) -> dict[str, Any]:
        """What somebody who joins is told of who is there."""
        record = self._records[reader]
        return self.presence.online(stream.key, record.user_id, record.person)

    def _follow(self, sub: Subscription) -> None:
        record, key = self._records.get(sub.reader), sub.stream.key
        if record is not None and key not in record.follows:
            record.follows[key] = (sub.stream.name, timezone.now())
            if record.user_id is not None and record.person is not None:
                self.presence.enter(key, record.user_id, record.person)
            self._mark(record)

    def _unfollow(self, sub: Subscription) -> None:
        record, key = self._records.get(sub.reader), sub.stream.key
        if record is not None and record.follows.pop(key, None) is not None:
            if record.user_id is not None:
                self.presence.leave(key, record.user_id)
            self._mark(record)

    def _mark(self, record: Record) -> None:
        self._dirty.add(record)
        self._writing.ask()

    # --- Writing ---------------------------------------------------------------------------------------------

    async def _every(self, seconds: float, work: Callable[[], None]) -> None:
        while True:
            work()
            await asyncio.sleep(seconds)

    async def _write(self) -> None:
        async with self._written:
            if not self._ended:
                await self._write_changes()

    async def _write_changes(self) -> None:
        records, self._dirty = self._dirty, set()
        plan = Plan(records)
        self._revision += bool(plan.batch)
        try:
            row_ids = await in_database(registry_rows.write, self.process_id, plan.batch, self._revision)
        except (IntegrityError, registry_rows.ProcessForgotten):  # the latter at the start, too
            await self._write_anew()
            return
        except BaseException:
            self._dirty |= records
            raise
        plan.done(row_ids)
        if plan.batch:
            self._tell(plan.streams)

    async def _write_anew(self) -> None:
        """Write everything, whatever the database holds of it."""
        self._dirty.clear()
        records = [record for record in self._records.values() if record.known]
        for record in records:
            record.stored, record.stored_follows = False, {}
        plan = Plan(records)
        self._revision += 1
        process = ServerProcess(
            id=self.process_id,
            host=socket.gethostname(),
            pid=os.getpid(),
            server=chatproject.servers.running,
            revision=self._revision,
        )
        try:
            deleted, row_ids = await in_database(registry_rows.write_anew, process, plan.batch)
        except BaseException:
            self._dirty |= set(records)
            raise
        for record in records:
            record.deleted = record.user_id in deleted
        plan.drop(deleted)
        plan.done(row_ids)
        self._tell(None)

    def _tell(self, streams: set[StreamKey] | None) -> None:
        if streams is not None and len(streams) > MAX_STREAMS_TOLD:
            streams = None
        followers_changed(self.process_id, self._revision, streams)

    async def end(self) -> None:
        """Remove this process's rows: it closes its sockets and ends."""
        self._ended = True
        try:
            async with asyncio.timeout(END_SECONDS), self._written:
                await in_database(registry_rows.forget, self.process_id)
        except Exception as error:
            logger.warning("connection table not left, the other processes will see to it: %r", error)
        else:
            self._revision += 1
            self._tell(None)

    # --- The other processes ---------------------------------------------------------------------------------

    def followers_changed(self, message: dict[str, Any]) -> None:
        """Take in what `publish.followers_changed` sent: another process wrote who follows some streams, or any."""
        process_id, revision, streams = UUID(message["process"]), message["revision"], message["streams"]
        if process_id == self.process_id:
            return
        known = self._revisions.get(process_id, -1)
        if known == revision - 1:
            self._revisions[process_id] = revision
            self._counts_read = False
            self.presence.changed_elsewhere(None if streams is None else {StreamKey(*key) for key in streams})
        elif known < revision:  # something before it was lost, or this is the first of it
            self._missed += 1
            self._looking.ask()

    async def _look(self) -> None:
        """Look whether another process wrote or died unnoticed, and whether sockets of ours are to be closed."""
        missed = self._missed
        news = await in_database(registry_rows.look, self.process_id)
        for connection_id in news.disconnect:
            self._disconnect(connection_id)
        self.presence.sweep()
        changed = news.revisions != self._revisions or missed != self._missed_seen
        if changed or not self._counts_read:
            counts = await in_database(registry_rows.counts_elsewhere, self.process_id)
            self._by_user_elsewhere, self._by_network_elsewhere = counts
            self._counts_read = True
        if changed:
            self._revisions, self._missed_seen = news.revisions, missed
            self.presence.changed_elsewhere(None)


def count_down(counter: Counter[Any], key: Any) -> None:
    """Count one less, and forget what is at zero."""
    counter[key] -= 1
    if not counter[key]:
        del counter[key]
