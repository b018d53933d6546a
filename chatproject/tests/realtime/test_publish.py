"""Which processes a message is sent to."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from chatproject.realtime.delivery.groups import CONTROL, StreamKey, group_name, user_group
from chatproject.realtime.delivery.publish import Announcement, Outgoing, Signal, channel_messages

pytestmark = pytest.mark.any_database


def announcements(count: int) -> list[Outgoing]:
    return [Announcement(StreamKey("room", number), after=0, version=1) for number in range(count)]


def groups_of(batch: Sequence[Outgoing], processes: int | None) -> list[str]:
    """Return the groups of the messages that say all this."""
    return [group for group, _ in channel_messages(list(batch), processes)]


def test_a_signal_goes_to_the_groups_it_concerns_or_to_all_processes_if_these_are_fewer() -> None:
    marks = Signal("read_marks", "read_marks", {user_group(number): [number] for number in range(3)}, {"by": "me"})
    for processes in (None, 4, 100):
        assert groups_of([marks], processes) == ["user.0", "user.1", "user.2"]
    assert channel_messages([marks], 100)[1] == ("user.1", {"type": "read_marks", "read_marks": [1], "by": "me"})
    everything = {"type": "read_marks", "read_marks": [0, 1, 2], "by": "me"}
    for processes in (1, 3):
        assert channel_messages([marks], processes) == [(CONTROL, everything)]


def test_announcements_of_many_streams_are_one_message_unless_there_are_more_processes() -> None:
    each = [group_name(StreamKey("room", number)) for number in range(6)]
    assert groups_of(announcements(4), 1) == each[:4]
    assert groups_of(announcements(6), 6) == [CONTROL]
    assert groups_of(announcements(6), 7) == each
    assert groups_of(announcements(6), None) == each


def test_a_message_to_all_processes_is_sent_once() -> None:
    everybody: Outgoing = {"type": "session", "digest": "x"}
    assert channel_messages([everybody, *announcements(1)], 100)[0] == (CONTROL, everybody)
