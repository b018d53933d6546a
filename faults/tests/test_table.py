"""The table of faults is whole, and results are written as its rows."""

from __future__ import annotations

import inspect
from importlib import import_module

import pytest

from faults.documents import BEGIN, END, PAGE, tables
from faults.lab import Report
from faults.table import FAULTS, MUTATIONS, Result

pytestmark = pytest.mark.any_database


def test_every_fault_has_its_code_and_its_place_on_the_page() -> None:
    page = PAGE.read_text()
    assert BEGIN in page
    assert END in page
    for fault in FAULTS:
        module, _, function = fault.run.partition(":")
        assert inspect.iscoroutinefunction(getattr(import_module(f"faults.rows.{module}"), function))
        assert f"| `{fault.name}` | {fault.fault} |" in page
    assert {mutation.row for mutation in MUTATIONS} <= {fault.name for fault in FAULTS}


def test_a_figure_over_its_limit_fails_the_row() -> None:
    report = Report()
    report.at_most("back in", 4.9, 5.0)
    assert report.wrong == []
    report.at_most("back in", 5.1, 5.0)
    assert report.wrong == ["Too much: back in 5.1 s (limit 5)."]


def test_a_figure_that_could_not_be_measured_fails_the_row() -> None:
    report = Report()
    report.at_most("back in", float("nan"), 5.0)
    assert len(report.wrong) == 1


def test_results_are_written_as_tables() -> None:
    results = [
        Result("idle", "uvicorn", "sqlite", measured=["0 disconnects"]),
        Result("idle", "daphne", "sqlite", measured=["1 disconnects"], wrong=["1 disconnects: [1006]"]),
        Result("kill-server", "uvicorn", "sqlite", wrong=["2 violations: ['x']"], mutation="no-lock"),
        Result("kill-redis", "uvicorn", "sqlite", wrong=["It could not be run"], mutation="no-check"),
    ]
    text = tables(results, command="scripts/faults", seconds=120, load=0.5)
    assert "| uvicorn, SQLite | 0.0 | passed | 0 disconnects |" in text
    assert "| daphne, SQLite | 0.0 | **failed** | 1 disconnects; 1 disconnects: [1006] |" in text
    assert "| the lock | kill-server | uvicorn, SQLite | noticed | 2 violations: ['x'] |" in text
    assert "| the version check | kill-redis | uvicorn, SQLite | **not noticed** | nothing |" in text
