"""Reports and mutes in the admin."""

from __future__ import annotations

import pytest

from rooms.errors import Muted
from rooms.models import Report, Restriction, User
from rooms.services.posting import message_post
from rooms.services.reports import message_report, person_report
from rooms.tests.admin.test_admin import PASSWORD, AdminCase


class Moderation(AdminCase):
    def test_reports_are_listed_but_not_changed_and_not_those_about_the_admin(self) -> None:
        report = message_report(by=self.olga, room=self.tea, seq=1, reason="spam", note="Look.")[0]
        person_report(by=self.olga, user=self.ada, reason="hate")
        listed = self.client.get(self.page("report_changelist"))
        self.assertContains(listed, "Spam or advertising")
        self.assertNotContains(listed, "Hate or violence</td>")
        page = self.page("report_change", report.pk)
        self.assertContains(self.client.get(page), "Look.")
        assert self.client.post(page, {"note": "x"}).status_code == 403
        assert self.client.get(self.page("report_add")).status_code == 403
        assert self.client.post(self.page("report_delete", report.pk), {"post": "yes"}).status_code == 403
        assert Report.objects.count() == 2

    def test_people_are_muted_and_unmuted(self) -> None:
        fields = {"user": self.ann.pk, "room": self.tea.pk, "until_0": "", "until_1": "", "reason": "Insults"}
        assert self.client.post(self.page("restriction_add"), fields).status_code == 302
        with pytest.raises(Muted):
            message_post(by=self.ann, room=self.tea, content="hi")
        row = Restriction.objects.get()
        assert (row.by, row.reason) == (self.ada, "Insults")
        assert self.client.post(self.page("restriction_delete", row.pk), {"post": "yes"}).status_code == 403
        self.run_action("restriction", "lift", row.pk)
        message_post(by=self.ann, room=self.tea, content="hi")

    def test_an_admin_can_not_be_muted(self) -> None:
        User.objects.create_superuser("eve", password=PASSWORD)
        eve = User.objects.get(username="eve")
        self.client.post(self.page("restriction_add"), {"user": eve.pk, "reason": ""})
        assert not Restriction.objects.exists()

    def test_slow_mode_is_set(self) -> None:
        page = self.page("room_change", self.tea.pk)
        form = self.client.get(page).context["adminform"].form
        fields = {name: value for name, value in form.initial.items() if name in form.fields and value is not None}
        self.client.post(page, fields | {"slow_seconds": "10"})
        self.tea.refresh_from_db()
        assert self.tea.slow_seconds == 10
