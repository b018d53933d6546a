"""A separate process that decodes one uploaded picture: its bytes in, what the server needs of it out.

A small file can make a decoder take minutes, use gigabytes or crash, so it runs outside the server with limits enforced
by the kernel. Of the project it imports only `metadata.py`, to start quickly: Pillow is its only large import.

Its arguments are a job, `square` or `attachment`, and the media type of the picture. Its exit status reports how it
ended.
"""

from __future__ import annotations

import base64
import json
import os
import resource
import sys
from contextlib import suppress
from importlib import import_module
from io import BytesIO
from typing import TYPE_CHECKING, Any

from rooms.files.metadata import Stripped, TooComplex, TooManyPixels, check_size, read_orientation, strip

if TYPE_CHECKING:  # server processes import this module, too, but decode nothing
    from PIL import Image

DONE, BROKEN, TOO_MANY_PIXELS, TOO_COMPLEX, NO_DECODER = 0, 10, 11, 12, 13  # exit statuses

MAX_PIXELS = 50_000_000  # of a picture; a large phone camera has 48 million
MAX_DECODED = 25_000_000  # pixels in memory
MAX_REENCODED = 12_500_000  # pixels of a rotated PNG or WebP, which a camera writes seldom; more take too long
# Older ones have known holes (CVE-2026-84383 and those published after it).
OLDEST_LIBHEIF = (1, 23, 5)
CPU_SECONDS = 5
MEMORY_BYTES = 640 * 1024 * 1024  # of address space; a WebP of 25 million pixels takes 480 MB, everything else less
OUTPUT_BYTES = 64 * 1024 * 1024
FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/gif": "GIF"}
CONVERTED = {"image/avif": "AVIF", "image/heic": "HEIF"}  # to JPEG: not every browser shows them
SQUARE = 256  # pixels, width and height
THUMBNAIL = 640  # pixels, the longer side
PLACEHOLDER = 16  # pixels, the longer side
JPEG_QUALITY = 90  # of converted pictures


class NoDecoder(Exception):
    """HEIC can't be decoded: pillow-heif is optional, because its packages contain an encoder under the GPL."""


def main() -> int:
    """Read a picture from standard input and write the result to standard output."""
    job, media_type = sys.argv[1:]
    set_resource_limits(CPU_SECONDS)
    data = sys.stdin.buffer.read()
    try:
        parts = [make_square(data, media_type)] if job == "square" else examine(data, media_type)
    except TooManyPixels:
        return TOO_MANY_PIXELS
    except (TooComplex, MemoryError):
        return TOO_COMPLEX
    except NoDecoder:
        return NO_DECODER
    except Exception:  # each decoder raises its own exceptions for broken data
        return BROKEN
    sys.stdout.buffer.writelines(parts)
    sys.stdout.buffer.flush()
    return DONE


def set_resource_limits(cpu_seconds: int) -> None:
    """Set resource limits in the kernel, and a lower priority than the server."""
    os.nice(5)
    _limit(resource.RLIMIT_CPU, cpu_seconds)
    _limit(resource.RLIMIT_AS, MEMORY_BYTES)
    _limit(resource.RLIMIT_FSIZE, OUTPUT_BYTES)
    _limit(resource.RLIMIT_CORE, 0)


def _limit(kind: int, maximum: int) -> None:
    _, hard = resource.getrlimit(kind)
    bound = maximum if hard == resource.RLIM_INFINITY else min(maximum, hard)
    resource.setrlimit(kind, (bound, bound))


def make_square(data: bytes, media_type: str) -> bytes:
    """Return the picture as a square WebP: its middle, upright, the first frame of an animation.

    Only the pixels are kept. Raises TooManyPixels, TooComplex, and whatever a decoder raises for broken data.
    """
    from PIL import ImageOps

    stripped = strip(data, media_type)
    image = _open(stripped.content, media_type)
    _load(image, 2 * SQUARE)
    # Resized first and then rotated: the middle stays the same, and rotating copies the image.
    fitted = ImageOps.fit(_to_rgb(image), (SQUARE, SQUARE))
    return _encode(_turn(fitted, stripped.orientation), "WEBP", quality=85)


