"""Pictures in messages: what is stored of them, and what is refused."""

import base64
import struct
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from typing import Any

import pillow_heif
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageOps

from rooms.errors import InvalidField, TooLarge
from rooms.files import pictures
from rooms.files.metadata import TooComplex, TooManyPixels, strip
from rooms.files.pictures import Picture, read_picture
from rooms.tests.files.corpus import (
    BOMBS,
    GPS,
    ORIENTATION,
    SECONDS,
    exif,
    photo,
    png,
    traces_of_place,
)
from rooms.tests.support.images import BLUE, GREEN, RED, decoded, image, near

# Decoding opens no connection to the database. faults/test_bombs.py sends bombs to servers, with each database.
pytestmark = pytest.mark.any_database

pillow_heif.register_heif_opener()  # encodes HEIC for these tests

TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif"}
TYPES |= {"AVIF": "image/avif", "HEIF": "image/heic"}
SCRIPT = b"<script>alert(document.cookie)</script>"
Turn = Image.Transpose
# What each orientation has to be turned by, and by what an upright picture becomes one of it.
INVERSE = {
    2: Turn.FLIP_LEFT_RIGHT,
    3: Turn.ROTATE_180,
    4: Turn.FLIP_TOP_BOTTOM,
    5: Turn.TRANSPOSE,
    6: Turn.ROTATE_90,
    7: Turn.TRANSVERSE,
    8: Turn.ROTATE_270,
}


def read(data: bytes, form: str) -> Picture:
    return read_picture(BytesIO(data), TYPES[form], owner=1)


def encoded(picture: Image.Image, form: str, **options: Any) -> bytes:
    file = BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def upright(data: bytes) -> Image.Image:
    """Return the picture as a browser shows it."""
    return ImageOps.exif_transpose(decoded(data))


class TestThumbnails:
    @pytest.mark.parametrize("form", TYPES)
    def test_a_picture_has_a_thumbnail_and_a_placeholder_of_its_shape(self, form: str) -> None:
        made = read(image(RED, size=(1600, 400), form=form), form)
        assert (made.width, made.height) == (1600, 400)
        assert (made.thumbnail_width, made.thumbnail_height) == (640, 160)
        thumbnail = decoded(made.thumbnail)
        assert (thumbnail.format, thumbnail.size) == ("WEBP", (640, 160))
        assert near(thumbnail.convert("RGB").getpixel((320, 80)), RED)
        assert made.placeholder.startswith("data:image/webp;base64,")
        assert len(made.placeholder) < 200
        tiny = decoded(base64.b64decode(made.placeholder.partition(",")[2]))
        assert tiny.size == (16, 4)
        assert near(tiny.convert("RGB").getpixel((8, 2)), RED)
        assert not made.animated

    def test_a_placeholder_of_a_photo_is_small(self) -> None:
        noise = Image.effect_noise((800, 600), 90).convert("RGB")
        assert len(read(encoded(noise, "JPEG"), "JPEG").placeholder) < 400

    @pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (3, 639), (640, 640)])
    def test_a_small_or_long_picture_is_never_enlarged_nor_empty(self, size: tuple[int, int]) -> None:
        made = read(image(RED, size=size), "PNG")
        assert (made.width, made.height) == size
        thumbnail = decoded(made.thumbnail)
        assert thumbnail.size == (made.thumbnail_width, made.thumbnail_height)
        assert all(1 <= side <= min(640, full) for side, full in zip(thumbnail.size, size, strict=True))

    @pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
    def test_an_animation_stays_one_and_its_thumbnail_is_the_first_frame(self, form: str) -> None:
        original = image(GREEN, RED, BLUE, form=form, duration=100, loop=0)
        made = read(original, form)
        assert made.animated
        stored = Image.open(BytesIO(made.content or original))
        assert getattr(stored, "n_frames", 1) == 3
        assert stored.info["loop"] == 0
        assert getattr(decoded(made.thumbnail), "n_frames", 1) == 1
        assert near(decoded(made.thumbnail).convert("RGB").getpixel((9, 9)), GREEN)

    def test_colours_of_cmyk_16_bit_and_palette_pictures_are_kept(self) -> None:
        cmyk = encoded(Image.new("CMYK", (64, 64), (0, 255, 255, 0)), "JPEG")
        assert near(decoded(read(cmyk, "JPEG").thumbnail).convert("RGB").getpixel((9, 9)), (255, 0, 0))
        grey = encoded(Image.new("I;16", (64, 64), 40_000), "PNG")
        assert near(decoded(read(grey, "PNG").thumbnail).convert("RGB").getpixel((9, 9)), (156, 156, 156))
        palette = Image.new("P", (64, 64), 1)
        palette.putpalette([255, 0, 0, 0, 0, 255])
        palette.paste(0, (0, 0, 32, 64))
        thumbnail = decoded(read(encoded(palette, "PNG", transparency=0), "PNG").thumbnail)
        assert thumbnail.mode == "RGBA"
        assert thumbnail.getpixel((9, 9))[3] == 0  # type: ignore[index]
        assert near(thumbnail.convert("RGB").getpixel((50, 9)), (0, 0, 255))

    def test_a_broken_colour_profile_does_not_matter(self) -> None:
        for profile in (b"not a profile", ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()[:200]):
            made = read(image(RED, form="JPEG", icc_profile=profile), "JPEG")
            assert near(decoded(made.thumbnail).convert("RGB").getpixel((9, 9)), RED)


