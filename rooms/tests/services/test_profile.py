"""Display names and pictures, and finding people by name."""

from typing import Any

import pytest
from django.test import Client

from rooms.errors import InvalidField
from rooms.files.pictures import MAX_SQUARE_BYTES
from rooms.models import Picture, User
from rooms.people.socket_identity import SocketIdentity, find_expired
from rooms.services.accounts import account_create
from rooms.services.profile import profile_update
from rooms.tests.support.api_case import ApiCase
from rooms.tests.support.images import BLUE, RED, decoded, image


class Profiles(ApiCase):
    def put(self, data: bytes, by: User | None) -> Any:
        headers = self.token(by) if by else {}
        return self.client.put("/api/me/avatar/", data, content_type="application/octet-stream", headers=headers)

    def test_a_display_name_is_trimmed_and_an_empty_one_shows_the_username(self) -> None:
        answer = self.ok("PATCH", "me/", {"display_name": "  Ann of  Tea 🍵 "}, by=self.ann)
        person = {"user_id": self.ann.pk, "user_name": "ann", "display_name": "Ann of Tea 🍵", "avatar": None}
        assert answer == person | {"show_link_previews": True, "time_zone": None, "language": ""}
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
        self.put(image(RED), self.ann)
        before = self.ok("GET", "me/", by=self.ann)
        for data in (b"", b"nothing", b"GIF89a"):
            self.assert_problem(self.put(data, self.ann), 400, "invalid_field")
        self.assert_problem(self.put(b"x" * (MAX_SQUARE_BYTES + 1), self.ann), 413, "too_large")
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
