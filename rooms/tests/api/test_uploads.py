"""Uploads over REST: the core of tus, and what is refused."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from io import BytesIO
from typing import Any
from unittest import mock

from django.test import override_settings
from django.utils import timezone

from rooms.files import storage
from rooms.models import Attachment, Blob, Upload, UploadPart, User
from rooms.services.members import member_remove
from rooms.services.rooms import room_close
from rooms.services.uploads import files_sweep
from rooms.tests.support.api_case import ApiCase
from rooms.tests.support.uploading import TEXT, part_request, upload_headers


class UploadCase(ApiCase):
    """Requests of the protocol."""

    def begin(self, length: int = len(TEXT), name: str = "tea.txt", by: User | None = None) -> Any:
        """Begin an upload to `tea`, and return the response."""
        headers = upload_headers(name, length) | self.token(by or self.ann)
        return self.client.post("/api/rooms/tea/uploads/", headers=headers)

    def begun(self, length: int = len(TEXT), name: str = "tea.txt") -> str:
        """Begin an upload, and return its id."""
        response = self.begin(length, name)
        assert response.status_code == 201, response.content
        return str(response.json()["id"])

    def append(self, upload: str, content: bytes, offset: int = 0, by: User | None = None) -> Any:
        """Send a part, and return the response."""
        headers = {"Upload-Offset": str(offset)} | self.token(by or self.ann)
        with self.captureOnCommitCallbacks(execute=True):
            return self.client.patch(f"/api/uploads/{upload}/", headers=headers, **part_request(content))

    def offset(self, upload: str) -> int:
        """Return where the upload stopped."""
        response = self.client.head(f"/api/uploads/{upload}/", headers=self.token(self.ann))
        assert response.status_code == 200
        assert response["Cache-Control"] == "no-store"
        return int(response["Upload-Offset"])

    def upload(self, content: bytes = TEXT, name: str = "tea.txt") -> str:
        """Upload a file in one part, and return its id."""
        upload = self.begun(len(content), name)
        response = self.append(upload, content)
        assert response.status_code == 204, response.content
        return upload


class Protocol(UploadCase):
    def test_a_file_arrives_in_parts_and_is_the_same(self) -> None:
        upload = self.begun()
        response = self.append(upload, TEXT[:20])
        assert (response.status_code, response["Upload-Offset"], response["Tus-Resumable"]) == (204, "20", "1.0.0")
        assert self.offset(upload) == 20
        assert self.append(upload, TEXT[20:], 20)["Upload-Offset"] == str(len(TEXT))
        assert self.offset(upload) == len(TEXT)
        blob = Attachment.objects.get(public_id=upload).blob
        assert blob.digest == hashlib.sha256(TEXT).hexdigest()
        assert storage.get_storage().open(blob.path).read() == TEXT
        assert not UploadPart.objects.exists()
        assert not storage.get_storage().exists(f"uploads/{upload}")

    def test_creating_one_tells_its_address(self) -> None:
        response = self.begin()
        assert response["Location"].endswith(f"/api/uploads/{response.json()['id']}/")
        assert response["Upload-Expires"].endswith("GMT")
        assert response.json()["offset"] == 0

    def test_the_server_says_what_it_supports_and_nothing_of_rooms(self) -> None:
        for room in ("tea", "nothing"):
            response = self.client.options(f"/api/rooms/{room}/uploads/", headers=self.token(self.zed))
            assert response.status_code == 204
            assert response["Tus-Version"] == "1.0.0"
            assert int(response["Tus-Max-Size"]) > 0

    def test_a_part_at_another_offset_is_refused_and_changes_nothing(self) -> None:
        upload = self.begun()
        self.append(upload, TEXT[:20])
        for offset in (0, 19, 21):
            self.assert_problem(self.append(upload, TEXT[20:], offset), 409, "conflict")
        assert self.offset(upload) == 20

    def test_more_than_announced_is_refused(self) -> None:
        upload = self.begun(10)
        self.assert_problem(self.append(upload, TEXT), 413, "too_large")
        assert self.offset(upload) == 0

    def test_the_finished_file_can_be_asked_for(self) -> None:
        upload = self.upload()
        body = self.ok("GET", f"uploads/{upload}/", by=self.ann)
        assert body["attachment"]["id"] == upload
        assert body["attachment"]["kind"] == "file"
        assert body["attachment"]["size"] == len(TEXT)

    def test_an_upload_is_its_owners_only(self) -> None:
        upload = self.begun()
        for by in (self.ben, self.olga):
            self.assert_problem(self.append(upload, TEXT, by=by), 404, "not_found")
            self.refused(404, "not_found", "GET", f"uploads/{upload}/", by=by)
            self.refused(404, "not_found", "DELETE", f"uploads/{upload}/", by=by)
        self.refused(404, "not_found", "GET", "uploads/00000000-0000-0000-0000-000000000000/", by=self.ann)

    def test_removing_one_removes_its_parts(self) -> None:
        upload = self.begun()
        self.append(upload, TEXT[:20])
        path = UploadPart.objects.get().path
        self.ok("DELETE", f"uploads/{upload}/", by=self.ann, status=204)
        assert not storage.get_storage().exists(path)
        assert not Upload.objects.exists()
        self.refused(404, "not_found", "DELETE", f"uploads/{upload}/", by=self.ann)

    def test_a_finished_file_can_be_removed_until_it_is_sent(self) -> None:
        upload = self.upload()
        blob = Blob.objects.get()
        with self.captureOnCommitCallbacks(execute=True):
            self.ok("DELETE", f"uploads/{upload}/", by=self.ann, status=204)
        assert not storage.get_storage().exists(blob.path)
        assert not Blob.objects.exists()


class Refusals(UploadCase):
    def test_headers_are_checked(self) -> None:
        good = upload_headers("tea.txt", 5) | self.token(self.ann)
        for name, value, code in (
            ("Upload-Length", None, "missing_field"),
            ("Upload-Length", "x", "invalid_field"),
            ("Upload-Length", "-1", "invalid_field"),
            ("Upload-Length", "9" * 30, "invalid_field"),
            ("Upload-Length", "0", "invalid_field"),
            ("Upload-Metadata", None, "missing_field"),
            ("Upload-Metadata", "filename", "invalid_field"),
            ("Upload-Metadata", "filename !!!", "invalid_field"),
            ("Upload-Metadata", "filename /w==", "invalid_field"),
            ("Upload-Metadata", "other dGVh", "missing_field"),
        ):
            headers = {key: text for key, text in (good | {name: value}).items() if text is not None}
            self.assert_problem(self.client.post("/api/rooms/tea/uploads/", headers=headers), 400, code)
        upload = self.begun()
        headers = self.token(self.ann)
        url = f"/api/uploads/{upload}/"
        self.assert_problem(self.client.patch(url, headers=headers, **part_request(TEXT)), 400, "missing_field")
        wrong = self.client.patch(url, headers=headers | {"Upload-Offset": "0"}, data=TEXT, content_type="text/plain")
        self.assert_problem(wrong, 415, "unsupported_media_type")

    def test_only_members_of_an_open_room_can_upload(self) -> None:
        self.assert_problem(self.begin(by=self.zed), 404, "not_found")
        headers = upload_headers("tea.txt", 5) | self.token(self.zed)
        self.assert_problem(self.client.post("/api/rooms/square/uploads/", headers=headers), 409, "conflict")
        room_close(by=self.olga, room=self.tea)
        self.assert_problem(self.begin(), 409, "conflict")

    @override_settings(MAX_FILE_BYTES=1000)
    def test_a_large_file_is_refused_before_any_byte(self) -> None:
        problem = self.assert_problem(self.begin(1001), 413, "too_large")
        assert "at most 1.0 kB" in problem["detail"]
        assert self.begin(1000).status_code == 201

    @override_settings(FILE_BYTES_PER_USER=100)
    def test_a_persons_space_counts_unfinished_uploads(self) -> None:
        first = self.begun(60)
        assert "60 bytes of 100 bytes" in self.assert_problem(self.begin(60), 413, "too_large")["detail"]
        assert self.begin(40).status_code == 201
        assert self.begin(60, by=self.ben).status_code == 201
        self.ok("DELETE", f"uploads/{first}/", by=self.ann, status=204)
        assert self.begin(60).status_code == 201

    @override_settings(FILE_BYTES_IN_TOTAL=100)
    def test_the_installations_space_is_shared(self) -> None:
        self.begun(60)
        self.assert_problem(self.begin(60, by=self.ben), 413, "too_large")

    def test_a_full_disk_is_told_before_any_byte(self) -> None:
        with mock.patch("rooms.services.uploads.shutil.disk_usage") as usage:
            usage.return_value.free = 1000
            assert "disk" in self.assert_problem(self.begin(), 413, "too_large")["detail"]

    def test_a_file_that_is_not_acceptable_is_gone(self) -> None:
        upload = self.begun(len(TEXT), "photo.jpg")
        self.assert_problem(self.append(upload, TEXT), 400, "invalid_field")
        self.refused(404, "not_found", "GET", f"uploads/{upload}/", by=self.ann)
        assert not Blob.objects.exists()

    def test_when_storing_fails_the_part_can_be_sent_again(self) -> None:
        upload = self.begun()
        with mock.patch.object(storage.get_storage(), "save", side_effect=OSError("no space left")):
            self.assert_problem(self.append(upload, TEXT[:20]), 503, "unavailable")
            self.assert_problem(self.append(upload, TEXT), 503, "unavailable")
        assert self.offset(upload) == 0
        assert self.append(upload, TEXT).status_code == 204

    def test_a_removed_member_can_finish_but_not_send(self) -> None:
        upload = self.begun()
        member_remove(by=self.olga, room=self.tea, user=self.ann)
        assert self.append(upload, TEXT).status_code == 204
        body = {"attachment_ids": [upload]}
        self.refused(404, "not_found", "POST", "rooms/tea/messages/", body, by=self.ann)


class Sweeping(UploadCase):
    def later(self, **time: int) -> None:
        """Sweep as if this much time had passed."""
        moment = timezone.now() + timedelta(**time)
        with mock.patch("django.utils.timezone.now", return_value=moment), self.captureOnCommitCallbacks(execute=True):
            files_sweep()

    def test_unfinished_uploads_are_removed_after_a_day(self) -> None:
        upload = self.begun()
        self.append(upload, TEXT[:20])
        path = UploadPart.objects.get().path
        self.later(hours=23)
        assert self.offset(upload) == 20
        self.later(hours=25)
        assert not Upload.objects.exists()
        assert not storage.get_storage().exists(path)

    def test_a_part_without_its_row_is_removed_with_the_upload(self) -> None:
        upload = self.begun()
        path = f"uploads/{upload}/left-by-a-killed-process"
        storage.save(path, BytesIO(b"x"))
        self.later(hours=25)
        assert not storage.get_storage().exists(path)

    def test_drafts_are_kept_for_a_week_and_sent_files_for_ever(self) -> None:
        draft = self.upload(b"a draft")
        sent = self.upload(b"a message")
        self.ok("POST", "rooms/tea/messages/", {"attachment_ids": [sent]}, by=self.ann, status=201)
        self.later(days=6)
        assert Attachment.objects.filter(public_id=draft).exists()
        self.later(days=8)
        assert not Attachment.objects.filter(public_id=draft).exists()
        blob = Attachment.objects.get(public_id=sent).blob
        assert Blob.objects.get() == blob
        assert storage.get_storage().open(blob.path).read() == b"a message"

    def test_blobs_that_nothing_refers_to_are_removed(self) -> None:
        upload = self.upload()
        blob = Blob.objects.get()
        Attachment.objects.filter(public_id=upload).delete()  # as when a room is deleted
        self.later(hours=0)
        assert not Blob.objects.exists()
        assert not storage.get_storage().exists(blob.path)

    def test_what_a_killed_process_left_is_removed_later(self) -> None:
        half = Blob.objects.create(size=1, type="text/plain")
        storage.save(half.path, BytesIO(b"x"))
        self.later(hours=1)
        assert Blob.objects.exists()
        self.later(hours=3)
        assert not Blob.objects.exists()
        assert not storage.get_storage().exists(half.path)