class TestMetadata:
    @pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF"])
    def test_nothing_is_left_of_the_place_where_a_picture_was_taken(self, form: str) -> None:
        original = photo(form)
        assert struct.pack("<II", *SECONDS) in original or struct.pack(">II", *SECONDS) in original
        made = read(original, form)
        assert made.content
        assert traces_of_place(made) == []
        for data in (made.content, made.thumbnail):
            stored = decoded(data)
            assert not stored.getexif()
            assert not stored.getexif().get_ifd(GPS)
            assert not {"exif", "xmp", "comment", "XML:com.adobe.xmp", "Comment"} & stored.info.keys()
            # A WebP does not announce what it has no more.
            assert data[12:16] != b"VP8X" or not data[20] & 0x0C

    @pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF"])
    def test_the_pixels_and_colours_stay_as_they_were(self, form: str) -> None:
        profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
        noise = Image.effect_noise((90, 70), 90).convert("P" if form == "GIF" else "RGB")
        options = {"icc_profile": profile, "exif": exif()} if form != "GIF" else {"comment": b"+48.8583+002.2944"}
        original = encoded(noise, form, **options)
        made = read(original, form)
        assert made.content
        assert len(made.content) < len(original)
        assert traces_of_place(made) == []
        stored = decoded(made.content)
        assert stored.tobytes() == decoded(original).tobytes()
        assert form == "GIF" or stored.info["icc_profile"] == profile

    def test_a_picture_without_metadata_is_not_stored_again(self) -> None:
        for form in ("JPEG", "PNG", "WEBP", "GIF"):
            assert read(image(RED, form=form), form).content is None

    @pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF"])
    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_every_orientation_is_shown_upright(self, form: str, orientation: int) -> None:
        picture = Image.new("RGB", (320, 200), RED)
        picture.paste(GREEN, (160, 0, 320, 100))
        picture.paste(BLUE, (0, 100, 160, 200))
        turned = picture.transpose(INVERSE[orientation]) if orientation > 1 else picture
        made = read(photo(form, turned, orientation), form)
        assert (made.width, made.height) == (320, 200)
        assert made.content
        assert traces_of_place(made) == []
        for shown in (upright(made.content), decoded(made.thumbnail)):
            assert shown.size == (320, 200)
            corners = [shown.convert("RGB").getpixel(place) for place in ((40, 40), (280, 40), (40, 160), (280, 160))]
            assert all(map(near, corners, (RED, GREEN, BLUE, RED)))
        left = {ORIENTATION: orientation} if form == "JPEG" and orientation > 1 else {}
        assert dict(decoded(made.content).getexif()) == left

    @pytest.mark.parametrize("form", ["AVIF", "HEIF"])
    def test_formats_that_not_every_browser_shows_become_jpeg(self, form: str) -> None:
        picture = Image.new("RGBA", (64, 64), (*RED, 255))
        picture.paste((0, 0, 0, 0), (0, 0, 32, 64))
        made = read(encoded(picture, form), form)
        assert made.type == "image/jpeg"
        stored = decoded(made.content or b"")
        assert stored.format == "JPEG"
        assert near(stored.getpixel((9, 9)), (255, 255, 255))
        assert near(stored.getpixel((50, 9)), RED)

    @pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF"])
    @pytest.mark.parametrize(
        "payload", [SCRIPT, b"PK\x03\x04 an archive", photo("JPEG")], ids=["page", "zip", "picture"]
    )
    def test_what_follows_the_end_of_a_picture_is_gone(self, form: str, payload: bytes) -> None:
        original = image(RED, form=form)
        made = read(original + payload, form)
        assert made.content == original

    def test_scripts_in_comments_are_gone(self) -> None:
        gif = image(RED, GREEN, form="GIF", comment=SCRIPT)
        jpeg = image(RED, form="JPEG", comment=SCRIPT, extra=b"\xff\xed\0\x2aPhotoshop 3.0" + SCRIPT[:26])
        for data, form in ((gif, "GIF"), (jpeg, "JPEG")):
            assert b"script" in data
            made = read(data, form)
            assert made.content
            assert b"script" not in made.content
            assert decoded(made.content).tobytes() == decoded(data).tobytes()


