"""The folder for everything an installation writes: database, secrets, static files, sockets."""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent


def data_dir() -> Path:
    """What DATA_DIR names, seen from the folder of manage.py; var/ there when it is not set."""
    return BASE_DIR / Path(os.environ.get("DATA_DIR") or "var").expanduser()


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
