"""Fixtures for tests on real sockets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_django.plugin import DjangoDbBlocker

from rooms.tests.databases import LiveDatabases
from rooms.tests.servers import RunningServer, TestValkey


@pytest.fixture(scope="module", params=["daphne", "uvicorn"])
def live(
    request: pytest.FixtureRequest,
    live_databases: LiveDatabases,
    valkey: TestValkey,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[RunningServer]:
    """A server that the tests of a module share, of each kind in turn. They use rooms and people of their own."""
    with django_db_blocker.unblock(), live_databases.fresh() as url:
        environment = {"DATABASE_URL": url, "REDIS_URL": valkey.url}
        server = RunningServer(request.param, environment, tmp_path_factory.mktemp("live"))
        server.start()
        yield server
        server.close()


@pytest.fixture
def another(
    request: pytest.FixtureRequest, live: RunningServer, tmp_path: Path
) -> Iterator[Callable[..., RunningServer]]:
    """Starts more processes beside `live`, on the same database and Valkey; they end with the test."""
    running: list[RunningServer] = []

    def start(**env: str) -> RunningServer:
        server = RunningServer(request.node.callspec.params["live"], {**live.env, **env}, tmp_path)
        running.append(server)
        server.start()
        return server

    yield start
    for server in running:
        server.close()
