"""Messages with files: posting, who may have the files, deleting, and what quotes them."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from rooms.errors import NotFound
from rooms.files import storage
from rooms.models import Attachment, Blob, Message, User
from rooms.services.members import member_remove
from rooms.services.messages import message_delete
from rooms.services.posting import Posted, checked_message, message_post, messages_post
from rooms.services.rooms import room_delete, room_update
from rooms.services.uploads import files_sweep
from rooms.tests.support.api_case import ApiCase
from rooms.tests.support.uploading import TEXT, uploaded
from rooms.wire import message_wire

MESSAGES = "rooms/tea/messages/"


class FilesCase(ApiCase):
    """Messages with files in `tea`."""

    def files(self, *contents: bytes, by: User | None = None) -> list[str]:
        """Upload files, and return their ids."""
        return [uploaded(by or self.ann, self.tea, content).public_id for content in contents]

    def post(self, *contents: bytes, text: str = "") -> Message:
        """Post a message with these files."""
        return message_post(by=self.ann, room=self.tea, content=text, attachment_ids=self.files(*contents)).message

    def status(self, url: str, by: User | None) -> int:
        """Return the status of a request for a file: with a session, and with a token, which must be the same."""
        self.client.logout()
        if by is None:
            return int(self.client.get(url).status_code)
        with_token = self.client.get(url, headers=self.token(by)).status_code
        self.client.force_login(by)
        with_session = self.client.get(url).status_code
        assert with_token == with_session
        return int(with_session)


class Posting(FilesCase):
    def test_a_message_has_its_files_in_order(self) -> None:
        one, two = self.files(b"one", b"two")
        body = {"content": "Look", "attachment_ids": [two, one]}
        posted = self.ok("POST", MESSAGES, body, by=self.ann, status=201)
        assert [each["id"] for each in posted["attachments"]] == [two, one]
        assert posted["attachments"][0] == {
            "id": two,
            "name": "tea.txt",
            "type": "text/plain",
            "size": 3,
            "kind": "file",
            "url": f"/files/{two}/tea.txt",
        }
        assert self.ok("GET", MESSAGES, by=self.ben)["messages"] == [posted]

    def test_text_is_optional_with_a_file(self) -> None:
        for body in ({}, {"content": ""}, {"content": " \n"}):
            posted = self.ok("POST", MESSAGES, body | {"attachment_ids": self.files(b"x")}, by=self.ann, status=201)
            assert (posted["content"], posted["html"]) == ("", "")
        self.refused(400, "missing_field", "POST", MESSAGES, {"attachment_ids": []}, by=self.ann)
        self.refused(400, "invalid_field", "POST", MESSAGES, {"content": ""}, by=self.ann)

    def test_only_ones_own_unsent_files_of_this_room_can_be_sent(self) -> None:
        [mine] = self.files(b"mine")
        [bens] = self.files(b"bens", by=self.ben)
        elsewhere = uploaded(self.olga, self.square).public_id
        unknown = "00000000-0000-0000-0000-000000000000"
        for ids in ([bens], [elsewhere], [unknown], [mine, bens]):
            self.refused(404, "not_found", "POST", MESSAGES, {"attachment_ids": ids}, by=self.ann)
        for malformed in ("x", [1], ["x"], [mine, mine], [unknown] * 11, {"a": 1}):
            self.refused(400, "invalid_field", "POST", MESSAGES, {"attachment_ids": malformed}, by=self.ann)
        self.ok("POST", MESSAGES, {"attachment_ids": [mine]}, by=self.ann, status=201)
        self.refused(409, "conflict", "POST", MESSAGES, {"attachment_ids": [mine]}, by=self.ann)
        assert Message.objects.count() == 1

    def test_a_retry_with_the_same_client_id_finds_the_message(self) -> None:
        body = {"attachment_ids": self.files(b"x"), "client_id": "once"}
        first = self.ok("POST", MESSAGES, body, by=self.ann, status=201)
        again = self.ok("POST", MESSAGES, body, by=self.ann)
        assert again == first | {"duplicate": True}
        other = {"attachment_ids": self.files(b"y"), "client_id": "once"}
        self.refused(409, "conflict", "POST", MESSAGES, other, by=self.ann)

    def test_two_messages_of_one_batch_cant_have_the_same_file(self) -> None:
        ids = self.files(b"x")
        new = [checked_message(self.ann, self.tea, text, attachment_ids=ids) for text in ("one", "two")]
        first, second = messages_post(new)
        assert isinstance(first, Posted)
        assert isinstance(second, NotFound)

    def test_an_edit_keeps_the_files_and_may_remove_the_text(self) -> None:
        message = self.post(b"x", text="Look")
        edited = self.ok("PATCH", f"{MESSAGES}{message.seq}/", {"content": ""}, by=self.ann)
        assert edited["content"] == ""
        assert len(edited["attachments"]) == 1
        self.say("Only text")
        self.refused(400, "invalid_field", "PATCH", f"{MESSAGES}2/", {"content": ""}, by=self.ann)

    def test_a_quote_of_files_consists_of_their_names(self) -> None:
        self.post(b"one", b"two")
        reply = self.ok("POST", MESSAGES, {"content": "Nice", "reply_to": 1}, by=self.ben, status=201)
        assert reply["reply_to"]["excerpt"] == "tea.txt, tea.txt"
        assert self.ok("GET", MESSAGES, by=self.ben)["messages"][1] == reply

    def test_a_page_takes_as_many_queries_with_files_as_without(self) -> None:
        self.say(*"abc")
        with CaptureQueriesContext(connection) as without:
            self.ok("GET", MESSAGES, by=self.ben)
        for _ in range(5):
            self.post(b"one", b"two")
        with CaptureQueriesContext(connection) as some:
            self.ok("GET", MESSAGES, by=self.ben)
        assert len(some) == len(without)


class Access(FilesCase):
    def url(self, **changes: Any) -> str:
        if changes:
            room_update(by=self.olga, room=self.tea, **changes)
        return str(message_wire(self.post(TEXT))["attachments"][0]["url"])

    def test_members_get_the_file_and_others_nothing(self) -> None:
        url = self.url()
        assert [self.status(url, by) for by in (self.ann, self.ben, self.olga)] == [200, 200, 200]
        assert [self.status(url, by) for by in (self.zed, None)] == [404, 404]

    def test_who_leaves_gets_nothing_from_then_on(self) -> None:
        url = self.url()
        assert self.status(url, self.ben) == 200
        etag = self.client.get(url)["ETag"]
        member_remove(by=self.olga, room=self.tea, user=self.ben)
        assert self.status(url, self.ben) == 404
        assert self.client.get(url, headers={"If-None-Match": etag}).status_code == 404

    def test_a_file_that_is_not_sent_is_its_owners(self) -> None:
        attachment = uploaded(self.ann, self.tea)
        url = f"/files/{attachment.public_id}/tea.txt"
        assert self.status(url, self.ann) == 200
        assert [self.status(url, by) for by in (self.ben, self.olga, None)] == [404, 404, 404]

    def test_guests_read_files_where_they_read_messages(self) -> None:
        url = self.url(kind="open")
        assert self.status(url, None) == 404
        assert self.status(url, self.zed) == 200
        room_update(by=self.olga, room=self.tea, guests="read")
        assert self.status(url, None) == 200

    def test_a_wrong_token_gets_nothing(self) -> None:
        url = self.url()
        self.client.force_login(self.ann)
        assert self.client.get(url, headers={"Authorization": "Bearer wrong"}).status_code == 404

    def test_the_same_bytes_are_stored_once_but_asked_for_by_message(self) -> None:
        url = self.url()
        other = uploaded(self.olga, self.square)
        assert Blob.objects.count() == 1
        message_post(by=self.olga, room=self.square, content="", attachment_ids=[other.public_id])
        assert self.status(f"/files/{other.public_id}/tea.txt", self.zed) == 200
        assert self.status(url, self.zed) == 404

    def test_a_file_can_be_asked_for_in_parts(self) -> None:
        url = self.url()
        self.client.force_login(self.ann)
        size = len(TEXT)
        for asked, expected, span in (
            ("bytes=0-9", TEXT[:10], f"bytes 0-9/{size}"),
            ("bytes=10-", TEXT[10:], f"bytes 10-{size - 1}/{size}"),
            ("bytes=-5", TEXT[-5:], f"bytes {size - 5}-{size - 1}/{size}"),
            ("bytes=40-9999", TEXT[40:], f"bytes 40-{size - 1}/{size}"),
        ):
            response = self.client.get(url, headers={"Range": asked})
            assert (response.status_code, response["Content-Range"]) == (206, span)
            assert response.getvalue() == expected
            assert response["Content-Length"] == str(len(expected))
        for whole in ("bytes=0-4,8-9", "bytes=-", "lines=1-2", "bytes=x-"):
            response = self.client.get(url, headers={"Range": whole})
            assert (response.status_code, response.getvalue()) == (200, TEXT)
        beyond = self.client.get(url, headers={"Range": f"bytes={size}-"})
        assert (beyond.status_code, beyond["Content-Range"]) == (416, f"bytes */{size}")
        stale = self.client.get(url, headers={"Range": "bytes=0-9", "If-Range": '"other"'})
        assert stale.status_code == 200

    def test_what_a_browser_is_told(self) -> None:
        url = self.url()
        self.client.force_login(self.ann)
        response = self.client.get(url)
        assert response["Content-Type"] == "text/plain; charset=utf-8"
        assert response["Content-Disposition"] == 'inline; filename="tea.txt"'
        assert response["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in response["Content-Security-Policy"]
        assert response["Cache-Control"] == "private, no-cache"
        again = self.client.get(url, headers={"If-None-Match": response["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert self.client.get(f"{url}?download")["Content-Disposition"].startswith("attachment")

    def test_pages_and_drawings_are_never_shown(self) -> None:
        for name, content in (
            ("page.html", b"<!doctype html><script>alert(1)</script>"),
            ("drawing.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
        ):
            attachment = uploaded(self.ann, self.tea, content, name)
            self.client.force_login(self.ann)
            response = self.client.get(f"/files/{attachment.public_id}/{name}")
            assert response["Content-Type"] == "application/octet-stream"
            assert response["Content-Disposition"].startswith("attachment")

    def test_nginx_can_send_the_file(self) -> None:
        url = self.url()
        self.client.force_login(self.ann)
        with self.settings(FILES_ACCEL_PATH="/protected/"):
            response = self.client.get(url)
        assert response["X-Accel-Redirect"] == f"/protected/{Blob.objects.get().path}"
        assert response["Content-Type"] == "text/plain; charset=utf-8"
        assert response.content == b""


class Deleting(FilesCase):
    def test_deleting_a_message_deletes_the_bytes(self) -> None:
        message = self.post(b"one", b"two", text="Look")
        paths = [blob.path for blob in Blob.objects.all()]
        with self.captureOnCommitCallbacks(execute=True):
            tombstone = message_delete(by=self.ann, room=self.tea, seq=message.seq)
        assert message_wire(tombstone)["attachments"] == []
        assert not any(storage.get_storage().exists(path) for path in paths)
        assert not Attachment.objects.exists()
        assert not Blob.objects.exists()

    def test_bytes_that_another_message_has_stay(self) -> None:
        first, second = self.post(TEXT), self.post(TEXT)
        with self.captureOnCommitCallbacks(execute=True):
            message_delete(by=self.ann, room=self.tea, seq=first.seq)
        [url] = [one["url"] for one in message_wire(second)["attachments"]]
        assert self.status(url, self.ben) == 200

    def test_one_file_of_a_message_can_be_deleted(self) -> None:
        message = self.post(b"one", b"two")
        first, second = [one["id"] for one in message_wire(message)["attachments"]]
        url = f"{MESSAGES}{message.seq}/attachments"
        self.refused(404, "not_found", "DELETE", f"{url}/{first}/", by=self.ben)
        with self.captureOnCommitCallbacks(execute=True):
            left = self.ok("DELETE", f"{url}/{first}/", by=self.mo)
        assert [one["id"] for one in left["attachments"]] == [second]
        assert left["version"] > message.version
        assert Blob.objects.count() == 1
        self.refused(404, "not_found", "DELETE", f"{url}/{first}/", by=self.ann)
        with self.captureOnCommitCallbacks(execute=True):
            assert self.ok("DELETE", f"{url}/{second}/", by=self.ann)["deleted"] is True
        assert not Blob.objects.exists()

    def test_a_deleted_rooms_files_are_swept(self) -> None:
        self.post(TEXT)
        [blob] = Blob.objects.all()
        room_delete(by=self.olga, room=self.tea)
        files_sweep()
        assert not storage.get_storage().exists(blob.path)
        assert not Blob.objects.exists()

    def test_a_deleted_account_leaves_its_messages_files(self) -> None:
        url = message_wire(self.post(TEXT))["attachments"][0]["url"]
        self.ann.delete()
        assert self.status(url, self.ben) == 200


class Listing(FilesCase):
    def test_a_rooms_files_newest_first_in_pages(self) -> None:
        self.post(b"one", b"two")
        self.say("text")
        self.post(b"three")
        uploaded(self.ann, self.tea, b"a draft")
        page = self.ok("GET", "rooms/tea/files/?limit=2", by=self.ben)
        assert page["more"] is True
        assert [(one["message_seq"], one["attachment"]["size"]) for one in page["files"]] == [(3, 5), (1, 3)]
        last = page["files"][-1]["attachment"]["id"]
        rest = self.ok("GET", f"rooms/tea/files/?limit=2&before={last}", by=self.ben)
        assert (rest["more"], len(rest["files"])) == (False, 1)
        self.refused(404, "not_found", "GET", "rooms/tea/files/", by=self.zed)
        self.refused(404, "not_found", "GET", "rooms/tea/files/?before=x", by=self.ben)
