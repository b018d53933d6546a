"""Videos without the place where they were recorded."""

import struct
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.files.videos import MAX_BOXES, erase_location
from rooms.tests.files.corpus import PLACE, XMP, apple_metadata, box, movie

pytestmark = pytest.mark.any_database

LOCATION = PLACE.encode() + b"/"
KEYS = [b"com.apple.quicktime.make", b"com.apple.quicktime.location.ISO6709", b"com.apple.quicktime.model"]
VALUES = [b"Maker", LOCATION, b"Camera"]
QUICKTIME = box(b"udta", box(b"\xa9mak", b"\0\x05\0\0Maker"), box(b"\xa9xyz", struct.pack(">HH", 18, 0x15C7), LOCATION))
THREE_GPP = box(b"udta", box(b"loci", bytes(6), LOCATION, bytes(12)))
XMP_BOX = box(b"uuid", bytes.fromhex("be7acfcb97a942e89c71999491e3afac"), XMP)


def erased(data: bytes) -> bytes:
    file = BytesIO(data)
    erase_location(file)
    return file.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        movie(QUICKTIME),
        movie(THREE_GPP),
        movie(box(b"trak", THREE_GPP)),
        movie(apple_metadata(KEYS, VALUES)),
        movie(box(b"trak", apple_metadata(KEYS, VALUES))),
        movie(box(b"udta", apple_metadata(KEYS, VALUES, version=bytes(4)))),
        movie(box(b"udta", box(b"XMP_", XMP))),
        movie(XMP_BOX),
        movie() + XMP_BOX,
        movie(QUICKTIME)[20:],  # without `ftyp`, as old cameras write it
        movie()[:-14] + box(b"mdat", b"frames") + b"\0\0\0\0" + movie(QUICKTIME)[24:],
    ],
    ids=["udta", "3gpp", "track", "apple", "apple-track", "mp4-meta", "xmp", "uuid", "after", "no-ftyp", "to-the-end"],
)
def test_the_place_is_overwritten_and_everything_else_stays_where_it_is(data: bytes) -> None:
    assert b"8583" in data
    made = erased(data)
    assert b"8583" not in made
    assert len(made) == len(data)
    changed = [at for at in range(len(data)) if made[at] != data[at]]
    place = data.index(b"8583")
    assert all(abs(at - place) < 150 for at in changed)
    for kept in (b"Maker", b"Camera", b"mvhd", b"mdat", b"frames", b"com.apple.quicktime.make"):
        assert made.count(kept) == data.count(kept)
    assert erased(made) == made


def test_a_large_box_has_its_size_in_64_bits() -> None:
    large = struct.pack(">I4sQ", 1, b"\xa9xyz", 16 + len(LOCATION)) + LOCATION
    assert PLACE.encode() not in erased(movie(box(b"udta", large)))


@pytest.mark.parametrize("data", [b"", b"ft", b"%PDF-1.4 " + LOCATION, QUICKTIME, b"RIFF" + movie(QUICKTIME)])
def test_other_files_stay_as_they_are(data: bytes) -> None:
    assert erased(data) == data


def test_deep_and_endless_boxes_end() -> None:
    deep = QUICKTIME
    for _ in range(3000):
        deep = box(b"moov", deep)
    many = box(b"moov", b"\0\0\0\x08free" * (2 * MAX_BOXES))
    keys = movie(box(b"meta", box(b"hdlr", bytes(25)), box(b"keys", bytes(40))))
    for data in (deep, many, movie(QUICKTIME) + many, keys):
        assert len(erased(data)) == len(data)
    assert PLACE.encode() not in erased(movie(QUICKTIME) + many)


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 255)), max_size=8), st.integers(0, 400))
def test_a_broken_file_keeps_its_length(changes: list[tuple[int, int]], cut: int) -> None:
    data = bytearray(movie(QUICKTIME, apple_metadata(KEYS, VALUES)))
    for position, value in changes:
        data[position] = value
    broken = bytes(data[: len(data) - cut])
    assert len(erased(broken)) == len(broken)
