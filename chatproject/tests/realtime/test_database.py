"""Functions of many coroutines that run together in a database thread."""

from __future__ import annotations

import asyncio
import threading

from chatproject.realtime.database import in_database_together


async def test_what_comes_while_others_run_runs_together_in_order() -> None:
    ran: list[int] = []
    first_runs, go_on = threading.Event(), threading.Event()

    def first() -> None:
        first_runs.set()
        go_on.wait(5)

    async def later(number: int) -> None:
        await in_database_together(ran.append, number)

    running = asyncio.create_task(in_database_together(first))
    await asyncio.to_thread(first_runs.wait, 5)
    waiting = [asyncio.create_task(later(number)) for number in range(3)]
    await asyncio.sleep(0.01)
    assert ran == []
    go_on.set()
    await asyncio.gather(running, *waiting)
    assert ran == [0, 1, 2]


async def test_one_failure_or_cancellation_does_not_affect_the_others() -> None:
    def fail() -> None:
        raise LookupError

    cancelled = asyncio.create_task(in_database_together(threading.get_ident))
    both = asyncio.gather(in_database_together(fail), in_database_together(threading.get_ident), return_exceptions=True)
    await asyncio.sleep(0)
    cancelled.cancel()
    failed, thread = await both
    assert isinstance(failed, LookupError)
    assert thread == await in_database_together(threading.get_ident) != threading.get_ident()
