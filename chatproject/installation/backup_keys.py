"""The secret key in backups: itself if the installation keeps it in its data folder, else only how to recognize it.

With another key nobody stays signed in, invite links end, and what is stored encrypted can't be read any more. A key
from the environment is kept with the environment, and apart from backups.
"""

import os
from enum import Enum

import orjson
from django.conf import settings
from django.utils.crypto import salted_hmac

from chatproject.installation.data_dir import SECRET_KEY_FILE, data_dir

MAX_BYTES = 4096


class Key(Enum):
    """What a restore did about the secret key: an earlier backup says nothing about it."""

    SAME = "same"
    RESTORED = "restored"
    OTHER = "other"
    UNKNOWN = "unknown"


def saved_keys() -> bytes:
    """Return what a backup has of the secret key."""
    keys = {"digest": _digest()}
    if _is_in_data_folder():
        keys["secret_key"] = settings.SECRET_KEY
    return orjson.dumps(keys)


def restore_keys(saved: bytes | None) -> Key:
    """Put the key of a backup into the data folder, unless this installation's is from the environment.

    Raises OSError.
    """
    if saved is None:
        return Key.UNKNOWN
    keys = orjson.loads(saved)
    if keys["digest"] == _digest():
        return Key.SAME
    if "secret_key" not in keys or not _is_in_data_folder():
        return Key.OTHER
    path = data_dir() / SECRET_KEY_FILE
    new = path.with_suffix(".new")
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(keys["secret_key"] + "\n")
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    return Key.RESTORED


def _is_in_data_folder() -> bool:
    try:
        return (data_dir() / SECRET_KEY_FILE).read_text().strip() == settings.SECRET_KEY
    except OSError:
        return False


def _digest() -> str:
    """Return what tells this key from others, but not the key."""
    return salted_hmac("chatproject.backups", "secret key", algorithm="sha256").hexdigest()
