"""The list of emoji names that the page fetches."""

import gzip

import pytest
from django.test import Client

from rooms.markdown.emoji import emoji_names

pytestmark = pytest.mark.any_database


def test_emoji_have_common_names_and_popular_ones_come_first() -> None:
    names = {emoji: names for emoji, *names in emoji_names()}
    assert {"thumbsup", "+1", "thumbs_up"} <= set(names["👍"])
    assert "tada" in names["🎉"]
    assert not any("skin_tone" in name for each in names.values() for name in each)
    order = list(names)
    assert order.index("😂") < order.index("🫠")


def test_the_emoji_list_is_small_and_cacheable() -> None:
    response = Client().get("/emoji.json", headers={"Accept-Encoding": "gzip"})
    assert response["Content-Encoding"] == "gzip"
    assert "max-age" in response["Cache-Control"]
    assert len(response.content) < 30_000
    plain = Client().get("/emoji.json")
    assert gzip.decompress(response.content) == plain.content
    assert plain.json() == emoji_names()
