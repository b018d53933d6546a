"""Pictures without their metadata. The pixels are not decoded: what remains is, byte for byte, what was uploaded.

Only the parts that are needed to show a picture are kept, and nothing after its end. Gone are the place where it was
taken, a preview of what was cut off, and a second picture or an archive behind the first. The same pass counts the
parts that a decoder would go through before it knows the size, or again and again.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

MAX_SCANS = 64  # of a progressive JPEG, which is decoded once per scan; cameras and editors write 1 to 14
MAX_SCAN_PIXELS = 800_000_000  # of all scans together, which take a second; 48 million pixels may have 16 scans
MAX_CHUNKS = 20_000  # of a PNG or WebP; with the usual chunk sizes, 40 MB have at most 10,000
MAX_BLOCKS = 1_000_000  # of a GIF; 40 MB of full blocks have 165,000
MAX_CANVAS = 25_000_000  # pixels that a WebP decoder allocates when it opens a file
MAX_FRAME_PIXELS = 2_000_000_000  # of all frames of an animation together; a minute in full HD has 1.9 billion

JPEG_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # in a scan's data: it has FF 00 and restart markers itself
JPEG_SOI, JPEG_EOI, JPEG_SOS, JPEG_TEM = 0xD8, 0xD9, 0xDA, 0x01
JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # headers with the size
JPEG_TABLES = frozenset({0xC4, 0xCC, 0xDB, 0xDC, 0xDD})  # and DNL and restart intervals
JPEG_KEPT = {0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# What a picture consists of, its colours, and the frames of an animation.
PNG_KEPT = frozenset(
    b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV mDCv cLLI cLLi acTL fcTL fdAT".split()
)
WEBP_KEPT = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"})
WEBP_METADATA_FLAGS = 0x0C  # XMP and Exif, in the first byte of VP8X
GIF_KEPT_APPLICATIONS = (b"\x0bNETSCAPE2.0", b"\x0bANIMEXTS1.0")  # how often an animation is repeated

ORIENTATION = 0x0112  # Exif tag: 1 is upright, the others are the seven turns and flips


class TooManyPixels(Exception):
    """The picture has too many pixels."""


class TooComplex(Exception):
    """The picture has more parts than any real program writes."""


@dataclass
class Stripped:
    """A picture's file without metadata. The content of a rotated JPEG still has its orientation."""

    content: bytes
    orientation: int = 1  # of Exif
    frames: int = 1


def strip(data: bytes, media_type: str) -> Stripped:
    """Return a JPEG, PNG, WebP or GIF file without metadata.

    Raises TooComplex, TooManyPixels, and ValueError, IndexError or struct.error if the file is broken or incomplete.
    """
    return {"image/jpeg": _jpeg, "image/png": _png, "image/webp": _webp, "image/gif": _gif}[media_type](data)


def check_size(size: tuple[int, int], maximum: int) -> None:
    """Raise TooManyPixels if the picture has more than `maximum` pixels."""
    if size[0] * size[1] > maximum:
        raise TooManyPixels


def read_orientation(exif: bytes) -> int:
    """Return the orientation in Exif data, 1 if there is none or the data is broken."""
    tiff = exif.removeprefix(b"Exif\0\0")
    order = "<" if tiff.startswith(b"II") else ">"
    try:
        (first,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, first)
        for entry in range(first + 2, first + 2 + 12 * count, 12):
            tag, kind, _, value = struct.unpack_from(f"{order}HHIH", tiff, entry)
            if tag == ORIENTATION:
                return value if kind == 3 and 1 <= value <= 8 else 1
    except struct.error:
        pass
    return 1


def _check_count(number: int, maximum: int) -> None:
    if number > maximum:
        raise TooComplex


def _check_frames(frames: int, size: tuple[int, int]) -> None:
    if frames > 1:
        _check_count(frames * size[0] * size[1], MAX_FRAME_PIXELS)


def _jpeg(data: bytes) -> Stripped:
    parts: list[bytes] = []
    orientation, scans, pixels, at = 0, 0, 0, 2
    while marker := JPEG_MARKER.search(data, at):
        kind, at = data[marker.start() + 1], marker.end()
        if kind == JPEG_EOI and scans:
            start = data[:2] + (_orientation_segment(orientation) if orientation > 1 else b"")
            return Stripped(b"".join([start, *parts, b"\xff\xd9"]), orientation or 1)
        if kind in {JPEG_SOI, JPEG_EOI, JPEG_TEM}:  # markers without a length
            continue
        end = at + max(2, int.from_bytes(data[at : at + 2], "big"))
        payload, kept = data[at + 2 : end], JPEG_KEPT.get(kind)
        if kind == JPEG_SOS:
            scans += 1
            _check_count(scans, MAX_SCANS)
            _check_count(scans * pixels, MAX_SCAN_PIXELS)
            following = JPEG_MARKER.search(data, end)
            end = following.start() if following else end
            parts.append(data[marker.start() : end])
        elif kind in JPEG_FRAMES:
            height, width = struct.unpack_from(">HH", payload, 1)
            pixels = max(pixels, height * width)
            parts.append(data[marker.start() : end])
        elif kind in JPEG_TABLES or (kept and payload.startswith(kept)):
            parts.append(data[marker.start() : end])
        elif kind == 0xE0 and payload.startswith(b"JFIF\0") and len(payload) >= 14:
            parts.append(b"\xff\xe0\0\x10" + payload[:12] + b"\0\0")  # without its thumbnail
        elif kind == 0xE1 and payload.startswith(b"Exif\0\0") and not orientation:
            orientation = read_orientation(payload)
        at = end
    raise ValueError("the end of the JPEG is missing")


