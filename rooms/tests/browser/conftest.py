"""Places for browser tests."""

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
    """A room, two people, and a server of the test's own, which it may kill."""
    return make_place(server_factory(env={"DATA_DIR": str(collected_static)}))


@pytest.fixture(scope="module")
def site(
    browser: Browser,  # first: while its event loop runs, this thread has a database connection of its own
    live_databases: LiveDatabases,
    valkey: TestValkey,
    django_db_blocker: DjangoDbBlocker,
    collected_static: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[RunningServer]:
    """A server with its static files that the browser tests of a module share, each with a room of its own."""
    with django_db_blocker.unblock(), live_databases.fresh() as url:
        environment = {"DATABASE_URL": url, "REDIS_URL": valkey.url, "DATA_DIR": str(collected_static)}
        server = RunningServer("uvicorn", environment, tmp_path_factory.mktemp("site"))
        server.start()
        yield server
        server.close()
