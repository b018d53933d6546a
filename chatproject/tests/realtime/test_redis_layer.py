"""The channel layer's connection to a real Valkey, that dies and hangs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.exceptions import RedisError

from chatproject.realtime.delivery import redis_layer
from chatproject.realtime.delivery.redis_layer import RedisLayer
from rooms.tests.support.servers import TestValkey

pytestmark = [pytest.mark.any_database, pytest.mark.integration]


@pytest.fixture
async def layer(valkey: TestValkey) -> AsyncIterator[RedisLayer]:
    layer = RedisLayer(hosts=[{"address": valkey.url, "socket_timeout": None, "socket_connect_timeout": 1}])
    yield layer
    await layer.flush()


async def received(layer: RedisLayer, channel: str) -> object:
    async with asyncio.timeout(20):
        return (await layer.receive(channel))["number"]


async def send_until_received(layer: RedisLayer, channel: str, number: int) -> None:
    """Send a number to the group until it arrives: the layer subscribes again some time after Redis is back."""
    async with asyncio.timeout(20):
        while True:
            try:
                await layer.group_send("group", {"number": number})
                async with asyncio.timeout(0.2):
                    arrived = await asyncio.shield(asyncio.ensure_future(layer.channels[channel].get()))
                assert layer.deserialize(arrived)["number"] == number
                return
            except (RedisError, OSError, TimeoutError):
                await asyncio.sleep(0.05)


async def test_messages_of_a_group_arrive_in_order_until_the_channel_leaves_it(layer: RedisLayer) -> None:
    channel = await layer.new_channel()
    await layer.group_add("group", channel)
    await asyncio.gather(*(layer.group_send("group", {"number": number}) for number in range(100)))
    assert [await received(layer, channel) for _ in range(100)] == list(range(100))
    await layer.group_discard("group", channel)
    await layer.group_send("group", {"number": 100})
    await layer.send(channel, {"number": 101})
    assert await received(layer, channel) == 101


async def test_a_group_that_is_joined_and_left_at_the_same_time_is_joined_last(layer: RedisLayer) -> None:
    channel = await layer.new_channel()
    for _ in range(20):
        await asyncio.gather(
            layer.group_add("group", channel),
            layer.group_discard("group", channel),
            layer.group_add("group", channel),
            layer.group_add("group", channel),
        )
    await layer.group_send("group", {"number": 1})
    assert await received(layer, channel) == 1


async def test_many_groups_are_joined_at_once(layer: RedisLayer) -> None:
    channel = await layer.new_channel()
    await asyncio.gather(*(layer.group_add(f"group{number}", channel) for number in range(3000)))
    await layer.group_send("group2999", {"number": 1})
    assert await received(layer, channel) == 1


async def test_a_message_larger_than_a_read_arrives_whole(layer: RedisLayer) -> None:
    channel = await layer.new_channel()
    await layer.send(channel, {"number": "x" * 3_000_000})
    assert await received(layer, channel) == "x" * 3_000_000


async def test_after_a_restart_of_redis_the_subscriptions_are_back(layer: RedisLayer, valkey: TestValkey) -> None:
    channel = await layer.new_channel()
    await layer.group_add("group", channel)
    valkey.kill9()
    with pytest.raises((RedisError, OSError)):
        await layer.group_send("group", {"number": 1})
    valkey.start()
    await send_until_received(layer, channel, 2)


async def test_a_redis_that_hangs_is_given_up_and_used_again_when_it_answers(
    layer: RedisLayer, valkey: TestValkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_layer, "DEAD_SECONDS", 0.2)
    channel = await layer.new_channel()
    await layer.group_add("group", channel)
    valkey.stop_signal()
    try:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await layer.group_send("group", {"number": 1})
        with pytest.raises(RedisError):
            await layer.group_send("group", {"number": 2})
    finally:
        valkey.cont()
    await layer.group_discard("group", channel)
    await layer.group_add("group", channel)
    while not layer.channels[channel].empty():  # what it had received before it hung
        layer.channels[channel].get_nowait()
    await send_until_received(layer, channel, 3)


async def test_a_redis_that_hangs_while_it_is_connected_to_is_tried_again(
    layer: RedisLayer, valkey: TestValkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_layer, "CONNECT_SECONDS", 0.2)
    valkey.stop_signal()
    try:
        with pytest.raises(TimeoutError):
            await layer.new_channel()
    finally:
        valkey.cont()
    monkeypatch.undo()
    channel = await layer.new_channel()
    await layer.send(channel, {"number": 1})
    assert await received(layer, channel) == 1
