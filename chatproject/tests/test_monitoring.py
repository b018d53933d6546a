"""The dashboard and the alert rules in deploy/ name metrics that exist. deploy/check tests the rules with promtool."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from django.conf import settings
from prometheus_client import REGISTRY

from chatproject.realtime import metrics

pytestmark = pytest.mark.any_database
DEPLOY = settings.BASE_DIR / "deploy"
DASHBOARD: dict[str, Any] = json.loads((DEPLOY / "grafana-dashboard.json").read_text())
RULES: list[dict[str, Any]] = [
    rule for group in yaml.safe_load((DEPLOY / "alerts.yml").read_text())["groups"] for rule in group["rules"]
]
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


def exported() -> dict[str, set[str]]:
    """Return the labels of each series that /metrics can have, by its name, as Prometheus asks for it."""
    assert metrics.connections in REGISTRY._collector_to_names
    found: dict[str, set[str]] = {}
    collectors: list[Any] = list(REGISTRY._collector_to_names)
    for collector in collectors:
        name = getattr(collector, "_name", "")
        if not name.startswith("parlor_"):
            continue
        labels = set(collector._labelnames)
        kind = collector._type
        if kind == "histogram":
            found |= {f"{name}_bucket": labels | {"le"}, f"{name}_sum": labels, f"{name}_count": labels}
        else:
            found[f"{name}_total" if kind == "counter" else name] = labels
    return found


def expressions() -> Iterator[str]:
    """Yield what the dashboard and the rules ask Prometheus."""
    for panel in PANELS:
        yield from (target["expr"] for target in panel["targets"])
    yield from (rule["expr"] for rule in RULES)


def test_every_metric_that_is_asked_for_exists_with_its_labels() -> None:
    series, scraped = exported(), {"job", "instance"}
    for expression in expressions():
        names = re.findall(r"\b(parlor_\w+)(?:\{([^}]*)\})?", expression)
        assert names or "up{" in expression, expression
        for name, selectors in names:
            assert name in series, f"{name} in {expression}"
            asked = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", selectors))
            assert asked <= series[name] | scraped, f"{asked} of {name}"
        for grouped in re.findall(r"by \(([^)]*)\)", expression):
            known = scraped.union(*(series[name] for name, _ in names))
            assert {label.strip() for label in grouped.split(",")} <= known, expression


def test_the_dashboard_shows_every_metric() -> None:
    asked = " ".join(target["expr"] for panel in PANELS for target in panel["targets"])
    for name in exported():
        base = re.sub(r"_(bucket|sum|count)$", "", name)
        assert base in asked, name


def test_panels_have_a_place_of_their_own_and_say_what_they_show() -> None:
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len({*ids}) == len(ids)
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert max(x for x, _ in cells) < 24
        assert not cells & taken, panel["title"]
        taken |= cells
    assert all(panel["description"] and panel["fieldConfig"]["defaults"]["unit"] for panel in PANELS)
    # No data source of one installation is written into the file.
    assert {panel["datasource"]["uid"] for panel in PANELS} == {"${datasource}"}


def test_every_alert_says_what_is_wrong_and_what_to_do() -> None:
    names = [rule["alert"] for rule in RULES]
    assert len({*names}) == len(names)
    for rule in RULES:
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert rule["annotations"].keys() == {"summary", "description"}
        assert rule["annotations"]["description"].endswith(".")
