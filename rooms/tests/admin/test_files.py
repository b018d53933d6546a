"""Files and uploads in the admin."""

from __future__ import annotations

from django.db import connection
from django.test.utils import CaptureQueriesContext

from rooms.models import Attachment, Blob, Message
from rooms.services.posting import message_post
from rooms.services.uploads import upload_create
from rooms.tests.admin.test_admin import AdminCase
from rooms.tests.support.uploading import TEXT, uploaded


class FileTests(AdminCase):
    def setUp(self) -> None:
        super().setUp()
        self.draft = uploaded(self.ann, self.tea, b"a draft", "draft.txt")
        files = [uploaded(self.ann, self.tea, TEXT), uploaded(self.ann, self.tea, b"two", "two.txt")]
        ids = [one.public_id for one in files]
        self.message = message_post(by=self.ann, room=self.tea, content="", attachment_ids=ids).message
        self.upload = upload_create(by=self.ann, room=self.tea, name="half.txt", length=100)

    def test_the_lists_show_files_and_uploads(self) -> None:
        page = self.client.get(self.page("attachment_changelist"), {"q": "tea"})
        for shown in ("draft.txt", "two.txt", "text/plain", "(not sent)", f">{self.message.seq}</a>"):
            self.assertContains(page, shown)
        sent = self.client.get(self.page("attachment_changelist"), {"message__isempty": "0"})
        self.assertNotContains(sent, "draft.txt")
        self.assertContains(self.client.get(self.page("attachment_change", self.draft.pk)), "text/plain")
        self.assertContains(self.client.get(self.page("upload_changelist")), "half.txt")
        self.assertContains(self.client.get(self.page("upload_change", self.upload.pk)), "half.txt")
        self.assertContains(self.client.get(self.page("message_change", self.message.pk)), "two.txt")

    def test_rooms_and_people_have_the_size_of_their_files(self) -> None:
        for model, row in (("room", self.tea), ("user", self.ann)):
            field = {"room": "room", "user": "owner"}[model]
            link = f'{self.page("attachment_changelist")}?{field}__id__exact={row.pk}">{len(TEXT) + 10} bytes</a>'
            self.assertContains(self.client.get(self.page(f"{model}_changelist")), link)
            assert self.client.get(self.page(f"{model}_changelist"), {"o": "7"}).status_code == 200

    def test_the_lists_take_a_constant_number_of_queries(self) -> None:
        def costs() -> list[int]:
            counted = []
            for model in ("attachment", "upload", "room", "user"):
                with CaptureQueriesContext(connection) as queries:
                    self.client.get(self.page(f"{model}_changelist"))
                counted.append(len(queries))
            return counted

        before = costs()
        for number in range(5):
            message_post(
                by=self.olga,
                room=self.tea,
                content="",
                attachment_ids=[uploaded(self.olga, self.tea, f"file {number}".encode()).public_id],
            )
            upload_create(by=self.olga, room=self.tea, name="other.txt", length=100)
        assert costs() == before

    def test_deleting_a_file_changes_its_message_and_deletes_the_bytes(self) -> None:
        for attachment in Attachment.objects.filter(name="two.txt"):
            with self.announced() as announcements:
                self.client.post(self.page("attachment_delete", attachment.pk), {"post": "yes"})
            changed = Message.objects.get(pk=self.message.pk)
            assert [announcement.version for announcement in announcements] == [changed.version]
        assert not Attachment.objects.filter(name="two.txt").exists()
        assert Blob.objects.count() == 2
        assert changed.version > self.message.version

    def test_several_files_can_be_deleted_and_a_message_without_any_with_them(self) -> None:
        with self.announced():
            self.run_action("attachment", "delete_selected", *Attachment.objects.values_list("pk", flat=True))
        assert not Attachment.objects.exists()
        assert not Blob.objects.exists()
        assert Message.objects.get(pk=self.message.pk).deleted_at is not None

    def test_files_and_uploads_can_not_be_added_or_changed(self) -> None:
        for model, pk in (("attachment", self.draft.pk), ("upload", self.upload.pk)):
            assert self.client.get(self.page(f"{model}_add")).status_code == 403
            assert self.client.post(self.page(f"{model}_change", pk), {"name": "other"}).status_code == 403
        assert self.client.post(self.page("upload_delete", self.upload.pk), {"post": "yes"}).status_code == 403
