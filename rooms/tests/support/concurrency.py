"""Concurrent test cases."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable

from django.db import connection, connections
from django.test import TransactionTestCase

MADE_BY_FLUSH = {"auth", "contenttypes"}  # apps whose rows are created by flush


class TogetherCase(TransactionTestCase):
    """Runs two actions at once, each in a thread with its own connection."""

    made_by_migrations: str

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        rows = json.loads(connection.creation.serialize_db_to_string())
        own = [row for row in rows if row["model"].partition(".")[0] not in MADE_BY_FLUSH]
        cls.made_by_migrations = json.dumps(own)

    def _fixture_teardown(self) -> None:
        """Empty the tables and restore rows from migrations, which later tests in this process rely on."""
        super()._fixture_teardown()  # type: ignore[misc]  # not in the stubs
        connection.creation.deserialize_db_from_string(self.made_by_migrations)

    def together(self, *actions: Callable[[], object]) -> list[object]:
        """Run the actions at the same time. Returns what each returned or raised."""
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
