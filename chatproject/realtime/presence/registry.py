"""The connection registry: this process's sockets, their limits, and their subscriptions in the connection table.

Rows are written in batches. A message tells the other processes with readers of these streams that the subscribers
changed. Every few seconds each process also asks the database whether others have written, and compares what it knows
of its own streams, which reveals a lost message.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

import chatproject.servers
from chatproject.models import ServerProcess
from chatproject.realtime.addresses import is_loopback, network_of
from chatproject.realtime.background.throttled_task import ThrottledTask
from chatproject.realtime.database import in_database
from chatproject.realtime.delivery.groups import StreamKey, user_group
from chatproject.realtime.delivery.hub import Hub
from chatproject.realtime.delivery.publish import publisher, subscribers_changed
from chatproject.realtime.delivery.stream import Reader, Stream, Subscription
from chatproject.realtime.presence import registry_rows
from chatproject.realtime.presence.presence import Presence
from chatproject.realtime.presence.registry_changes import SocketRecord, WritePlan
from chatproject.realtime.presence.registry_rows import Person
from chatproject.sentences import SentenceError

logger = logging.getLogger(__name__)
SHUTDOWN_TIMEOUT = 2  # seconds to delete this process's rows
# Between two counts of everybody's sockets, for each server process there is: so all processes together read the whole
# table equally often, however many they are.
COUNT_SECONDS_PER_PROCESS = 0.5


class TooManyConnections(SentenceError):
    """Raised when a socket is over a limit. The message is one sentence for its client."""


class ConnectionRegistry:
    """The sockets of one process. It calls `disconnect` with the id of each socket that is to be closed."""

    def __init__(self, hub: Hub, disconnect: Callable[[str], None]) -> None:
        self.process_id: UUID = uuid4()
        self.presence = Presence(hub, self.process_id)
        self._groups = hub.groups
        self._disconnect = disconnect
        self._records: dict[Reader, SocketRecord] = {}
        self._by_user: Counter[int] = Counter()
        self._by_network: Counter[str] = Counter()
        self._by_user_elsewhere: dict[int, int] = {}
        self._by_network_elsewhere: dict[str, int] = {}
        self._counted: registry_rows.Written | None = None  # what others had written when their sockets were counted
        self._count_at = 0.0  # when to count them again, a monotonic time
        self._revision = 0
        self._shut_down = False
        self._stored_by_user: Counter[int] = Counter()  # sockets in the table, at least one
        self.on_idle_changed: Callable[[set[int]], None] | None = None  # called with users who may be away, or back
        # Called with users whose first socket here is now in the table, and with those whose last one may be gone.
        self.on_sockets_changed: Callable[[set[int], set[int]], None] | None = None
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
            raise TooManyConnections(_("This server has reached its maximum number of connections. Try again later."))
        network = network_of(address)
        count = self._by_network[network] + self._by_network_elsewhere.get(network, 0)
        if count >= settings.MAX_CONNECTIONS_PER_ADDRESS and not is_loopback(address):
            raise TooManyConnections(_("There are too many connections from your address. Try again later."))
        self._records[reader] = SocketRecord(connection_id, address, timezone.now())
        self._by_network[network] += 1

    def identify(self, reader: Reader, user_id: int, person: Person) -> None:
        """Record whose socket this is. Raises TooManyConnections if that user has too many."""
        record = self._records[reader]
        if user_id != record.user_id:
            count = self._by_user[user_id] + self._by_user_elsewhere.get(user_id, 0)
            if count >= settings.MAX_CONNECTIONS_PER_USER:
                raise TooManyConnections(_("You have too many connections open. Try again later."))
            self._by_user[user_id] += 1
            self._groups.join_soon([user_group(user_id)])
            record.user_id = user_id
            for key in record.subscriptions:
                self.presence.add_socket(key, user_id, person)
        record.person = person
        self._mark_dirty(record)

    def set_idle(self, reader: Reader, idle: bool) -> None:
        """Record whether anybody uses the page that opened this socket."""
        record = self._records[reader]
        if record.idle != idle:
            record.idle = idle
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
            if record.user_id not in self._by_user:
                self._groups.leave([user_group(record.user_id)])
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
        subscribers_changed(self.process_id, plan.streams)
        self._store_counts({user_id: self._stored_by_user[user_id] + n for user_id, n in plan.socket_changes.items()})
        await self._report_idle(plan.idle_users, plan.moved_users)

    def _store_counts(self, counts: dict[int, int]) -> None:
        """Record how many sockets of these users are in the table, and report whose first or last ones these are."""
        came = {user_id for user_id, count in counts.items() if count and user_id not in self._stored_by_user}
        left = {user_id for user_id, count in counts.items() if not count and user_id in self._stored_by_user}
        for user_id, count in counts.items():
            if count:
                self._stored_by_user[user_id] = count
            else:
                self._stored_by_user.pop(user_id, None)
        self._report_sockets(came, left)

    def _report_sockets(self, came: set[int], left: set[int]) -> None:
        if self.on_sockets_changed is not None and (came or left):
            self.on_sockets_changed(came, left)

    async def _report_idle(self, idle_users: set[int], moved_users: set[int]) -> None:
        """Report who may be away, or back: these users, and those of the others who have an idle socket anywhere.

        A lost report is made good when pages next ask who is online.
        """
        if self.on_idle_changed is not None and (idle_users or moved_users):
            found = await in_database(registry_rows.idle_among, moved_users) if moved_users else set()
            if changed := idle_users | found:
                self.on_idle_changed(changed)

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
        subscribers_changed(self.process_id, plan.streams)
        gone = dict.fromkeys(self._stored_by_user, 0)
        self._store_counts(gone | {user_id: n for user_id, n in plan.socket_changes.items() if user_id not in deleted})
        await self._report_idle(plan.idle_users - deleted, plan.moved_users - deleted)

    async def shut_down(self) -> None:
        """Delete this process's rows when it stops."""
        self._shut_down = True
        try:
            async with asyncio.timeout(SHUTDOWN_TIMEOUT), self._write_lock:
                await in_database(registry_rows.delete_process, self.process_id)
        except Exception as error:
            logger.warning("could not delete own rows of the connection table, other processes will: %r", error)
        else:
            # With the sockets that closed meanwhile: their records are no longer written.
            records = {*self._records.values(), *self._dirty}
            streams = {key for record in records for key in record.stored_subscriptions}
            subscribers_changed(self.process_id, streams)

    # --- The other processes ---------------------------------------------------------------------------------

    def subscribers_changed(self, message: dict[str, Any]) -> None:
        """Handle `publish.subscribers_changed`: another process wrote the subscribers of some streams."""
        if UUID(message["process"]) != self.process_id:
            self.presence.refresh({StreamKey(*key) for key in message["streams"]})

    async def _check_others(self) -> None:
        """Check whether other processes wrote or died unnoticed, and whether any of our sockets are to be closed."""
        status = await in_database(registry_rows.check_processes, self.process_id)
        for connection_id in status.disconnect:
            self._disconnect(connection_id)
        publisher.process_count = status.written.processes + 1
        if status.orphaned:
            subscribers_changed(self.process_id, status.orphaned)
            self.presence.refresh(status.orphaned)
        self._report_sockets(set(), status.bereaved)
        await self._report_idle(set(), status.bereaved)
        self.presence.drop_unused_streams()
        await self.presence.compare(status.written)
        if status.written != self._counted and time.monotonic() >= self._count_at:
            counts = await in_database(registry_rows.counts_elsewhere, self.process_id)
            self._by_user_elsewhere, self._by_network_elsewhere = counts
            self._counted = status.written
            self._count_at = time.monotonic() + COUNT_SECONDS_PER_PROCESS * status.written.processes


def decrement(counter: Counter[Any], key: Any) -> None:
    """Subtract one, and delete the key at zero."""
    counter[key] -= 1
    if not counter[key]:
        del counter[key]
