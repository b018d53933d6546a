"""Work that a server process does by itself."""

from __future__ import annotations

import asyncio
import threading

import pytest

from chatproject.realtime.background.periodic import PeriodicTask

pytestmark = pytest.mark.any_database


async def test_a_periodic_task_runs_at_the_start_on_request_and_periodically_despite_errors() -> None:
    done = asyncio.Semaphore(0)
    loop = asyncio.get_running_loop()

    def work() -> None:
        loop.call_soon_threadsafe(done.release)
        raise RuntimeError("not this time")

    asked = PeriodicTask(work, every=60, after=0.05)
    asked.run_soon()  # nothing runs yet: it is for others to do
    often = PeriodicTask(work, every=0.05, after=0)
    for chore in (asked, often):
        running = asyncio.create_task(chore.run())
        await asyncio.wait_for(done.acquire(), 5)
        for _ in range(2):
            if chore is asked:
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(done.acquire(), 0.2)
                thread = threading.Thread(target=chore.run_soon)
                thread.start()
                thread.join()
            await asyncio.wait_for(done.acquire(), 5)
        running.cancel()
