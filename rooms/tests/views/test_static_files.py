"""The scripts and styles match the server's side."""

import re
import shutil
import subprocess
from enum import Enum

import pytest
from django.conf import settings

from chatproject.realtime import protocol
from chatproject.storage import is_current
from rooms.serializers.messages import MessageSchema

STATIC = settings.BASE_DIR / "static"
BUNDLES = STATIC / "bundles"
ENUMS: list[type[Enum]] = [
    *(protocol.Action, protocol.FrameType, protocol.LeftReason, protocol.ErrorCode, protocol.CloseCode),
]


@pytest.mark.parametrize("enum", ENUMS, ids=lambda enum: enum.__name__)
def test_the_wire_names_are_the_same_in_javascript(enum: type[Enum]) -> None:
    text = (STATIC / "js/protocol.js").read_text()
    block = re.search(rf"export const {enum.__name__} = Object\.freeze\(\{{(.*?)\}}\)", text, re.DOTALL)
    assert block
    pairs = re.findall(r"(\w+): (?:\"(\w+)\"|(\d+))", block[1])
    assert pairs
    for name, word, number in pairs:
        assert enum[name].value == (word or int(number))


def test_the_fields_of_a_message_are_the_same_in_javascript() -> None:
    text = (STATIC / "js/wire.d.ts").read_text()
    fields = set[str]()
    for interface in ("Person", "MessageWire"):
        block = re.search(rf"export interface {interface}\b.*?\{{(.*?)^\}}", text, re.DOTALL | re.MULTILINE)
        assert block
        fields |= set(re.findall(r"^  (\w+)\??:", block[1], re.MULTILINE))
    assert fields == set(MessageSchema().fields)


def test_what_a_page_loads_has_a_bundle_if_it_imports_anything() -> None:
    pages = [*(settings.BASE_DIR / "templates").rglob("*.html")]
    loaded = {name for page in pages for name in re.findall(r"{% static '([\w/]+\.(?:js|css))' %}", page.read_text())}
    importing = {name for name in loaded if re.search("^@?import ", (STATIC / name).read_text(), re.MULTILINE)}
    assert "js/room.js" in importing
    assert [name for name in importing if not (BUNDLES / name).exists()] == []


def test_the_bundles_are_made_from_the_present_sources() -> None:
    old = [path.name for path in BUNDLES.rglob("*.*") if not is_current(path, STATIC)]
    assert old == [], "run scripts/bundle and commit the result"


@pytest.mark.skipif(
    not shutil.which("node") or not (settings.BASE_DIR / "node_modules/esbuild").exists(),
    reason="the bundler is not installed; scripts/check installs it",
)
def test_the_bundles_are_what_the_bundler_makes() -> None:
    subprocess.run(["node", "scripts/bundle.mjs", "--check"], cwd=settings.BASE_DIR, check=True)


def test_html_is_inserted_into_the_page_in_one_place_only() -> None:
    pattern = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|parseFromString|\beval\(|new Function"
    )
    guilty = {path.name for path in (STATIC / "js").glob("*.js") if pattern.search(path.read_text())}
    assert guilty == {"trusted.js"}
