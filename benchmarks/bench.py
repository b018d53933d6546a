"""Measures Parlor and its peers. `scripts/bench` installs what this needs; see docs/performance.md.

All contenders take turns several times, so that drift of the machine affects them alike. The server runs on one core,
and the load, Valkey and PostgreSQL on another. Exits with 1 and a sentence if a reader did not get every message once
and in order.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import uvloop
from ledger import Violation
from machine import LOAD_CORE, TooFewCores, check_cores, conditions
from measurements import Meter, Sample
from report import RESULTS, write_page, write_results
from servers import ROOT, InstallationError
from workload_list import WORKLOADS
from workloads import Scale, Workload

FULL = Scale(turns=3, seconds=2.0)
QUICK = Scale(turns=1, seconds=0.6, share=0.2)
QUICK_RESULTS = ROOT / "var" / "performance"


class NoContender(Exception):
    """Raised if no contender's label contains the requested words."""


def run(work: Workload, words: Sequence[str], *, quick: bool) -> list[Sample]:
    """Run all turns of all contenders whose label contains one of the words; without words, of all or the quick ones.

    Raises Violation, InstallationError, NoContender.
    """
    samples: list[Sample] = []
    if words:
        contenders = [one for one in work.contenders() if any(word in one.label for word in words)]
    else:
        contenders = [one for one in work.contenders() if one.quick or not quick]
    if not contenders:
        labels = "; ".join(one.label for one in work.contenders())
        raise NoContender(f"nobody's name has {' or '.join(map(repr, words))} in it. There are: {labels}")
    rooms = list(dict.fromkeys(name for turn in range(work.scale.turns) for name in work.rooms(turn)))
    with contextlib.ExitStack() as stack:
        for contender in contenders:
            stack.enter_context(contender.prepared(work.people, rooms, members=work.members))
        for turn in range(work.scale.turns):
            for contender in contenders:
                if turn >= (contender.most_turns or work.scale.turns):
                    continue
                began = time.monotonic()
                with contender.serving() as service, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                    try:
                        samples += runner.run(work.play(contender, service, turn))
                    except Violation as violation:
                        raise Violation(f"{contender.label}: {violation}") from violation
                print(
                    f"  {work.name} {turn + 1}/{work.scale.turns}  {contender.label}: {time.monotonic() - began:.0f} s",
                    file=sys.stderr,
                    flush=True,
                )
    return samples


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line."""
    names = [work.name for work in WORKLOADS]
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Measure Parlor and its peers.")
    parser.add_argument(
        "--quick", action="store_true", help="under 3 minutes: the main works and peers, fewer people, one turn"
    )
    parser.add_argument("--only", action="append", choices=names, metavar="WORK", help=f"one of {', '.join(names)}")
    parser.add_argument("--turns", type=int, help=f"turns of each contender (default: {FULL.turns})")
    parser.add_argument("--seconds", type=float, help=f"seconds of each measurement (default: {FULL.seconds:g})")
    parser.add_argument(
        "--contender", action="append", default=[], metavar="WORD", help="only contenders with this word in their name"
    )
    parser.add_argument(
        "--output",
        type=Path,
        help=f"folder for the results (default: {RESULTS}, or of a quick run {QUICK_RESULTS}); a copy of the page with "
        "their tables is written next to it",
    )
    parser.add_argument("--profile", type=Path, metavar="FOLDER", help="folder for py-spy profiles")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks and return the exit status."""
    options = parse(arguments)
    chosen = QUICK if options.quick else FULL
    scale = Scale(options.turns or chosen.turns, options.seconds or chosen.seconds, chosen.share)
    try:
        check_cores()
    except TooFewCores as error:
        print(f"scripts/bench: {error}", file=sys.stderr)
        return 2
    output = options.output or (QUICK_RESULTS if options.quick else RESULTS)
    os.sched_setaffinity(0, {LOAD_CORE})
    before = conditions()
    Meter.profiles = options.profile
    signal.signal(signal.SIGTERM, _end)
    began = time.monotonic()
    default = [work.name for work in WORKLOADS if work.quick or not options.quick]
    for work_class in WORKLOADS:
        if work_class.name not in (options.only or default):
            continue
        work = work_class(scale)
        try:
            samples = run(work, options.contender, quick=options.quick)
        except (Violation, InstallationError, NoContender) as error:
            print(f"scripts/bench: {work.name}: {error}", file=sys.stderr)
            return 1
        write_results(output, work, samples, before=before, quick=options.quick)
    write_page(output)
    print(f"All done in {time.monotonic() - began:.0f} s.", file=sys.stderr)
    return 0


def _end(number: int, frame: object) -> NoReturn:
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
