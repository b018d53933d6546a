"""`manage.py files`: what uploaded files take, and the storage compared with the database."""

from __future__ import annotations

import os
import tempfile
import time
from io import BytesIO, StringIO
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import override_settings

from chatproject.installation.file_storage import file_storage
from rooms.files import storage
from rooms.files.sizes import file_size
from rooms.models import Attachment, Upload, UploadPart
from rooms.services.posting import message_post
from rooms.services.uploads import upload_append, upload_create
from rooms.tests.support.api_case import ApiCase
from rooms.tests.support.images import image
from rooms.tests.support.uploading import uploaded

DAYS = 24 * 60 * 60


def stored(path: str) -> bool:
    """Return whether the storage has a file."""
    return storage.get_storage().exists(path)


class FilesCommand(ApiCase):
    """Two files of Ann's in a message in `tea`, one of Ben's that is not sent, and a half upload of Ben's."""

    def setUp(self) -> None:
        super().setUp()
        # A folder of its own: other tests leave files without rows, which are rolled back.
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        backend, _ = file_storage("", folder)
        self.location = backend["OPTIONS"]["location"]
        self.enterContext(override_settings(STORAGES={**settings.STORAGES, "files": backend}))
        files = [uploaded(self.ann, self.tea, b"x" * 3000), uploaded(self.ann, self.tea, image(), "picture.png")]
        message_post(by=self.ann, room=self.tea, content="", attachment_ids=[one.public_id for one in files])
        self.draft = uploaded(self.ben, self.tea, b"y" * 2000)
        self.half = upload_create(by=self.ben, room=self.tea, name="half.txt", length=1000)
        upload_append(by=self.ben, public_id=self.half.public_id, offset=0, part=BytesIO(b"z" * 512))

    def report(self, *options: str) -> str:
        """Return what the command prints."""
        out = StringIO()
        call_command("files", *options, stdout=out)
        return out.getvalue()

    def plant(self, path: str, *, age: float = 0) -> str:
        """Store a file that is not in the database, as if it had been stored `age` seconds ago."""
        storage.save(path, BytesIO(b"x" * 100))
        moment = time.time() - age
        os.utime(self.location / path, (moment, moment))
        return path

    def test_it_shows_the_space_by_person_and_room(self) -> None:
        report = " ".join(self.report("--check").split())
        picture = Attachment.objects.get(name="picture.png").blob.size
        assert f"In messages: 2 files, {file_size(3000 + picture)}" in report
        assert "Not sent yet: 1 file, 2.0 kB" in report
        assert "Being uploaded: 1 file, 512 bytes" in report
        assert f"By person: ann 2 files {file_size(3000 + picture)} ben 1 file 2.0 kB" in report
        assert f"By room: tea 2 files {file_size(3000 + picture)}" in report
        assert "In the database but not in the storage: 0 files" in report

    def test_it_finds_files_that_are_not_in_the_database(self) -> None:
        key = uuid4().hex
        paths = [self.plant(f"files/{key[:2]}/{key}"), self.plant(f"uploads/{uuid4()}/part")]
        report = self.report("--check")
        assert all(path in report for path in paths)
        assert self.draft.blob.key not in report
        assert UploadPart.objects.get().path not in report

    def test_a_sweep_removes_those_of_more_than_a_day(self) -> None:
        keys = [uuid4().hex for _ in range(2)]
        new, old = (
            self.plant(f"files/{key[:2]}/{key}", age=age) for key, age in zip(keys, (DAYS / 2, 2 * DAYS), strict=True)
        )
        part = self.plant(f"uploads/{uuid4()}/part", age=2 * DAYS)
        kept = [self.draft.blob.path, UploadPart.objects.get().path]
        os.utime(self.location / kept[0], (0, 0))
        self.report("--sweep")
        assert [stored(path) for path in (new, old, part, *kept)] == [True, False, False, True, True]
        assert not stored(os.path.dirname(part))

    def test_a_sweep_removes_what_has_expired(self) -> None:
        path = UploadPart.objects.get().path
        Upload.objects.update(expires_at=Upload.objects.get(pk=self.half.pk).created_at)
        with self.captureOnCommitCallbacks(execute=True):
            self.report("--sweep")
        assert not stored(path)

    def test_the_check_fails_if_a_file_or_thumbnail_or_part_is_missing(self) -> None:
        blob = Attachment.objects.get(name="picture.png").blob
        for path in (blob.path, blob.thumbnail_path, UploadPart.objects.get().path):
            content = BytesIO(storage.get_storage().open(path).read())
            storage.remove([path])
            out = StringIO()
            with pytest.raises(SystemExit) as end:
                call_command("files", "--check", stdout=out)
            assert end.value.code == 1
            assert path in out.getvalue()
            assert "In the database but not in the storage: 1 file" in self.report()
            storage.save(path, content)
        self.report("--check")
