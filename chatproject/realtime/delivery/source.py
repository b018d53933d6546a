"""The interface that an app implements so that live delivery can read its streams."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from chatproject.realtime.protocol import FrameType

GUEST = 0  # the reader id of people without an account


@dataclass(slots=True)
class Changes:
    """The rows changed after a version, as wire forms with their versions, and the resulting version.

    `complete` is False if there were more rows than requested. `readable` are those of the `checked_readers` who may
    still read the stream, and `roles` their roles in it, if any. `properties` is the wire form of the stream itself.
    `hidden` lists, by the version of a row, users who may read the stream but not that row, whether or not they are
    connected.
    """

    version: int
    items: list[tuple[int, bytes]]
    complete: bool = True
    checked_readers: set[int] = field(default_factory=set)  # set by the hub
    reasons: dict[int, str] = field(default_factory=dict)  # why users were removed; the hub adds the announced reasons
    readable: set[int] = field(default_factory=set)
    roles: dict[int, str] = field(default_factory=dict)
    properties: dict[str, Any] | None = None
    hidden: Mapping[int, Collection[int]] = field(default_factory=dict)


class StreamSource(Protocol):
    """One kind of stream. Every method queries the database, so call it in a database thread."""

    @property
    def frame_type(self) -> FrameType:
        """The type of frames that carry rows, and the name of the field that lists the rows."""

    @property
    def name_field(self) -> str:
        """The name of the frame field that identifies the stream."""

    @property
    def heartbeat_field(self) -> str:
        """The field of a `heartbeat` frame that holds the versions of streams of this kind."""

    @property
    def subscribed_frame(self) -> FrameType:
        """The type of the frame that confirms a subscription."""

    @property
    def unsubscribed_frame(self) -> FrameType:
        """The type of the frame that says that a subscription has ended."""

    @property
    def properties_frame(self) -> FrameType:
        """The type of the frame that reports changes of the stream's own properties."""

    @property
    def properties_field(self) -> str:
        """The field of that frame that holds the properties."""

    @property
    def shows_presence(self) -> bool:
        """Whether readers see who else is subscribed to the stream."""

    def versions(self, ids: Collection[int]) -> dict[int, int]:
        """Return the current version of each of these streams. Missing streams are left out."""
        ...

    def streams_showing(self, user_id: int, ids: Collection[int]) -> set[int]:
        """Return which of these streams show the name and picture of a user."""
        ...

    def changes_since(self, stream_id: int, version: int, limit: int, readers: Collection[int]) -> Changes | None:
        """Return the first `limit` rows changed after `version`, in version order, or None if the stream is gone."""
        ...
