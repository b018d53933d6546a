"""One process's sockets as the connection table is to hold them, and what has to be written for that."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from chatproject.realtime.delivery.groups import StreamKey
from chatproject.realtime.presence.registry_rows import Batch, NewFollowing, Person


@dataclass(slots=True, eq=False)
class Record:
    """One socket, as the table is to hold it (`follows`, ...) and as it holds it (`stored...`)."""

    connection_id: str
    address: str
    opened_at: datetime
    user_id: int | None = None
    person: Person | None = None
    deleted: bool = False  # their account is gone: the socket is about to be closed
    closed: bool = False
    follows: dict[StreamKey, tuple[str, datetime]] = field(default_factory=dict)
    stored: bool = False
    stored_user_id: int | None = None
    stored_follows: dict[StreamKey, int] = field(default_factory=dict)  # with the row's id

    @property
    def known(self) -> bool:
        """Whether it is known who is there, or, as they follow something, that they are a guest."""
        return not self.deleted and (self.user_id is not None or bool(self.follows))


class Plan:
    """What is to be written of some sockets. Taken at once: they may change while it is being written."""

    def __init__(self, records: Collection[Record]) -> None:
        self.batch = Batch()
        self.streams: set[StreamKey] = set()
        self._records: list[tuple[Record, bool, int | None]] = []
        self._followed: list[tuple[Record, StreamKey]] = []
        self._unfollowed: list[tuple[Record, StreamKey]] = []
        for record in records:
            self._add(record)
        self.batch.followed = [
            NewFollowing(record.connection_id, key, *record.follows[key]) for record, key in self._followed
        ]
        self.batch.unfollowed = [record.stored_follows[key] for record, key in self._unfollowed]

    def _add(self, record: Record) -> None:
        if not record.stored and (record.closed or not record.known):
            return
        self._records.append((record, record.closed, record.user_id))
        if record.closed:
            self.batch.closed.append(record.connection_id)
            self.streams |= record.stored_follows.keys()
            return
        if not record.stored:
            self.batch.opened.append((record.connection_id, record.user_id, record.address, record.opened_at))
        elif record.user_id != record.stored_user_id:
            self.batch.identified.append((record.connection_id, record.user_id))
            self.streams |= record.stored_follows.keys()
        followed = record.follows.keys() - record.stored_follows.keys()
        unfollowed = record.stored_follows.keys() - record.follows.keys()
        self.streams |= followed | unfollowed
        self._followed += [(record, key) for key in followed]
        self._unfollowed += [(record, key) for key in unfollowed]

    def drop(self, user_ids: set[int]) -> None:
        """Leave out the sockets of these people."""
        self._records = [row for row in self._records if row[2] not in user_ids]
        self._followed = [(record, key) for record, key in self._followed if record.user_id not in user_ids]

    def done(self, row_ids: list[int]) -> None:
        """Note that it is written, with the ids of the rows of what is followed."""
        for record, closed, user_id in self._records:
            record.stored, record.stored_user_id = not closed, user_id
        for (record, key), row_id in zip(self._followed, row_ids, strict=True):
            record.stored_follows[key] = row_id
        for record, key in self._unfollowed:
            record.stored_follows.pop(key, None)
