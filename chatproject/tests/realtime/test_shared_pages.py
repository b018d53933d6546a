"""Pages of history that are read once for several sockets, and permissions that were read before subscribing."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from chatproject.realtime.delivery.groups import StreamKey
from chatproject.realtime.delivery.shared_pages import Page, SharedPages
from chatproject.realtime.sockets.subscribing import StreamAccess, will_be_revoked


class Room:
    """A room of which pages are read."""

    def __init__(self) -> None:
        self.version = 1
        self.reads = 0
        self.pages = SharedPages(asyncio.create_task)

    async def read(self) -> Page:
        """Read a page, which takes a moment."""
        self.reads += 1
        version = self.version
        await asyncio.sleep(0.01)
        if version < 0:
            raise LookupError
        return Page(version, [])

    async def page(self, version: int) -> int:
        """Return the version of a page that is at least of this version."""
        return (await self.pages.get("room", version, self.read)).version


async def test_sockets_that_join_at_the_same_time_share_a_page() -> None:
    room = Room()
    assert await asyncio.gather(*(room.page(1) for _ in range(5))) == [1] * 5
    assert await room.page(1) == 1
    assert room.reads == 1


async def test_a_page_from_before_the_joining_socket_read_its_permission_is_read_anew() -> None:
    room = Room()
    first = asyncio.create_task(room.page(1))
    await asyncio.sleep(0.001)  # until it reads
    room.version = 2
    assert [*await asyncio.gather(room.page(2), room.page(2))] == [2, 2]
    assert await first == 1
    assert room.reads == 2


async def test_pages_are_read_anew_after_a_name_changed_even_if_one_was_being_read() -> None:
    room = Room()
    before = asyncio.create_task(room.page(1))
    await asyncio.sleep(0.001)  # until it reads
    room.pages.forget_all()
    await room.page(1)
    await before
    await room.page(1)
    assert room.reads == 2


async def test_a_failed_read_is_not_shared_later() -> None:
    room = Room()
    room.version = -1
    for _ in range(2):
        with pytest.raises(LookupError):
            await room.page(1)
    assert room.reads == 2


def test_a_permission_read_before_subscribing_suffices_only_if_its_loss_will_be_handled_here() -> None:
    key = StreamKey("room", 1)
    access = StreamAccess(key=key, version=5, answer={}, newest=lambda: (5, []), properties={})

    def revoked(**streams: Any) -> bool:
        hub = SimpleNamespace(streams={key: SimpleNamespace(version=streams["at"])} if streams else {})
        return will_be_revoked(cast(Any, hub), key, access)

    assert revoked(at=5)
    assert revoked(at=4)  # the fifth version has been committed, but is not announced here yet
    assert not revoked(at=6)  # which may have been the loss
    assert not revoked(at=None)  # still starting
    assert not revoked()  # nobody here has been told of a deletion
