"""The operations page lists the same names as the code."""

import re

from django.conf import settings
from prometheus_client import REGISTRY

from chatproject.realtime import metrics

PAGE = (settings.BASE_DIR / "docs/operations.md").read_text()


def test_the_operations_page_lists_exactly_the_environment_variables() -> None:
    source = (settings.BASE_DIR / "chatproject/settings.py").read_text() + "DATA_DIR"
    read = set(re.findall(r'env(?:_\w+|\.\w+)\(\s*"([A-Z_]+)"', source)) | {"DATA_DIR"}
    table = PAGE.partition("## Environment variables")[2].partition("\n## ")[0]
    first_cells = re.findall(r"^\| (`[^|]+) \|", table, re.MULTILINE)
    assert set(re.findall(r"`([A-Z_]+)`", " ".join(first_cells))) == read


def test_the_operations_page_lists_exactly_the_metrics() -> None:
    assert metrics.connections in REGISTRY._collector_to_names
    names = {name.removesuffix("_total") for name in REGISTRY._names_to_collectors if name.startswith("parlor_")}
    counted = {name for name in names if not re.search("_(bucket|sum|count|created)$", name)}
    told = set(re.findall(r"^\| `(parlor_\w+)`", PAGE, re.MULTILINE))
    assert {name.removesuffix("_total") for name in told} == counted
