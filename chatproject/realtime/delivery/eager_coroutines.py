"""Running a coroutine eagerly, so that one that does not block needs no task. Python 3.12 has eager tasks; 3.11 does
not.
"""

from __future__ import annotations

from collections.abc import Coroutine, Generator
from typing import Any


class BlockedCoroutine:
    """The remainder of a coroutine that was started by hand and is blocked on `waiting_for`. Await it to finish."""

    def __init__(self, coroutine: Coroutine[Any, Any, None], waiting_for: Any) -> None:
        self._coroutine = coroutine
        self._waiting_for = waiting_for

    def __await__(self) -> Generator[Any, Any, None]:
        while True:
            thrown: BaseException | None = None
            try:
                yield self._waiting_for
            except GeneratorExit:
                self._coroutine.close()
                raise
            except BaseException as error:
                thrown = error
            try:
                self._waiting_for = self._coroutine.throw(thrown) if thrown else self._coroutine.send(None)
            except StopIteration:
                return


def run_until_blocked(coroutine: Coroutine[Any, Any, None]) -> BlockedCoroutine | None:
    """Run a coroutine until it ends (returns None) or blocks (returns the remainder to await).

    Raises what it raises.
    """
    try:
        return BlockedCoroutine(coroutine, coroutine.send(None))
    except StopIteration:
        return None