def _orientation_segment(orientation: int) -> bytes:
    """Return a JPEG segment with Exif data that has only the orientation."""
    entry = struct.pack(">HHIHH", ORIENTATION, 3, 1, orientation, 0)
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01" + entry + b"\0\0\0\0"
    return b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif


def _png(data: bytes) -> Stripped:
    parts, orientation, frames = [PNG_SIGNATURE], 1, 0
    size = struct.unpack_from(">II", data, 16)
    for number, (kind, start, end) in enumerate(_png_chunks(data)):
        _check_count(number, MAX_CHUNKS)
        if kind == b"eXIf":
            orientation = read_orientation(data[start + 8 : end - 4])
        frames += kind == b"fcTL"
        if kind in PNG_KEPT:
            parts.append(data[start:end])
        if kind == b"IEND":
            _check_frames(frames, size)
            return Stripped(b"".join(parts), orientation, max(1, frames))
    raise ValueError("the end of the PNG is missing")


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield the kind, start and end of each chunk. Raises ValueError if the last one is incomplete."""
    at = len(PNG_SIGNATURE)
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise ValueError("a chunk is incomplete")
        yield kind, at, end
        at = end


def _webp(data: bytes) -> Stripped:
    parts, orientation, frames, size = [b"WEBP"], 1, 0, (0, 0)
    for number, (kind, payload) in enumerate(_webp_chunks(data)):
        _check_count(number, MAX_CHUNKS)
        if kind == b"EXIF":
            orientation = read_orientation(payload)
        if kind not in WEBP_KEPT:
            continue
        frames += kind == b"ANMF"
        if kind in {b"VP8X", b"VP8 ", b"VP8L"}:
            size = size if any(size) else _webp_size(kind, payload)
            check_size(size, MAX_CANVAS)
        flags = bytes([payload[0] & ~WEBP_METADATA_FLAGS]) if kind == b"VP8X" else payload[:1]
        padding = b"\0" * (len(payload) & 1)
        parts += [kind, struct.pack("<I", len(payload)), flags, payload[1:], padding]
    if not any(size):
        raise ValueError("the WebP has no picture")
    _check_frames(frames, size)
    length = sum(map(len, parts))
    return Stripped(b"".join([b"RIFF", struct.pack("<I", length), *parts]), orientation, max(1, frames))


def _webp_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the kind and payload of each chunk. Raises ValueError if the last one is incomplete."""
    at, limit = 12, 8 + int.from_bytes(data[4:8], "little")
    while at + 8 <= limit:
        kind, length = struct.unpack_from("<4sI", data, at)
        end = at + 8 + length
        if end > min(limit, len(data)):
            raise ValueError("a chunk is incomplete")
        yield kind, data[at + 8 : end]
        at = end + (length & 1)


def _webp_size(kind: bytes, header: bytes) -> tuple[int, int]:
    """Return the width and height in the first bytes of a chunk."""
    if kind == b"VP8X":
        return 1 + int.from_bytes(header[4:7], "little"), 1 + int.from_bytes(header[7:10], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(header[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = struct.unpack_from("<HH", header, 6)
    return width & 0x3FFF, height & 0x3FFF


def _gif(data: bytes) -> Stripped:
    size = struct.unpack_from("<HH", data, 6)
    at = 13 + _color_table(data[10])
    parts, frames, blocks = [data[:at]], 0, 0
    while at < len(data) and data[at] in b"\x21\x2c":
        start = at
        is_frame = data[at] == 0x2C
        at += 11 + _color_table(data[at + 9]) if is_frame else 2
        while length := data[at]:
            at += 1 + length
            blocks += 1
            _check_count(blocks, MAX_BLOCKS)
        at += 1
        frames += is_frame
        # Of the extensions, graphic control, and how often the animation is repeated.
        if is_frame or data[start + 1] == 0xF9 or data.startswith(GIF_KEPT_APPLICATIONS, start + 2):
            parts.append(data[start:at])
    if not frames:
        raise ValueError("the GIF has no picture")
    _check_frames(frames, size)
    return Stripped(b"".join([*parts, b";"]), 1, frames)


def _color_table(flags: int) -> int:
    """Return the length of the colour table that follows a GIF's screen or picture descriptor."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0
