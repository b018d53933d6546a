"""The tables of results, in Markdown."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from faults.table import FAULTS, MUTATIONS, Result

PAGE = Path(__file__).resolve().parent.parent / "docs" / "faults.md"
BEGIN, END = "<!-- results -->", "<!-- end of results -->"


def tables(results: Sequence[Result], *, command: str, seconds: float, load: float) -> str:
    """Return the table of faults and that of mutations, as far as there are results of them."""
    day = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    parts = [
        f"`{command}` on {day}, {seconds / 60:.0f} minutes on {os.cpu_count()} cores; the load average was {load:.1f} "
        "before."
    ]
    if rows := _fault_rows(results):
        parts.append(_table(["fault", "passes when", "on", "load", "", "measured"], rows))
    if rows := _mutation_rows(results):
        parts.append(_table(["taken out", "row", "on", "", "the checker says"], rows))
    return "\n\n".join(parts) + "\n"


def record(text: str) -> None:
    """Replace the tables in the documentation."""
    page = PAGE.read_text()
    before, _, rest = page.partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{rest.partition(END)[2]}")


def _place(result: Result) -> str:
    return f"{result.server}, {'SQLite' if result.database == 'sqlite' else 'PostgreSQL'}"


def _fault_rows(results: Sequence[Result]) -> list[list[str]]:
    rows = []
    for fault in FAULTS:
        found = [result for result in results if result.name == fault.name and not result.mutation]
        for number, result in enumerate(sorted(found, key=lambda one: (one.database, one.server), reverse=True)):
            said = " ".join("; ".join(result.measured if result.passed else [*result.measured, *result.wrong]).split())
            about = [fault.fault, fault.passes] if not number else ["", ""]
            verdict = "passed" if result.passed else "**failed**"
            rows.append([*about, _place(result), f"{result.load:.1f}", verdict, said])
    return rows


def _mutation_rows(results: Sequence[Result]) -> list[list[str]]:
    rows = []
    for mutation in MUTATIONS:
        for result in [one for one in results if one.mutation == mutation.name]:
            said = next((sentence for sentence in result.wrong if "violations:" in sentence), "nothing")
            noticed = "noticed" if result.passed else "**not noticed**"
            rows.append([mutation.removed, mutation.row, _place(result), noticed, said])
    return rows


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
