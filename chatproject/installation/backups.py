"""Backups: one tar archive with the database and the uploaded files.

| member | content |
|---|---|
| `database` | a dump of the database; first, so that an archive of something else is noticed at once |
| `keys` | the secret key, or only how to recognize it (`backup_keys.py`) |
| `files/<aa>/<key>` | the stored files, under their names in the storage |
| `complete` | the number of files; last, so that a part of an archive is noticed |

Earlier versions wrote no keys, or only the dump.
"""

import re
import tarfile
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO

from django.core.files.base import File
from django.core.files.storage import storages

from chatproject.installation import database_dumps
from chatproject.installation.backup_keys import MAX_BYTES, Key, restore_keys, saved_keys
from chatproject.installation.data_dir import make_data_dir
from chatproject.installation.database_dumps import BackupError

DATABASE, KEYS, COMPLETE = "database", "keys", "complete"
STORED = re.compile(r"files/[0-9a-f]{2}/[0-9a-f]{32}(\.webp)?")


@dataclass(frozen=True, slots=True)
class Backup:
    """What was saved or restored. `missing` counts the files that were not in the storage."""

    files: int
    missing: int = 0
    key: Key = Key.UNKNOWN


def save(path: Path, names: Iterable[str]) -> Backup:
    """Write a backup to a new file that only its owner can read. The server can keep running.

    `names` are the names of the files in the storage; they are read after the database was dumped. A file that is
    deleted meanwhile counts as missing.

    Raises BackupError.
    """
    try:
        path.touch(mode=0o600, exist_ok=False)
    except FileExistsError as error:
        raise BackupError(f"{path} already exists; choose another name.") from error
    except OSError as error:
        raise BackupError(f"{path} can't be written: {error.strerror}.") from error
    try:
        with tarfile.open(path, "w") as archive:
            _add_database(archive, path.parent)
            keys = saved_keys()
            _add(archive, KEYS, BytesIO(keys), len(keys))
            saved = _add_files(archive, names)
            marker = str(saved.files).encode()
            _add(archive, COMPLETE, BytesIO(marker), len(marker))
    except OSError as error:
        path.unlink()
        raise BackupError(f"{path} can't be written: {error.strerror or error}.") from error
    except BaseException:
        path.unlink()  # half a backup is useless
        raise
    return saved


def restore(path: Path) -> Backup:
    """Replace the database with a backup and add its files to the storage, completely or not at all.

    The files come first, under names that nothing refers to yet, and the database last. Files that the storage has but
    not the backup stay.

    Raises:
        BackupError: the file is not a backup, the database is in use, or the restore failed.
    """
    if not path.is_file():
        raise BackupError(f"{path} is not a file.")
    if not tarfile.is_tarfile(path):
        database_dumps.load(path)
        return Backup(files=0)
    incomplete = f"{path} is not a backup of Parlor, or is incomplete."
    added: list[str] = []
    try:
        with tempfile.TemporaryDirectory(dir=make_data_dir()) as folder, tarfile.open(path, "r:") as archive:
            dump = Path(folder) / DATABASE
            _extract_database(archive, dump, incomplete)
            database_dumps.check(dump)
            count, keys = _restore_files(archive, added, incomplete)
            database_dumps.load(dump)
    except BaseException as error:
        for name in added:
            storages["files"].delete(name)
        if isinstance(error, tarfile.TarError | EOFError):
            raise BackupError(incomplete) from error
        raise
    try:
        return Backup(files=count, key=restore_keys(keys))
    except OSError as error:
        raise BackupError(
            f"The database and the files are restored, but {error.filename} can't be written: {error.strerror}."
        ) from error


# --- Saving ----------------------------------------------------------------------------------------------------


def _add_database(archive: tarfile.TarFile, folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder, prefix=".backup-") as private:
        dump = Path(private) / DATABASE
        database_dumps.dump(dump)
        with dump.open("rb") as content:
            _add(archive, DATABASE, content, dump.stat().st_size)


def _add_files(archive: tarfile.TarFile, names: Iterable[str]) -> Backup:
    files = missing = 0
    for name in names:
        try:
            content = storages["files"].open(name)
        except FileNotFoundError:
            missing += 1
            continue
        except Exception as error:  # each kind of storage has its own
            raise BackupError(f"The stored file {name} could not be read: {error}.") from error
        with content:
            _add(archive, name, content, content.size)
        files += 1
    return Backup(files, missing)


def _add(archive: tarfile.TarFile, name: str, content: IO[bytes], size: int) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = size, 0o600, int(time.time())
    archive.addfile(member, content)


# --- Restoring -------------------------------------------------------------------------------------------------


def _extract_database(archive: tarfile.TarFile, dump: Path, incomplete: str) -> None:
    member = archive.next()
    content = archive.extractfile(member) if member is not None and member.name == DATABASE else None
    if content is None:
        raise BackupError(incomplete)
    with content, dump.open("wb") as target:
        while chunk := content.read(1024 * 1024):
            target.write(chunk)


def _restore_files(archive: tarfile.TarFile, added: list[str], incomplete: str) -> tuple[int, bytes | None]:
    """Store the files. Returns how many there are, and the member with the keys.

    Names of those that were not there are added to `added`.
    """
    count, keys = 0, None
    while (member := archive.next()) is not None:
        content = archive.extractfile(member)
        if content is None:
            raise BackupError(incomplete)
        with content:
            if member.name == COMPLETE:
                if content.read() != str(count).encode():
                    raise BackupError(incomplete)
                return count, keys
            if member.name == KEYS:
                keys = content.read(MAX_BYTES)
                continue
            if not STORED.fullmatch(member.name):
                raise BackupError(incomplete)
            _restore_file(member, content, added)
        count += 1
    raise BackupError(incomplete)


def _restore_file(member: tarfile.TarInfo, content: IO[bytes], added: list[str]) -> None:
    storage, name = storages["files"], member.name
    try:
        if storage.exists(name):
            if storage.size(name) == member.size:  # names are random: it is the same file
                return
            storage.delete(name)
        added.append(name)
        storage.save(name, File(content))
    except tarfile.TarError:
        raise
    except Exception as error:  # each kind of storage has its own
        raise BackupError(f"The file {name} could not be stored: {error}.") from error
