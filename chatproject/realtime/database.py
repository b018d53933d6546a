"""Database access for coroutines, in a bounded pool of threads that keep their connections.

`database_sync_to_async` uses one thread for everything, so that one slow query delays every socket (channels #2132).
Opening a connection for each call triples the cost of a small commit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Any, ParamSpec, TypeVar

from django.conf import settings
from django.db import connections

from chatproject.realtime.event_loop import PerLoop

P = ParamSpec("P")
T = TypeVar("T")
Call = tuple[Callable[[], Any], asyncio.Future[Any]]

_executor = ThreadPoolExecutor(settings.SOCKET_THREADS - 2, thread_name_prefix="database")
# Each always the same thread, whose connection has what it read or wrote last in its cache.
_shared_thread = ThreadPoolExecutor(1, thread_name_prefix="database-shared")
_writing_thread = ThreadPoolExecutor(1, thread_name_prefix="database-writing")


async def in_database(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a function that uses the ORM in a database thread. Raises whatever the function raises."""
    return await _in_thread(_executor, partial(function, *args, **kwargs))


async def in_writing_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a function as `in_database` does, in the thread of those that write one after another."""
    return await _in_thread(_writing_thread, partial(function, *args, **kwargs))


async def _in_thread(executor: ThreadPoolExecutor, function: Callable[[], T]) -> T:
    def call() -> T:
        _close_broken_connections()
        return function()

    # In the caller's context, which says where a write comes from, for the audit log.
    return await asyncio.get_running_loop().run_in_executor(executor, copy_context().run, call)


async def in_database_together(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a short function as `in_database` does, one after another with those of other coroutines.

    Switching to a thread and back costs as much as a small query. What comes during one switch shares the next, so the
    function should neither write nor wait for anything else.
    """
    return await _get_call_queue().add(partial(function, *args, **kwargs))


class CallQueue:
    """The functions of one event loop that are to run together."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: list[Call] = []
        self._busy = False

    def add(self, function: Callable[[], T]) -> asyncio.Future[T]:
        """Run a function soon."""
        result: asyncio.Future[T] = self._loop.create_future()
        self._waiting.append((function, result))
        if not self._busy:
            self._busy = True
            self._loop.call_soon(self._start)  # after the other sockets that have just sent something
        return result

    def _start(self) -> None:
        calls, self._waiting = self._waiting, []
        _shared_thread.submit(self._run, calls)

    def _run(self, calls: list[Call]) -> None:
        _close_broken_connections()
        outcomes = [_outcome(function) for function, _ in calls]
        self._loop.call_soon_threadsafe(self._finish, calls, outcomes)

    def _finish(self, calls: list[Call], outcomes: list[tuple[Any, Exception | None]]) -> None:
        for (_, result), (value, error) in zip(calls, outcomes, strict=True):
            if result.done():  # cancelled
                continue
            if error is None:
                result.set_result(value)
            else:
                result.set_exception(error)
        if self._waiting:
            self._start()
        else:
            self._busy = False


def _outcome(function: Callable[[], Any]) -> tuple[Any, Exception | None]:
    try:
        return function(), None
    except Exception as error:
        return None, error


def _close_broken_connections() -> None:
    for connection in connections.all(initialized_only=True):
        if connection.errors_occurred:  # the connection may be broken; the next query then opens another
            connection.close_if_unusable_or_obsolete()


_get_call_queue = PerLoop(lambda: CallQueue(asyncio.get_running_loop()))
