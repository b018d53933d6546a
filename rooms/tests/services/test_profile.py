"""Display names and pictures, and finding people by name."""

import re
import zlib
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from PIL import Image, ImageCms

from rooms.errors import InvalidField, RateLimited, TooLarge, Unavailable
from rooms.models import Picture, User
from rooms.people import picture_worker, pictures
from rooms.people.pictures import square_picture
from rooms.people.socket_identity import SocketIdentity, find_expired
from rooms.services.accounts import account_create
from rooms.services.profile import profile_update
from rooms.tests.support.api_case import ApiCase
from rooms.tests.support.images import BLUE, GREEN, RED, decoded, image, near


@pytest.mark.any_database
class TestPictures:
    @pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF"])
    def test_any_image_becomes_a_small_square_webp(self, form: str) -> None:
        made = decoded(square_picture(image(RED, form=form), owner=1))
        assert (made.format, made.size) == ("WEBP", (256, 256))
        assert near(made.convert("RGB").getpixel((128, 128)), RED)

    def test_pictures_are_upright_and_have_no_metadata(self) -> None:
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

    def test_an_animation_becomes_its_first_frame(self) -> None:
        made = decoded(square_picture(image(GREEN, RED, BLUE, form="GIF"), owner=1))
        assert getattr(made, "n_frames", 1) == 1
        assert near(made.convert("RGB").getpixel((128, 128)), GREEN)

    @pytest.mark.parametrize("broken", [b"", b"hello", b"<svg xmlns='http://www.w3.org/2000/svg'/>", image()[:200]])
    def test_files_that_are_no_complete_image_are_rejected(self, broken: bytes) -> None:
        with pytest.raises(InvalidField):
            square_picture(broken, owner=1)

    def test_files_with_too_many_bytes_or_pixels_are_rejected_before_decoding(self) -> None:
        with pytest.raises(TooLarge):
            square_picture(b"x" * (pictures.MAX_BYTES + 1), owner=1)
        with pytest.raises(TooLarge):
            square_picture(bomb(6000, 6000), owner=1)
        with pytest.raises((TooLarge, InvalidField)):
            square_picture(bomb(200_000, 200_000), owner=1)
        with pytest.raises(TooLarge):
            square_picture(animation_header(16_000, 16_000), owner=1)
        big = image(RED, size=(7000, 7000), form="JPEG")  # decoded at a reduced size
        assert decoded(square_picture(big, owner=1)).size == (256, 256)

    def test_files_with_excessively_many_scans_or_chunks_are_rejected(self) -> None:
        progressive = image(size=(64, 64), form="JPEG", progressive=True)
        assert decoded(square_picture(progressive, owner=1)).size == (256, 256)
        last = progressive[progressive.rindex(b"\xff\xda") : -2]
        with pytest.raises(TooLarge):
            square_picture(progressive[:-2] + last * 100 + progressive[-2:], owner=1)
        plain = image()
        with pytest.raises(TooLarge):
            square_picture(plain[:33] + chunk(b"teXt", b"") * 30_000 + plain[33:], owner=1)

    @pytest.mark.parametrize(
        ("limit", "value", "error"),
        [("CPU_SECONDS", "0", TooLarge), ("MEMORY_BYTES", "90 << 20", TooLarge), ("SIZE", "1 / 0", InvalidField)],
    )
    def test_files_that_exceed_a_limit_or_crash_the_worker_are_rejected(
        self, limit: str, value: str, error: type[Exception], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        source = Path(picture_worker.__file__).read_text()
        (tmp_path / "worker.py").write_text(re.sub(rf"^{limit} = .*", f"{limit} = {value}", source, flags=re.M))
        monkeypatch.setattr(pictures, "COMMAND", [*pictures.COMMAND[:-1], str(tmp_path / "worker.py")])
        with pytest.raises(error):
            square_picture(bomb(4000, 6000), owner=1)

    def test_decoding_times_out(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pictures, "COMMAND", [*pictures.COMMAND[:-2], "-c", "import time; time.sleep(60)"])
        monkeypatch.setattr(pictures, "TIMEOUT_SECONDS", 0.2)
        with pytest.raises(TooLarge):
            square_picture(image(), owner=1)

    def test_a_slow_picture_does_not_block_other_users(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pictures, "WAIT_SECONDS", 0.01)
        with pictures._acquire_worker("ann"):
            with pytest.raises(RateLimited):
                square_picture(image(), owner="ann")
            assert square_picture(image(), owner="ben")
            with pictures._acquire_worker("zed"), pytest.raises(Unavailable) as refusal:
                square_picture(image(), owner="ben")
        assert refusal.value.retry_after
        assert square_picture(image(), owner="ann")


def chunk(kind: bytes, data: bytes) -> bytes:
    """Return a chunk of a PNG file."""
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


def animation_header(width: int, height: int) -> bytes:
    """Return a WebP file that claims to be large."""
    canvas = b"".join((side - 1).to_bytes(3, "little") for side in (width, height))
    return b"RIFF\x64\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0" + canvas + b"ANIM"


def bomb(width: int, height: int) -> bytes:
    """Return a PNG file that claims to be large and contains almost nothing."""
    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\0\0\0"
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


class Profiles(ApiCase):
    def put(self, data: bytes, by: User | None) -> Any:
        headers = self.token(by) if by else {}
        return self.client.put("/api/me/avatar/", data, content_type="application/octet-stream", headers=headers)

    def test_a_display_name_is_trimmed_and_an_empty_one_shows_the_username(self) -> None:
        answer = self.ok("PATCH", "me/", {"display_name": "  Ann of  Tea 🍵 "}, by=self.ann)
        assert answer == {"user_id": self.ann.pk, "user_name": "ann", "display_name": "Ann of Tea 🍵", "avatar": None}
        assert self.ok("GET", "me/", by=self.ann) == answer
        assert self.ok("PATCH", "me/", {"display_name": " "}, by=self.ann)["display_name"] == "ann"
        self.ok("PATCH", "me/", {"display_name": "ANN"}, by=self.ann)

    def test_display_names_can_not_impersonate(self) -> None:
        controls = ["a\nb", "a\x7fb", "a\u202eb", "a\u2066b", "a\u2028b", "a\0"]
        for name in ("x" * 81, *controls, "\u200b\u200d"):
            with self.subTest(name=name):
                self.refused(400, "invalid_field", "PATCH", "me/", {"display_name": name}, by=self.ann)
        for name in ("Olga", "ｏｌｇａ"):
            with self.subTest(name=name):
                self.refused(400, "invalid_field", "PATCH", "me/", {"display_name": name}, by=self.ann)
        for name in ("مریم", "नमस्ते", "👩‍👩‍👧", "O'Hara-Łoś", "x" * 80):
            self.ok("PATCH", "me/", {"display_name": name}, by=self.ann)
        with pytest.raises(InvalidField):
            account_create(username="eve", password="a-good-password", display_name="olga")

    def test_a_picture_has_a_public_and_permanent_url(self) -> None:
        answer = self.put(image(RED), self.ann)
        assert answer.status_code == 200, answer.content
        path = answer.json()["avatar"]
        served = Client().get(path)
        assert served.status_code == 200
        assert served["Content-Type"] == "image/webp"
        assert served["X-Content-Type-Options"] == "nosniff"
        assert "immutable" in served["Cache-Control"]
        assert "Cookie" not in served.get("Vary", "")
        assert decoded(served.content).size == (256, 256)
        assert self.put(image(RED), self.ann).json()["avatar"] == path
        assert self.put(image(RED), self.ben).json()["avatar"] != path
        other = self.put(image(BLUE), self.ann).json()["avatar"]
        assert other != path
        assert Client().get(path).status_code == 404
        self.ok("DELETE", "me/avatar/", by=self.ann)
        assert Client().get(other).status_code == 404
        assert Client().get("/avatars/x.webp").status_code == 404
        assert [picture.user for picture in Picture.objects.all()] == [self.ben]

    def test_a_socket_learns_the_new_username_of_its_user(self) -> None:
        identity = SocketIdentity(User.objects.get(pk=self.ann.pk))
        User.objects.filter(pk=self.ann.pk).update(username="anna")
        assert find_expired([identity]) == []
        assert identity.user_name == "anna"

    def test_an_invalid_picture_changes_nothing(self) -> None:
        before = self.put(image(RED), self.ann).json()
        for data in (b"", b"nothing", b"GIF89a"):
            self.assert_problem(self.put(data, self.ann), 400, "invalid_field")
        self.assert_problem(self.put(b"x" * (pictures.MAX_BYTES + 1), self.ann), 413, "too_large")
        self.assert_problem(self.put(image(), None), 401, "not_authenticated")
        assert self.ok("GET", "me/", by=self.ann) == before

    def test_changes_are_rate_limited(self) -> None:
        with self.settings(PROFILE_CHANGES_PER_HOUR=3):
            self._assert_changes_are_limited(3)

    def _assert_changes_are_limited(self, most: int) -> None:
        for number in range(most):
            self.ok("PATCH", "me/", {"display_name": f"Ann {number}"}, by=self.ann)
        refused = self.refused(429, "rate_limited", "PATCH", "me/", {"display_name": "Ann"}, by=self.ann)
        assert refused["retry_after"] > 0
        self.assert_problem(self.put(image(), self.ann), 429, "rate_limited")
        self.ok("PATCH", "me/", {"display_name": "Zed the last"}, by=self.zed)

    def test_active_users_are_found_by_either_name(self) -> None:
        profile_update(user=self.ben, display_name="Benedikt Ångström")
        self.zed.is_active = False
        self.zed.save()

        def found(query: str) -> list[str]:
            return [person["user_name"] for person in self.ok("GET", f"people/{query}", by=self.ann)["results"]]

        assert found("") == ["ann", "ben", "mo", "olga"]
        assert found("?search=NGSTR") == found("?search=@be") == ["ben"]
        assert found("?search=zed") == []
        page = self.ok("GET", "people/?limit=2", by=self.ann)
        assert page["results"][1] == {
            "user_id": self.ben.pk,
            "user_name": "ben",
            "display_name": "Benedikt Ångström",
            "avatar": None,
        }
        following = self.client.get(page["next"], headers=self.token(self.ann)).json()
        assert [person["user_name"] for person in following["results"]] == ["mo", "olga"]
        for path in ("people/", "me/", "invitations/"):
            self.refused(401, "not_authenticated", "GET", path)
        members = self.ok("GET", "rooms/tea/members/?search=ened", by=self.ann)["results"]
        assert [member["user_name"] for member in members] == ["ben"]
