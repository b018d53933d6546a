"""The folder in which the workers of one `serve` share their metrics, using prometheus_client's multiprocess mode."""

import os
import shutil
from pathlib import Path

from prometheus_client.multiprocess import mark_process_dead

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"  # read by prometheus_client when it is imported


class WorkerMetrics:
    """A folder named after this process, in the data folder."""

    def __init__(self, data_dir: Path) -> None:
        """Create the folder, and delete those of processes that were killed. Raises OSError."""
        parent = data_dir / "metrics"
        self.folder = parent / str(os.getpid())
        for leftover in parent.glob("*"):
            if leftover == self.folder or not _is_running(leftover.name):
                shutil.rmtree(leftover, ignore_errors=True)
        self.folder.mkdir(mode=0o700, parents=True)

    def environment(self) -> dict[str, str]:
        """Return the environment of a worker."""
        return {**os.environ, VARIABLE: str(self.folder)}

    def worker_ended(self, pid: int) -> None:
        """Drop the gauges of a worker that has ended; its counters stay."""
        mark_process_dead(pid, str(self.folder))  # type: ignore[no-untyped-call]

    def remove(self) -> None:
        """Delete the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _is_running(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:  # another user's process
        return True
    return True
