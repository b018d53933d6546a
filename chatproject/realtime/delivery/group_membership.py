"""The channel-layer groups that one process is a member of."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Container
from typing import Any

from channels.layers import get_channel_layer

from chatproject.realtime.delivery.groups import CONTROL, StreamKey, group_name
from chatproject.realtime.delivery.publish import LAYER_TIMEOUT
from chatproject.redis_outage import REDIS_UNAVAILABLE

logger = logging.getLogger(__name__)


class GroupMembership:
    """The control group, and the groups of the streams that this process follows, over one channel."""

    def __init__(self, streams: Container[StreamKey]) -> None:
        self._streams = streams
        self._channel: str | None = None
        self._to_join: set[StreamKey] = set()  # groups that could not be joined yet
        self._control_joined = False

    @property
    def is_complete(self) -> bool:
        """Whether no group is left to be joined."""
        return self._control_joined and not self._to_join

    async def connect(self) -> None:
        """Create the channel, as soon as the channel layer answers."""
        layer = get_channel_layer()
        assert layer is not None
        while self._channel is None:
            try:
                async with asyncio.timeout(LAYER_TIMEOUT):
                    self._channel = await layer.new_channel()
            except Exception as error:
                logger.warning("channel layer unavailable: %r", error, extra=REDIS_UNAVAILABLE)
                await asyncio.sleep(LAYER_TIMEOUT)

    async def receive(self) -> dict[str, Any]:
        """Wait for the next message."""
        layer = get_channel_layer()
        assert layer is not None
        # No timeout here: cancelling a receive deletes the channel.
        message: dict[str, Any] = await layer.receive(self._channel)
        return message

    async def join(self, key: StreamKey) -> None:
        """Join the group of a stream. A failure is made up for by `join_missing`."""
        self._to_join.add(key)
        if await self._add_to_group(group_name(key)):
            self._to_join.discard(key)

    async def join_missing(self) -> None:
        """Join the groups that are not joined yet."""
        if not self._control_joined:
            self._control_joined = await self._add_to_group(CONTROL)
        # Concurrently: groups on a Redis server that is down must not delay those on another.
        await asyncio.gather(*(self.join(key) for key in list(self._to_join)))

    async def _add_to_group(self, group: str) -> bool:
        layer = get_channel_layer()
        assert layer is not None
        if self._channel is None:
            return False
        try:
            async with asyncio.timeout(LAYER_TIMEOUT):
                await layer.group_add(group, self._channel)
        except Exception as error:
            logger.warning("could not join a group: %r", error, extra=REDIS_UNAVAILABLE)
            return False
        return True

    async def leave(self, key: StreamKey) -> None:
        """Leave the group of a stream that is no longer followed."""
        layer = get_channel_layer()
        assert layer is not None
        self._to_join.discard(key)
        if key in self._streams or self._channel is None:
            return
        try:
            async with asyncio.timeout(LAYER_TIMEOUT):
                await layer.group_discard(group_name(key), self._channel)
        except Exception as error:
            logger.warning("could not leave a group: %r", error, extra=REDIS_UNAVAILABLE)
        if key in self._streams:  # a reader subscribed meanwhile
            await self.join(key)
