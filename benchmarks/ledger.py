"""Records what was sent and received, and whether that is every message once and in order."""

from __future__ import annotations

import asyncio
from array import array

import numpy as np


class Violation(Exception):
    """A reader did not get every message once and in order. The message is one sentence."""


class Ledger:
    """When each message was sent, and when each reader got a frame with it."""

    def __init__(self) -> None:
        self.said_at: list[float] = []  # by message
        self.frames: list[list[int]] = []  # the messages in each frame
        self.times = array("d")  # when each frame was received
        self.which = array("L")  # which frame it was
        self.acks = array("d")  # seconds from sending to the ack
        self.problem: str | None = None
        self.failed = asyncio.Event()

    def fail(self, problem: str) -> None:
        """Record an error; the first one counts."""
        if self.problem is None:
            self.problem = problem
            self.failed.set()

    def frame(self, messages: list[int]) -> int:
        """Record a new frame with these messages."""
        self.frames.append(messages)
        return len(self.frames) - 1

    def restart(self) -> None:
        """Reset the counts. Call it when no message is in flight."""
        self.times, self.which, self.acks = array("d"), array("L"), array("d")

    def deliveries(self) -> int:
        """Return the number of messages received by all readers together."""
        sizes = np.fromiter(map(len, self.frames), dtype=np.int64, count=len(self.frames))
        return int(sizes[np.frombuffer(self.which, dtype=np.uint64)].sum()) if self.which else 0

    def latencies(self) -> np.ndarray:
        """Return the seconds from sending to each receipt."""
        times, which = np.frombuffer(self.times), np.frombuffer(self.which, dtype=np.uint64).astype(np.int64)
        said = np.array(self.said_at)
        order = np.argsort(which, kind="stable")
        times, which = times[order], which[order]
        bounds = np.flatnonzero(np.diff(which)) + 1
        parts = [
            (group[:, None] - said[self.frames[frame]][None, :]).ravel()
            for group, frame in zip(np.split(times, bounds), which[np.r_[0, bounds]].tolist(), strict=True)
        ]
        return np.concatenate(parts)


def check(ledger: Ledger) -> None:
    """Raise Violation if an error was recorded."""
    if ledger.problem is not None:
        raise Violation(ledger.problem)
