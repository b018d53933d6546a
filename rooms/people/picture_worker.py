"""A process of its own that makes one uploaded image small and square: bytes in, WebP out.

A decoder can be made to take minutes, gigabytes or a crash by a small file, so it runs apart from the server, within
limits that the kernel keeps. This is run as a file, without the project, so that it starts quickly: it imports Pillow
and nothing else that is large. Its exit status says what came of it.
"""

from __future__ import annotations

import os
import re
import resource
import struct
import sys
from collections.abc import Iterator
from io import BytesIO

from PIL import Image, ImageFile, ImageOps

DONE, BROKEN, TOO_MANY_PIXELS, TOO_COMPLEX = 0, 10, 11, 12  # exit statuses

MAX_PIXELS = 50_000_000  # of an upload; a large phone camera has 48 million
MAX_DECODED = 25_000_000  # pixels in memory
MAX_SCANS = 64  # of a progressive JPEG, which is decoded once for each; cameras and editors write 1 to 14
MAX_CHUNKS = 20_000  # of a PNG; the usual sizes of chunks make some hundred of 5 MB
CPU_SECONDS = 5
MEMORY_BYTES = 640 * 1024 * 1024  # of addresses; 25 million pixels of a WebP take 480 MB of them, all else less
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
SIZE = 256  # pixels, each way

NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # in a scan's data, which holds FF 00 and restarts itself


class TooManyPixels(Exception):
    """The image is larger than is decoded."""


class TooComplex(Exception):
    """The image is made of more parts than any program makes one of."""


def main() -> int:
    """Read an image from standard input and write the small one to standard output."""
    limit()
    try:
        sys.stdout.buffer.write(square(sys.stdin.buffer.read()))
    except TooManyPixels:
        return TOO_MANY_PIXELS
    except (TooComplex, MemoryError):
        return TOO_COMPLEX
    except Exception:  # each decoder has its own ways of saying that the bytes are broken
        return BROKEN
    return DONE


def limit() -> None:
    """Let the kernel bound what this process may take; the server's other work goes first."""
    os.nice(5)
    for kind, most in (
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (bound, bound))


def square(data: bytes) -> bytes:
    """The image as a square WebP: its middle, upright, the first frame of several.

    What it is, is told from its content. Nothing of it but the pixels is kept: no place, no camera, no comment.
    Raises TooManyPixels, TooComplex, and whatever a decoder raises for what is broken.
    """
    check_parts(data)
    with Image.open(BytesIO(data), formats=FORMATS) as image:
        check_size(image.size, MAX_PIXELS)
        image.draft("RGB", (2 * SIZE, 2 * SIZE))  # a JPEG is decoded no larger than needed
        check_size(image.size, MAX_DECODED)
        image.load()
        mode = "RGBA" if image.has_transparency_data else "RGB"
        # Made small first and then turned: the middle stays the middle, and turning copies.
        fitted = ImageOps.fit(image if image.mode == mode else image.convert(mode), (SIZE, SIZE))
        fitted.info, fitted.getexif()[0x0112] = {}, image.getexif().get(0x0112, 1)
    upright = ImageOps.exif_transpose(fitted)
    encoded = BytesIO()
    upright.save(encoded, "WEBP", quality=85, exif=b"")
    return encoded.getvalue()


def check_size(size: tuple[int, int], most: int) -> None:
    """Raise TooManyPixels beyond `most`."""
    if size[0] * size[1] > most:
        raise TooManyPixels


def check_parts(data: bytes) -> None:
    """Look at what decoders go through before they tell the size, or again and again.

    Raises TooComplex, TooManyPixels.
    """
    if data.startswith(b"\xff\xd8"):
        _check_count(_scans(data), MAX_SCANS)
    elif data.startswith(b"\x89PNG"):
        _check_count(_chunks(data), MAX_CHUNKS)
    elif data[12:16] == b"VP8X" and len(data) >= 30:  # its decoder makes room for the whole canvas when it opens
        width, height = (1 + int.from_bytes(data[at : at + 3], "little") for at in (24, 27))
        check_size((width, height), MAX_DECODED)


def _check_count(parts: Iterator[int], most: int) -> None:
    for number, _ in enumerate(parts):
        if number >= most:
            raise TooComplex


def _scans(data: bytes) -> Iterator[int]:
    """Where each scan of a JPEG begins."""
    at = 2
    while marker := NEXT_MARKER.search(data, at):
        kind, at = data[marker.start() + 1], marker.end()
        if kind == 0xD9:  # the end; a preview or a second picture may follow
            return
        if kind == 0xDA:
            yield marker.start()
        if kind not in (0x01, 0xD8):  # which have no length
            at += max(2, int.from_bytes(data[at : at + 2], "big"))


def _chunks(data: bytes) -> Iterator[int]:
    """Where each chunk of a PNG begins."""
    at = 8
    while at + 8 <= len(data):
        yield at
        at += 12 + struct.unpack_from(">I", data, at)[0]


if __name__ == "__main__":
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    sys.exit(main())
