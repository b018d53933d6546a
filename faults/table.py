"""The table: which faults there are, when each passes, and how a result is written."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import Enum
from typing import Any, Self

DATABASES = ("sqlite", "postgresql")
SERVERS = ("uvicorn", "daphne")


class Load(Enum):
    """With what else a row may run at the same time."""

    IDLE = "it runs beside everything else"
    LIGHT = "a few of these run side by side"
    ALONE = "it is about speed, or busy itself"


@dataclass(frozen=True)
class Fault:
    """A row of the table. `run` is a coroutine function in faults/rows/, as `module:function`."""

    name: str
    fault: str
    passes: str
    run: str
    load: Load = Load.LIGHT
    databases: tuple[str, ...] = DATABASES


FAULTS = [
    Fault(
        "kill-server",
        "kill -9 a server under traffic",
        "0 acked lost, 0 doubled; all back in 5 s (p99)",
        "processes:kill_server",
    ),
    Fault(
        "kill-redis",
        "kill -9 Redis for 20 s",
        "0 lost; staleness at most 6 s, Redis still down; sends go on",
        "redis:kill_redis",
    ),
    Fault("stop-redis", "SIGSTOP Redis for 10 s", "handshake within 2 s; sends go on", "redis:stop_redis"),
    Fault(
        "kill-postgresql",
        "kill -9 PostgreSQL mid-commit",
        "acked is a subset of the database; retries add 0 rows; back in 10 s",
        "processes:kill_postgresql",
        databases=("postgresql",),
    ),
    Fault("joins", "2,000 joins while publishing", "0 gaps, 0 doubles", "crowds:joins", Load.ALONE),
    Fault(
        "slow-reader",
        "a slow reader, silent or sending",
        "gone from the server within 26 s; memory bounded; others' p99 at most doubled",
        "slowness:slow_reader",
        Load.ALONE,
    ),
    Fault("stop-server", "SIGTERM under traffic", "1012, not 1006; exit within 15 s", "processes:stop_server"),
    Fault(
        "reconnects",
        "1,000 reconnects in 5 s",
        "all in sync within 30 s; no 5xx; queries per room, not per client",
        "crowds:reconnects",
        Load.ALONE,
    ),
    Fault("clock", "clock 5 s off on one server", "0 reordered", "slowness:clock"),
    Fault(
        "slow-query", "one 3 s query in one socket", "other rooms' p99 under 200 ms", "slowness:slow_query", Load.ALONE
    ),
    Fault("idle", "10 idle minutes", "0 disconnects", "crowds:idle", Load.IDLE),
    Fault(
        "cycles",
        "1,000 connect/close cycles",
        "sockets, tasks, groups, database connections back where they were",
        "crowds:cycles",
    ),
    Fault(
        "network",
        "a network that delays (0.1 s), throttles (64 kB/s), resets and loses everything (4 s), first before the "
        "servers, then before Redis, then before PostgreSQL",
        "0 acked lost, 0 doubled, 0 silent gaps",
        "networks:bad_network",
    ),
]


@dataclass(frozen=True)
class Mutation:
    """Something that is taken out, and the row in which the checker must notice it."""

    name: str
    removed: str
    row: str
    constraints: tuple[str, ...] = ()  # of the table of messages: nets below it, which are taken out, too


MUTATIONS = [
    Mutation("no-lock", "the lock", "kill-server", ("message_seq_once", "message_version_once")),
    Mutation("no-dedupe", "the dedupe", "kill-server", ("message_client_id_once",)),
    Mutation("no-check", "the version check", "kill-redis"),
    Mutation("history-first", "the subscribe-first order", "joins"),
]


@dataclass
class Result:
    """What came of a row on one kind of server and database."""

    name: str
    server: str
    database: str
    measured: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    seconds: float = 0.0
    load: float = 0.0  # the load average at its end
    mutation: str = ""

    @classmethod
    def of_json(cls, data: dict[str, Any]) -> Self:
        """Return the result that `to_json` was made of."""
        return cls(**data)

    def to_json(self) -> dict[str, Any]:
        """Return a form for JSON."""
        return asdict(self)

    @property
    def passed(self) -> bool:
        """Whether the row passed; of a mutation: whether the checker noticed it."""
        noticed = any("violations:" in sentence for sentence in self.wrong)
        return noticed if self.mutation else not self.wrong
