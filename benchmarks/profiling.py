"""Profiles of a server by py-spy: a table of functions, and the stacks it was made of."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

RATE = 200  # samples per second
ROWS = 60


class Profile:
    """Samples a process and its children until `write`."""

    def __init__(self, pid: int) -> None:
        self.stacks = Path(tempfile.mkstemp(prefix="parlor-profile-")[1])
        spy = str(Path(sys.executable).with_name("py-spy"))
        options = ["--format", "raw", "--rate", str(RATE), "--subprocesses", "--nonblocking", "--function"]
        command = [spy, "record", "--pid", str(pid), "--duration", "3600", *options, "--output", str(self.stacks)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def write(self, path: Path) -> None:
        """Stop, and write the table."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait()
        own: Counter[str] = Counter()
        within: Counter[str] = Counter()
        total = 0
        for line in self.stacks.read_text().splitlines():
            stack, _, count = line.rpartition(" ")
            frames = stack.split(";")
            total += int(count)
            own[frames[-1]] += int(count)
            within.update(dict.fromkeys(frames, int(count)))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".stacks").write_text(self.stacks.read_text())
        self.stacks.unlink()

        def table(title: str, counts: Counter[str]) -> str:
            lines = [f"{count / total:7.1%}  {name}" for name, count in counts.most_common(ROWS)]
            return "\n".join([title, *lines])

        path.write_text(f"{table('With what it calls', within)}\n\n{table('By itself', own)}\n")
