"""Files in an S3 bucket, on a real S3 server."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.test import override_settings
from django.utils import timezone

from chatproject.installation.file_storage import LINK_SECONDS, file_storage
from rooms.errors import Unavailable
from rooms.files import storage
from rooms.models import Attachment, Blob, Message, Upload, User
from rooms.services.messages import message_delete
from rooms.services.posting import message_post
from rooms.services.stray_files import STRAY_AGE, stray_files_remove
from rooms.services.uploads import files_sweep, upload_append, upload_create
from rooms.tests.support.api_case import ApiCase
from rooms.tests.support.images import image
from rooms.tests.support.s3 import S3Server, names_in, s3_server
from rooms.tests.support.uploading import TEXT, uploaded

pytestmark = [pytest.mark.integration, pytest.mark.any_database]


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with s3_server(tmp_path_factory.mktemp("s3")) as server:
        yield server


def in_bucket(url: str) -> Any:
    """Return a context in which files are stored in the bucket that FILE_STORAGE names."""
    backend, _ = file_storage(url, Path(settings.DATA_DIR))
    return override_settings(FILE_STORAGE=backend, STORAGES={**settings.STORAGES, "files": backend})


class S3Tests(ApiCase):
    server: S3Server
    bucket: Any

    @pytest.fixture(autouse=True)
    def _use_bucket(self, s3: S3Server, request: pytest.FixtureRequest) -> Iterator[None]:
        name = request.node.name.replace("_", "-")[:63].rstrip("-")
        self.server, self.bucket = s3, s3.bucket(name)
        with in_bucket(s3.url(name)):
            yield

    def post(self, *contents: bytes, name: str = "tea.txt") -> Message:
        ids = [uploaded(self.ann, self.tea, content, name).public_id for content in contents]
        return message_post(by=self.ann, room=self.tea, content="", attachment_ids=ids).message

    def link(self, url: str, by: User | None = None) -> str:
        """Return the address in the bucket to which a request for a file is redirected."""
        response = self.client.get(url, headers=self.token(by or self.ben))
        assert response.status_code == 302
        assert "no-store" in response["Cache-Control"]
        return str(response["Location"])

    def test_an_upload_in_parts_becomes_one_object(self) -> None:
        content = os.urandom(9 * 1024 * 1024)
        attachment = uploaded(self.ann, self.tea, content, "noise.bin")
        assert names_in(self.bucket) == [attachment.blob.path]
        assert attachment.blob.digest == hashlib.sha256(content).hexdigest()
        assert self.bucket.Object(attachment.blob.path).get()["Body"].read() == content

    def test_parts_are_in_the_bucket_until_the_upload_is_complete(self) -> None:
        upload = upload_create(by=self.ann, room=self.tea, name="tea.txt", length=len(TEXT))
        upload_append(by=self.ann, public_id=upload.public_id, offset=0, part=BytesIO(TEXT[:20]))
        assert names_in(self.bucket) == [part.path for part in upload.parts.all()]
        upload_append(by=self.ann, public_id=upload.public_id, offset=20, part=BytesIO(TEXT[20:]))
        assert names_in(self.bucket) == [Blob.objects.get().path]

    def test_readers_are_redirected_to_a_link_that_expires(self) -> None:
        self.post(TEXT)
        url = f"/files/{Attachment.objects.get().public_id}/tea.txt"
        link = self.link(url)
        assert link.startswith(f"http://127.0.0.1:{self.server.port}/{self.bucket.name}/files/")
        query = parse_qs(urlsplit(link).query)
        assert query["X-Amz-Expires"] == [str(LINK_SECONDS)]
        assert "X-Amz-Signature" in query
        with urlopen(link) as response:
            assert response.read() == TEXT
            assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
            assert response.headers["Content-Disposition"] == 'inline; filename="tea.txt"'
        with urlopen(Request(link, headers={"Range": "bytes=4-9"})) as response:
            assert (response.status, response.read()) == (206, TEXT[4:10])
        with urlopen(self.link(f"{url}?download")) as response:
            assert response.headers["Content-Disposition"].startswith("attachment")
        assert self.client.get(url, headers=self.token(self.zed)).status_code == 404

    def test_a_thumbnail_is_in_the_bucket_too(self) -> None:
        self.post(image(), name="picture.png")
        blob = Blob.objects.get()
        assert names_in(self.bucket) == [blob.path, blob.thumbnail_path]
        with urlopen(self.link(f"/files/{Attachment.objects.get().public_id}/thumbnail/")) as response:
            assert response.headers["Content-Type"] == "image/webp"
            assert response.read()[8:12] == b"WEBP"

    def test_deleting_the_message_deletes_the_objects(self) -> None:
        message = self.post(TEXT, image(), name="something")
        with self.captureOnCommitCallbacks(execute=True):
            message_delete(by=self.ann, room=self.tea, seq=message.seq)
        assert names_in(self.bucket) == []

    def test_a_sweep_removes_expired_uploads_and_strays(self) -> None:
        self.post(TEXT)
        upload = upload_create(by=self.ann, room=self.tea, name="tea.txt", length=len(TEXT))
        upload_append(by=self.ann, public_id=upload.public_id, offset=0, part=BytesIO(TEXT[:20]))
        storage.save(f"uploads/{upload.public_id}/without-a-row", BytesIO(b"x"))
        Upload.objects.update(expires_at=timezone.now() - timedelta(hours=1))
        files_sweep()
        kept = Blob.objects.get().path
        assert names_in(self.bucket) == [kept]
        strays = [f"files/00/{'0' * 32}", "uploads/unknown/part"]
        for path in strays:
            storage.save(path, BytesIO(b"x"))
        assert stray_files_remove() == 0  # too young
        with mock.patch("django.utils.timezone.now", return_value=timezone.now() + 2 * STRAY_AGE):
            assert stray_files_remove() == 2
        assert names_in(self.bucket) == [kept]

    def test_the_check_finds_a_lost_object(self) -> None:
        self.post(TEXT)
        call_command("files", "--check", stdout=StringIO())
        self.bucket.Object(Blob.objects.get().path).delete()
        with pytest.raises(SystemExit):
            call_command("files", "--check", stdout=StringIO())

    def test_without_its_server_the_upload_is_unavailable_and_can_go_on_later(self) -> None:
        upload = upload_create(by=self.ann, room=self.tea, name="tea.txt", length=len(TEXT))
        with in_bucket("s3://key:secret@127.0.0.1:9/bucket?insecure=yes"), pytest.raises(Unavailable):
            upload_append(by=self.ann, public_id=upload.public_id, offset=0, part=BytesIO(TEXT))
        upload_append(by=self.ann, public_id=upload.public_id, offset=0, part=BytesIO(TEXT))
        assert len(names_in(self.bucket)) == 1


def test_a_malformed_address_is_refused() -> None:
    for wrong in ("s3://host/bucket", "s3://a:b@host", "s3://a:b@host/x/y", "http://a:b@host/x", "s3://a:b@host/x?y=1"):
        with pytest.raises(ImproperlyConfigured, match="must look like"):
            file_storage(wrong, Path("/data"))
