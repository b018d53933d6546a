"""The checker: what is wrong with the logs of a room's clients, with its database as the truth.

It is called after some quiet seconds, when nothing is on its way any more.
"""

from __future__ import annotations

import bisect
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate

from faults.logs import Entry, Kind, Log, Row

MOST = 20  # sentences about one rule; a broken one is broken often


def check(rows: Sequence[Row], logs: Sequence[Log]) -> list[str]:
    """Return what is wrong, as sentences. `rows` are all messages of the room, in the order of their seqs."""
    wrong = [_check_rows(rows), _check_acks(rows, logs), _check_order(rows, logs)]
    wrong += [check_reader(rows, log) for log in logs]
    return [sentence for sentences in wrong for sentence in sentences[:MOST]]


def _check_rows(rows: Sequence[Row]) -> list[str]:
    """Check that seqs have no holes, that seqs and versions are unique, and that each client_id has one row."""
    wrong = []
    seqs = [row.seq for row in rows]
    if seqs != list(range(1, len(rows) + 1)):
        twice = [seq for seq, count in Counter(seqs).items() if count > 1]
        missing = sorted({*range(1, max(seqs, default=0))} - {*seqs})
        wrong.append(f"The database has the seqs {twice[:5]} twice and {missing[:5]} not at all.")
    versions = Counter(row.version for row in rows)
    wrong += [f"Version {version} belongs to {count} messages." for version, count in versions.items() if count > 1]
    ids = Counter((row.author, row.client_id) for row in rows if row.client_id)
    wrong += [f"{client_id} of {author} has {count} rows." for (author, client_id), count in ids.items() if count > 1]
    return wrong


def _check_acks(rows: Sequence[Row], logs: Sequence[Log]) -> list[str]:
    """Check that what was acknowledged is in the database, as it was acknowledged, and that nothing was refused."""
    wrong = []
    by_client_id = {row.client_id: row for row in rows if row.client_id}
    by_seq = {row.seq: row for row in rows}
    for log in logs:
        for entry in log.of(Kind.ACK):
            row = by_client_id.get(entry.client_id)
            if row is None:
                wrong.append(f"{entry.client_id} was acknowledged and is not in the database.")
            elif row.seq != entry.seq:
                wrong.append(f"{entry.client_id} was acknowledged as message {entry.seq} and is {row.seq}.")
        wrong += [
            f"An edit of message {entry.seq} was acknowledged and is not in the database."
            for entry in log.of(Kind.EDITED)
            if entry.seq not in by_seq or by_seq[entry.seq].version < entry.version
        ]
        wrong += [f"{entry.client_id} was refused: {entry.note}" for entry in log.of(Kind.REFUSED)]
    return wrong


def _check_order(rows: Sequence[Row], logs: Sequence[Log]) -> list[str]:
    """Check that a message sent after the ack of another has a higher seq."""
    first_sends: dict[str, float] = {}
    first_acks: dict[str, Entry] = {}
    for log in logs:
        for entry in log.of(Kind.SEND):
            first_sends[entry.client_id] = min(entry.at, first_sends.get(entry.client_id, entry.at))
        for entry in log.of(Kind.ACK):
            if entry.client_id not in first_acks or entry.at < first_acks[entry.client_id].at:
                first_acks[entry.client_id] = entry
    acks = sorted(first_acks.values(), key=lambda entry: entry.at)
    times = [entry.at for entry in acks]
    highest = list(accumulate((entry.seq for entry in acks), max))
    wrong = []
    for row in rows:
        sent = first_sends.get(row.client_id)
        if sent is None:
            continue
        earlier = bisect.bisect_left(times, sent)
        if earlier and highest[earlier - 1] >= row.seq:
            wrong.append(f"{row.client_id} is message {row.seq}, but was sent after message {highest[earlier - 1]}.")
    return wrong


def check_reader(rows: Sequence[Row], log: Log) -> list[str]:
    """Check that a reader has a contiguous slice of the room in its latest state, each change once and in order."""
    wrong: list[str] = []
    seen: dict[int, Entry] = {}  # by seq, since the last announced gap
    highest = 0  # version
    page_version: int | None = None  # of the page that the slice began with
    for entry in log.entries:
        match entry.kind:
            case Kind.STARTED_OVER:
                seen, highest, page_version = {}, 0, None
            case Kind.PAGE:
                highest = page_version = entry.version
            case Kind.GAP:
                wrong.append(f"{log.name} got a frame that follows version {entry.note}, at version {entry.version}.")
            case Kind.RECEIVED:
                if page_version is not None and entry.version <= highest:
                    wrong.append(f"{log.name} got version {entry.version} (message {entry.seq}) after {highest}.")
                elif entry.seq in seen and seen[entry.seq].version >= entry.version:
                    wrong.append(f"{log.name} got message {entry.seq} in version {entry.version} twice.")
                seen[entry.seq] = entry
                highest = max(highest, entry.version)
    if page_version is None:
        return wrong  # it never got as far as that
    return wrong + _check_slice(rows, log, seen, page_version)


def _check_slice(rows: Sequence[Row], log: Log, seen: dict[int, Entry], page_version: int) -> list[str]:
    """Check what a reader has in the end."""
    wrong = []
    missing = {seq for seq in range(min(seen, default=0), max(seen, default=0)) if seq not in seen}
    if not log.left:
        missing |= {row.seq for row in rows if row.version > page_version and row.seq not in seen}
    if missing:
        wrong.append(f"{log.name} is missing {len(missing)} messages, such as {sorted(missing)[:5]}.")
    for row in rows:
        entry = seen.get(row.seq)
        if entry is None:
            continue
        if entry.client_id != row.client_id:
            wrong.append(f"{log.name} has {entry.client_id} as message {row.seq}, which is {row.client_id}.")
        elif not log.left and (entry.version, entry.content) != (row.version, row.content):
            wrong.append(f"{log.name} has version {entry.version} of message {row.seq}, which is at {row.version}.")
    unknown = seen.keys() - {row.seq for row in rows}
    if unknown:
        wrong.append(f"{log.name} has messages that the database does not have: {sorted(unknown)[:5]}.")
    return wrong
