"""Fixtures for all tests: real databases, Valkey, servers and browsers, created for the run and removed after it.

Nothing in var/ is used.
"""

import atexit
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

RUN_DIR = Path(tempfile.mkdtemp(prefix="parlor-tests-"))
atexit.register(shutil.rmtree, RUN_DIR, ignore_errors=True)

# A background run ignores SIGINT, and so would every process that tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Before Django reads its settings: pytest-django would do that before this file if pyproject.toml named them.
from rooms.tests.support.environment import prepare_environment  # noqa: E402

prepare_environment(RUN_DIR)

import django  # noqa: E402

django.setup()

import pytest  # noqa: E402
from django.conf import settings  # noqa: E402
from playwright.sync_api import Browser, expect, sync_playwright  # noqa: E402
from pytest_django.plugin import DjangoDbBlocker  # noqa: E402

from rooms.tests.support.databases import LiveDatabases, let_tests_empty_tables  # noqa: E402
from rooms.tests.support.servers import MANAGE, RunningServer, TestValkey  # noqa: E402

expect.set_options(timeout=30_000)  # ms; several browsers share a few cores

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add options for special test runs."""
    parser.addoption("--nginx", action="store_true", help="balance by nginx where a test has several servers")


def pytest_xdist_setupnodes() -> None:
    """Let worker processes run this file before reading the settings, as here: each has its own resources."""
    del os.environ["DJANGO_SETTINGS_MODULE"]


# A test needs processes of its own if it uses one of these fixtures, on which all others of servers and pages build, or
# is in one of these folders of an app's tests.
PROCESS_FIXTURES = {"live_db", "live", "served", "browser"}
PROCESS_FOLDERS = {"browser", "client", "faults", "installation", "servers", "sockets"}


@pytest.hookimpl(tryfirst=True)  # before `-m` selects
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that need processes of their own, and run the modules that take longest first."""
    for item in items:
        folders = item.path.relative_to(settings.BASE_DIR).parts[1:]
        has_processes = PROCESS_FIXTURES & {*fixtures_of(item)} or PROCESS_FOLDERS & {*folders}
        if has_processes or item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.integration)
    _sort_by_duration(items)


def _sort_by_duration(items: list[pytest.Item]) -> None:
    """Run the slowest modules first, estimated by their fixtures, so that none is left running alone at the end."""
    seconds: Counter[Path] = Counter()
    for item in items:
        asked = {*fixtures_of(item)}
        waits = item.get_closest_marker("slow") is not None or "subtests" in asked  # the latter: see scenarios.py
        seconds[item.path] += 16 * waits
        seconds[item.path] += (
            3 * ("server_factory" in asked) + 2 * ("browser" in asked) + bool(PROCESS_FIXTURES & asked)
        )
    items.sort(key=lambda item: -seconds[item.path])


def fixtures_of(item: pytest.Item) -> list[str]:
    """Return a test's fixtures, including indirect ones."""
    return item.fixturenames if isinstance(item, pytest.Function) else []


@pytest.fixture(scope="session", autouse=True)
def valkey() -> Iterator[TestValkey]:
    """The Valkey of this run. A test that kills or stops it must start it again."""
    server = TestValkey(RUN_DIR)
    server.start()
    yield server
    server.cont()
    server.stop()


let_tests_empty_tables()


@pytest.fixture(scope="session", autouse=True)
def _settings_of_tests() -> None:
    """Use a fast password hasher, and the run's own folder for files. Servers under test keep the real hasher."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


def shared_folder(tmp_path_factory: pytest.TempPathFactory, name: str) -> Path:
    """Return a folder that all processes of a run share."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def collected_static(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DATA_DIR with collected static files as in production, shared by all processes of a run."""
    folder = shared_folder(tmp_path_factory, "collected")
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            command = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
            subprocess.run(command, cwd=settings.BASE_DIR, env={**os.environ, "DATA_DIR": str(folder)}, check=True)
            (folder / "done").touch()
    return folder


@pytest.fixture(scope="session")
def live_databases(
    valkey: TestValkey, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveDatabases]:
    """Creates databases that server processes under test can open: copies of one migrated template."""
    with django_db_blocker.unblock():
        databases = LiveDatabases(RUN_DIR, shared_folder(tmp_path_factory, "migrated"))
    yield databases
    databases.close()


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, live_databases: LiveDatabases, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """The database of tests that need no server process: a copy of the same template, as migrating takes seconds."""
    with ExitStack() as stack:
        with django_db_blocker.unblock():
            stack.enter_context(live_databases.fresh())
        yield


