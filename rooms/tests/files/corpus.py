"""Files to upload: pictures with a place in their metadata, bombs, and videos with a place."""

from __future__ import annotations

import base64
import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image, PngImagePlugin
from PIL.TiffImagePlugin import IFDRational

from rooms.files.pictures import Picture
from rooms.tests.support.images import BLUE, RED, image

ORIENTATION, GPS = 0x0112, 0x8825  # Exif tags
SECONDS = (4_885_837, 100_003)  # a fraction whose bytes occur nowhere else
PLACE = "+48.8583+002.2944"
XMP = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description exif:GPSLatitude="{PLACE}"/></x:xmpmeta>'.encode()
TRACES = [PLACE.encode(), b"GPSLatitude", *(struct.pack(f"{order}II", *SECONDS) for order in "<>")]


def exif(orientation: int = 1) -> bytes:
    """Return Exif data with a place."""
    data = Image.Exif()
    data[ORIENTATION] = orientation
    data[0x010F] = "Maker of cameras"
    place = data.get_ifd(GPS)
    place[1], place[2] = "N", (48.0, 51.0, IFDRational(*SECONDS))
    return data.tobytes()


def photo(form: str, picture: Image.Image | None = None, orientation: int = 1) -> bytes:
    """Return a picture, by default red on the left and blue on the right, with a place in all its metadata."""
    if picture is None:
        picture = Image.new("RGB", (320, 200), RED)
        picture.paste(BLUE, (160, 0, 320, 200))
    options: dict[str, Any] = {"exif": exif(orientation), "xmp": XMP}
    if form == "JPEG":
        options |= {"comment": PLACE, "quality": 95}
    if form == "PNG":
        options["pnginfo"] = PngImagePlugin.PngInfo()
        options["pnginfo"].add_itxt("XML:com.adobe.xmp", options.pop("xmp").decode())
        options["pnginfo"].add_text("Comment", PLACE)
    encoded = BytesIO()
    picture.save(encoded, form, **options)
    return encoded.getvalue()


def traces_of_place(made: Picture) -> list[bytes]:
    """Return which parts of the metadata are left in anything that is stored or sent of a picture."""
    outputs = [made.content or b"", made.thumbnail, base64.b64decode(made.placeholder.partition(",")[2])]
    return [trace for trace in TRACES for output in outputs if trace in output]


def chunk(kind: bytes, data: bytes) -> bytes:
    """Return a chunk of a PNG file."""
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


def png(width: int, height: int, length: int) -> bytes:
    """Return a black PNG that claims this size, and has so many bytes of pixels."""
    compressor = zlib.compressobj()
    blocks = [compressor.compress(bytes(min(1 << 20, length - at))) for at in range(0, length, 1 << 20)]
    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\0\0\0"
    pixels = chunk(b"IDAT", b"".join(blocks) + compressor.flush())
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")


def animation_header(width: int, height: int) -> bytes:
    """Return a WebP file that claims to be large."""
    canvas = b"".join((side - 1).to_bytes(3, "little") for side in (width, height))
    return b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0" + canvas + b"ANIM\0\0\0\0"


def hundred_megapixels() -> bytes:
    """Return a whole PNG of 100 million pixels in 300 kB."""
    return png(10_000, 10_000, 10_000 * 30_001)


def many_scans(number: int, side: int = 2000) -> bytes:
    """Return a progressive JPEG whose last scan is repeated."""
    plain = image(size=(side, side), form="JPEG", progressive=True)
    last = plain[plain.rindex(b"\xff\xda") : -2]
    return plain[:-2] + last * number + plain[-2:]


def many_chunks(number: int) -> bytes:
    """Return a PNG with many chunks without content."""
    plain = image()
    return plain[:33] + chunk(b"teXt", b"") * number + plain[33:]


def long_animation(side: int, frames: int) -> bytes:
    """Return a GIF that is large on the screen, with many frames of one pixel."""
    screen = b"GIF89a" + struct.pack("<HH", side, side) + b"\0\0\0"
    frame = b"," + struct.pack("<HHHH", 0, 0, 1, 1) + b"\x80\0\0\0\xff\xff\xff" + b"\x02\x02\x44\x01\0"
    return screen + frame * frames + b";"


BOMBS = {
    "100 megapixels": hundred_megapixels,
    "more pixels than a number holds": lambda: png(200_000, 200_000, 1000),
    "a large canvas": lambda: animation_header(16_000, 16_000),
    "900 scans": lambda: many_scans(900),
    "60 scans of 25 megapixels": lambda: many_scans(50, side=5000),
    "30,000 chunks": lambda: many_chunks(30_000),
    "600 frames of 25 megapixels": lambda: long_animation(5000, 600),
    "2 million blocks": lambda: long_animation(10, 1)[:-2] + b"\x01\0" * 2_000_000 + b"\0;",
}


def box(kind: bytes, *payload: bytes) -> bytes:
    """Return a box of an MP4 file."""
    content = b"".join(payload)
    return struct.pack(">I", 8 + len(content)) + kind + content


def movie(*in_moov: bytes) -> bytes:
    """Return a QuickTime file with these boxes, and something after them."""
    moov = box(b"moov", box(b"mvhd", bytes(100)), *in_moov, box(b"trak", box(b"tkhd", bytes(84))))
    return box(b"ftyp", b"qt  \0\0\0\0qt  ") + moov + box(b"mdat", b"frames")


def apple_metadata(keys: list[bytes], values: list[bytes], version: bytes = b"") -> bytes:
    """Return Apple's box of keys and values."""
    handler = box(b"hdlr", bytes(8), b"mdta", bytes(13))
    names = [struct.pack(">I", 8 + len(key)) + b"mdta" + key for key in keys]
    items = [
        box(struct.pack(">I", number), box(b"data", b"\0\0\0\x01\0\0\0\0", value))
        for number, value in enumerate(values, 1)
    ]
    table = box(b"keys", bytes(4), struct.pack(">I", len(keys)), *names)
    return box(b"meta", version, handler, table, box(b"ilst", *items))
