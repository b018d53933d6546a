"""Checks the result of a replay, and prints its counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from irclog import Log, nick_of
from replay_clients import Client, Reader, Speaker

Message = dict[str, Any]


def check(log: Log, room: list[Message], speakers: dict[str, Speaker], readers: Sequence[Reader]) -> list[str]:
    """Return what is wrong with the messages of the room and its readers, as sentences."""
    wrong = []
    by_client_id = {message["client_id"]: message for message in room}
    if [message["seq"] for message in room] != list(range(1, len(log.lines) + 1)):
        wrong.append(f"The room has {len(room)} messages, not numbered 1 to {len(log.lines)} without holes.")
    if len(by_client_id) != len(room):
        wrong.append("The room has a line twice.")
    latest: dict[str, int] = {}
    for line in log.lines:
        message = by_client_id.get(line.client_id)
        if message is None:
            wrong.append(f"{line.client_id} is missing in the room.")
            continue
        if (nick_of(message["user_name"]), message["content"]) != (line.nick, line.text):
            wrong.append(f"{line.client_id} is in the room with another speaker or text.")
        if speakers[line.nick].acks.get(line.client_id) != (message["seq"], message["version"]):
            wrong.append(f"{line.client_id} was acknowledged as another message than it is.")
        if message["seq"] < latest.get(line.nick, 0):
            wrong.append(f"{line.client_id} stands before an earlier line of its speaker.")
        latest[line.nick] = message["seq"]
    for reader in readers:
        wrong += [f"Reader {reader.number}: {violation}." for violation in reader.violations]
        if reader.messages != room:
            seqs = {message["seq"] for message in reader.messages}
            missing = [message["seq"] for message in room if message["seq"] not in seqs]
            wrong.append(
                f"Reader {reader.number} has {len(reader.messages)} messages, not the room's {len(room)} in their "
                f"order and form; missing: {missing[:5]}."
            )
    return wrong


def report(log: Log, room: list[Message], speakers: dict[str, Speaker], readers: Sequence[Reader], took: float) -> None:
    """Print the counts."""

    def total(name: str, clients: Sequence[Client] = readers) -> int:
        return sum(getattr(client, name) for client in clients)

    talking = list(speakers.values())
    place = {line.client_id: line.number for line in log.lines}
    moved = max((abs(place.get(message["client_id"], 0) - message["seq"] + 1) for message in room), default=0)
    count, frames, delivered = len(log.lines), total("frames"), total("delivered")
    kept = sum(len(reader.messages) for reader in readers)
    droppers = sum(reader.drops > 0 for reader in readers)
    print(
        f"  log       {count} lines, {log.actions} of them actions, sent as /me; "
        f"skipped: {log.events} events, {log.empty} empty\n"
        f"  sending   {len(talking)} speakers, {took:.1f} s, {count / took:.0f} lines/s, "
        f"at most {moved} places from the log's place; "
        f"{total('retries', talking)} retries, {total('duplicates', talking)} duplicates\n"
        f"  reading   {len(readers)} readers, {kept} lines kept; "
        f"{delivered} delivered in {frames} frames, {delivered / max(frames, 1):.2f} a frame; "
        f"{total('trimmed')} trimmed, {total('paged')} paged over REST\n"
        f"  dropping  {total('drops')} connections aborted, of {droppers} readers; "
        f"resumes: {total('recovered')} recovered, {total('started_over')} not; "
        f"{total('lost') + total('lost', talking)} connections lost otherwise",
        flush=True,
    )
