"""The difference between one process's sockets and the connection table, and the batch that updates the table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from chatproject.realtime.delivery.groups import StreamKey
from chatproject.realtime.presence.registry_rows import Batch, NewSubscription, Person


@dataclass(slots=True, eq=False)
class SocketRecord:
    """One socket: its current state, and the state stored in the table (`stored...`)."""

    connection_id: str
    address: str
    opened_at: datetime
    user_id: int | None = None
    person: Person | None = None
    idle: bool = False
    deleted: bool = False  # the account has been deleted; the socket is about to be closed
    closed: bool = False
    subscriptions: dict[StreamKey, tuple[str, datetime]] = field(default_factory=dict)
    stored: bool = False
    stored_user_id: int | None = None
    stored_idle: bool = False
    stored_subscriptions: dict[StreamKey, int] = field(default_factory=dict)  # with the row's id

    @property
    def is_known(self) -> bool:
        """Whether we know who this is: a user or, once they subscribe to something, a guest."""
        return not self.deleted and (self.user_id is not None or bool(self.subscriptions))


class WritePlan:
    """A snapshot of what to write for some sockets, which may change while it is being written."""

    def __init__(self, records: Collection[SocketRecord]) -> None:
        self.batch = Batch()
        self.streams: set[StreamKey] = set()
        self.idle_users: set[int] = set()  # whose sockets became idle or active
        self.moved_users: set[int] = set()  # others who have more or fewer sockets than before
        self.socket_changes: Counter[int] = Counter()  # by user id, how many sockets more the table has of them
        self._records: list[tuple[SocketRecord, bool, int | None, bool]] = []
        self._subscribed: list[tuple[SocketRecord, StreamKey]] = []
        self._unsubscribed: list[tuple[SocketRecord, StreamKey]] = []
        for record in records:
            self._add(record)
        self.batch.subscribed = [
            NewSubscription(record.connection_id, key, *record.subscriptions[key]) for record, key in self._subscribed
        ]
        self.batch.unsubscribed = [record.stored_subscriptions[key] for record, key in self._unsubscribed]

    def _add(self, record: SocketRecord) -> None:
        if not record.stored and (record.closed or not record.is_known):
            return
        self._records.append((record, record.closed, record.user_id, record.idle))
        if record.stored and record.stored_user_id is not None:
            self.socket_changes[record.stored_user_id] -= 1
        if record.user_id is not None and not record.closed:
            self.socket_changes[record.user_id] += 1
        idle_changed = not record.closed and record.idle != (record.stored and record.stored_idle)
        if record.user_id is not None and (idle_changed or record.closed or record.user_id != record.stored_user_id):
            (self.idle_users if idle_changed else self.moved_users).add(record.user_id)
        if idle_changed:
            self.batch.idle.append((record.connection_id, record.idle))
        if record.closed:
            self.batch.closed.append(record.connection_id)
            self.streams |= record.stored_subscriptions.keys()
            return
        if not record.stored:
            self.batch.opened.append((record.connection_id, record.user_id, record.address, record.opened_at))
        elif record.user_id != record.stored_user_id:
            self.batch.identified.append((record.connection_id, record.user_id))
            self.streams |= record.stored_subscriptions.keys()
        subscribed = record.subscriptions.keys() - record.stored_subscriptions.keys()
        unsubscribed = record.stored_subscriptions.keys() - record.subscriptions.keys()
        self.streams |= subscribed | unsubscribed
        self._subscribed += [(record, key) for key in subscribed]
        self._unsubscribed += [(record, key) for key in unsubscribed]

    def exclude_users(self, user_ids: set[int]) -> None:
        """Leave out the sockets of these users."""
        self._records = [row for row in self._records if row[2] not in user_ids]
        self._subscribed = [(record, key) for record, key in self._subscribed if record.user_id not in user_ids]

    def mark_stored(self, row_ids: list[int]) -> None:
        """Record that the batch is written, with the row ids of the new subscriptions."""
        for record, closed, user_id, idle in self._records:
            record.stored, record.stored_user_id, record.stored_idle = not closed, user_id, idle
        for (record, key), row_id in zip(self._subscribed, row_ids, strict=True):
            record.stored_subscriptions[key] = row_id
        for record, key in self._unsubscribed:
            record.stored_subscriptions.pop(key, None)
