"""What live delivery asks of an app: how to read its streams."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from chatproject.realtime.protocol import FrameType

GUEST = 0  # stands for people without an account among reader ids


@dataclass(slots=True)
class Changes:
    """Rows changed after a version, as wire forms with their versions, and the version they lead to.

    `complete` is False when there were more than asked for. `readable` are those of the readers `asked` about who may
    still read the stream, and `roles` what they are in it, if anything; `properties` is its own wire form. `hidden`
    names, by the version of a row, those who may read the stream but not this row, be they readers now or not.
    """

    version: int
    items: list[tuple[int, bytes]]
    complete: bool = True
    asked: set[int] = field(default_factory=set)  # noted by the hub
    reasons: dict[int, str] = field(default_factory=dict)  # who was put out, and why: the hub adds what was announced
    readable: set[int] = field(default_factory=set)
    roles: dict[int, str] = field(default_factory=dict)
    properties: dict[str, Any] | None = None
    hidden: Mapping[int, Collection[int]] = field(default_factory=dict)


class StreamSource(Protocol):
    """One kind of stream. Every method queries the database, so call it in a database thread."""

    @property
    def frame_type(self) -> FrameType:
        """Of the frame that carries rows, and the name of its field that lists them."""

    @property
    def name_field(self) -> str:
        """The field of a frame that names the stream."""

    @property
    def heartbeat_field(self) -> str:
        """The field of a `heartbeat` that holds the versions of streams of this kind."""

    @property
    def followed_frame(self) -> FrameType:
        """Of the answer to following the stream."""

    @property
    def left_frame(self) -> FrameType:
        """Of the frame that tells that the socket follows the stream no longer."""

    @property
    def properties_frame(self) -> FrameType:
        """Of the frame that tells the stream's own changed properties."""

    @property
    def properties_field(self) -> str:
        """The field of that frame that holds them."""

    @property
    def shows_presence(self) -> bool:
        """Whether readers are told who else follows the stream."""

    def versions(self, ids: Collection[int]) -> dict[int, int]:
        """The present version of each of these streams; an absent one is left out."""
        ...

    def with_person(self, user_id: int, ids: Collection[int]) -> set[int]:
        """Which of these streams show the name and picture of a person."""
        ...

    def changes_since(self, stream_id: int, version: int, limit: int, readers: Collection[int]) -> Changes | None:
        """The first `limit` rows changed after `version`, in version order. None when the stream is gone."""
        ...
