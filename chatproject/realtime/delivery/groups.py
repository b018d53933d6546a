"""The only place that spells the name of a channel-layer group. Names hold ids, never a user's text."""

from typing import NamedTuple

CONTROL = "control"  # every server process: sessions that ended


class StreamKey(NamedTuple):
    """Which stream: its kind, as registered with the hub, and the id of its row."""

    kind: str
    id: int


def group_name(key: StreamKey) -> str:
    """The group whose members are the processes with local readers of the stream."""
    return f"stream.{key.kind}.{key.id}"
