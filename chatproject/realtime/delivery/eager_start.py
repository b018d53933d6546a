"""Starting a coroutine in place: one that does not block costs no task. Python 3.12 has eager tasks, 3.11 does not."""

from __future__ import annotations

from collections.abc import Coroutine, Generator
from typing import Any


class Rest:
    """What is left of a coroutine that was started by hand and yielded `waiting_for`."""

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


def start(coroutine: Coroutine[Any, Any, None]) -> Rest | None:
    """Run a coroutine until it ends (None) or blocks (its rest, to be awaited). Raises what it raises."""
    try:
        return Rest(coroutine, coroutine.send(None))
    except StopIteration:
        return None
