"""Remove what is in the storage of files without being in the database."""

from __future__ import annotations

import posixpath
from datetime import timedelta

from rooms.files import storage
from rooms.selectors.stored_files import stray_files

STRAY_AGE = timedelta(days=1)


def stray_files_remove() -> int:
    """Remove files that nothing in the database refers to, unless they are younger than STRAY_AGE. Returns how many."""
    removed, uploads = 0, set()
    for stray in stray_files(older_than=STRAY_AGE):
        removed += storage.remove([stray.path])
        if stray.path.startswith("uploads/"):
            uploads.add(posixpath.dirname(stray.path))
    for folder in uploads:
        storage.remove_folder(folder)
    return removed
