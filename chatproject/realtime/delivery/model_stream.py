"""Streams stored in two tables: one row for the stream with its `version`, and many rows, each with the version of its
latest change. Rooms with their messages are such streams, and so are topics with their notifications.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from django.db import transaction
from django.db.models import Model, QuerySet

from chatproject.realtime.delivery.groups import StreamKey
from chatproject.realtime.delivery.publish import Announcement, announce
from chatproject.realtime.delivery.source import Changes
from chatproject.realtime.protocol import FrameType


class Versioned(Protocol):
    """What streams and their rows have in common."""

    pk: Any
    version: Any


StreamT = TypeVar("StreamT", bound=Versioned)
RowT = TypeVar("RowT", bound=Versioned)


class ModelStream(ABC, Generic[StreamT, RowT]):
    """One kind of stream. Services use it to announce changes, and the hub uses it as a `StreamSource`.

    An app makes one instance of its subclass, which defines how rows are read and encoded, and who may read the stream.
    """

    kind: ClassVar[str]
    model: ClassVar[type[Model]]

    # Defined by `StreamSource`.
    frame_type: FrameType
    name_field: str
    heartbeat_field: str
    subscribed_frame: FrameType
    unsubscribed_frame: FrameType
    properties_frame: FrameType
    properties_field: str
    shows_presence: bool

    # --- Implemented by subclasses ---------------------------------------------------------------------------

    @abstractmethod
    def rows_since(self, stream: StreamT, version: int, limit: int) -> Sequence[RowT]:
        """Return the first `limit` rows changed after `version`, in version order."""

    @abstractmethod
    def encode(self, row: RowT) -> bytes:
        """Return the row's wire form as JSON."""

    @abstractmethod
    def properties(self, stream: StreamT) -> dict[str, Any]:
        """Return the wire form of the stream itself, without fields that change with every row."""

    @abstractmethod
    def readers_among(self, stream: StreamT, user_ids: set[int]) -> set[int]:
        """Return which of these users may read the stream."""

    def streams(self) -> QuerySet[Any]:
        """Return a queryset of all streams of this kind, with the related rows that reading them needs."""
        return self.model._default_manager.all()

    def roles_among(self, stream: StreamT, user_ids: set[int]) -> dict[int, str]:
        """Return the roles of those of these users who have one in the stream."""
        return {}

    def reasons_among(self, stream: StreamT, user_ids: set[int]) -> dict[int, str]:
        """Return why these users may not read the stream, where the reason is worth telling them."""
        return {}

    def hidden_from(self, stream: StreamT, rows: Sequence[RowT]) -> Mapping[int, Collection[int]]:
        """Return, by the version of a row, the users who may read the stream but not that row."""
        return {}

    def streams_showing(self, user_id: int, ids: Collection[int]) -> set[int]:
        """Return which of these streams show the name and picture of a user."""
        return set()

    # --- Announcing ------------------------------------------------------------------------------------------

    def key(self, stream_id: int) -> StreamKey:
        """Return the key of one stream of this kind."""
        return StreamKey(self.kind, stream_id)

    def announce_rows(self, stream: StreamT, after: int, rows: Sequence[RowT], *, rewritten: bool = False) -> None:
        """Announce, once this transaction commits, rows changed in the versions `(after, stream.version]`.

        Set `rewritten` if their text has changed, so that no earlier form of them is sent to anybody.
        """
        self._announce(
            stream,
            after,
            items=[(row.version, self.encode(row)) for row in rows],
            stale=after if rewritten else 0,
            hidden=self.hidden_from(stream, rows),
        )

    def announce_change(
        self, stream: StreamT, *, reasons: Mapping[int, str] | None = None, rewritten: bool = False
    ) -> None:
        """Announce, once this transaction commits, a change to the stream itself or to who may read it.

        `reasons` says, by user id, why users can no longer read it. Set `rewritten` if rows are now hidden from some
        readers, so that nothing encoded earlier is sent to anybody.
        """
        after = stream.version - 1
        why = {user_id: str(reason) for user_id, reason in (reasons or {}).items()}
        self._announce(stream, after, changed=True, reasons=why, stale=after if rewritten else 0)

    def _announce(self, stream: StreamT, after: int, **what: Any) -> None:
        announcement = Announcement(key=self.key(stream.pk), after=after, version=stream.version, **what)
        transaction.on_commit(partial(announce, announcement), robust=True)

    # --- Reading ---------------------------------------------------------------------------------------------

    def versions(self, ids: Collection[int]) -> dict[int, int]:
        """Return the current version of each of these streams. Deleted streams are left out."""
        return dict(self.model._default_manager.filter(pk__in=ids).values_list("pk", "version"))

    def changes_since(self, stream_id: int, version: int, limit: int, readers: Collection[int]) -> Changes | None:
        """Return at most `limit` rows changed after `version`, or None if the stream has been deleted."""
        # Read before the rows: a change committed in between is then in both.
        stream: StreamT | None = self.streams().filter(pk=stream_id).first()
        if stream is None:
            return None
        rows = self.rows_since(stream, version, limit + 1)
        complete, rows = len(rows) <= limit, rows[:limit]
        last = rows[-1].version if rows else 0
        readable = self.readers_among(stream, set(readers))
        return Changes(
            version=max(stream.version, last) if complete else last,
            items=[(row.version, self.encode(row)) for row in rows],
            complete=complete,
            readable=readable,
            roles=self.roles_among(stream, readable),
            reasons=self.reasons_among(stream, set(readers) - readable),
            properties=self.properties(stream),
            hidden=self.hidden_from(stream, rows),
        )
