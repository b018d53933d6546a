"""Previews of links over a socket, and with a server that fetches pages."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest
from django.test import override_settings

from rooms.models import LinkPreview
from rooms.previews import cards
from rooms.previews.cards import Card
from rooms.services import previews
from rooms.services.posting import message_post
from rooms.tests.sockets.test_frames import make_room
from rooms.tests.support.clients import PATIENCE, Client, database
from rooms.tests.support.servers import RunningServer

CARD = Card("A title", "Site", "Some words.", None)


async def test_messages_don_t_wait_for_pages_and_the_preview_follows(
    live: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, released = threading.Event(), threading.Event()

    def make_card(url: str) -> Card:
        asked.set()
        assert released.wait(60)
        return CARD

    monkeypatch.setattr(cards, "make_card", make_card)
    monkeypatch.setattr(previews, "in_database", database)
    room, (ann, ben) = await make_room("ann", "ben")
    async with await Client.open(live.ws_url, user=ann) as one, await Client.open(live.ws_url, user=ben) as two:
        await one.join(room)
        await two.join(room)
        with override_settings(LINK_PREVIEWS=True):  # in this process, which does the work
            await database(message_post, by=ann, room=room, content="https://site.example/")
            await previews.previews_run()
            await asyncio.to_thread(asked.wait, 60)
            await one.say(room, "while the page is being fetched")
            await two.wait_until(lambda: len(two.contents(room)) == 2)
            assert "previews" not in two.messages[room.name][0]
            released.set()
            await asyncio.gather(*previews._running)
            await previews.previews_run()
        await two.wait_until(lambda: two.position[room.name] == 3)
        (preview,) = two.messages[room.name][-1]["previews"]
        assert (preview["title"], preview["url"]) == ("A title", "https://site.example/")
        removed = await one.ask("removePreview", room_name=room.name, seq=1, preview_id=preview["id"])
        assert removed["version"] == 4
        await two.wait_until(lambda: "previews" not in two.messages[room.name][-1])
        for fields, code in (
            ({"preview_id": preview["id"] + 1}, "not_found"),
            ({"preview_id": "1"}, "invalid_field"),
            ({}, "missing_field"),
        ):
            refused = await one.ask("removePreview", room_name=room.name, seq=1, **fields)
            assert refused["code"] == code


async def test_a_server_fetches_by_itself_and_reaches_nothing_on_its_own_machine(
    server_factory: Callable[..., RunningServer],
) -> None:
    server = await asyncio.to_thread(server_factory, "uvicorn", {"LINK_PREVIEWS": "yes"})
    room, (ann,) = await make_room("ann")
    async with await Client.open(server.ws_url, user=ann) as client:
        await client.join(room)
        await client.say(room, "http://127.1/ and http://[::ffff:127.0.0.1]/")
        async with asyncio.timeout(PATIENCE):
            while not await both_refused():
                await asyncio.sleep(0.1)


async def both_refused() -> bool:
    """Return whether both previews have failed for that reason."""
    errors = await database(lambda: list(LinkPreview.objects.values_list("state", "error")))
    return errors == [("failed", "not a public address")] * 2
