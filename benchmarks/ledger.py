"""What was said and what was received, and whether that is every message once and in order."""

from __future__ import annotations

import asyncio
from array import array

import numpy as np


class Violation(Exception):
    """A reader did not get every message once and in order; the message is one sentence."""


class Ledger:
    """When each message was said, and when each reader got a frame that holds it."""

    def __init__(self) -> None:
        self.said_at: list[float] = []  # by message
        self.frames: list[list[int]] = []  # the messages in each frame
        self.times = array("d")  # of each receipt of a frame
        self.which = array("L")  # the frame it was
        self.acks = array("d")  # seconds from saying to acknowledgement
        self.problem: str | None = None
        self.failed = asyncio.Event()

    def fail(self, problem: str) -> None:
        """Note what went wrong; the first counts."""
        if self.problem is None:
            self.problem = problem
            self.failed.set()

    def frame(self, messages: list[int]) -> int:
        """A new frame that holds these messages."""
        self.frames.append(messages)
        return len(self.frames) - 1

    def restart(self) -> None:
        """Count from now on. Call it when nothing is under way."""
        self.times, self.which, self.acks = array("d"), array("L"), array("d")

    def deliveries(self) -> int:
        """Messages received, by all readers together."""
        sizes = np.fromiter(map(len, self.frames), dtype=np.int64, count=len(self.frames))
        return int(sizes[np.frombuffer(self.which, dtype=np.uint64)].sum()) if self.which else 0

    def latencies(self) -> np.ndarray:
        """Seconds from saying to each receipt."""
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
    """Raise Violation if something went wrong."""
    if ledger.problem is not None:
        raise Violation(ledger.problem)
