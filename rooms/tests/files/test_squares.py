"""Pictures of people: any image becomes a small square one."""

import pytest
from PIL import Image, ImageCms

from rooms.errors import InvalidField, RateLimited, TooLarge, Unavailable
from rooms.files import pictures
from rooms.files.pictures import square_picture
from rooms.tests.files.corpus import animation_header, many_chunks, many_scans, png
from rooms.tests.support.images import BLUE, GREEN, RED, decoded, image, near

# Decoding opens no connection to the database. faults/test_bombs.py sends bombs to servers, with each database.
pytestmark = pytest.mark.any_database


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF"])
def test_any_image_becomes_a_small_square_webp(form: str) -> None:
    made = decoded(square_picture(image(RED, form=form), owner=1))
    assert (made.format, made.size) == ("WEBP", (256, 256))
    assert near(made.convert("RGB").getpixel((128, 128)), RED)


def test_pictures_are_upright_and_have_no_metadata() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # rotated by 90 degrees
    exif[0x010F] = "Maker of cameras"
    exif.get_ifd(0x8825)[1] = "N"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    turned = image(RED, BLUE, side_by_side=True, size=(300, 300), form="JPEG", exif=exif, icc_profile=profile)
    data = square_picture(turned, owner=1)
    made = decoded(data)
    assert near(made.getpixel((128, 20)), RED)
    assert near(made.getpixel((128, 236)), BLUE)
    assert not made.getexif()
    assert not {"exif", "icc_profile", "xmp"} & made.info.keys()
    assert b"Maker" not in data


def test_an_animation_becomes_its_first_frame() -> None:
    made = decoded(square_picture(image(GREEN, RED, BLUE, form="GIF"), owner=1))
    assert getattr(made, "n_frames", 1) == 1
    assert near(made.convert("RGB").getpixel((128, 128)), GREEN)


@pytest.mark.parametrize("broken", [b"", b"hello", b"<svg xmlns='http://www.w3.org/2000/svg'/>", image()[:200]])
def test_files_that_are_no_complete_image_are_rejected(broken: bytes) -> None:
    with pytest.raises(InvalidField):
        square_picture(broken, owner=1)


def test_files_with_too_many_bytes_or_pixels_are_rejected_before_decoding() -> None:
    with pytest.raises(TooLarge):
        square_picture(b"x" * (pictures.MAX_SQUARE_BYTES + 1), owner=1)
    with pytest.raises(TooLarge):
        square_picture(png(6000, 6000, 1000), owner=1)
    with pytest.raises((TooLarge, InvalidField)):
        square_picture(png(200_000, 200_000, 1000), owner=1)
    with pytest.raises(TooLarge):
        square_picture(animation_header(16_000, 16_000), owner=1)
    big = image(RED, size=(7000, 7000), form="JPEG")  # decoded at a reduced size
    assert decoded(square_picture(big, owner=1)).size == (256, 256)


def test_files_with_excessively_many_scans_or_chunks_are_rejected() -> None:
    assert decoded(square_picture(many_scans(20), owner=1)).size == (256, 256)
    for data in (many_scans(100), many_chunks(30_000)):
        with pytest.raises(TooLarge):
            square_picture(data, owner=1)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ("CPU_SECONDS = 0", TooLarge),
        ("MEMORY_BYTES = 150 << 20", TooLarge),
        ("SQUARE = None", InvalidField),
        ("OUTPUT_BYTES = 10", InvalidField),
    ],
)
def test_files_that_exceed_a_limit_or_crash_the_worker_are_rejected(
    change: str, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    program = f"{pictures.PROGRAM}worker.{change}; sys.exit(worker.main())"
    monkeypatch.setattr(pictures, "COMMAND", [*pictures.COMMAND[:-1], program])
    with pytest.raises(error):
        square_picture(png(4000, 6000, 72_006_000), owner=1)


def test_decoding_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "COMMAND", [*pictures.COMMAND[:-1], "import time; time.sleep(60)"])
    monkeypatch.setattr(pictures, "TIMEOUT_SECONDS", 0.2)
    with pytest.raises(TooLarge):
        square_picture(image(), owner=1)


def test_a_slow_picture_does_not_block_other_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "WAIT_SECONDS", 0.01)
    with pictures._acquire_worker("ann"):
        with pytest.raises(RateLimited):
            square_picture(image(), owner="ann")
        assert square_picture(image(), owner="ben")
        with pictures._acquire_worker("zed"), pytest.raises(Unavailable) as refusal:
            square_picture(image(), owner="ben")
    assert refusal.value.retry_after
    assert square_picture(image(), owner="ann")
