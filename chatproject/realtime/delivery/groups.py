"""Names of channel-layer groups. No other module spells them. They contain ids, never text from users."""

from typing import NamedTuple

CONTROL = "control"  # every server process is in this group


class StreamKey(NamedTuple):
    """Identifies a stream: its kind, as registered with the hub, and the id of its row."""

    kind: str
    id: int


def group_name(key: StreamKey) -> str:
    """Return the name of the group of all processes that have local readers of the stream."""
    return f"stream.{key.kind}.{key.id}"


def watchers_group(key: StreamKey) -> str:
    """Return the name of the group of all processes that want to know when the stream changes, without its changes."""
    return f"watchers.{key.kind}.{key.id}"


def user_group(user_id: int) -> str:
    """Return the name of the group of all processes with sockets of the user."""
    return f"user.{user_id}"
