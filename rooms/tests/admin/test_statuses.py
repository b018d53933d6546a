"""Statuses in the admin."""

from __future__ import annotations

from rooms.models import Status
from rooms.services.statuses import status_set
from rooms.tests.admin.test_admin import AdminCase


class Clearing(AdminCase):
    def test_statuses_are_found_and_cleared_but_only_their_user_sets_them(self) -> None:
        for user, text in ((self.ann, "In a meeting"), (self.olga, "Rude words")):
            status_set(user=user, text=text)
        listed = self.client.get(self.page("status_changelist"), {"q": "rude"})
        self.assertContains(listed, "Rude words")
        self.assertNotContains(listed, "In a meeting")
        page = self.page("status_change", self.olga.pk)
        self.assertContains(self.client.get(page), "Rude words")
        assert self.client.post(page, {"text": "Kind words"}).status_code == 403
        assert self.client.get(self.page("status_add")).status_code == 403
        self.client.post(self.page("status_delete", self.olga.pk), {"post": "yes"})
        assert [status.user for status in Status.objects.all()] == [self.ann]
        self.run_action("status", "delete_selected", self.ann.pk)
        assert not Status.objects.exists()
