"""What a server process holds: its sockets, tasks, groups and database connections, and the queries it has made."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil
import redis
from django.conf import settings
from django.db import connection

from chatproject.models import Connection, Following
from rooms.tests.support.clients import database
from rooms.tests.support.servers import RunningServer

if TYPE_CHECKING:
    from faults.lab import Lab


@dataclass(frozen=True)
class Held:
    """What a server holds at one moment."""

    figures: dict[str, int]
    queries: Counter[str]

    def is_within(self, other: Held) -> bool:
        """Return whether it holds no more of anything than at another moment."""
        return all(value <= other.figures[name] for name, value in self.figures.items())


class State:
    """Asks servers that are started with the alterations `altered`."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self.altered = [f"state={lab.folder}"]

    async def read(self, server: RunningServer) -> Held:
        """Return what a server holds now."""
        path = self._lab.folder / f"state-{server.pid}.json"
        path.unlink(missing_ok=True)
        os.kill(server.pid, signal.SIGUSR1)
        async with asyncio.timeout(30):
            while not path.exists():
                await asyncio.sleep(0.05)
        inside = json.loads(path.read_text())
        process = psutil.Process(server.pid)
        with redis.Redis.from_url(self._lab.valkey.url) as valkey:
            groups = len(valkey.pubsub_channels())
        sockets = [one for one in process.net_connections(kind="tcp") if one.status == psutil.CONN_ESTABLISHED]
        figures = {"sockets": len(sockets), "tasks": inside["tasks"], "groups": groups}
        # A thread of the pool keeps the connection that it opens when it is first needed.
        connections = await database(_database_connections, process)
        figures["database connections beyond the pool"] = max(0, connections - settings.SOCKET_THREADS)
        figures["rows in the connection table"] = await database(_rows)
        return Held(figures, Counter(inside["queries"]))


def _database_connections(process: psutil.Process) -> int:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) - 1 FROM pg_stat_activity WHERE datname = current_database()")
            return int(cursor.fetchone()[0])
    return sum(one.path == str(connection.settings_dict["NAME"]) for one in process.open_files())


def _rows() -> int:
    return Connection.objects.count() + Following.objects.count()
