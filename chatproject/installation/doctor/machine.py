"""Checks of what is on this machine: the settings and the disk."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.core import checks
from django.db import connection

from chatproject.installation.doctor.findings import Finding, error, ok, warning
from chatproject.installation.public_address import public_url
from chatproject.installation.setup_code import LOCAL_NAMES

MB = 1_000_000
# Free space below which there is an error, or a warning: where things are stored, and where requests wait.
STORED, TEMPORARY = (200 * MB, 2000 * MB), (20 * MB, 100 * MB)
MIN_FREE_FILES = 0.02  # of all files that a file system can have


def check_configuration() -> Iterator[Finding]:
    """Django's checks, and those for production if others than this machine can reach the server."""
    production = not LOCAL_NAMES.issuperset(settings.ALLOWED_HOSTS)
    found = [
        message for message in checks.run_checks(include_deployment_checks=production) if not message.is_silenced()
    ]
    for message in found:
        text = " ".join(f"{message.msg} {message.hint or ''}".split())
        yield (error if message.is_serious() else warning)(f"{text} ({message.id})")
    if not found:
        yield ok(
            f"Fit for production at {public_url() or ', '.join(settings.ALLOWED_HOSTS)}."
            if production
            else "For this machine only."
        )


def check_disk() -> Iterator[Finding]:
    """Space in the folders that Parlor writes to. Several on one file system are one line."""
    folders = {Path(settings.DATA_DIR): STORED}
    if connection.vendor == "sqlite":
        folders[Path(str(connection.settings_dict["NAME"])).absolute().parent] = STORED
    if location := settings.STORAGES["files"].get("OPTIONS", {}).get("location"):
        folders[Path(location)] = STORED
    folders.setdefault(Path(tempfile.gettempdir()), TEMPORARY)
    seen = set()
    for folder, limits in folders.items():
        existing = next(path for path in (folder, *folder.parents) if path.exists())
        if not os.access(existing, os.W_OK | os.X_OK):
            yield error(f"{existing} can't be written by this user: change its owner, or DATA_DIR.")
            continue
        device = existing.stat().st_dev
        if device not in seen:
            seen.add(device)
            yield _space(existing, limits)


def _space(folder: Path, limits: tuple[int, int]) -> Finding:
    usage, status = shutil.disk_usage(folder), os.statvfs(folder)
    text = f"{_size(usage.free)} free of {_size(usage.total)} in {folder}"
    if status.f_files and status.f_favail < MIN_FREE_FILES * status.f_files:
        return error(f"{text}, but only {status.f_favail} more files fit: remove some.")
    if usage.free < limits[1]:
        return (error if usage.free < limits[0] else warning)(f"{text}: make room, or use a larger disk.")
    return ok(f"{text}.")


def _size(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / MB:.0f} MB"
