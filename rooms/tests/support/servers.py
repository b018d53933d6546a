"""Real processes for tests: servers and a Valkey that can be killed and stopped."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from django.conf import settings

from chatproject.installation.embedded_valkey import EmbeddedValkey

START_TIMEOUT = 30
END_SECONDS = 20
MANAGE = ("manage.py",)  # the program of a server, as arguments of Python


def free_port() -> int:
    """Return a TCP port that is not in use right now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


class TestValkey(EmbeddedValkey):
    """The embedded Valkey, with fault injection."""

    __test__ = False  # not a test, despite its name

    def kill9(self) -> None:
        """Kill it like a crash. `start` restarts it, empty, at the same address."""
        os.kill(self.pid, signal.SIGKILL)
        self._wait_for_exit()
        if self._users is not None:
            self._users.close()
            self._users = None

    def stop_signal(self) -> None:
        """Make it hang: it accepts connections but does not answer."""
        os.kill(self.pid, signal.SIGSTOP)

    def cont(self) -> None:
        """Resume after `stop_signal`."""
        os.kill(self.pid, signal.SIGCONT)


class RunningServer:
    """A `manage.py serve` process on its own port, which it keeps across restarts."""

    def __init__(
        self,
        kind: str,
        env: dict[str, str],
        folder: Path,
        arguments: Sequence[str] = (),
        program: Sequence[str] = MANAGE,
    ) -> None:
        self.program = program
        self.arguments = ["--server", kind, *arguments]
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.ws_url = f"ws://127.0.0.1:{self.port}"
        self.env = {**os.environ, **env}
        self.log = folder / f"server-{self.port}.log"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process id while it is running."""
        assert self.process is not None, "the server is not running"
        return self.process.pid

    def start(self) -> None:
        """Start it and return once it answers. Raises AssertionError with its log otherwise."""
        command = [sys.executable, *self.program, "serve", "--port", str(self.port), *self.arguments]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=self.env, stdout=log, stderr=log)
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline and self.process.poll() is None:
            if self._answers():
                return
            time.sleep(0.05)
        raise AssertionError(f"the server did not start:\n{self.output()}")

    def _answers(self) -> bool:
        """Return whether it answers a ping.

        Called often during startup, so it does not use httpx, whose clients are expensive.
        """
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=2)) as connection:
            try:
                connection.request("GET", "/ping")
                return connection.getresponse().status == 200
            except (OSError, HTTPException):
                return False

    def output(self) -> str:
        """Return its output so far."""
        return self.log.read_text()

    def kill9(self) -> None:
        """Kill it like a crash."""
        self._end(signal.SIGKILL)

    def terminate(self) -> int:
        """Stop it like a service manager. Returns the exit status."""
        return self._end(signal.SIGTERM)

    def restart(self) -> None:
        """Restart it at the same address, stopping it first if needed."""
        self.close()
        self.start()

    def close(self) -> None:
        """Stop it if it is still running."""
        if self.process is not None:
            self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> int:
        assert self.process is not None, "the server is not running"
        self.process.send_signal(number)
        try:
            return self.process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        finally:
            self.process = None
