"""The folder for all that an installation writes: database, secrets, static files, sockets. It is its owner's alone."""

import contextlib
import os
import stat
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parents[2]


def data_dir() -> Path:
    """What DATA_DIR names, seen from the folder of manage.py; var/ there when it is not set."""
    return BASE_DIR / Path(os.environ.get("DATA_DIR") or "var").expanduser()


def demo_data_dir() -> Path:
    """The demo's own folder: its people, whose passwords are known to all, must not get into a real installation."""
    return data_dir() / "demo"


def make_data_dir() -> Path:
    """The same folder, made if it is absent. Raises ImproperlyConfigured when it can't be written."""
    folder = data_dir()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(f"DATA_DIR: {folder} can't be made: {error.strerror}.") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ImproperlyConfigured(f"DATA_DIR: {folder} can't be written by this user.")
    return folder


def keep_private() -> None:
    """From now on, let nobody but this user read what this process writes, nor what is in the data folder already.

    An earlier version, or somebody's copying, may have left files there that others can read.
    """
    os.umask(0o077)
    folder = data_dir()
    with contextlib.suppress(OSError):  # it is not there yet, or not ours
        if not folder.stat().st_mode & stat.S_ISVTX:  # like /tmp, which is everybody's
            for path in (folder, *folder.iterdir()):
                close_to_others(path)


def close_to_others(path: Path) -> None:
    """Take a file or folder of this user from everybody else. Does nothing when it is absent."""
    with contextlib.suppress(OSError):  # gone meanwhile, or on a disk that knows no permissions
        status = path.lstat()
        if status.st_uid == os.geteuid() and not stat.S_ISLNK(status.st_mode) and status.st_mode & 0o077:
            path.chmod(stat.S_IMODE(status.st_mode) & ~0o077)
