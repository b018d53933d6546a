"""The storage of uploaded files: a folder, or an S3 bucket (`FILE_STORAGE`)."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO

from django.core.files.base import File
from django.core.files.storage import Storage, storages
from django.utils.translation import gettext_lazy as _

from rooms.errors import Unavailable

NOT_STORED = _("The server can't store files at the moment. Try again later.")
CHUNK = 1024 * 1024  # bytes
logger = logging.getLogger(__name__)


def get_storage() -> Storage:
    """Return the storage."""
    return storages["files"]


@contextmanager
def storage_errors() -> Iterator[None]:
    """Log an error of the storage, each kind of which has its own exceptions, and raise Unavailable instead."""
    try:
        yield
    except Exception as error:
        logger.exception("storage of files failed")
        raise Unavailable(NOT_STORED) from error


def save(path: str, content: IO[bytes]) -> None:
    """Store a file from its beginning. Raises Unavailable."""
    content.seek(0)
    with storage_errors():
        get_storage().save(path, File(content))


def copy_to(target: IO[bytes], path: str) -> None:
    """Append a stored file to an open one. Raises Unavailable."""
    with storage_errors(), get_storage().open(path) as source:
        while chunk := source.read(CHUNK):
            target.write(chunk)


def remove(paths: Iterable[str]) -> bool:
    """Remove stored files, whether or not they exist. Returns whether all are gone; failures are logged."""
    done = True
    for path in paths:
        try:
            get_storage().delete(path)
        except Exception:
            logger.exception("stored file %s not removed", path)
            done = False
    return done


def remove_folder(path: str) -> bool:
    """Remove the files in a folder and the folder, whether or not they exist. Returns whether all are gone.

    In S3, folders don't exist without files: removing one does nothing.
    """
    try:
        _, names = get_storage().listdir(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except Exception:
        logger.exception("stored folder %s not removed", path)
        return False
    return remove(f"{path}/{name}" for name in names) and remove([path])
