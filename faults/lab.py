"""What a row of the table runs with: two servers, a Valkey, a database, people, and a report."""

from __future__ import annotations

import asyncio
import itertools
import math
import statistics
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from faults.checker import check
from faults.logs import Kind, Log, Row
from faults.members import Member
from rooms.models import Membership, Message, Room, User
from rooms.services.rooms import room_create
from rooms.tests.support.clients import database, token_of
from rooms.tests.support.servers import MANAGE, RunningServer, TestValkey

if TYPE_CHECKING:
    from faults.stores import Postgres

StartServer = Callable[..., RunningServer]  # the fixture `server_factory`, or the lab's own
PEOPLE = 20
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Scale:
    """How long a row lasts. `share` shortens what lasts long, and `slack` multiplies the limits of times.

    Without `judges_latency`, what is delivered to others while a row disturbs some is only noted, not limited.
    """

    share: float = 1.0
    slack: float = 1.0
    quiet: float = 10.0  # seconds without traffic before the database is the truth
    judges_latency: bool = True

    def seconds(self, full: float, least: float = 0.0) -> float:
        """Return a duration, shortened."""
        return max(least, full * self.share)

    def count(self, full: int, least: int = 1) -> int:
        """Return a number, reduced."""
        return max(least, round(full * self.share))


FULL = Scale()
QUICK = Scale(share=0.3, slack=3.0, quiet=6.0, judges_latency=False)  # for `scripts/test`; past a version check
MUTATED = Scale(share=0.3, quiet=8.0)


@dataclass
class Report:
    """What was measured, and what is wrong."""

    slack: float = 1.0
    measured: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def note(self, sentence: str) -> None:
        """Add something that was measured and has no limit."""
        self.measured.append(sentence)

    def at_most(self, what: str, value: float, limit: float, unit: str = "s") -> None:
        """Add a figure that must not exceed a limit."""
        sentence = f"{what} {_figure(value)} {unit} (limit {_figure(limit)})"
        self.measured.append(sentence)
        if not value <= limit * self.slack:
            self.wrong.append(f"Too much: {sentence}.")

    def none_of(self, what: str, found: Collection[object]) -> None:
        """Add a number of things of which there must be none."""
        self.measured.append(f"{len(found)} {what}")
        if found:
            self.wrong.append(f"{len(found)} {what}: {list(found)[:3]}")

    def require(self, truth: bool, otherwise: str) -> None:
        """Add a sentence unless something is true."""
        if not truth:
            self.wrong.append(otherwise)


def _figure(value: float) -> str:
    if not math.isfinite(value):
        return str(value)
    return f"{value:.0f}" if value >= 100 or value == int(value) else f"{value:.2g}" if value < 10 else f"{value:.3g}"


def p99(values: Sequence[float]) -> float:
    """Return the 99th percentile: of few values, the greatest."""
    if len(values) < 2:
        return max(values, default=float("inf"))
    return statistics.quantiles(values, n=100, method="inclusive")[98]


