"""Uploaded pictures: without metadata, with a thumbnail and a placeholder; or small and square, of a person.

A separate process decodes them (`rooms/files/picture_worker.py`) with limits on time and memory, because an uploaded
file can't be trusted. One server process runs at most `MAX_WORKERS` of them, and one per user.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import IO

from django.utils.translation import gettext_lazy as _

from rooms.errors import InvalidField, RateLimited, TooLarge, Unavailable
from rooms.files import picture_worker
from rooms.files.picture_worker import CONVERTED, FORMATS, MAX_DECODED, MAX_PIXELS
from rooms.files.types import media_type_of

MAX_BYTES = 40 * 1024 * 1024  # of a picture in a message
MAX_SQUARE_BYTES = 5 * 1024 * 1024  # of a picture of a person
MAX_WORKERS = 2  # per server process: each may use as much memory as its limit allows
WAIT_SECONDS = 20.0  # for a free worker
TIMEOUT_SECONDS = 20.0  # for one picture on a busy machine; the worker's own limit is CPU time
RETRY_SECONDS = 1.0

# -I: imports ignore the environment and the working directory.
ROOT = Path(__file__).resolve().parents[2]
PROGRAM = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from rooms.files import picture_worker as worker; "
COMMAND = [sys.executable, "-I", "-c", f"{PROGRAM}sys.exit(worker.main())"]

UNREADABLE = _("This picture can't be read. Use a JPEG, PNG, WebP or GIF.")
NO_DECODER = _("This server can't read HEIC pictures. Save this one as a JPEG.")
TOO_COMPLEX = _("This picture is too complex. Save it again with another program, or make it smaller.")
REFUSALS = {
    picture_worker.TOO_MANY_PIXELS: _(
        "A picture has at most %(jpeg)d million pixels as a JPEG, %(other)d million otherwise."
    ),
    picture_worker.TOO_COMPLEX: TOO_COMPLEX,
    # The CPU limit, and signals with which the kernel ends a process that exceeds its limits.
    -signal.SIGXCPU: TOO_COMPLEX,
    -signal.SIGKILL: TOO_COMPLEX,
}

_turns = BoundedSemaphore(MAX_WORKERS)
_whose: set[Hashable] = set()
_whose_lock = Lock()


@dataclass(frozen=True)
class Picture:
    """A picture to store, upright."""

    content: bytes | None  # the file without metadata; None if it had none
    type: str
    width: int
    height: int
    thumbnail: bytes  # WebP
    thumbnail_width: int
    thumbnail_height: int
    placeholder: str  # a tiny WebP as a data: URL
    animated: bool


def read_picture(file: IO[bytes], media_type: str, *, owner: Hashable) -> Picture:
    """Return a picture without metadata, from a file of that type, which `owner` uploads.

    HEIC and AVIF become JPEG; the other types keep their pixels as they are. The thumbnail, the first frame of an
    animation, has at most 640 pixels each way.

    Raises:
        InvalidField: it is not a picture of that type, or broken, or HEIC without pillow-heif.
        TooLarge: it has too many bytes, pixels or frames, or takes too long.
        RateLimited: another picture of this owner is being processed.
        Unavailable: pictures of others have kept all workers busy for `WAIT_SECONDS`.
    """
    _check_bytes(file.seek(0, os.SEEK_END), MAX_BYTES)
    with tempfile.TemporaryFile() as output:
        _run("attachment", file, media_type, output, owner)
        about = json.loads(output.readline())
        width, height, length = about["thumbnail"]
        thumbnail = output.read(length)
        return Picture(
            content=output.read() if about["changed"] else None,
            type="image/jpeg" if media_type in CONVERTED else media_type,
            width=about["width"],
            height=about["height"],
            thumbnail=thumbnail,
            thumbnail_width=width,
            thumbnail_height=height,
            placeholder=about["placeholder"],
            animated=about["animated"],
        )


def square_picture(data: bytes, *, owner: Hashable) -> bytes:
    """Return a JPEG, PNG, WebP or GIF as a square WebP: its middle, upright, the first frame of an animation.

    Raises what `read_picture` raises.
    """
    _check_bytes(len(data), MAX_SQUARE_BYTES)
    media_type = media_type_of(data)
    if media_type not in FORMATS:
        raise InvalidField(UNREADABLE)
    with tempfile.TemporaryFile() as output:
        _run("square", BytesIO(data), media_type, output, owner)
        return output.read()


def _check_bytes(size: int, maximum: int) -> None:
    if size > maximum:
        raise TooLarge(
            _("A picture has at most %(maximum)d MB. Make it smaller."), {"maximum": maximum // 1024 // 1024}
        )


def _run(job: str, file: IO[bytes], media_type: str, output: IO[bytes], owner: Hashable) -> None:
    """Run a worker, and leave its result in `output`, to be read from the start.

    The files are handed over as descriptors: a large picture is never in the memory of this process. Raises what
    `read_picture` raises.
    """
    with tempfile.TemporaryFile() as input_:
        file.seek(0)
        shutil.copyfileobj(file, input_)
        input_.seek(0)
        with _acquire_worker(owner):
            status = _wait_for_worker([*COMMAND, job, media_type], input_, output)
    if status == picture_worker.NO_DECODER:
        raise InvalidField(NO_DECODER)
    if status in REFUSALS:
        raise TooLarge(REFUSALS[status], {"jpeg": MAX_PIXELS // 1_000_000, "other": MAX_DECODED // 1_000_000})
    if status != picture_worker.DONE:
        raise InvalidField(UNREADABLE)
    output.seek(0)


@contextmanager
def _acquire_worker(owner: Hashable) -> Iterator[None]:
    """Wait for a free worker. Raises RateLimited, Unavailable."""
    with _whose_lock:
        if owner in _whose:
            raise RateLimited(RETRY_SECONDS)
        _whose.add(owner)
    try:
        if not _turns.acquire(timeout=WAIT_SECONDS):
            raise Unavailable(_("The server is processing many pictures. Try again in a moment."), RETRY_SECONDS)
        try:
            yield
        finally:
            _turns.release()
    finally:
        with _whose_lock:
            _whose.discard(owner)


def _wait_for_worker(command: list[str], input_: IO[bytes], output: IO[bytes]) -> int:
    """Return the exit status of a worker process."""
    # Without a `preexec_fn` this process, which has threads, is not forked: it starts the other program directly.
    with subprocess.Popen(command, stdin=input_, stdout=output, stderr=subprocess.DEVNULL, env={}) as process:
        try:
            return process.wait(TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            return -signal.SIGKILL
