"""Sections in the admin."""

from __future__ import annotations

from rooms.models import Membership, Section
from rooms.services.levels import membership_update
from rooms.services.sections import section_create
from rooms.tests.admin.test_admin import AdminCase


class Deleting(AdminCase):
    def test_sections_are_found_and_deleted_but_only_their_user_changes_them(self) -> None:
        work, club = (section_create(user=self.ann, name=name) for name in ("Work", "Club"))
        listed = self.client.get(self.page("section_changelist"), {"q": "wor"})
        self.assertContains(listed, "Work")
        self.assertNotContains(listed, "Club")
        page = self.page("section_change", work.pk)
        self.assertContains(self.client.get(page), "Work")
        assert self.client.post(page, {"name": "Other"}).status_code == 403
        assert self.client.get(self.page("section_add")).status_code == 403
        membership = Membership.objects.filter(user=self.ann)[0]
        membership_update(user=self.ann, room=membership.room, section=work.pk)
        self.assertContains(self.client.get(self.page("membership_change", membership.pk)), "Work")
        self.client.post(self.page("section_delete", work.pk), {"post": "yes"})
        membership.refresh_from_db()
        assert membership.section is None
        self.run_action("section", "delete_selected", club.pk)
        assert not Section.objects.exists()