class Lab:
    """One row's servers, stores and people.

    `start_server` starts a server process as the fixture `server_factory` does. `folder` is empty. `postgres` is set if
    the database is on a PostgreSQL of this row alone. `altered` is what faults/altered_server.py changes in all
    servers.
    """

    def __init__(
        self,
        start_server: StartServer,
        valkey: TestValkey,
        server: str,
        folder: Path,
        *,
        scale: Scale = FULL,
        postgres: Postgres | None = None,
        altered: Sequence[str] = (),
    ) -> None:
        self.folder = folder
        self.postgres = postgres
        self.valkey = valkey
        self.server = server
        self.scale = scale
        self.report = Report(scale.slack)
        self.servers: list[RunningServer] = []
        self._start_server = start_server
        self._altered = altered

    async def start(
        self, count: int = 2, *, env: dict[str, str] | None = None, altered: Sequence[str] = ()
    ) -> list[RunningServer]:
        """Start this many more servers at once. `altered` names what is changed in them, besides that of all."""
        changes = [*self._altered, *altered]
        program = ("-m", "faults.altered_server", *changes, "--") if changes else MANAGE
        started = await asyncio.gather(
            *(asyncio.to_thread(self._start_server, self.server, env, program=program) for _ in range(count))
        )
        self.servers += started
        return list(started)

    @property
    def addresses(self) -> list[str]:
        """The WebSocket addresses of all servers."""
        return [server.ws_url for server in self.servers]

    async def room(self, people: int = PEOPLE, name: str = "room") -> tuple[Room, list[User]]:
        """Create a room and its members."""

        def create() -> tuple[Room, list[User]]:
            number = next(_numbers)
            users = [User.objects.create_user(f"p{number}-{one}") for one in range(people)]
            room = room_create(by=users[0], name=f"{name}-{number}", kind="private")
            Membership.objects.bulk_create([Membership(room=room, user=user) for user in users[1:]])
            return room, users

        return await database(create)

    async def members(self, room: Room, users: Sequence[User], addresses: Sequence[str] | None = None) -> list[Member]:
        """Connect these people, in turn to each address."""
        tokens = await database(lambda: [token_of(user) for user in users])
        members = [
            Member(user.username, token, room.name, addresses or self.addresses, number)
            for number, (user, token) in enumerate(zip(users, tokens, strict=True))
        ]
        await asyncio.gather(*(member.come() for member in members))
        return members

    async def truth(self, room: Room) -> list[Row]:
        """Return all messages of a room."""

        def read() -> list[Row]:
            fields = ("seq", "version", "user_name", "client_id", "content")
            rows = Message.objects.filter(room=room).order_by("seq").values_list(*fields)
            return [
                Row(seq, version, author, client_id or "", content) for seq, version, author, client_id, content in rows
            ]

        return await database(read)

    async def settle(self, room: Room, members: Sequence[Member], others: Sequence[Log] = ()) -> list[Row]:
        """Wait, run the checker with the logs of the members and of others, and disconnect. Returns the room's rows."""
        await asyncio.sleep(self.scale.quiet)
        rows = await self.truth(room)
        logs = [member.log for member in members]
        self.report.none_of("violations", check(rows, [*logs, *others]))
        self.report.none_of("left out", [member.name for member in members if not member.joined.is_set()])
        acks = sum(1 for log in logs for _ in log.of(Kind.ACK))
        self.report.note(f"{acks} acks of {len(rows)} messages")
        self.report.require(acks > 0, "Nothing was acknowledged.")
        await asyncio.gather(*(member.leave() for member in members))
        return rows


class Traffic:
    """Members who send all the time, as a context manager. On exit they have sent their last message."""

    def __init__(self, members: Sequence[Member], pause: float, content: str = "") -> None:
        self.members = members
        self._pause, self._content = pause, content
        self._stop = asyncio.Event()
        self._talking: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Traffic:
        self._talking = [
            asyncio.create_task(member.talk(self._stop, self._pause, self._content)) for member in self.members
        ]
        return self

    async def __aexit__(self, *error: object) -> None:
        self._stop.set()
        if error[0] is not None:
            for task in self._talking:
                task.cancel()
        await asyncio.gather(*self._talking, return_exceptions=error[0] is not None)

    def unanswered(self) -> int:
        """Return how many messages are on their way to be acknowledged."""
        waiting = 0
        for member in self.members:
            last = next((one for one in reversed(member.log.entries) if one.kind in (Kind.SEND, Kind.ACK)), None)
            waiting += last is not None and last.kind == Kind.SEND
        return waiting


def ack_seconds(logs: Sequence[Log], since: float = 0.0, until: float = float("inf")) -> list[float]:
    """Return the seconds from the first send of each message to its first ack, of those sent in a period."""
    found = []
    for log in logs:
        sent: dict[str, float] = {}
        for entry in log.entries:
            if entry.kind == Kind.SEND:
                sent.setdefault(entry.client_id, entry.at)
            elif entry.kind == Kind.ACK and since <= sent.get(entry.client_id, -1.0) < until:
                found.append(entry.at - sent[entry.client_id])
                sent[entry.client_id] = -1.0  # acknowledged
    return found


def delivery_seconds(
    logs: Sequence[Log], since: float = 0.0, until: float = float("inf"), *, acked: bool = False
) -> list[float]:
    """Return the seconds from the first send of each message (with `acked`: from its first ack) to each receipt.

    Of messages sent (or acknowledged) in a period. A message that a reader does not have counts as infinitely late.
    """
    begun: dict[str, float] = {}
    for log in logs:
        for entry in log.of(Kind.ACK if acked else Kind.SEND):
            begun.setdefault(entry.client_id, entry.at)
    begun = {client_id: at for client_id, at in begun.items() if since <= at < until}
    found = []
    for log in logs:
        received: dict[str, float] = {}
        for entry in log.of(Kind.RECEIVED):
            received.setdefault(entry.client_id, entry.at)
        found += [received.get(client_id, float("inf")) - at for client_id, at in begun.items()]
    return found
