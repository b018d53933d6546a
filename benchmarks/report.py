"""Reports: Markdown tables, JSON results and SVG charts.

    python benchmarks/report.py [folder]

prints the tables of the results in docs/performance or another folder, draws their charts again, and writes the page
with these tables next to the folder.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import matplotlib as mpl
from machine import describe
from measurements import Figure, Row, Sample, rows
from servers import ROOT

mpl.use("Agg")
from matplotlib import pyplot

EXTRAS = {
    "all_ms": "all in sync, ms",
    "queries": "queries",
    "queries_each": "of them per socket",
    "queries_of_the_room": "of the room",
    "kilobytes_each": "KB each",
    "megabytes": "MB",
    "requests_each": "requests each",
    "joined_ms": "connected, ms",
    "requests": "requests/s",
}
DRAWN = {"cpu": "server CPU, us per {unit}", "p50": "latency (p50), ms", "p99": "latency (p99), ms"}
# Works whose chart is on the page, and what it shows.
PICTURED = {"requests": "Server CPU for each request", "fanout": "Server CPU for each delivery"}
CHARTS_ACROSS = 3
RESULTS = ROOT / "docs" / "performance"
PARLOR, OTHER = "#3b5bdb", "#adb5bd"


def number(value: float) -> str:
    """Format a number with at least three significant digits."""
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def spread(figure: Figure) -> str:
    """Format a median with its minimum and maximum."""
    return f"{number(figure.median)} ({number(figure.low)}-{number(figure.high)})"


def table(unit: str, units: str, measured: Sequence[Row]) -> str:
    """Return a Markdown table."""
    extras = [name for name in EXTRAS if any(name in row.extra for row in measured)]
    head = ["", "", f"CPU us per {unit}", "Valkey", "PostgreSQL", f"{units}/s", "p50 ms", "p99 ms"]
    head += [*(EXTRAS[name] for name in extras), "server busy", "load busy"]
    lines = []
    for row in measured:
        stores = [spread(row.cpu[name]) if name in row.cpu else "" for name in ("valkey", "postgres")]
        cells = [
            row.case,
            row.contender,
            spread(row.cpu["server"]) if row.cpu else "",
            *stores,
            number(row.per_second.median),
        ]
        cells += [number(row.p50.median), number(row.p99.median)]
        cells += [spread(row.extra[name]) if name in row.extra else "" for name in extras]
        cells += [f"{row.server_busy.median:.0%}", f"{row.load_busy.median:.0%}"]
        lines.append(cells)
    used = [place for place in range(len(head)) if any(line[place] for line in lines)]
    head, lines = [head[place] for place in used], [[line[place] for place in used] for line in lines]
    widths = [max(len(line[place]) for line in [head, *lines]) for place in range(len(head))]

    def laid_out(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"

    return "\n".join(
        [laid_out(head), "|" + "|".join("-" * (width + 2) for width in widths) + "|", *map(laid_out, lines)]
    )


def print_table(results: dict[str, Any]) -> None:
    """Print a table to standard output."""
    measured = sorted_by_case([Row.of_json(row) for row in results["rows"]])
    print(f"\n{results['title']}\n\n{table(results['unit'], results['units'], measured)}\n", flush=True)


def sorted_by_case(measured: Sequence[Row]) -> list[Row]:
    """Sort rows so that contenders of a case are adjacent."""
    cases = list(dict.fromkeys(row.case for row in measured))
    return sorted(measured, key=lambda row: cases.index(row.case))


def draw(results: dict[str, Any], path: Path) -> None:
    """Draw what a workload is about as bars, with lines from minimum to maximum, on a logarithmic scale."""
    measured, drawn = [Row.of_json(row) for row in results["rows"]], results.get("drawn", "cpu")
    cases = list(dict.fromkeys(row.case for row in measured))
    most = max(sum(row.case == case for row in measured) for case in cases)
    across, down = min(CHARTS_ACROSS, len(cases)), -(-len(cases) // CHARTS_ACROSS)
    size = (2 + 4.2 * across, 0.6 + (0.8 + 0.34 * most) * down)
    figure, axes = pyplot.subplots(down, across, figsize=size, squeeze=False, layout="constrained")
    for axis in axes.flat[len(cases) :]:
        axis.set_axis_off()
    for axis, case in zip(axes.flat, cases, strict=False):
        here = [row for row in measured if row.case == case][::-1]
        figures = [row.cpu["server"] if drawn == "cpu" else getattr(row, drawn) for row in here]
        medians = [one.median for one in figures]
        reach = [[one.median - one.low for one in figures], [one.high - one.median for one in figures]]
        colours = [PARLOR if row.contender.startswith("Parlor") else OTHER for row in here]
        bars = axis.barh([row.contender for row in here], medians, xerr=reach, color=colours, ecolor="#495057")
        axis.bar_label(bars, [number(value) for value in medians], padding=6, fontsize=9)
        axis.set_xscale("log")
        axis.tick_params(axis="x", which="minor", labelbottom=False)
        axis.set_xlim(min(medians) / 3, max(medians) * 6)
        axis.set_title(case, fontsize=10)
        axis.spines[["top", "right"]].set_visible(False)
    figure.suptitle(f"{results['title']}: {DRAWN[drawn].format(unit=results['unit'])}", fontsize=11)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def write_results(folder: Path, work: Any, samples: Sequence[Sample], *, before: dict[str, float], quick: bool) -> None:
    """Print the table, and write a file and a chart for a workload."""
    folder.mkdir(parents=True, exist_ok=True)
    results = {
        "work": work.name,
        "title": work.title,
        "unit": work.unit,
        "units": work.units,
        "drawn": work.drawn,
        "measured_at": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "machine": describe(),
        **before,
        "turns": work.scale.turns,
        "seconds": work.scale.seconds,
        "quick": quick,
        "rows": [row.as_json() for row in rows(samples)],
        "samples": [asdict(sample) for sample in samples],
    }
    path = folder / f"{work.name}.json"
    path.write_text(json.dumps(results, indent=1) + "\n")
    print_table(results)
    draw(results, path.with_suffix(".png"))


def put_into_page(results: dict[str, Any], page: str, folder: str) -> str:
    """Insert a workload's table between its marks in the page, if it has such marks. Its chart is in the folder."""
    begin, end = f"<!-- {results['work']} -->\n", f"<!-- end of {results['work']} -->"
    before, found, after = page.partition(begin)
    if not found:
        return page
    measured = sorted_by_case([Row.of_json(row) for row in results["rows"]])
    said = (
        f"Measured {results['measured_at']}, {results['turns']} turns of {results['seconds']:g} s; "
        f"load average before: {results['load_average_before']}"
    )
    if "fsync_p99_ms" in results:  # missing in files from before 2026-11-22
        said += (
            f"; a write to the disk took {results['fsync_p50_ms']:g} ms, 1 in 100 over {results['fsync_p99_ms']:g} ms"
        )
    shown = table(results["unit"], results["units"], measured)
    if results["work"] in PICTURED:
        shown = f"![{PICTURED[results['work']]}]({folder}/{results['work']}.png)\n\n{shown}"
    return f"{before}{begin}\n{shown}\n\n{said}.\n\n{end}{after.partition(end)[2]}"


def write_page(folder: Path) -> None:
    """Write docs/performance.md with the tables of a folder's results next to the folder."""
    page = RESULTS.with_suffix(".md").read_text()
    for path in sorted(folder.glob("*.json")):
        page = put_into_page(json.loads(path.read_text()), page, folder.name)
    folder.with_suffix(".md").write_text(page)


def main(folder: Path) -> None:
    """Print the tables, draw the charts, and write the page."""
    for path in sorted(folder.glob("*.json")):
        results = json.loads(path.read_text())
        print_table(results)
        draw(results, path.with_suffix(".png"))
    write_page(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else RESULTS)
