"""Link previews in the admin."""

from __future__ import annotations

from django.test import override_settings

from rooms.models import LinkPreview
from rooms.services.posting import message_post
from rooms.services.previews import Result, preview_claim, preview_finish, previews_link
from rooms.tests.admin.test_admin import AdminCase


class PreviewTests(AdminCase):
    def test_the_list_says_what_failed_and_has_pages_fetched_again(self) -> None:
        with override_settings(LINK_PREVIEWS=True):
            message = message_post(by=self.ann, room=self.tea, content="https://site.example/page").message
        previews_link()
        claimed = preview_claim()
        assert claimed is not None
        preview_finish(claimed, Result(error="status 404"))
        page = self.page("linkpreview_changelist")
        for shown in ("https://site.example/page", "Failed", "status 404"):
            self.assertContains(self.client.get(page), shown)
        self.assertContains(self.client.get(self.page("linkpreview_change", claimed.pk)), "status 404")
        self.assertContains(self.client.get(self.page("message_change", message.pk)), "https://site.example/page")
        assert preview_claim() is None
        self.client.post(page, {"action": "fetch_again", "_selected_action": [claimed.pk]})
        assert preview_claim() == LinkPreview.objects.get()
