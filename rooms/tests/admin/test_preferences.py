"""What people want to be notified of, in the admin: to be read, not to be changed."""

from __future__ import annotations

from rooms.models import Membership, Preferences
from rooms.services.levels import membership_update
from rooms.services.preferences import preferences_update
from rooms.tests.admin.test_admin import AdminCase


class Reading(AdminCase):
    def test_preferences_are_listed_and_shown_but_only_their_user_changes_them(self) -> None:
        preferences_update(user=self.ann, email="daily", hide_content=True)
        listed = self.client.get(self.page("preferences_changelist"), {"q": "ann"})
        self.assertContains(listed, "Once a day")
        self.assertContains(listed, "1 set of preferences")
        page = self.page("preferences_change", self.ann.pk)
        self.assertContains(self.client.get(page), "Once a day")
        assert self.client.post(page, {"email": "off"}).status_code == 403
        assert self.client.post(self.page("preferences_delete", self.ann.pk), {"post": "yes"}).status_code == 403
        assert Preferences.objects.get().email == "daily"

    def test_changing_a_role_leaves_what_the_member_wants_of_the_room(self) -> None:
        membership = membership_update(user=self.ann, room=self.tea, level="nothing", muted=True)
        page = self.page("membership_change", membership.pk)
        assert self.client.post(page, {"role": "moderator", "level": "everything"}).status_code == 302
        kept = Membership.objects.get(pk=membership.pk)
        assert (kept.role, kept.level, kept.muted) == ("moderator", "nothing", True)

    def test_an_account_is_deleted_with_its_preferences(self) -> None:
        preferences_update(user=self.ann, hide_content=True)
        self.client.post(self.page("user_delete", self.ann.pk), {"post": "yes"})
        assert not Preferences.objects.exists()
