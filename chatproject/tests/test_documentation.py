"""The documentation builds, and names what the code has."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from prometheus_client import REGISTRY

from chatproject.realtime import metrics

pytestmark = pytest.mark.any_database

OPERATIONS = (settings.BASE_DIR / "docs/operations.md").read_text()
PAGES = sorted([*settings.BASE_DIR.glob("*.md"), *settings.BASE_DIR.glob("docs/*.md")])


def test_operations_lists_exactly_the_environment_variables_that_are_read() -> None:
    source = (settings.BASE_DIR / "chatproject/settings.py").read_text() + "DATA_DIR"
    read = set(re.findall(r'env(?:_\w+|\.\w+)\(\s*"([A-Z_]+)"', source)) | {"DATA_DIR"}
    table = OPERATIONS.partition("## Environment variables")[2].partition("\n## ")[0]
    first_cells = re.findall(r"^\| (`[^|]+) \|", table, re.MULTILINE)
    assert set(re.findall(r"`([A-Z_]+)`", " ".join(first_cells))) == read


def test_operations_lists_exactly_the_metrics_that_are_counted() -> None:
    assert metrics.connections in REGISTRY._collector_to_names
    names = {name.removesuffix("_total") for name in REGISTRY._names_to_collectors if name.startswith("parlor_")}
    counted = {name for name in names if not re.search("_(bucket|sum|count|created)$", name)}
    listed = set(re.findall(r"^\| `(parlor_\w+)`", OPERATIONS, re.MULTILINE))
    assert {name.removesuffix("_total") for name in listed} == counted


@pytest.mark.slow
def test_the_site_builds_without_warnings_and_loads_nothing_from_other_hosts(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning", "--keep-going", "--builder", "html"]
    built = subprocess.run(
        [*command, "-d", tmp_path / "doctrees", settings.BASE_DIR / "docs", tmp_path / "site"],
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stderr
    for file in (tmp_path / "site").rglob("*"):
        if file.suffix in {".html", ".css"}:
            text = file.read_text()
            loaded = re.findall(
                r'<(?:script|img|iframe)[^>]*\ssrc="(?:https?:)?//[^"]*"|url\(["\']?(?:https?:)?//', text
            )
            links = re.findall(r'<link[^>]*\shref="(?:https?:)?//[^"]*"', text)
            assert not loaded + links, file


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_source_file_that_a_page_names_exists(page: Path) -> None:
    text = page.read_text()
    folders = "benchmarks|chatproject|docs|faults|notifications|rooms|scripts|static|templates"
    named = re.findall(rf"`((?:{folders})/[\w./-]*\.(?:py|js|css|md|html))`", text)
    assert not [name for name in named if not (settings.BASE_DIR / name).exists()]


def test_the_excerpts_of_the_worked_example_are_in_their_files() -> None:
    example = (settings.BASE_DIR / "docs/contributing.md").read_text().partition("\n## Step by step")[2]
    excerpts = re.findall(r"^`([\w./]+)`\n\n```\w+\n(.*?)^```$", example, re.MULTILINE | re.DOTALL)
    assert len(excerpts) == example.count("```") / 2 > 5
    for path, excerpt in excerpts:
        source = (settings.BASE_DIR / path).read_text()
        places = [source.find(part) for part in re.split(r"^ *\.\.\.\n", excerpt, flags=re.MULTILINE)]
        assert -1 not in places, (path, excerpt)
        assert places == sorted(places), (path, excerpt)


# The modules of each node of the diagram. `rooms.people` is on two levels, as the page says.
NODES = {
    "notifications": ["notifications"],
    "edges": [f"rooms.{name}" for name in ("actions", "admin", "api", "serializers", "templatetags", "views")],
    "limits": ["rooms.rate_limits"],
    "buckets": ["chatproject.realtime.rate_limits"],
    **{name: [f"rooms.{name}"] for name in ("live", "services", "signals", "events", "selectors", "wire", "markdown")},
    "models": ["rooms.models"],
    **{name: [f"chatproject.realtime.{name}"] for name in ("sockets", "presence", "background", "delivery")},
}


def node_of(module: str) -> str | None:
    """Return the node of the diagram that a module belongs to."""
    for node, packages in NODES.items():
        if any(module == package or module.startswith(f"{package}.") for package in packages):
            return node
    return None


def imports_between_nodes() -> set[tuple[str, str]]:
    """Return which nodes import which others, without tests and migrations."""
    found = set()
    for file in [
        file for app in ("chatproject", "notifications", "rooms") for file in (settings.BASE_DIR / app).rglob("*.py")
    ]:
        path = file.relative_to(settings.BASE_DIR).with_suffix("")
        node = node_of(".".join(path.parts).removesuffix(".__init__"))
        if node is None or {"tests", "migrations"} & {*path.parts}:
            continue
        for statement in ast.walk(ast.parse(file.read_text())):
            if isinstance(statement, ast.ImportFrom) and statement.module:
                targets = [node_of(f"{statement.module}.{name.name}") for name in statement.names]
                found |= {(node, target) for target in targets if target not in {None, node}}
    return found


def test_the_diagram_of_the_modules_has_the_arrows_of_the_imports() -> None:
    text = (settings.BASE_DIR / "docs/architecture.md").read_text().partition("## The modules")[2]
    arrows = set(re.findall(r"^    (\w+) --> (\w+)$", text, re.MULTILINE))
    imports = imports_between_nodes()
    assert arrows <= imports
    reachable = set(arrows)
    while more := {(a, d) for a, b in reachable for c, d in arrows if b == c} - reachable:
        reachable |= more
    assert imports <= reachable
    assert not {(a, b) for a, b in reachable if (b, a) in reachable}


@pytest.mark.parametrize("page", sorted(settings.BASE_DIR.glob("*.md")), ids=lambda page: page.name)
def test_every_relative_link_of_a_page_outside_of_the_site_leads_to_a_file(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text())
    assert not [link for link in links if not (page.parent / link).exists()]
