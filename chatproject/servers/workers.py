"""Several server processes that share one listening socket."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from types import FrameType

from chatproject.servers.worker_metrics import WorkerMetrics

RESTART_PAUSE_SECONDS = 1  # before a dead worker is replaced, so that one that can't start does not cause a busy loop


class Workers:
    """Starts several `serve` processes, replaces those that die, and stops them all on a signal."""

    def __init__(self, listener: socket.socket, *, count: int, server: str, metrics: WorkerMetrics) -> None:
        descriptor = listener.fileno()
        self.command = [sys.executable, sys.argv[0] if sys.argv[0].endswith("manage.py") else "manage.py", "serve"]
        self.command += ["--fd", str(descriptor), "--server", server, "--parent", str(os.getpid())]
        self.descriptor = descriptor
        self.count = count
        self.metrics = metrics
        self.stopping = False
        self.processes: list[subprocess.Popen[bytes]] = []

    def run(self) -> None:
        """Return when all workers have ended after SIGTERM or SIGINT."""
        signal.signal(signal.SIGTERM, self._handle_signal)
        signal.signal(signal.SIGINT, self._handle_signal)
        self.processes = [self._start() for _ in range(self.count)]
        while not self.stopping:
            time.sleep(0.2)
            for place, process in enumerate(self.processes):
                if process.poll() is not None and not self.stopping:
                    self.metrics.worker_ended(process.pid)
                    time.sleep(RESTART_PAUSE_SECONDS)
                    if not self.stopping:
                        self.processes[place] = self._start()
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
        for process in self.processes:
            process.wait()
        self.metrics.remove()

    def _start(self) -> subprocess.Popen[bytes]:
        # In its own process group: Ctrl+C reaches only this process, which passes it on once.
        return subprocess.Popen(
            self.command, pass_fds=[self.descriptor], process_group=0, env=self.metrics.environment()
        )

    def _handle_signal(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True


def stop_with_parent(parent: int) -> None:
    """Stop this process, as on SIGTERM, when its parent is gone: a killed parent can't send the signal."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()
