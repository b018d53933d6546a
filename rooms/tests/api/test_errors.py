"""Invalid requests always get a problem body, never a 500."""

from typing import Any
from urllib.parse import quote

from django.test import Client, override_settings

from rooms.models import Message
from rooms.tests.support.api_case import PASSWORD, ApiCase

PATH = "rooms/tea/messages/"


class MalformedTests(ApiCase):
    def post_raw(self, body: bytes, content_type: str = "application/json") -> Any:
        return self.client.post(f"/api/{PATH}", body, content_type=content_type, headers=self.token(self.ann))

    def test_a_body_that_is_not_json(self) -> None:
        for body in (
            b"{",
            b"hello",
            b'{"content": NaN}',
            b'{"content": "\\ud800"}',
            b'{"content": "\xff"}',
            b'{"content": "\x00"}',
            b"[" * 100_000,
            b'{"content":' * 10_000,
        ):
            self.assert_problem(self.post_raw(body), 400, "invalid_json")

    def test_a_body_that_is_not_an_object(self) -> None:
        for body in (b"[]", b'["content"]', b"5", b'"content"', b"null", b"true", b"1e999", b"9" * 5000):
            response = self.post_raw(body)
            assert response.status_code == 400, body
            self.assert_problem(response, 400, response.json()["code"])
        assert not Message.objects.exists()

    def test_an_empty_body_misses_required_fields(self) -> None:
        problem = self.assert_problem(self.post_raw(b""), 400, "missing_field")
        assert problem["errors"] == {"content": ["This field is required."]}

    def test_numbers_out_of_range(self) -> None:
        for number in (b"9" * 5000, b"9" * 30, b"1e400", b"-1e-400"):
            response = self.post_raw(b'{"content": ' + number + b"}")
            assert response.json()["code"] in {"invalid_field", "invalid_json"}
            self.assert_problem(response, 400, response.json()["code"])

    def test_a_body_of_an_unsupported_type(self) -> None:
        for content_type in ("text/plain", "application/xml", "multipart/form-data; boundary=x", "nonsense"):
            self.assert_problem(self.post_raw(b"content=x", content_type), 415, "unsupported_media_type")

    def test_json_is_utf8_whatever_the_header_claims(self) -> None:
        for charset in ("zlib", "rot13", "utf-16", "nonsense"):
            content_type = f"application/json; charset={charset}"
            body = '{"content": "grün"}'.encode()
            response = self.client.generic("POST", f"/api/{PATH}", body, content_type, headers=self.token(self.ann))
            assert response.status_code == 201, charset
        assert set(Message.objects.values_list("content", flat=True)) == {"grün"}

    @override_settings(MAX_FRAME_BYTES=2000)
    def test_a_body_above_the_size_limit(self) -> None:
        self.assert_problem(self.post_raw(b'{"content": "' + b"x" * 3000 + b'"}'), 413, "too_large")

    def test_nul_and_other_unusual_characters_in_addresses(self) -> None:
        for name in ("\0", "a\0b", "ü", "%", "..", "x" * 3000, "' OR 1=1 --", "\n"):
            self.refused(404, "not_found", "GET", f"rooms/{quote(name, safe='')}/", by=self.ann)
            path = f"rooms/tea/members/{quote(name, safe='')}/"
            self.refused(404, "not_found", "DELETE", path, by=self.olga)

    def test_invalid_cursors(self) -> None:
        for cursor in ("x", "", "cD0=", "after", ":1", "after:\0", "after:\u0661", "after:1\n", "after:" + "9" * 65):
            for path in ("rooms/", "rooms/tea/members/"):
                self.refused(400, "invalid_field", "GET", f"{path}?cursor={quote(cursor)}", by=self.ann)

    def test_list_limits_are_validated(self) -> None:
        for limit in ("0", "-1", "x", "101", "9" * 50):
            self.refused(400, "invalid_field", "GET", f"rooms/?limit={limit}", by=self.ann)


class RefusalTests(ApiCase):
    def test_an_unknown_address_is_not_found(self) -> None:
        for path in ("", "nothing", "nothing/", "rooms", "rooms/tea", "rooms/tea/messages", "rooms//", "token"):
            for method in ("GET", "POST", "OPTIONS"):
                self.refused(404, "not_found", method, path)

    def test_an_unsupported_method(self) -> None:
        response = self.request("PUT", "rooms/", {}, by=self.ann)
        self.assert_problem(response, 405, "method_not_allowed")
        assert "POST" in response["Allow"]

    def test_an_unsupported_response_format(self) -> None:
        self.assert_problem(self.request("GET", "rooms/", by=self.ann, Accept="text/xml"), 406, "not_acceptable")

    def test_unauthenticated_requests_name_the_authentication_scheme(self) -> None:
        response = self.request("GET", "rooms/")
        self.assert_problem(response, 401, "not_authenticated")
        assert response["WWW-Authenticate"].startswith("Bearer")

    def test_sessions_authenticate_and_writes_require_a_csrf_token(self) -> None:
        client = Client(enforce_csrf_checks=True)
        assert client.login(username="ann", password=PASSWORD)
        assert client.get("/api/rooms/tea/").status_code == 200
        body = {"content": "hello"}
        response = client.post(f"/api/{PATH}", body, content_type="application/json")
        self.assert_problem(response, 403, "forbidden")
        assert not Message.objects.exists()
        client.get("/")
        token = client.cookies["csrftoken"].value
        headers = {"X-CSRFToken": token}
        assert client.post(f"/api/{PATH}", body, content_type="application/json", headers=headers).status_code == 201


class SchemaTests(ApiCase):
    def test_the_schema_and_its_page_are_served(self) -> None:
        assert self.client.get("/api/schema/").status_code == 200
        page = self.client.get("/api/docs/")
        assert page.status_code == 200
        self.assertNotContains(page, "<style")
        self.assertNotContains(page, "<script>")
