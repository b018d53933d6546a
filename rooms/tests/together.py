"""Doing things at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable

from django.db import connections
from django.test import TransactionTestCase


class TogetherCase(TransactionTestCase):
    """Two at once, each in a thread with a connection of its own."""

    def together(self, *actions: Callable[[], object]) -> list[object]:
        """Run the actions at the same moment; what each returned or raised."""
        results: list[object] = [None] * len(actions)
        barrier = threading.Barrier(len(actions))

        def run(place: int) -> None:
            try:
                barrier.wait()
                results[place] = actions[place]()
            except Exception as error:
                results[place] = error
            finally:
                connections.close_all()

        threads = [threading.Thread(target=run, args=(place,)) for place in range(len(actions))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return results
