"""Makes the search index, or checks it."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.progress import Progress

from rooms.models import SearchIndex
from rooms.search.checking import check_index
from rooms.services.search import check_record, index_batch, index_reset


class Command(BaseCommand):
    """Adds what the index lacks; the server may run meanwhile, and does the same by itself, but slower."""

    help = "Add to the search index what it lacks, going on where it stopped. The server may run meanwhile."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument("--from-scratch", action="store_true", help="empty the index first")
        parser.add_argument(
            "--check", action="store_true", help="compare the index with the messages and change nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the command."""
        if options["check"]:
            self._check()
            return
        if options["from_scratch"]:
            index_reset()
        state = SearchIndex.objects.first()
        total = state.indexed_from - 1 if state is not None else 0
        with Progress(disable=not sys.stderr.isatty()) as progress:
            task = progress.add_task("Indexing", total=total)
            while (left := index_batch()) is not None:
                progress.update(task, total=max(total, left), completed=max(total - left, 0))
        self.stdout.write("The search index is complete.")

    def _check(self) -> None:
        checked, wrong = 0, 0
        for found in check_index():
            checked += found.checked
            for message in found.wrong:
                wrong += 1
                self.stdout.write(f"message {message}: not in the index as it should be")
        check_record(wrong)
        if wrong:
            raise CommandError(f"{wrong} of {checked} messages are wrong: run reindex --from-scratch.")
        self.stdout.write(f"{checked} messages checked: the index is right.")
