"""Periodic tasks of a server process."""

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

    on_request = PeriodicTask(work, interval=60, delay=0.05)
    on_request.run_soon()  # nothing runs yet: other processes would do it
    periodic = PeriodicTask(work, interval=0.05, delay=0)
    for task in (on_request, periodic):
        running = asyncio.create_task(task.run())
        await asyncio.wait_for(done.acquire(), 5)
        for _ in range(2):
            if task is on_request:
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(done.acquire(), 0.2)
                thread = threading.Thread(target=task.run_soon)
                thread.start()
                thread.join()
            await asyncio.wait_for(done.acquire(), 5)
        running.cancel()
