"""The scripts and styles match the server's side."""

import re
from enum import Enum

import pytest
from django.conf import settings

from chatproject.realtime import protocol
from rooms.serializers.messages import MessageSchema
from rooms.views.room import MODULES

STATIC = settings.BASE_DIR / "static"
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


def test_the_room_page_preloads_exactly_what_its_script_imports() -> None:
    wanted, found = ["room"], set[str]()
    while wanted:
        text = (STATIC / f"js/{wanted.pop()}.js").read_text()
        new = set(re.findall(r'^import (?:.* from )?"\./(\w+)\.js";$', text, re.MULTILINE)) - found
        found |= new
        wanted += new
    assert {f"js/{name}.js" for name in found} == set(MODULES)


def test_html_is_inserted_into_the_page_in_one_place_only() -> None:
    pattern = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|parseFromString|\beval\(|new Function"
    )
    guilty = {path.name for path in (STATIC / "js").glob("*.js") if pattern.search(path.read_text())}
    assert guilty == {"trusted.js"}
