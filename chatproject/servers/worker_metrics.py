"""The folder in which the workers of one `serve` count together, by prometheus_client's multiprocess mode."""

import os
import shutil
from pathlib import Path

from prometheus_client.multiprocess import mark_process_dead

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"  # prometheus_client looks at it when a process imports it


class WorkerMetrics:
    """A folder named after this process, below the data folder."""

    def __init__(self, data_dir: Path) -> None:
        """Make it, and remove those of processes that were killed. Raises OSError."""
        above = data_dir / "metrics"
        self.folder = above / str(os.getpid())
        for left in above.glob("*"):
            if left == self.folder or not _runs(left.name):
                shutil.rmtree(left, ignore_errors=True)
        self.folder.mkdir(mode=0o700, parents=True)

    def environment(self) -> dict[str, str]:
        """The environment of a worker."""
        return {**os.environ, VARIABLE: str(self.folder)}

    def worker_ended(self, pid: int) -> None:
        """Forget a worker's gauges; what it counted stays counted."""
        mark_process_dead(pid, str(self.folder))  # type: ignore[no-untyped-call]

    def remove(self) -> None:
        """Leave nothing behind."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _runs(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:  # somebody else's
        return True
    return True
