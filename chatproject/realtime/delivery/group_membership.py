"""The channel-layer groups that one process is a member of."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Coroutine
from typing import Any

from channels.layers import get_channel_layer

from chatproject.realtime.delivery.groups import CONTROL
from chatproject.realtime.delivery.publish import LAYER_TIMEOUT
from chatproject.redis_outage import REDIS_UNAVAILABLE

logger = logging.getLogger(__name__)
JOIN_SECONDS = 0.05  # groups that are joined soon within this time are joined together
LEAVE_SECONDS = 1.0  # who comes back within this time causes no call


class GroupMembership:
    """The control group, and the groups of what concerns this process's sockets, over one channel.

    What fails is tried again by `join_missing`, which the hub's version check calls.
    """

    def __init__(self, spawn: Callable[[Coroutine[Any, Any, None]], object]) -> None:
        self._spawn = spawn
        self._channel: str | None = None
        self._wanted = {CONTROL}
        self._joined: set[str] = set()
        self._joining_soon = self._leaving_soon = False

    @property
    def is_complete(self) -> bool:
        """Whether no group is left to be joined."""
        return self._wanted <= self._joined

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

    async def join(self, groups: Collection[str]) -> None:
        """Join these groups now. A failure is made up for by `join_missing`."""
        self._wanted.update(groups)
        # Concurrently: groups on a Redis server that is down must not delay those on another.
        await asyncio.gather(*(self._join(group) for group in groups if group not in self._joined))

    def join_soon(self, groups: Collection[str]) -> None:
        """Join these groups in a moment, together with others."""
        self._wanted.update(groups)
        if not self._joining_soon:
            self._joining_soon = True
            asyncio.get_running_loop().call_later(JOIN_SECONDS, self._join_now)

    def _join_now(self) -> None:
        self._joining_soon = False
        self._spawn(self.join_missing())

    async def join_missing(self) -> None:
        """Join the groups that are not joined yet."""
        await self.join(self._wanted - self._joined)

    async def _join(self, group: str) -> None:
        layer = get_channel_layer()
        assert layer is not None
        if self._channel is None:
            return
        try:
            async with asyncio.timeout(LAYER_TIMEOUT):
                await layer.group_add(group, self._channel)
        except Exception as error:
            logger.warning("could not join a group: %r", error, extra=REDIS_UNAVAILABLE)
            return
        self._joined.add(group)
        if group not in self._wanted:  # left meanwhile
            self._leave_soon()

    def leave(self, groups: Collection[str]) -> None:
        """Leave these groups in a while, unless they are joined again by then."""
        self._wanted.difference_update(groups)
        self._leave_soon()

    def _leave_soon(self) -> None:
        if not self._leaving_soon:
            self._leaving_soon = True
            asyncio.get_running_loop().call_later(LEAVE_SECONDS, self._leave_now)

    def _leave_now(self) -> None:
        self._leaving_soon = False
        self._spawn(self._leave_unwanted())

    async def _leave_unwanted(self) -> None:
        unwanted = self._joined - self._wanted
        self._joined -= unwanted
        await asyncio.gather(*map(self._leave, unwanted))

    async def _leave(self, group: str) -> None:
        layer = get_channel_layer()
        assert layer is not None
        try:
            async with asyncio.timeout(LAYER_TIMEOUT):
                await layer.group_discard(group, self._channel)
        except Exception as error:
            logger.warning("could not leave a group: %r", error, extra=REDIS_UNAVAILABLE)
