"""Workloads: what contenders are asked to do, and how much of it."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from contenders import Contender, Service
from ledger import Ledger
from machine import cpu_seconds
from measurements import Meter, Sample

WARM_SECONDS = 0.4
IDLE_CPU_SECONDS = 0.02  # seconds of CPU in IDLE_CHECK_SECONDS below which a server counts as idle
IDLE_CHECK_SECONDS = 0.25


@dataclass(frozen=True)
class Scale:
    """How much is measured."""

    turns: int
    seconds: float  # of each measurement
    share: float = 1.0  # of the people


class Workload(ABC):
    """One row of work. `unit` is what CPU is counted for."""

    name: ClassVar[str]
    title: ClassVar[str]
    unit: ClassVar[str]
    units: ClassVar[str]
    drawn: ClassVar[str] = "cpu"  # what the chart shows: "cpu" of the server, "p50" or "p99"
    quick: ClassVar[bool] = True  # whether it is part of a quick run
    most_turns: ClassVar[int | None] = None
    members: ClassVar[bool] = False  # whether everybody is a member of all rooms from the start

    def __init__(self, scale: Scale) -> None:
        self.scale = replace(scale, turns=min(scale.turns, self.most_turns or scale.turns))

    @abstractmethod
    def contenders(self) -> Sequence[Contender]:
        """Return the contenders, in order of their turns."""

    @property
    @abstractmethod
    def people(self) -> int:
        """How many accounts are needed."""

    def rooms(self, turn: int) -> list[str]:
        """Return the rooms of a turn."""
        return [f"{self.name}-{turn}"]

    @abstractmethod
    def play(self, contender: Contender, service: Service, turn: int) -> Coroutine[Any, Any, list[Sample]]:
        """Run one turn of one contender. Raises ledger.Violation."""

    def sample(self, meter: Meter, case: str, contender: Contender, ledger: Ledger, **extra: Any) -> Sample:
        """Return a sample of deliveries and their latencies."""
        return meter.sample(self.name, case, contender.label, ledger.deliveries, ledger.latencies, **extra)

    def scaled(self, number: int) -> int:
        """Return this many people, or fewer in a quick run."""
        return max(1, round(number * self.scale.share))


async def wait_until_idle(service: Service) -> None:
    """Wait until the server is idle."""
    for _ in range(80):
        before = cpu_seconds(service.families()["server"])
        await asyncio.sleep(IDLE_CHECK_SECONDS)
        if cpu_seconds(service.families()["server"]) - before <= IDLE_CPU_SECONDS:
            return
