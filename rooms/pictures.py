"""Pictures of people: whatever image somebody uploads becomes a small square WebP without anything else in it."""

from __future__ import annotations

from io import BytesIO
from threading import Lock

from PIL import Image, ImageOps

from rooms.errors import InvalidField, TooLarge

MAX_BYTES = 5 * 1024 * 1024  # of an upload
MAX_PIXELS = 50_000_000  # of an upload; a large phone camera has 48 million
MAX_DECODED = 25_000_000  # pixels in memory: 100 MB
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
SIZE = 256  # pixels, each way

_decoding = Lock()  # one at a time: several large ones at once would take more memory than a server may have


def square_picture(data: bytes) -> bytes:
    """The image as a square WebP of SIZE: its middle, upright, the first frame of several.

    What it is, is told from its content. Nothing of it but the pixels is kept: no place, no camera, no comment.
    Raises InvalidField for what is no image or a broken one, TooLarge.
    """
    if len(data) > MAX_BYTES:
        raise TooLarge(f"A picture has at most {MAX_BYTES // 1024 // 1024} MB.")
    try:
        with _decoding, Image.open(BytesIO(data), formats=FORMATS) as image:
            _check_size(image, MAX_PIXELS)
            image.draft("RGB", (2 * SIZE, 2 * SIZE))  # a JPEG is decoded no larger than needed
            _check_size(image, MAX_DECODED)
            mode = "RGBA" if image.has_transparency_data else "RGB"
            square = ImageOps.fit(ImageOps.exif_transpose(image).convert(mode), (SIZE, SIZE))
    except TooLarge:
        raise
    except Exception as error:  # each decoder has its own ways of saying that the bytes are broken
        raise InvalidField("That is no picture we can read: use a JPEG, PNG, WebP or GIF.") from error
    encoded = BytesIO()
    square.save(encoded, "WEBP", quality=85)
    return encoded.getvalue()


def _check_size(image: Image.Image, most: int) -> None:
    if image.width * image.height > most:
        raise TooLarge(f"A picture has at most {most // 1_000_000} million pixels.")