def close_all(servers: list[RunningServer]) -> None:
    """Stop them concurrently: each first closes its sockets and its rows in the database."""
    with ThreadPoolExecutor() as threads:
        list(threads.map(RunningServer.close, servers))


@pytest.fixture
def live_db(live_databases: LiveDatabases, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The DATABASE_URL of a new database, which the ORM in the test's own process uses, too."""
    with django_db_blocker.unblock(), live_databases.fresh() as url:
        yield url


@pytest.fixture
def server_factory(live_db: str, valkey: TestValkey) -> Iterator[Callable[..., RunningServer]]:
    """Starts server processes on the test's database and Valkey: `server_factory("uvicorn", env={...})`."""
    running: list[RunningServer] = []

    def start(
        kind: str = "daphne",
        env: dict[str, str] | None = None,
        arguments: Sequence[str] = (),
        program: Sequence[str] = MANAGE,
    ) -> RunningServer:
        environment = {"DATABASE_URL": live_db, "REDIS_URL": valkey.url, **(env or {})}
        server = RunningServer(kind, environment, RUN_DIR, arguments, program)
        running.append(server)
        server.start()
        return server

    yield start
    close_all(running)


@pytest.fixture(scope="module")
def live_environment() -> dict[str, str]:
    """The environment of a module's servers. A module that needs other limits overrides it."""
    return {}


@pytest.fixture(scope="module", params=[pytest.param("daphne", marks=pytest.mark.any_database), "uvicorn"])
def live(
    request: pytest.FixtureRequest,
    live_environment: dict[str, str],
    live_databases: LiveDatabases,
    valkey: TestValkey,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[RunningServer]:
    """A server shared by the tests of a module, of each kind in turn. Tests use their own rooms and users.

    On PostgreSQL only one kind is used: the servers' behaviour does not depend on the database.
    """
    with django_db_blocker.unblock(), live_databases.fresh() as url:
        environment = {"DATABASE_URL": url, "REDIS_URL": valkey.url, **live_environment}
        server = RunningServer(request.param, environment, tmp_path_factory.mktemp("live"))
        server.start()
        yield server
        server.close()


@pytest.fixture(scope="module")
def served(
    live_databases: LiveDatabases,
    valkey: TestValkey,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[RunningServer]:
    """A uvicorn shared by the tests of a module, for tests that do not depend on the kind of server."""
    with django_db_blocker.unblock(), live_databases.fresh() as url:
        environment = {"DATABASE_URL": url, "REDIS_URL": valkey.url}
        server = RunningServer("uvicorn", environment, tmp_path_factory.mktemp("served"))
        server.start()
        yield server
        server.close()


@pytest.fixture
def another(
    request: pytest.FixtureRequest, live: RunningServer, tmp_path: Path
) -> Iterator[Callable[..., RunningServer]]:
    """Starts more processes on the database and Valkey of `live`. They stop when the test ends."""
    running: list[RunningServer] = []

    def start(**env: str) -> RunningServer:
        server = RunningServer(request.node.callspec.params["live"], {**live.env, **env}, tmp_path)
        running.append(server)
        server.start()
        return server

    yield start
    close_all(running)


WHOLE_CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium, one per module."""
    # The first is the same browser without its own windows, menus and panels: pages cost a third.
    with _chromium("chromium-headless-shell", *WHOLE_CHROMIUM) as chromium:
        yield chromium


@pytest.fixture(scope="module")
def whole_browser() -> Iterator[Browser]:
    """A Chromium that also shows notifications, one per module. A module uses either this one or `browser`."""
    with _chromium(*WHOLE_CHROMIUM) as chromium:
        yield chromium


@contextmanager
def _chromium(*names: str) -> Iterator[Browser]:
    """Start the first of these programs that is installed, or else Playwright's own.

    Its library runs an event loop in this thread, which Django must be told to accept.
    """
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    executable = next(filter(None, map(shutil.which, names)), None)
    channel = None if executable or "chromium-headless-shell" in names else "chromium"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, channel=channel, args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
