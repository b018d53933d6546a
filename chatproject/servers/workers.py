"""Several server processes on one listening socket."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from types import FrameType

from chatproject.servers.worker_metrics import WorkerMetrics

RESTART_PAUSE_SECONDS = 1  # before a worker that died is replaced, so that one that can't start doesn't spin


class Workers:
    """Starts `serve` as often as asked, replaces what dies, and ends all of them when it is told to end."""

    def __init__(self, listener: socket.socket, *, count: int, server: str, metrics: WorkerMetrics) -> None:
        descriptor = listener.fileno()
        self.command = [sys.executable, sys.argv[0] if sys.argv[0].endswith("manage.py") else "manage.py", "serve"]
        self.command += ["--fd", str(descriptor), "--server", server, "--parent", str(os.getpid())]
        self.descriptor = descriptor
        self.count = count
        self.metrics = metrics
        self.ending = False
        self.processes: list[subprocess.Popen[bytes]] = []

    def run(self) -> None:
        """Return when all workers have ended after SIGTERM or SIGINT."""
        signal.signal(signal.SIGTERM, self._told_to_end)
        signal.signal(signal.SIGINT, self._told_to_end)
        self.processes = [self._start() for _ in range(self.count)]
        while not self.ending:
            time.sleep(0.2)
            for place, process in enumerate(self.processes):
                if process.poll() is not None and not self.ending:
                    self.metrics.worker_ended(process.pid)
                    time.sleep(RESTART_PAUSE_SECONDS)
                    if not self.ending:
                        self.processes[place] = self._start()
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
        for process in self.processes:
            process.wait()
        self.metrics.remove()

    def _start(self) -> subprocess.Popen[bytes]:
        # A group of its own: Ctrl+C is for us, who pass it on once.
        return subprocess.Popen(
            self.command, pass_fds=[self.descriptor], process_group=0, env=self.metrics.environment()
        )

    def _told_to_end(self, number: int, frame: FrameType | None) -> None:
        self.ending = True


def end_with(parent: int) -> None:
    """End this process as SIGTERM does once its parent is gone, which, killed, could not say so."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()
