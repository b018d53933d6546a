"""Tables for people, JSON for programs, a picture for the page."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from machine import describe
from measuring import Figure, Row, Sample, rows
from works import Work


def number(value: float) -> str:
    """With three digits that count, at least."""
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def spread(figure: Figure) -> str:
    """The median, with the lowest and the highest."""
    return f"{number(figure.median)} ({number(figure.low)}-{number(figure.high)})"


def table(work: Work, measured: Sequence[Row]) -> str:
    """Markdown."""
    head = ["", "", f"CPU us per {work.unit}", "Valkey", "PostgreSQL", f"{work.units}/s", "p50 ms", "p99 ms"]
    head += ["server busy", "load busy"]
    lines = []
    for row in measured:
        stores = [spread(row.cpu[name]) if name in row.cpu else "" for name in ("valkey", "postgres")]
        cells = [row.case, row.contender, spread(row.cpu["server"]), *stores, number(row.per_second.median)]
        cells += [number(row.p50.median), number(row.p99.median)]
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


def print_table(work: Work, measured: Sequence[Row]) -> None:
    """On standard output."""
    print(f"\n{work.title}\n\n{table(work, sorted_by_case(measured))}\n", flush=True)


def sorted_by_case(measured: Sequence[Row]) -> list[Row]:
    """Contenders beside one another."""
    cases = list(dict.fromkeys(row.case for row in measured))
    return sorted(measured, key=lambda row: cases.index(row.case))


def write_results(folder: Path, work: Work, samples: Sequence[Sample], *, load_before: float, quick: bool) -> None:
    """A file for each work: what was measured, on what, and each turn. A quick run has files of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    results = {
        "work": work.name,
        "title": work.title,
        "unit": work.unit,
        "measured_at": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "machine": describe(),
        "load_average_before": round(load_before, 2),
        "turns": work.scale.turns,
        "seconds": work.scale.seconds,
        "quick": quick,
        "rows": [row.as_json() for row in rows(samples)],
        "samples": [asdict(sample) for sample in samples],
    }
    path = folder / f"{'quick-' if quick else ''}{work.name}.json"
    path.write_text(json.dumps(results, indent=1) + "\n")
