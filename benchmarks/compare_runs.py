"""Compares two full runs, each figure of Parlor's beside those of the peers in the same runs.

    .venv/bin/python benchmarks/compare_runs.py OLD NEW

where each is a results file, a folder of them, or a git revision, for the results that it has in docs/performance/.

A machine is faster on one day than on another, so Parlor's figures are divided by the median change of the peers: of
the same case, or else of the same work, or else of all works. Above 1 is worse, in each column.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from report import number
from servers import ROOT

WORSE = 1.1  # what is marked


class Place(NamedTuple):
    """A row of a table."""

    work: str
    case: str
    contender: str

    @property
    def is_parlor(self) -> bool:
        """Whether it is Parlor's, not a peer's."""
        return self.contender.startswith("Parlor")


# What rows were called before the requests had one table.
RENAMED_CASES = {
    ("rest", "SQLite"): ("requests", "POST messages/"),
    ("rest", "PostgreSQL"): ("requests", "POST messages/"),
    ("idle", ""): ("join", ""),
}
RENAMED_CONTENDERS = {"plain DRF view": "plain Django in Parlor's server"}
Figures = dict[str, float]  # of a row, by their name; a higher one is worse


def load(name: str) -> dict[Place, Figures]:
    """Return the rows of the results in a file, a folder or a revision, without those of quick runs."""
    path = Path(name)
    if path.is_file():
        texts = [path.read_text()]
    elif path.is_dir():
        texts = [file.read_text() for file in sorted(path.glob("*.json"))]
    else:
        files = git("ls-tree", "--name-only", name, "docs/performance/").split()
        texts = [git("show", f"{name}:{file}") for file in files if file.endswith(".json")]
    found = {}
    for results in map(json.loads, texts):
        for row in results["rows"] if not results["quick"] else []:
            work, case = RENAMED_CASES.get((row["work"], row["case"]), (row["work"], row["case"]))
            contender = RENAMED_CONTENDERS.get(row["contender"], row["contender"])
            found[Place(work, case, contender)] = figures(row)
    return found


def git(*command: str) -> str:
    """Return the output of a git command."""
    return subprocess.run(["git", *command], check=True, cwd=ROOT, capture_output=True, text=True).stdout


def figures(row: dict[str, Any]) -> Figures:
    """Return the medians of a row."""
    found = {"CPU": row["cpu"]["server"]["median"]} if "server" in row["cpu"] else {}
    found["time per unit"] = 1 / row["per_second"]["median"] if row["per_second"]["median"] else 0.0
    return found | {"p50": row["p50"]["median"], "p99": row["p99"]["median"]}


def peers_ratio(place: Place, figure: str, ratios: dict[Place, Figures]) -> float:
    """Return how the peers' figure changed, or 1 if there are none."""
    peers = {peer: of[figure] for peer, of in ratios.items() if not peer.is_parlor and figure in of}
    for alike in (lambda peer: peer[:2] == place[:2], lambda peer: peer.work == place.work, lambda peer: True):
        found = [ratio for peer, ratio in peers.items() if alike(peer)]
        if found:
            return statistics.median(found)
    return 1.0


def main(old_name: str, new_name: str) -> None:
    """Print a row for each of Parlor's that is in both runs."""
    old, new = load(old_name), load(new_name)
    ratios = {
        place: {name: new[place][name] / value for name, value in old[place].items() if value and name in new[place]}
        for place in new
        if place in old
    }
    names = ["CPU", "time per unit", "p50", "p99"]
    head = [
        "work",
        "case",
        "contender",
        "CPU us before",
        "now",
        "ratio",
        "the peers'",
        *(f"{name}, relative" for name in names),
    ]
    print(f"| {' | '.join(head)} |\n|{'---|' * len(head)}")
    for place, changes in ratios.items():
        if not place.is_parlor:
            continue
        cells = [*place]
        if "CPU" in changes:
            cells += [number(run[place]["CPU"]) for run in (old, new)]
            cells += [f"{changes['CPU']:.2f}", f"{peers_ratio(place, 'CPU', ratios):.2f}"]
        else:
            cells += [""] * 4
        for name in names:
            relative = changes[name] / peers_ratio(place, name, ratios) if name in changes else None
            cells.append("" if relative is None else f"{relative:.2f}" if relative <= WORSE else f"**{relative:.2f}**")
        print(f"| {' | '.join(cells)} |")
    for place in old.keys() - new.keys():
        if place.is_parlor:
            print(f"Not measured any more: {', '.join(filter(None, place))}", file=sys.stderr)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
