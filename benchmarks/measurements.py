"""One measurement: CPU per unit of work by column, throughput, latency, and how busy server and load were."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from contenders import Service
from machine import cpu_seconds
from profiling import Profile


@dataclass
class Sample:
    """The result of one turn of a contender. CPU is in microseconds per unit, latency in milliseconds."""

    work: str
    case: str
    contender: str
    units: int
    cpu: dict[str, float]
    per_second: float
    p50: float
    p99: float
    server_busy: float  # shares of a core
    load_busy: float
    extra: dict[str, float] = field(default_factory=dict)


class Meter:
    """Reads the clocks before and after a workload. With `profiles`, py-spy writes a profile there."""

    profiles: ClassVar[Path | None] = None

    def __init__(self, service: Service) -> None:
        self.service = service
        self.profile = Profile(service.server) if self.profiles is not None else None
        gc.collect()
        gc.disable()  # pauses of the load must not count as latency of the server
        self.before = self._cpu()
        self.own = time.process_time()
        self.began = time.perf_counter()

    def _cpu(self) -> dict[str, float]:
        return {column: cpu_seconds(pids) for column, pids in self.service.families().items()}

    def sample(
        self,
        work: str,
        case: str,
        contender: str,
        units: Callable[[], int],
        latencies: Callable[[], np.ndarray],
        **extra: float,
    ) -> Sample:
        """Return the cost since the start. The clocks are read before anything is counted."""
        took = time.perf_counter() - self.began
        own = time.process_time() - self.own
        spent = {column: seconds - self.before[column] for column, seconds in self._cpu().items()}
        gc.enable()
        if self.profile is not None:
            self.profile.write(self.profiles / f"{work} {case} {contender}.txt")
        count, waits = units(), latencies() * 1000
        return Sample(
            work,
            case,
            contender,
            count,
            {column: seconds / count * 1e6 for column, seconds in spent.items()},
            count / took,
            *(float(value) for value in np.percentile(waits, [50, 99])),
            server_busy=spent["server"] / took,
            load_busy=own / took,
            extra=extra,
        )


@dataclass
class Figure:
    """A value's median over the turns, with its minimum and maximum."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Figure:
        return cls(statistics.median(values), min(values), max(values))


@dataclass
class Row:
    """All turns of one contender in one case of a workload."""

    work: str
    case: str
    contender: str
    turns: int
    cpu: dict[str, Figure]
    per_second: Figure
    p50: Figure
    p99: Figure
    server_busy: Figure
    load_busy: Figure
    extra: dict[str, Figure]

    @classmethod
    def of_json(cls, values: dict[str, Any]) -> Row:
        """Parse the result of `as_json`."""
        values = dict(values)
        for name in ("per_second", "p50", "p99", "server_busy", "load_busy"):
            values[name] = Figure(**values[name])
        for name in ("cpu", "extra"):
            values[name] = {key: Figure(**figure) for key, figure in values[name].items()}
        return cls(**values)

    def as_json(self) -> dict[str, Any]:
        """Return the row for the results file."""
        return asdict(self)


def rows(samples: Sequence[Sample]) -> list[Row]:
    """Group the samples of all turns by workload, case and contender, in order of first appearance."""
    groups: dict[tuple[str, str, str], list[Sample]] = {}
    for sample in samples:
        groups.setdefault((sample.work, sample.case, sample.contender), []).append(sample)

    def figures(group: list[Sample], name: str) -> dict[str, Figure]:
        return {key: Figure.of([getattr(sample, name)[key] for sample in group]) for key in getattr(group[0], name)}

    return [
        Row(
            *key,
            len(group),
            figures(group, "cpu"),
            *(
                Figure.of([getattr(sample, name) for sample in group])
                for name in ("per_second", "p50", "p99", "server_busy", "load_busy")
            ),
            figures(group, "extra"),
        )
        for key, group in groups.items()
    ]