def examine(data: bytes, media_type: str) -> list[bytes]:
    """Return a line of JSON about the picture, its thumbnail, and the file without metadata unless it had none.

    The JSON has `width` and `height` upright, `animated`, `placeholder` (a data: URL), `thumbnail` (width, height and
    length in bytes), and `changed`: whether the file follows. Raises what `make_square` raises.
    """
    converted = media_type in CONVERTED
    stripped = Stripped(data) if converted else strip(data, media_type)
    image = _open(stripped.content, media_type)
    size, profile = image.size, image.info.get("icc_profile")
    orientation = read_orientation(image.info.get("exif") or b"") if converted else stripped.orientation
    if stripped.frames > 1:
        orientation = 1  # browsers don't turn animations
    _load(image, 2 * THUMBNAIL)
    content = stripped.content
    if converted or (orientation > 1 and media_type != "image/jpeg"):
        if not converted and size[0] * size[1] > MAX_REENCODED:
            raise TooComplex
        image, orientation = _turn(image, orientation), 1
        size, content = image.size, _reencode(image, media_type, profile)
    small = _to_rgb(image)
    small.thumbnail((THUMBNAIL, THUMBNAIL))
    small = _turn(_to_srgb(small, profile), orientation)
    thumbnail = _encode(small, "WEBP", quality=80)
    width, height = size if orientation < 5 else size[::-1]
    description = {
        "width": width,
        "height": height,
        "animated": stripped.frames > 1,
        "placeholder": _placeholder(small),
        "thumbnail": [*small.size, len(thumbnail)],
        "changed": content != data,
    }
    return [json.dumps(description).encode() + b"\n", thumbnail, content if content != data else b""]


def _open(content: bytes, media_type: str) -> Image.Image:
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # has limits of its own
    import_module("PIL.WebPImagePlugin")  # otherwise Pillow would load all its plugins
    if media_type == "image/avif":
        from PIL import AvifImagePlugin

        AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # each would reserve address space
    elif media_type == "image/heic":
        _register_heic()
    image = Image.open(BytesIO(content), formats=[(FORMATS | CONVERTED)[media_type]])
    check_size(image.size, MAX_PIXELS)
    return image


def _register_heic() -> None:
    try:
        import pillow_heif
    except ImportError:
        raise NoDecoder from None
    if tuple(map(int, pillow_heif.libheif_version().split(".")[:3])) < OLDEST_LIBHEIF:
        raise NoDecoder
    pillow_heif.register_heif_opener(thumbnails=False, decode_threads=1)


def _load(image: Image.Image, side: int) -> None:
    """Decode the picture; a JPEG no larger than needed for a picture of that many pixels."""
    image.draft("RGB", (side, side))
    check_size(image.size, MAX_DECODED)
    image.load()


def _to_rgb(image: Image.Image) -> Image.Image:
    """Return the picture as RGB or RGBA, in which it can be resized."""
    mode = "RGBA" if image.has_transparency_data else "RGB"
    if image.mode.startswith("I"):  # 16 bits of grey, which would be clipped instead of scaled
        image = image.point(lambda value: value * (1 / 256)).convert("L")
    return image.copy() if image.mode == mode else image.convert(mode)


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return the picture in the colour space of the web; as it is if its profile is broken or of another kind."""
    from PIL import ImageCms

    if profile:
        with suppress(ImageCms.PyCMSError, OSError, ValueError):
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB")) or image
    return image


def _turn(image: Image.Image, orientation: int) -> Image.Image:
    """Return the picture upright, from an orientation of Exif."""
    from PIL.Image import Transpose

    turns = [
        Transpose.FLIP_LEFT_RIGHT,
        Transpose.ROTATE_180,
        Transpose.FLIP_TOP_BOTTOM,
        Transpose.TRANSPOSE,
        Transpose.ROTATE_270,
        Transpose.TRANSVERSE,
        Transpose.ROTATE_90,
    ]
    return image.transpose(turns[orientation - 2]) if orientation > 1 else image


def _reencode(image: Image.Image, media_type: str, profile: bytes | None) -> bytes:
    """Return an upright picture in its own format, or a converted one as a JPEG, with its colour profile."""
    if media_type in CONVERTED:
        return _encode(_flatten(image), "JPEG", quality=JPEG_QUALITY, icc_profile=profile)
    # A WebP is compressed as fast as possible: it may be large.
    options = {"quality": JPEG_QUALITY, "method": 0} if media_type == "image/webp" else {}
    return _encode(image, FORMATS[media_type], icc_profile=profile, **options)


def _flatten(image: Image.Image) -> Image.Image:
    """Return the picture on white, without transparency."""
    from PIL import Image

    if not image.has_transparency_data:
        return image.convert("RGB")
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=image.convert("RGBA").getchannel("A"))
    return white


def _placeholder(image: Image.Image) -> str:
    """Return a data: URL of some 150 characters, to be shown until the thumbnail has arrived."""
    tiny = image.copy()
    tiny.thumbnail((PLACEHOLDER, PLACEHOLDER))
    data = _encode(tiny, "WEBP", quality=10, alpha_quality=0, method=6)
    return f"data:image/webp;base64,{base64.b64encode(data).decode()}"


def _encode(image: Image.Image, form: str, **options: Any) -> bytes:
    """Return the picture as a file, without the metadata that Pillow would copy."""
    image.info = {key: value for key, value in image.info.items() if key == "transparency"}
    encoded = BytesIO()
    image.save(encoded, form, **options)
    return encoded.getvalue()


if __name__ == "__main__":
    sys.exit(main())
