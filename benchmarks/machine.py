"""CPU and memory of a process with all its children, and the core they run on."""

from __future__ import annotations

import contextlib
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")  # per second
_cores = sorted(os.sched_getaffinity(0))
SERVER_CORE, LOAD_CORE = _cores[0], _cores[-1]


class TooFewCores(Exception):
    """Raised if the machine can't run load and server on separate cores."""


def check_cores() -> None:
    """Raise TooFewCores on a machine without a core each for the server and the load."""
    if SERVER_CORE == LOAD_CORE:
        raise TooFewCores("The benchmarks need two cores: one for the server, one for the load.")


@contextlib.contextmanager
def on_core(core: int) -> Iterator[None]:
    """Run processes started in the block on this core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _stat(pid: int) -> list[str] | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return text[text.rindex(")") + 2 :].split()  # the name can contain anything


def family(pid: int) -> list[int]:
    """Return a process and all its descendants."""
    parents: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if entry.isdecimal() and (stat := _stat(int(entry))) is not None:
            parents.setdefault(int(stat[1]), []).append(int(entry))
    found = [pid]
    for process in found:
        found += parents.get(process, [])
    return found


def cpu_seconds(pids: list[int]) -> float:
    """Return user and system time of these processes, including children that have ended."""
    ticks = 0
    for pid in pids:
        stat = _stat(pid)
        if stat is not None:
            ticks += sum(int(stat[place]) for place in (11, 12, 13, 14))
    return ticks / TICKS


def age(pid: int) -> float:
    """Return the seconds since a process was started."""
    stat = _stat(pid)
    assert stat is not None
    return time.clock_gettime(time.CLOCK_BOOTTIME) - int(stat[19]) / TICKS


def private_bytes(pids: list[int]) -> int:
    """Return memory that belongs to these processes alone."""
    total = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith(("Private_Clean", "Private_Dirty", "Private_Hugetlb")):
                total += int(line.split()[1]) * 1024
    return total


def conditions() -> dict[str, float]:
    """Return how busy the machine is before a run, and how long a commit waits for its disk (ms)."""
    load = os.getloadavg()[0]
    times = []
    with tempfile.TemporaryFile(buffering=0) as file:
        for _ in range(200):
            file.write(bytes(8192))
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - began)
            time.sleep(0.01)  # otherwise the disk would combine several
    cuts = statistics.quantiles(times, n=100)
    return {
        "load_average_before": round(load, 2),
        "fsync_p50_ms": round(cuts[49] * 1000, 1),
        "fsync_p99_ms": round(cuts[98] * 1000, 1),
    }


def describe() -> str:
    """Describe the machine in one line."""
    info = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in info if line.startswith("model name")), "unknown CPU")
    memory = int(Path("/proc/meminfo").read_text().split()[1]) // 2**20
    return f"{model}, {os.cpu_count()} cores, {memory} GiB, Linux {os.uname().release.split('-')[0]}"
