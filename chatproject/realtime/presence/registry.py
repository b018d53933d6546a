"""The connection registry: this process's sockets, their limits, and their subscriptions in the connection table.

Rows are written in batches. A message on the control group tells the other processes which streams' subscribers
changed. Each process also checks the others' `revision` every few seconds, which reveals a lost message.
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
from chatproject.realtime.background.throttled_task import ThrottledTask
from chatproject.realtime.database import in_database
from chatproject.realtime.delivery.groups import StreamKey
from chatproject.realtime.delivery.hub import Hub
from chatproject.realtime.delivery.publish import subscribers_changed
from chatproject.realtime.delivery.stream import Reader, Stream, Subscription
from chatproject.realtime.presence import registry_rows
from chatproject.realtime.presence.presence import Presence
from chatproject.realtime.presence.registry_changes import SocketRecord, WritePlan
from chatproject.realtime.presence.registry_rows import Person

logger = logging.getLogger(__name__)
SHUTDOWN_TIMEOUT = 2  # seconds to delete this process's rows
MAX_STREAMS_PER_MESSAGE = 500  # in one message to the other processes; above that, they re-read every stream


class TooManyConnections(Exception):
    """Raised when a socket is over a limit. The message is one sentence for its client."""


class ConnectionRegistry:
    """The sockets of one process. It calls `disconnect` with the id of each socket that is to be closed."""

    def __init__(self, hub: Hub, disconnect: Callable[[str], None]) -> None:
        self.process_id: UUID = uuid4()
        self.presence = Presence(hub, self.process_id)
        self._disconnect = disconnect
        self._records: dict[Reader, SocketRecord] = {}
        self._by_user: Counter[int] = Counter()
        self._by_network: Counter[str] = Counter()
        self._by_user_elsewhere: dict[int, int] = {}
        self._by_network_elsewhere: dict[str, int] = {}
        self._revisions: dict[UUID, int] = {}  # of the other processes, as far as their rows have been read
        # Messages that skipped a revision, and how many of them the last check handled. The rows of such a process may
        # be read together with others' and be gone at the next check, which then finds no changed revision.
        self._missed = self._missed_handled = 0
        self._revision = 0
        self._counts_read = False
        self._shut_down = False
        self._dirty: set[SocketRecord] = set()
        self._writing = ThrottledTask(hub, self._write, interval=1, failure="connection table not written")
        self._checking = ThrottledTask(hub, self._check_others, interval=1, failure="connection table not checked")
        self._write_lock = asyncio.Lock()
        hub.on_subscribe, hub.on_unsubscribe = self._add_subscription, self._remove_subscription
        hub.spawn(self._every(settings.PROCESS_SEEN_SECONDS, self._writing.run_soon))
        hub.spawn(self._every(settings.TABLE_CHECK_SECONDS, self._checking.run_soon))

    # --- Sockets ---------------------------------------------------------------------------------------------

    def add(self, reader: Reader, connection_id: str, address: str) -> None:
        """Register a socket. Raises TooManyConnections. Does not query the database."""
        if len(self._records) >= settings.MAX_CONNECTIONS:
            raise TooManyConnections("This server has reached its maximum number of connections.")
        network = network_of(address)
        count = self._by_network[network] + self._by_network_elsewhere.get(network, 0)
        if count >= settings.MAX_CONNECTIONS_PER_ADDRESS and not is_loopback(address):
            raise TooManyConnections("There are too many connections from your address.")
        self._records[reader] = SocketRecord(connection_id, address, timezone.now())
        self._by_network[network] += 1

    def identify(self, reader: Reader, user_id: int, person: Person) -> None:
        """Record whose socket this is. Raises TooManyConnections if that user has too many."""
        record = self._records[reader]
        if user_id != record.user_id:
            count = self._by_user[user_id] + self._by_user_elsewhere.get(user_id, 0)
            if count >= settings.MAX_CONNECTIONS_PER_USER:
                raise TooManyConnections("You have too many connections open.")
            self._by_user[user_id] += 1
            record.user_id = user_id
            for key in record.subscriptions:
                self.presence.add_socket(key, user_id, person)
        record.person = person
        self._mark_dirty(record)

    def update_person(self, user_id: int, person: Person) -> None:
        """Show a person's new name or picture from now on."""
        for record in self._records.values():
            if record.user_id == user_id:
                record.person = person
        self.presence.update_person(user_id, person)

    def remove(self, reader: Reader) -> None:
        """Unregister a socket, which has no subscriptions any more."""
        record = self._records.pop(reader)
        record.closed = True
        decrement(self._by_network, network_of(record.address))
        if record.user_id is not None:
            decrement(self._by_user, record.user_id)
        self._mark_dirty(record)

    def online(self, stream: Stream, reader: Reader) -> dict[str, Any]:
        """Return the fields that tell a person who joins who is online."""
        record = self._records[reader]
        return self.presence.online(stream.key, record.user_id, record.person)

    def _add_subscription(self, sub: Subscription) -> None:
        record, key = self._records.get(sub.reader), sub.stream.key
        if record is not None and key not in record.subscriptions:
            record.subscriptions[key] = (sub.stream.name, timezone.now())
            if record.user_id is not None and record.person is not None:
                self.presence.add_socket(key, record.user_id, record.person)
            self._mark_dirty(record)

    def _remove_subscription(self, sub: Subscription) -> None:
        record, key = self._records.get(sub.reader), sub.stream.key
        if record is not None and record.subscriptions.pop(key, None) is not None:
            if record.user_id is not None:
                self.presence.remove_socket(key, record.user_id)
            self._mark_dirty(record)

    def _mark_dirty(self, record: SocketRecord) -> None:
        self._dirty.add(record)
        self._writing.run_soon()

    # --- Writing ---------------------------------------------------------------------------------------------

    async def _every(self, seconds: float, work: Callable[[], None]) -> None:
        while True:
            work()
            await asyncio.sleep(seconds)

    async def _write(self) -> None:
        async with self._write_lock:
            if not self._shut_down:
                await self._write_changes()

    async def _write_changes(self) -> None:
        records, self._dirty = self._dirty, set()
        plan = WritePlan(records)
        self._revision += bool(plan.batch)
        try:
            row_ids = await in_database(registry_rows.write_batch, self.process_id, plan.batch, self._revision)
        except (IntegrityError, registry_rows.ProcessRemoved):  # also raised at the first write
            await self._rewrite_all()
            return
        except BaseException:
            self._dirty |= records
            raise
        plan.mark_stored(row_ids)
        if plan.batch:
            self._announce(plan.streams)

    async def _rewrite_all(self) -> None:
        """Write all rows, whatever the database holds."""
        self._dirty.clear()
        records = [record for record in self._records.values() if record.is_known]
        for record in records:
            record.stored, record.stored_subscriptions = False, {}
        plan = WritePlan(records)
        self._revision += 1
        process = ServerProcess(
            id=self.process_id,
            host=socket.gethostname(),
            pid=os.getpid(),
            server=chatproject.servers.running,
            revision=self._revision,
        )
        try:
            deleted, row_ids = await in_database(registry_rows.rewrite_all, process, plan.batch)
        except BaseException:
            self._dirty |= set(records)
            raise
        for record in records:
            record.deleted = record.user_id in deleted
        plan.exclude_users(deleted)
        plan.mark_stored(row_ids)
        self._announce(None)

    def _announce(self, streams: set[StreamKey] | None) -> None:
        if streams is not None and len(streams) > MAX_STREAMS_PER_MESSAGE:
            streams = None
        subscribers_changed(self.process_id, self._revision, streams)

    async def shut_down(self) -> None:
        """Delete this process's rows when it stops."""
        self._shut_down = True
        try:
            async with asyncio.timeout(SHUTDOWN_TIMEOUT), self._write_lock:
                await in_database(registry_rows.delete_process, self.process_id)
        except Exception as error:
            logger.warning("could not delete own rows of the connection table, other processes will: %r", error)
        else:
            self._revision += 1
            self._announce(None)

    # --- The other processes ---------------------------------------------------------------------------------

    def subscribers_changed(self, message: dict[str, Any]) -> None:
        """Handle `publish.subscribers_changed`: another process wrote the subscribers of some streams, or of any."""
        process_id, revision, streams = UUID(message["process"]), message["revision"], message["streams"]
        if process_id == self.process_id:
            return
        last = self._revisions.get(process_id, -1)
        if last == revision - 1:
            self._revisions[process_id] = revision
            self._counts_read = False
            self.presence.refresh(None if streams is None else {StreamKey(*key) for key in streams})
        elif last < revision:  # an earlier message was lost, or this is the process's first
            self._missed += 1
            self._checking.run_soon()

    async def _check_others(self) -> None:
        """Check whether other processes wrote or died unnoticed, and whether any of our sockets are to be closed."""
        missed = self._missed
        status = await in_database(registry_rows.check_processes, self.process_id)
        for connection_id in status.disconnect:
            self._disconnect(connection_id)
        self.presence.drop_unused_streams()
        changed = status.revisions != self._revisions or missed != self._missed_handled
        if changed or not self._counts_read:
            counts = await in_database(registry_rows.counts_elsewhere, self.process_id)
            self._by_user_elsewhere, self._by_network_elsewhere = counts
            self._counts_read = True
        if changed:
            self._revisions, self._missed_handled = status.revisions, missed
            self.presence.refresh(None)


def decrement(counter: Counter[Any], key: Any) -> None:
    """Subtract one, and delete the key at zero."""
    counter[key] -= 1
    if not counter[key]:
        del counter[key]
