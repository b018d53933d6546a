"""Database access for coroutines, in a bounded pool of threads that keep their connections.

`database_sync_to_async` uses one thread for everything, so that one slow query delays every socket (channels #2132).
Opening a connection for each call triples the cost of a small commit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.db import connections

P = ParamSpec("P")
T = TypeVar("T")

_executor = ThreadPoolExecutor(settings.SOCKET_THREADS, thread_name_prefix="database")


async def in_database(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a function that uses the ORM in a database thread. Raises whatever the function raises."""

    def call() -> T:
        for connection in connections.all(initialized_only=True):
            if connection.errors_occurred:  # the connection may be broken; the next query then opens another
                connection.close_if_unusable_or_obsolete()
        return function(*args, **kwargs)

    return await asyncio.get_running_loop().run_in_executor(_executor, call)
