"""`manage.py files`: show what uploaded files take, and whether the storage has what the database says."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand
from django.db.models import Sum

from rooms.files.sizes import file_size
from rooms.models import Attachment, UploadPart
from rooms.selectors.files import unfinished_uploads
from rooms.selectors.stored_files import Space, missing_files, space_by_person, space_by_room, stray_files, total_space
from rooms.services.stray_files import stray_files_remove
from rooms.services.uploads import files_sweep

SHOWN = 20  # lines of each list


class Command(BaseCommand):
    """See docs/files.md."""

    help = "Show the space that uploaded files take, by person and by room, and compare the storage with the database."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options."""
        parser.add_argument(
            "--sweep",
            action="store_true",
            help="first remove what has expired, and files of more than a day that the database does not have",
        )
        parser.add_argument("--check", action="store_true", help="exit with status 1 if the storage lacks a file")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the report."""
        if options["sweep"]:
            while files_sweep():
                pass
            removed = _files(stray_files_remove())
            self.stdout.write(f"Removed, because the database does not have them: {removed}\n")
        self._show_totals()
        self._show_space("person", space_by_person(SHOWN))
        self._show_space("room", space_by_room(SHOWN))
        self._show_strays()
        if self._show_missing() and options["check"]:
            sys.exit(1)

    def _show_totals(self) -> None:
        sent = Attachment.objects.filter(message__isnull=False)
        unsent = Attachment.objects.filter(message=None)
        uploads = unfinished_uploads()
        received = UploadPart.objects.filter(upload__in=uploads).aggregate(sum=Sum("size"))["sum"] or 0
        for title, (number, size) in {
            "In messages": total_space(sent),
            "Not sent yet": total_space(unsent),
            "Being uploaded": (uploads.count(), received),
        }.items():
            self.stdout.write(f"{title}: {_files(number)}, {file_size(size)}")

    def _show_space(self, by: str, rows: Sequence[Space]) -> None:
        if rows:
            self.stdout.write(f"\nBy {by}:")
        for row in rows:
            self.stdout.write(f"  {row.name:30} {_files(row.files):>14} {file_size(row.size):>12}")

    def _show_strays(self) -> None:
        number = size = 0
        for stray in stray_files():
            number, size = number + 1, size + stray.size
            if number <= SHOWN:
                self.stdout.write(("\nNot in the database:\n" if number == 1 else "") + f"  {stray.path}")
        self.stdout.write(f"\nIn the storage but not in the database: {_files(number)}, {file_size(size)}")

    def _show_missing(self) -> int:
        number = 0
        for path, names in missing_files():
            number += 1
            if number <= SHOWN:
                self.stdout.write(("\nMissing:\n" if number == 1 else "") + f"  {path} ({', '.join(names)})")
        self.stdout.write(f"In the database but not in the storage: {_files(number)}")
        return number


def _files(number: int) -> str:
    return f"{number} file{'' if number == 1 else 's'}"
