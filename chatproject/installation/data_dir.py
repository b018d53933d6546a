"""The data folder, which holds everything an installation writes: database, secrets, static files and sockets.

Only its owner can read it.
"""

import contextlib
import os
import stat
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parents[2]
SECRET_KEY_FILE = "secret-key"  # in the data folder, if SECRET_KEY is not in the environment


def data_dir() -> Path:
    """Return DATA_DIR, relative to the folder of manage.py, or var/ there if it is not set."""
    return BASE_DIR / Path(os.environ.get("DATA_DIR") or "var").expanduser()


def demo_data_dir() -> Path:
    """Return the demo's data folder. It is separate, because the passwords of the demo's users are public."""
    return data_dir() / "demo"


def make_data_dir() -> Path:
    """Create the data folder if needed and return it. Raises ImproperlyConfigured if it is not writable."""
    folder = data_dir()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(f"DATA_DIR: {folder} can't be made: {error.strerror}.") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ImproperlyConfigured(f"DATA_DIR: {folder} can't be written by this user.")
    return folder


def restrict_permissions() -> None:
    """Keep other users from reading what this process writes, and what is already in the data folder.

    An earlier version, or somebody copying files, may have left readable files there.
    """
    os.umask(0o077)
    folder = data_dir()
    with contextlib.suppress(OSError):  # it does not exist yet, or is not ours
        if not folder.stat().st_mode & stat.S_ISVTX:  # like /tmp, which belongs to everybody
            for path in (folder, *folder.iterdir()):
                make_private(path)


def make_private(path: Path) -> None:
    """Remove other users' permissions from a file or folder of this user. Does nothing if it does not exist."""
    with contextlib.suppress(OSError):  # deleted meanwhile, or on a file system without permissions
        status = path.lstat()
        if status.st_uid == os.geteuid() and not stat.S_ISLNK(status.st_mode) and status.st_mode & 0o077:
            path.chmod(stat.S_IMODE(status.st_mode) & ~0o077)