class TestRefusals:
    @pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
    def test_a_small_file_can_not_occupy_the_server(self, bomb: Callable[[], bytes]) -> None:
        data = bomb()
        form = {b"\x89P": "PNG", b"\xff\xd8": "JPEG", b"GI": "GIF", b"RI": "WEBP"}[data[:2]]
        assert len(data) < 5_000_000
        with pytest.raises(TooLarge):
            read(data, form)

    def test_of_a_png_that_expands_to_more_than_its_size_only_the_picture_is_decoded(self) -> None:
        made = read(png(50, 50, 64_000_000), "PNG")
        assert (made.width, made.height) == (50, 50)

    @pytest.mark.parametrize("form", TYPES)
    def test_incomplete_files_are_refused(self, form: str) -> None:
        noise = encoded(Image.effect_noise((300, 200), 90).convert("P" if form == "GIF" else "RGB"), form)
        for length in (0, 1, 8, 30, len(noise) // 2, len(noise) - 1):
            if form == "GIF" and length == len(noise) - 1:
                continue  # only the mark of the end is missing
            with pytest.raises(InvalidField):
                read(noise[:length], form)

    def test_a_gif_whose_end_is_not_marked_is_completed(self) -> None:
        original = image(RED, form="GIF")
        assert read(original[:-1], "GIF").content == original

    def test_a_file_of_another_type_is_refused(self) -> None:
        for form in ("JPEG", "WEBP", "GIF", "AVIF", "HEIF"):
            with pytest.raises(InvalidField):
                read(image(RED, form="PNG"), form)
        for data in (b"", b"hello", b'<svg xmlns="http://www.w3.org/2000/svg"/>'):
            with pytest.raises(InvalidField):
                read(data, "PNG")

    @pytest.mark.parametrize("change", ["sys.modules['pillow_heif'] = None", "worker.OLDEST_LIBHEIF = (99,)"])
    def test_heic_needs_an_optional_package_without_known_holes(
        self, change: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        program = f"{pictures.PROGRAM}{change}; sys.exit(worker.main())"
        monkeypatch.setattr(pictures, "COMMAND", [*pictures.COMMAND[:-1], program])
        with pytest.raises(InvalidField, match="HEIC"):
            read(photo("HEIF"), "HEIF")

    def test_a_file_of_more_than_40_mb_is_refused(self) -> None:
        with pytest.raises(TooLarge, match="40 MB"):
            read(image(RED, form="JPEG") + bytes(pictures.MAX_BYTES), "JPEG")


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF"])
def test_no_damage_confuses_the_removal_of_metadata(form: str) -> None:
    original = photo(form) if form != "GIF" else image(RED, GREEN, size=(9, 9), form="GIF", comment=b"+48")

    @given(
        st.lists(st.tuples(st.integers(0, len(original) - 1), st.integers(0, 255)), max_size=6), st.integers(0, 2000)
    )
    def damaged(changes: list[tuple[int, int]], cut: int) -> None:
        data = bytearray(original)
        for position, value in changes:
            data[position] = value
        with suppress(ValueError, IndexError, struct.error, TooComplex, TooManyPixels):
            strip(bytes(data[: len(data) - cut]), TYPES[form])

    damaged()
