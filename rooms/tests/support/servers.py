"""Real processes for tests: server processes and a Valkey that can be killed and stopped."""

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


def free_port() -> int:
    """A TCP port that nobody listens on at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


class TestValkey(EmbeddedValkey):
    """The embedded Valkey, with faults."""

    __test__ = False  # not a test, whatever its name begins with

    def kill9(self) -> None:
        """Kill it as a crash would. `start` brings it back, empty, at the same address."""
        os.kill(self.pid, signal.SIGKILL)
        self._wait_for_exit()
        if self._users is not None:
            self._users.close()
            self._users = None

    def stop_signal(self) -> None:
        """Let it hang: it accepts connections and answers nothing."""
        os.kill(self.pid, signal.SIGSTOP)

    def cont(self) -> None:
        """Let it go on after `stop_signal`."""
        os.kill(self.pid, signal.SIGCONT)


class RunningServer:
    """A `manage.py serve` process on a port of its own, which it keeps over restarts."""

    def __init__(self, kind: str, env: dict[str, str], folder: Path, arguments: Sequence[str] = ()) -> None:
        self.arguments = ["--server", kind, *arguments]
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.ws_url = f"ws://127.0.0.1:{self.port}"
        self.env = {**os.environ, **env}
        self.log = folder / f"server-{self.port}.log"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process id while it runs."""
        assert self.process is not None, "the server is not running"
        return self.process.pid

    def start(self) -> None:
        """Return when it answers. Raises AssertionError with its log when it doesn't."""
        command = [sys.executable, "manage.py", "serve", "--port", str(self.port), *self.arguments]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=self.env, stdout=log, stderr=log)
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline and self.process.poll() is None:
            if self._answers():
                return
            time.sleep(0.05)
        raise AssertionError(f"the server did not start:\n{self.output()}")

    def _answers(self) -> bool:
        """Whether it answers to a ping. Asked many times while it starts, hence not by httpx, whose clients cost."""
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=2)) as connection:
            try:
                connection.request("GET", "/ping")
                return connection.getresponse().status == 200
            except (OSError, HTTPException):
                return False

    def output(self) -> str:
        """What it has printed so far."""
        return self.log.read_text()

    def kill9(self) -> None:
        """End it as a crash would."""
        self._end(signal.SIGKILL)

    def terminate(self) -> int:
        """End it as a service manager would. Gives the exit status."""
        return self._end(signal.SIGTERM)

    def restart(self) -> None:
        """Start it again at the same address, after ending it if it still runs."""
        self.close()
        self.start()

    def close(self) -> None:
        """End it if it still runs."""
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
