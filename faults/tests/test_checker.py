"""The checker passes good logs, and finds every kind of damage."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from faults.checker import check
from faults.logs import Entry, Kind, Log, Row

pytestmark = pytest.mark.any_database


class Story:
    """Two people in a room of five messages, of which the third was edited after the fourth: everything went well."""

    def __init__(self) -> None:
        self.rows = [
            Row(1, 1, "ann", "a-0", "a-0"),
            Row(2, 2, "ben", "b-0", "b-0"),
            Row(3, 5, "ann", "a-1", "a-1, edited"),
            Row(4, 4, "ben", "b-1", "b-1"),
            Row(5, 6, "ann", "a-2", "a-2"),
        ]
        self.ann = Log("ann")
        self.ben = Log("ben")
        self.now = 0.0
        self.join(self.ann)
        self.post(self.rows[0], self.ann)
        self.join(self.ben, self.rows[0])
        self.post(self.rows[1], self.ben)
        self.post(Row(3, 3, "ann", "a-1", "a-1"), self.ann)
        self.add(self.ben, Kind.CLOSED, note="1012")
        self.post(self.rows[3], self.ann)  # sent by Ben, acknowledged below
        self.add(self.ann, Kind.EDITED, seq=3, version=5)
        self.add(self.ann, Kind.RECEIVED, client_id="a-1", seq=3, version=5, content="a-1, edited")
        self.add(self.ben, Kind.JOINED, version=3)
        self.receive(self.ben, self.rows[3])
        self.receive(self.ben, self.rows[2])
        self.post(self.rows[4], self.ann)

    @property
    def logs(self) -> list[Log]:
        return [self.ann, self.ben]

    def add(
        self,
        log: Log,
        kind: Kind,
        client_id: str = "",
        seq: int = 0,
        version: int = 0,
        content: str = "",
        note: str = "",
    ) -> None:
        self.now += 1.0
        log.entries.append(Entry(self.now, kind, client_id, seq, version, content, note))

    def join(self, log: Log, *page: Row) -> None:
        self.add(log, Kind.STARTED_OVER)
        for row in page:
            self.receive(log, row)
        self.add(log, Kind.PAGE, version=max((row.version for row in page), default=0))

    def receive(self, log: Log, row: Row) -> None:
        self.add(log, Kind.RECEIVED, row.client_id, row.seq, row.version, row.content)

    def post(self, row: Row, log: Log) -> None:
        """Send a message and acknowledge it. Everybody who is connected receives it."""
        self.add(log, Kind.SEND, row.client_id)
        for each in self.logs:
            if each.entries and each.entries[-1].kind != Kind.CLOSED:
                self.receive(each, row)
        self.add(log, Kind.ACK, row.client_id, row.seq, row.version)

    def drop(self, log: Log, seq: int) -> None:
        """Remove what a log says about the receipt of a message."""
        log.entries = [one for one in log.entries if one.kind != Kind.RECEIVED or one.seq != seq]

    def change_row(self, place: int, **changes: object) -> None:
        """Change a row of the database."""
        row = self.rows[place - 1]
        values = {name: getattr(row, name) for name in Row.__slots__} | changes
        self.rows[place - 1] = Row(**values)


def said(damage: Callable[[Story], object]) -> str:
    """Return what the checker says about a story that was damaged."""
    story = Story()
    damage(story)
    return "\n".join(check(story.rows, story.logs))


def test_a_good_story_passes() -> None:
    assert said(lambda story: None) == ""


def test_a_room_that_nobody_wrote_in_passes() -> None:
    story = Story()
    story.ann, story.ben = Log("ann"), Log("ben")
    story.join(story.ann)
    assert check([], story.logs) == []


def test_a_reader_who_left_need_not_have_what_came_later() -> None:
    def leave(story: Story) -> None:
        story.drop(story.ben, 5)
        story.ben.left = True

    assert said(leave) == ""


def test_a_gap_that_was_announced_passes() -> None:
    def start_over(story: Story) -> None:
        place = next(number for number, one in enumerate(story.ben.entries) if one.kind == Kind.JOINED)
        del story.ben.entries[place:]
        story.join(story.ben, *story.rows[3:])

    assert said(start_over) == ""


def test_the_same_message_may_be_acknowledged_twice() -> None:
    assert said(lambda story: story.add(story.ann, Kind.ACK, "a-0", 1, 1)) == ""


def late_send(story: Story) -> None:
    story.ben.entries.insert(0, Entry(99.0, Kind.SEND, "a-0"))
    story.ann.entries.pop(2)


def other_version(story: Story) -> None:
    story.drop(story.ann, 3)
    story.receive(story.ann, Row(3, 7, "ann", "a-1", "a-1"))


def out_of_order(story: Story) -> None:
    story.drop(story.ben, 4)
    story.receive(story.ben, story.rows[3])


DAMAGES: dict[str, tuple[Callable[[Story], object], str]] = {
    "a hole in the seqs": (lambda story: story.rows.pop(1), "the seqs [] twice and [2] not at all"),
    "a seq twice": (lambda story: story.change_row(2, seq=1), "the seqs [1] twice and [2] not at all"),
    "a version twice": (lambda story: story.change_row(2, version=1), "Version 1 belongs to 2 messages"),
    "two rows of a client_id": (lambda story: story.change_row(3, client_id="a-0"), "a-0 of ann has 2 rows"),
    "an acknowledged message lost": (lambda story: story.rows.pop(), "a-2 was acknowledged and is not in the database"),
    "an ack of another message": (
        lambda story: story.add(story.ann, Kind.ACK, "a-0", 4, 4),
        "a-0 was acknowledged as message 4 and is 1",
    ),
    "an acknowledged edit lost": (
        lambda story: story.change_row(3, version=3),
        "An edit of message 3 was acknowledged and is not in the database",
    ),
    "a refused message": (
        lambda story: story.add(story.ann, Kind.REFUSED, "a-3", note="Room not found."),
        "a-3 was refused: Room not found.",
    ),
    "an order against the acks": (
        late_send,
        "a-0 is message 1, but was sent after message 5",
    ),
    "a missing message": (lambda story: story.drop(story.ben, 4), "ben is missing 1 messages, such as [4]"),
    "a missing first message": (lambda story: story.drop(story.ben, 2), "ben is missing 1 messages, such as [2]"),
    "a missing last message": (lambda story: story.drop(story.ben, 5), "ben is missing 1 messages, such as [5]"),
    "a missing edit": (
        other_version,
        "ann has version 7 of message 3, which is at 5",
    ),
    "another content": (lambda story: story.change_row(1, content="forged"), "ben has version 1 of message 1"),
    "another message": (lambda story: story.change_row(5, client_id="x"), "ben has a-2 as message 5, which is x"),
    "a message twice": (
        lambda story: story.receive(story.ben, story.rows[4]),
        "ben got version 6 (message 5) after 6",
    ),
    "messages out of order": (
        out_of_order,
        "ben got version 4 (message 4) after 6",
    ),
    "a page with a message twice": (
        lambda story: story.join(story.ben, *story.rows, story.rows[4]),
        "ben got message 5 in version 6 twice",
    ),
    "a silent gap": (
        lambda story: story.add(story.ben, Kind.GAP, version=6, note="8"),
        "ben got a frame that follows version 8, at version 6",
    ),
    "a message that nobody posted": (
        lambda story: story.receive(story.ben, Row(6, 7, "ann", "a-9", "a-9")),
        "ben has messages that the database does not have: [6]",
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_every_kind_of_damage_is_found(damage: str) -> None:
    change, sentence = DAMAGES[damage]
    assert sentence in said(change)
