"""The command `search`, as a process with only a URL and a token, and the library's `search`."""

from __future__ import annotations

import re
from typing import Any

import orjson
import pytest

from rooms.client import RequestRefused
from rooms.client.search import format_hit
from rooms.tests.client.test_client import connected
from rooms.tests.client.test_produce_consume import environment, outcome
from rooms.tests.sockets.test_frames import make_room
from rooms.tests.sockets.test_resume import post
from rooms.tests.support.servers import RunningServer, free_port

pytestmark = pytest.mark.any_database


async def test_search_prints_the_newest_hits_and_how_to_go_on(served: RunningServer) -> None:
    room, (ann,) = await make_room("ann")
    await post(room, ann, 3, "some *white* tea\n")
    env = await environment(served, ann)
    query = f'"white tea" in:{room.name}'
    status, out, err = await outcome(env, "search", query, "--limit", "2")
    shown = rf"\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d #{room.name} {ann.username}: some white tea[^\n]*\n"
    assert status == 0
    assert re.fullmatch(shown * 2, out)
    last = re.fullmatch(r"For older messages add: --before (\d+)\n", err)
    assert last
    status, out, err = await outcome(env, "search", query, "--before", last[1], "--json")
    [hit] = map(orjson.loads, out.splitlines())
    assert (status, err, hit["message"]["seq"]) == (0, "", 1)
    assert await outcome(env, "search", "in:nowhere tea") == (1, "", "q: There is no room nowhere.\n")
    assert await outcome(env, "search", "nothing-like-this") == (0, "", "No messages found.\n")
    away = f"http://127.0.0.1:{free_port()}"
    status, _, err = await outcome(env, "search", "tea", "--url", away)
    assert (status, err) == (1, f"{away} can't be reached: [Errno 111] Connection refused.\n")
    async with await connected(served.url, ann) as client:
        page = await client.search(query, limit=1)
        assert [hit["message"]["seq"] for hit in page["results"]] == [3]
        rest = await client.search(query, before=page["results"][0]["id"])
        assert ([hit["message"]["seq"] for hit in rest["results"]], rest["more"]) == ([2, 1], False)
        with pytest.raises(RequestRefused, match="There is no such time zone"):
            await client.search(query, zone="Nowhere")


@pytest.mark.parametrize(("marked", "text"), [(False, "a ↵ tea\ufffd[2J"), (True, "a ↵ \x1b[1mtea\ufffd[2J\x1b[22m")])
def test_a_hit_is_one_line_without_control_characters_of_its_own(marked: bool, text: str) -> None:
    hit: dict[str, Any] = {
        "excerpt": [{"text": "a\n", "found": False}, {"text": "tea\x1b[2J", "found": True}],
        "message": {"room_name": "python", "user_name": "ann", "created_at": "2026-11-21T14:57:04.322Z"},
    }
    assert format_hit(hit, marked=marked)[20:] == f"#python ann: {text}"
