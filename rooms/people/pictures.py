"""Pictures of people: whatever image somebody uploads becomes a small square WebP without anything else in it.

It is decoded by a process of its own (`rooms/people/picture_worker.py`), within limits of time and memory: what a file
says of itself is a stranger's word. One server process has at most `MOST_AT_ONCE` of them, and each person one.
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
MOST_AT_ONCE = 2  # in one server process: each may take as much memory as its limit says
WAIT_SECONDS = 5.0  # for one's turn
WALL_SECONDS = 20.0  # of one image, on a busy machine; its own limit is of processor time
RETRY_SECONDS = 5.0

# -I: neither the environment nor the working folder says what is imported.
COMMAND = [sys.executable, "-I", str(Path(picture_worker.__file__).resolve())]

TOO_COMPLEX = "Picture: this file is too complex. Save it again with another program, or make it smaller."
REFUSALS = {
    picture_worker.TOO_MANY_PIXELS: f"A picture has at most {MAX_PIXELS // 1_000_000} million pixels as a JPEG, "
    f"{MAX_DECODED // 1_000_000} million otherwise.",
    picture_worker.TOO_COMPLEX: TOO_COMPLEX,
    # Its limits: of processor time, and whatever the kernel ends a process for that has had too much.
    -signal.SIGXCPU: TOO_COMPLEX,
    -signal.SIGKILL: TOO_COMPLEX,
}

_turns = BoundedSemaphore(MOST_AT_ONCE)
_whose: set[Hashable] = set()
_whose_lock = Lock()


def square_picture(data: bytes, *, owner: Hashable) -> bytes:
    """The image as a square WebP: its middle, upright, the first frame of several. `owner` uploads it.

    Raises:
        InvalidField: it is no image, or a broken one.
        TooLarge: it has too many bytes or pixels, or takes too long.
        RateLimited: another one of the same owner's is being read.
        Unavailable: others' have been read for the last few seconds.
    """
    if len(data) > MAX_BYTES:
        raise TooLarge(f"Picture: use a file of at most {MAX_BYTES // 1024 // 1024} MB.")
    with _turn(owner):
        status, made = _decode(data)
    if status == picture_worker.DONE:
        return made
    if status in REFUSALS:
        raise TooLarge(REFUSALS[status])
    raise InvalidField("Picture: this file can't be read. Use a JPEG, PNG, WebP or GIF.")


@contextmanager
def _turn(owner: Hashable) -> Iterator[None]:
    """Wait until one may decode. Raises RateLimited, Unavailable."""
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
    """The exit status of the process, and what it wrote."""
    pipe = subprocess.PIPE
    # No fork of this process, which has threads: without a `preexec_fn` it becomes the other program at once.
    with subprocess.Popen(COMMAND, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env={}) as process:
        try:
            made, _ = process.communicate(data, timeout=WALL_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            return -signal.SIGKILL, b""
    return process.returncode, made
