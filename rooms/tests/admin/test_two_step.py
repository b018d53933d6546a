"""Two-step sign-in in the admin: who has it, and turning it off for a user who has lost their phone."""

from __future__ import annotations

from django.urls import reverse

from rooms.models import AuditAction, AuditEvent, User
from rooms.selectors.two_step import factors_of
from rooms.tests.admin.test_rank import RankCase
from rooms.tests.support.second_factors import App

LIST = reverse("admin:rooms_user_changelist")


class TwoStep(RankCase):
    def turn_off(self, *people: User) -> int:
        form = {"action": "reset_two_step", "_selected_action": [user.pk for user in people]}
        return self.client.post(LIST, form).status_code

    def test_the_list_shows_who_has_it_and_can_be_filtered(self) -> None:
        App(self.paul)
        page = self.client.get(LIST, {"two_step_since__isempty": "0"}).content.decode()
        assert "paul" in page
        assert ">quinn<" not in page

    def test_it_is_turned_off_and_recorded(self) -> None:
        App(self.paul)
        assert self.turn_off(self.paul) == 302
        assert factors_of(self.paul).app is None
        event = AuditEvent.objects.get(action=AuditAction.TWO_STEP_RESET)
        assert (event.actor_name, event.user_name, event.via) == ("helen", "paul", "admin")

    def test_not_of_people_with_higher_rights(self) -> None:
        App(self.quinn)
        assert self.turn_off(self.quinn) == 403
        assert factors_of(self.quinn).app is not None
