"""A separate process that makes one uploaded image small and square: bytes in, WebP out.

A small file can make a decoder take minutes, use gigabytes or crash, so it runs outside the server with limits enforced
by the kernel. It runs as a script without the project, to start quickly: Pillow is its only large import. Its exit
status reports the result.
"""

from __future__ import annotations

import os
import re
import resource
import struct
import sys
from collections.abc import Iterator
from io import BytesIO

DONE, BROKEN, TOO_MANY_PIXELS, TOO_COMPLEX = 0, 10, 11, 12  # exit statuses

MAX_PIXELS = 50_000_000  # of an upload; a large phone camera has 48 million
MAX_DECODED = 25_000_000  # pixels in memory
MAX_SCANS = 64  # of a progressive JPEG, which is decoded once per scan; cameras and editors write 1 to 14
MAX_CHUNKS = 20_000  # of a PNG; with the usual chunk sizes, 5 MB have some hundred
CPU_SECONDS = 5
MEMORY_BYTES = 640 * 1024 * 1024  # of address space; a WebP of 25 million pixels takes 480 MB, everything else less
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
SIZE = 256  # pixels, width and height

# In a scan's data, which contains FF 00 and restart markers itself.
NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


class TooManyPixels(Exception):
    """The image has too many pixels."""


class TooComplex(Exception):
    """The image has more parts than any real program writes."""


def main() -> int:
    """Read an image from standard input and write the small one to standard output."""
    set_resource_limits()
    try:
        sys.stdout.buffer.write(to_square_webp(sys.stdin.buffer.read()))
    except TooManyPixels:
        return TOO_MANY_PIXELS
    except (TooComplex, MemoryError):
        return TOO_COMPLEX
    except Exception:  # each decoder raises its own exceptions for broken data
        return BROKEN
    return DONE


def set_resource_limits() -> None:
    """Set resource limits in the kernel, and a lower priority than the server."""
    os.nice(5)
    for kind, maximum in (
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        bound = maximum if hard == resource.RLIM_INFINITY else min(maximum, hard)
        resource.setrlimit(kind, (bound, bound))


def to_square_webp(data: bytes) -> bytes:
    """Return the image as a square WebP: its middle, upright, the first frame of an animation.

    The format is detected from the content. Only the pixels are kept: no location, camera or comment. Raises
    TooManyPixels, TooComplex, and whatever a decoder raises for broken data.
    """
    from PIL import Image, ImageOps  # server processes import this module, too, but decode nothing

    check_parts(data)
    with Image.open(BytesIO(data), formats=FORMATS) as image:
        check_size(image.size, MAX_PIXELS)
        image.draft("RGB", (2 * SIZE, 2 * SIZE))  # a JPEG is decoded no larger than needed
        check_size(image.size, MAX_DECODED)
        image.load()
        mode = "RGBA" if image.has_transparency_data else "RGB"
        # Resized first and then rotated: the middle stays the same, and rotating copies the image.
        fitted = ImageOps.fit(image if image.mode == mode else image.convert(mode), (SIZE, SIZE))
        fitted.info, fitted.getexif()[0x0112] = {}, image.getexif().get(0x0112, 1)
    upright = ImageOps.exif_transpose(fitted)
    encoded = BytesIO()
    upright.save(encoded, "WEBP", quality=85, exif=b"")
    return encoded.getvalue()


def check_size(size: tuple[int, int], maximum: int) -> None:
    """Raise TooManyPixels if the image has more than `maximum` pixels."""
    if size[0] * size[1] > maximum:
        raise TooManyPixels


def check_parts(data: bytes) -> None:
    """Check the parts that decoders process before they know the size, or repeatedly.

    Raises TooComplex, TooManyPixels.
    """
    if data.startswith(b"\xff\xd8"):
        _check_count(_scans(data), MAX_SCANS)
    elif data.startswith(b"\x89PNG"):
        _check_count(_chunks(data), MAX_CHUNKS)
    elif data[12:16] == b"VP8X" and len(data) >= 30:  # its decoder allocates the whole canvas when it opens the file
        width, height = (1 + int.from_bytes(data[at : at + 3], "little") for at in (24, 27))
        check_size((width, height), MAX_DECODED)


def _check_count(parts: Iterator[int], maximum: int) -> None:
    for number, _ in enumerate(parts):
        if number >= maximum:
            raise TooComplex


def _scans(data: bytes) -> Iterator[int]:
    """Yield the position of each scan of a JPEG."""
    at = 2
    while marker := NEXT_MARKER.search(data, at):
        kind, at = data[marker.start() + 1], marker.end()
        if kind == 0xD9:  # the end; a preview or a second picture may follow
            return
        if kind == 0xDA:
            yield marker.start()
        if kind not in (0x01, 0xD8):  # markers without a length
            at += max(2, int.from_bytes(data[at : at + 2], "big"))


def _chunks(data: bytes) -> Iterator[int]:
    """Yield the position of each chunk of a PNG."""
    at = 8
    while at + 8 <= len(data):
        yield at
        at += 12 + struct.unpack_from(">I", data, at)[0]


if __name__ == "__main__":
    sys.exit(main())
