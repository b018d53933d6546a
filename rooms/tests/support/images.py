"""Images to upload."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from PIL import Image

Colour = tuple[int, int, int]
RED, GREEN, BLUE = (220, 30, 30), (30, 200, 30), (30, 30, 220)


def image(*colours: Colour, size: tuple[int, int] = (400, 300), form: str = "PNG", **options: Any) -> bytes:
    """Return an image file. Several colours make an animation, or are side by side if `side_by_side` is set."""
    frames = [Image.new("RGB", size, colour) for colour in colours or (RED,)]
    if options.pop("side_by_side", False):
        frames[0].paste(frames[1], (size[0] // 2, 0))
        del frames[1:]
    if len(frames) > 1:
        options |= {"save_all": True, "append_images": frames[1:]}
    encoded = BytesIO()
    frames[0].save(encoded, form, **options)
    return encoded.getvalue()


def decoded(data: bytes) -> Image.Image:
    """Open the image in a file."""
    opened = Image.open(BytesIO(data))
    opened.load()
    return opened


def near(pixel: Any, colour: Colour) -> bool:
    """Return whether a pixel has that colour, within the precision of a lossy format."""
    return all(abs(one - other) < 30 for one, other in zip(pixel, colour, strict=False))
