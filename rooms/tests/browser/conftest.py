"""Fixtures for browser tests."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from pytest_django.plugin import DjangoDbBlocker

from rooms.tests.support.browsing import Place, make_place
from rooms.tests.support.databases import LiveDatabases
from rooms.tests.support.servers import RunningServer, TestValkey


@pytest.fixture
def place(server_factory: Callable[..., RunningServer], collected_static: Path) -> Place:
    """A room with two people, and a separate server that the test may kill."""
    return make_place(server_factory(env={"DATA_DIR": str(collected_static)}))


@pytest.fixture(scope="module")
def site(
    browser: Browser,  # before the others: while its event loop runs, this thread uses a separate database connection
    live_databases: LiveDatabases,
    valkey: TestValkey,
    django_db_blocker: DjangoDbBlocker,
    collected_static: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[RunningServer]:
    """A server with static files, shared by the browser tests of a module, each of which has its own room."""
    with django_db_blocker.unblock(), live_databases.fresh() as url:
        environment = {"DATABASE_URL": url, "REDIS_URL": valkey.url, "DATA_DIR": str(collected_static)}
        server = RunningServer("uvicorn", environment, tmp_path_factory.mktemp("site"))
        server.start()
        yield server
        server.close()


@pytest.fixture(autouse=True)
def _pages_are_closed(request: pytest.FixtureRequest) -> Iterator[None]:
    """Close a test's pages when it ends: those left open would go on working and slow down the next tests."""
    yield
    if "browser" in request.fixturenames:
        for context in request.getfixturevalue("browser").contexts:
            context.close()
