"""A client that is not sure whether a message was posted can retry it any number of times, over any API."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx

from rooms.models import Message
from rooms.tests.sockets.test_frames import make_room
from rooms.tests.support.clients import Client, database, token_of
from rooms.tests.support.servers import RunningServer


async def test_200_concurrent_retries_of_one_client_id_create_one_message(
    server_factory: Callable[..., RunningServer],
) -> None:
    servers = await asyncio.gather(
        asyncio.to_thread(server_factory, "daphne"), asyncio.to_thread(server_factory, "uvicorn")
    )
    room, (ann,) = await make_room("ann")
    headers = {"Authorization": f"Bearer {await database(token_of, ann)}"}
    message = {"content": "hello", "client_id": "c1"}
    clients = [await Client.open(servers[number % 2].ws_url, user=ann) for number in range(20)]
    limits = httpx.Limits(max_connections=100)
    async with httpx.AsyncClient(headers=headers, limits=limits, timeout=60, trust_env=False) as http:

        async def by_rest(number: int) -> dict[str, Any]:
            url = f"{servers[number % 2].url}/api/rooms/{room.name}/messages/"
            response = await http.post(url, json=message)
            assert response.status_code in {200, 201}, response.text
            return {"status": response.status_code, **response.json()}

        async def by_socket(number: int) -> dict[str, Any]:
            frame = await clients[number % 20].say(room, **message)
            assert frame["type"] == "ack", frame
            return frame

        answers = await asyncio.gather(*[way(number) for number in range(100) for way in (by_rest, by_socket)])
    assert len(answers) == 200
    assert {(answer["seq"], answer["version"]) for answer in answers} == {(1, 1)}
    assert sum("duplicate" not in answer for answer in answers) == 1
    assert await database(lambda: list(Message.objects.values_list("seq", "client_id"))) == [(1, "c1")]
    for client in clients:
        await client.close()
