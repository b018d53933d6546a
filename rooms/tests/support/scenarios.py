"""Slow checks that run concurrently within one test, so that the servers start only once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Generic, TypeVar

import pytest

T = TypeVar("T")
Check = Callable[[T], Coroutine[None, None, None]]
SECONDS = 60  # for each check


class Scenarios(Generic[T]):
    """Checks on the same servers, each with its own room. Use it as a decorator."""

    def __init__(self) -> None:
        self._checks: list[Check[T]] = []

    def __call__(self, check: Check[T]) -> Check[T]:
        """Register a check."""
        self._checks.append(check)
        return check

    async def run(self, servers: T, subtests: pytest.Subtests) -> None:
        """Run all checks. Each failure is a failed subtest."""

        async def outcome(check: Check[T]) -> Exception | None:
            try:
                await asyncio.wait_for(check(servers), SECONDS)
            except Exception as error:
                return error
            return None

        outcomes = await asyncio.gather(*map(outcome, self._checks))
        for check, error in zip(self._checks, outcomes, strict=True):
            with subtests.test(check.__name__):
                if error is not None:
                    raise error
