"""Database work for coroutines, in a bounded set of threads that keep their connections.

`database_sync_to_async` uses one thread for all, where one slow query delays every socket (channels #2132); opening a
connection per call triples the cost of a small commit.
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
    """Run a function that uses the ORM in one of the database threads; raises what it raises."""

    def call() -> T:
        for connection in connections.all(initialized_only=True):
            if connection.errors_occurred:  # perhaps it is broken: then the next query opens another
                connection.close_if_unusable_or_obsolete()
        return function(*args, **kwargs)

    return await asyncio.get_running_loop().run_in_executor(_executor, call)
