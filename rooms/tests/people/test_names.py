"""The normal form of names."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rooms.people.names import name_key

pytestmark = pytest.mark.any_database

ANYTHING = st.text()
FEW = settings(max_examples=200, deadline=None, database=None, derandomize=True)


@FEW
@given(ANYTHING)
def test_the_key_of_a_key_is_itself(name: str) -> None:
    assert name_key(name_key(name)) == name_key(name)


def test_the_key_of_every_character_is_its_own_key() -> None:
    key = name_key(" ".join(map(chr, range(0x110000))))
    assert name_key(key) == key


@FEW
@given(ANYTHING)
def test_case_does_not_matter_in_names(name: str) -> None:
    assert name_key(name.casefold()) == name_key(name)


def test_spellings_of_a_name_share_its_key() -> None:
    for one, other in [
        ("alice", "ALICE"),
        ("alice", "ａｌｉｃｅ"),
        ("alice", "𝒶𝓁𝒾𝒸ℯ"),
        ("alice", "  alice\t"),
        ("alice", "al\u00adi\u200bce\ufe0f\u3164\u2800"),
        ("алиса", "АЛИСА"),
        ("émile", "E\u0301MILE"),
        ("straße", "STRASSE"),
        ("straße", "STRAẞE"),
        ("ﬀ", "FF"),
        ("σσ", "ΣΣ"),
        ("σς", "ΣΣ"),
        ("k", "\u212a"),
    ]:
        assert name_key(one) == name_key(other), (one, other)


def test_visible_characters_stay_in_the_key() -> None:
    for name in ["a.b", "a-b_c+d@e", "bam", "barn", "ı", "ø", "日本語", "a b", "٣"]:
        assert name_key(name) == name


def test_an_invisible_text_is_not_a_name() -> None:
    for name in ["\u3164", "\u115f\u1160", "\uffa0", "\u200b", "\u2800", "\u202e", "\x7f", " \u00a0"]:
        assert name_key(name) == ""
