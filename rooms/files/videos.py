"""Videos and sound without the place where they were recorded.

MP4, QuickTime and M4A files consist of boxes in boxes: a size, a kind and a payload each. A box that says the place is
overwritten with zeros and becomes free space, so that nothing else moves. Where a camera records its way all along, as
action and dashboard cameras do, that is a track of its own and stays.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import IO, NamedTuple

FIRST_KINDS = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})
CONTAINERS = frozenset({b"moov", b"trak", b"udta", b"ilst"})
# In QuickTime's and 3GPP's user data, XMP, and GoPro's.
LOCATIONS = frozenset({b"\xa9xyz", b"loci", b"XMP_", b"GPMF"})
XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
MAX_BOXES = 20_000  # that are looked at; a recorder writes some hundred, apart from the data
MAX_KEYS_BYTES = 64 * 1024
MAX_DEPTH = 8


class Box(NamedTuple):
    """A box in a file, in bytes from its start."""

    kind: bytes
    start: int
    payload: int
    end: int


def erase_location(file: IO[bytes]) -> None:
    """Overwrite the places in an MP4, QuickTime or M4A file that can be written to. Other files stay as they are.

    A broken file is erased as far as it can be read.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(4)
    if file.read(4) in FIRST_KINDS:
        _Eraser(file).erase(0, size, 0)


class _Eraser:
    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._left = MAX_BOXES

    def erase(self, at: int, end: int, depth: int, keys: frozenset[bytes] = frozenset()) -> None:
        """Erase the boxes between two positions that say a place, or whose kind is one of the `keys`."""
        for box in self._boxes(at, end):
            if box.kind in LOCATIONS or box.kind in keys or self._is_xmp(box):
                self._blank(box)
            elif depth == MAX_DEPTH:
                continue
            elif box.kind == b"meta":
                start = self._start_of_meta(box)
                self.erase(start, box.end, depth + 1, self._location_keys(start, box.end))
            elif box.kind in CONTAINERS:
                self.erase(box.payload, box.end, depth + 1, keys)

    def _boxes(self, at: int, end: int) -> Iterator[Box]:
        while at + 8 <= end and self._left:
            self._left -= 1
            header = self._read(at, 16)
            size, kind, payload = int.from_bytes(header[:4], "big"), header[4:8], at + 8
            if size == 1:
                size, payload = int.from_bytes(header[8:], "big"), at + 16
            elif size == 0:  # up to the end
                size = end - at
            following = at + size
            if following < payload or following > end:
                return
            yield Box(kind, at, payload, following)
            at = following

    def _start_of_meta(self, box: Box) -> int:
        """Return where the boxes in a `meta` start: QuickTime writes them at once, MP4 after a version."""
        return box.payload if self._read(box.payload + 4, 4) == b"hdlr" else box.payload + 4

    def _location_keys(self, at: int, end: int) -> frozenset[bytes]:
        """Return the kinds of the values that say a place: the numbers, from 1, of Apple's keys for it."""
        found = set()
        for box in self._boxes(at, end):
            if box.kind != b"keys":
                continue
            data = self._read(box.payload, min(box.end - box.payload, MAX_KEYS_BYTES))
            position, number = 8, 1
            while position + 8 <= len(data):
                size = int.from_bytes(data[position : position + 4], "big")
                if b"location" in data[position + 8 : position + size].lower():
                    found.add(number.to_bytes(4, "big"))
                position, number = position + max(8, size), number + 1
        return frozenset(found)

    def _is_xmp(self, box: Box) -> bool:
        return box.kind == b"uuid" and self._read(box.payload, 16) == XMP_UUID

    def _blank(self, box: Box) -> None:
        self._file.seek(box.start + 4)
        self._file.write(b"free")
        self._file.seek(box.payload)
        left = box.end - box.payload
        while left > 0:
            left -= self._file.write(bytes(min(left, 64 * 1024)))

    def _read(self, at: int, length: int) -> bytes:
        self._file.seek(at)
        return self._file.read(length)
