"""History: whether a page of a room with a million messages takes longer than one with a thousand."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Sequence

from contenders import Contender, Parlors, Service
from measurements import Sample
from servers import ROOT
from workloads import Workload


class Database(Parlors):
    """Parlor's queries without a server."""

    def __init__(self, *, postgres: bool) -> None:
        super().__init__("uvicorn", postgres=postgres)
        self.label = "PostgreSQL" if postgres else "SQLite"

    @contextlib.contextmanager
    def serving(self) -> Iterator[Service]:
        yield Service("", os.getpid())


class History(Workload):
    """The newest page, a page before the middle, and changes since a version."""

    name = "history"
    quick = False
    most_turns = 2
    title = "History: a page of 50 of a room with 1,000 messages, and with 1,000,000"
    unit, units = "page", "pages"

    @property
    def people(self) -> int:
        return 50

    def contenders(self) -> Sequence[Contender]:
        return [Database(postgres=False), Database(postgres=True)]

    def rooms(self, turn: int) -> list[str]:
        return ["small", "large"]

    async def play(self, contender: Contender, service: Service, turn: int) -> list[Sample]:
        assert isinstance(contender, Parlors)
        sizes = {"small": 1000, "large": round(1_000_000 * self.scale.share)}
        asked = json.dumps({"sizes": sizes, "first": turn == 0})
        measured = json.loads(contender.installation.manage([str(ROOT / "benchmarks" / "pages.py")], asked))
        return [
            Sample(
                self.name,
                f"{contender.label}, {one['page']}",
                f"{one['messages']:,} messages",
                one["calls"],
                {"server": one["cpu_us"]},
                one["calls"] / one["seconds"],
                one["p50"],
                one["p99"],
                0.0,
                0.0,
            )
            for one in measured
        ]
