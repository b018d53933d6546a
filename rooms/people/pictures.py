"""Profile pictures: an uploaded image becomes a small square WebP without any metadata.

A separate process decodes it (`rooms/people/picture_worker.py`) with limits on time and memory, because an uploaded
file can't be trusted. One server process runs at most `MAX_WORKERS` of them, and one per user.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import BoundedSemaphore, Lock

from rooms.errors import InvalidField, RateLimited, TooLarge, Unavailable
from rooms.people import picture_worker
from rooms.people.picture_worker import MAX_DECODED, MAX_PIXELS

MAX_BYTES = 5 * 1024 * 1024  # of an upload
MAX_WORKERS = 2  # per server process: each may use as much memory as its limit allows
WAIT_SECONDS = 5.0  # for a free worker
TIMEOUT_SECONDS = 20.0  # for one image on a busy machine; the worker's own limit is CPU time
RETRY_SECONDS = 5.0

# -I: imports ignore the environment and the working directory.
COMMAND = [sys.executable, "-I", str(Path(picture_worker.__file__).resolve())]

TOO_COMPLEX = "Picture: this file is too complex. Save it again with another program, or make it smaller."
REFUSALS = {
    picture_worker.TOO_MANY_PIXELS: f"A picture has at most {MAX_PIXELS // 1_000_000} million pixels as a JPEG, "
    f"{MAX_DECODED // 1_000_000} million otherwise.",
    picture_worker.TOO_COMPLEX: TOO_COMPLEX,
    # The CPU limit, and signals with which the kernel ends a process that exceeds its limits.
    -signal.SIGXCPU: TOO_COMPLEX,
    -signal.SIGKILL: TOO_COMPLEX,
}

_turns = BoundedSemaphore(MAX_WORKERS)
_whose: set[Hashable] = set()
_whose_lock = Lock()


def square_picture(data: bytes, *, owner: Hashable) -> bytes:
    """Return the image as a square WebP: its middle, upright, the first frame of an animation. `owner` uploads it.

    Raises:
        InvalidField: it is not an image, or broken.
        TooLarge: it has too many bytes or pixels, or takes too long.
        RateLimited: another image of this owner is being processed.
        Unavailable: images of others have kept all workers busy for the last few seconds.
    """
    if len(data) > MAX_BYTES:
        raise TooLarge(f"Picture: use a file of at most {MAX_BYTES // 1024 // 1024} MB.")
    with _acquire_worker(owner):
        status, output = _decode(data)
    if status == picture_worker.DONE:
        return output
    if status in REFUSALS:
        raise TooLarge(REFUSALS[status])
    raise InvalidField("Picture: this file can't be read. Use a JPEG, PNG, WebP or GIF.")


@contextmanager
def _acquire_worker(owner: Hashable) -> Iterator[None]:
    """Wait for a free worker. Raises RateLimited, Unavailable."""
    with _whose_lock:
        if owner in _whose:
            raise RateLimited(RETRY_SECONDS)
        _whose.add(owner)
    try:
        if not _turns.acquire(timeout=WAIT_SECONDS):
            raise Unavailable("The server is processing many pictures. Try again in a moment.", RETRY_SECONDS)
        try:
            yield
        finally:
            _turns.release()
    finally:
        with _whose_lock:
            _whose.discard(owner)


def _decode(data: bytes) -> tuple[int, bytes]:
    """Return the exit status of the worker process, and its output."""
    pipe = subprocess.PIPE
    # Without a `preexec_fn` this process, which has threads, is not forked: it starts the other program directly.
    with subprocess.Popen(COMMAND, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env={}) as process:
        try:
            output, _ = process.communicate(data, timeout=TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            return -signal.SIGKILL, b""
    return process.returncode, output
