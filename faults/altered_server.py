"""A server process in which something is changed: python -m faults.altered_server CHANGE ... -- serve OPTION ...

The changes of the mutation gate each take out one thing that the promise rests on; with each of them the checker must
find something. The others make a fault, or observe. They are here so that the product has no options for them.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django

# --- The mutation gate -----------------------------------------------------------------------------------------


def no_lock() -> None:
    """Read a room's counters before the transaction, without a lock that is held to its end."""
    from rooms.services import posting, posting_sql

    lock_rooms = posting_sql.lock_rooms
    early = threading.local()

    class Rendered(posting._RenderedBatch):
        def __init__(self, batch: Any) -> None:
            super().__init__(batch)
            early.rooms = lock_rooms({new.room_id for new in batch})

    posting._RenderedBatch = Rendered  # type: ignore[misc]
    posting_sql.lock_rooms = lambda ids: early.rooms


def no_dedupe() -> None:
    """Don't look whether a client_id has been posted."""
    from rooms.services import posting

    class Forgetful(dict[Any, Any]):
        def __setitem__(self, key: Any, value: Any) -> None:
            pass

    batch: Any = posting._Batch
    batch._messages_by_client_id = lambda self: Forgetful()


def no_check() -> None:
    """Never compare versions with the database."""
    from chatproject.realtime.delivery import hub

    async def nothing(self: Any) -> None:
        pass

    hub_class: Any = hub.Hub
    hub_class._check_versions = nothing


def history_first() -> None:
    """Register readers with the hub after their history was read, not before, and deliver what comes from then on."""
    from chatproject.realtime.delivery import hub

    hub_class: Any = hub.Hub
    subscribe, start_delivery = hub_class.subscribe, hub_class.start_delivery

    async def subscribe_later(self: Any, *arguments: Any) -> Any:
        sub = await subscribe(self, *arguments)
        sub.stream.remove(sub)
        return sub

    def register(self: Any, sub: Any, position: int) -> None:
        sub.stream.behind.add(sub)
        start_delivery(self, sub, sub.stream.version)

    hub_class.subscribe, hub_class.start_delivery = subscribe_later, register


# --- Faults ----------------------------------------------------------------------------------------------------


def shift_clock(seconds: str) -> None:
    """Set this process's clock forward."""
    import datetime

    import psycopg  # noqa: F401  # it and sqlite3 know dates by their class: they must have the real one

    moved = datetime.timedelta(seconds=float(seconds))
    real: Any = datetime.datetime
    real_time, real_time_ns = time.time, time.time_ns

    class InstancesOfReal(type):
        def __instancecheck__(cls, one: object) -> bool:
            return isinstance(one, real)

    class Shifted(real, metaclass=InstancesOfReal):  # type: ignore[misc]
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return real.now(tz) + moved

        @classmethod
        def utcnow(cls) -> Any:
            return real.utcnow() + moved

    datetime.datetime = Shifted  # type: ignore[misc]
    time.time = lambda: real_time() + moved.total_seconds()
    time.time_ns = lambda: real_time_ns() + int(moved.total_seconds() * 10**9)


def slow_query() -> None:
    """Have `getRecentMessages` run a query of three seconds first, in rooms whose name begins with "slow"."""
    from django.db import connection

    from chatproject.realtime.database import in_database
    from chatproject.realtime.protocol import Action
    from rooms.actions import ACTIONS

    quick = ACTIONS[Action.GET_RECENT_MESSAGES]

    def sleep() -> None:
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                connection.connection.create_function("pg_sleep", 1, time.sleep)
            cursor.execute("SELECT pg_sleep(3)")

    async def slow(consumer: Any, frame: dict[str, Any]) -> None:
        if str(frame.get("room_name")).startswith("slow"):
            await in_database(sleep)
        await quick(consumer, frame)

    ACTIONS[Action.GET_RECENT_MESSAGES] = slow


# --- Observation -----------------------------------------------------------------------------------------------


def write_state(folder: str) -> None:
    """Count queries. On SIGUSR1, write what this process holds to a file in the folder."""
    from django.db.backends.signals import connection_created

    queries: Counter[str] = Counter()

    def count(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        queries[sql] += 1
        return execute(sql, params, many, context)

    def watch(sender: Any, connection: Any, **kwargs: Any) -> None:
        connection.execute_wrappers.append(count)

    def write(*_: object) -> None:
        path = Path(folder) / f"state-{os.getpid()}.json"
        new = path.with_suffix(".new")
        new.write_text(json.dumps({"tasks": len(asyncio.all_tasks()), "queries": queries}))
        new.replace(path)

    connection_created.connect(watch, weak=False)
    signal.signal(signal.SIGUSR1, write)


CHANGES: dict[str, Callable[..., None]] = {
    "no-lock": no_lock,
    "no-dedupe": no_dedupe,
    "no-check": no_check,
    "history-first": history_first,
    "slow-query": slow_query,
    "state": write_state,
}


def main() -> None:
    """Make the changes, and go on as manage.py."""
    end = sys.argv.index("--")
    changes = dict(change.partition("=")[::2] for change in sys.argv[1:end])
    sys.argv[1 : end + 1] = []
    if "clock" in changes:
        shift_clock(changes.pop("clock"))  # before anything else knows the time
    import manage

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatproject.settings")
    django.setup()
    for name, value in changes.items():
        CHANGES[name](*([value] if value else []))
    manage.main()


if __name__ == "__main__":
    main()
