"""Reports: who makes them, who sees them, and what is done about them."""

from __future__ import annotations

from typing import Any

import pytest

from notifications.models import Notification
from notifications.wording import title_of
from rooms.errors import Conflict, InvalidField, Muted, NotFound, ServiceError
from rooms.models import Ban, Membership, Report, Room, User
from rooms.selectors.messages import get_message
from rooms.selectors.reports import (
    get_report_for,
    handlers_of,
    open_report_counts,
    own_reports,
    report_details,
    reports_for,
)
from rooms.selectors.sidebar import sidebar_for
from rooms.services.direct_rooms import direct_room_open
from rooms.services.members import member_set_role
from rooms.services.messages import message_delete, message_edit
from rooms.services.posting import NewMessage, message_post, messages_post
from rooms.services.reports import message_report, person_report, report_act, report_assign, report_undo
from rooms.services.restrictions import user_mute
from rooms.tests.support.api_case import ApiCase
from rooms.tests.support.concurrency import TogetherCase


class Reporting(ApiCase):
    """Ben has written something in the room that Olga owns and Mo moderates, and Ann reports it."""

    boss: User

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        cls.boss = User.objects.create_superuser("boss", password="x")
        message_post(by=cls.ben, room=cls.tea, content="You are an idiot.")

    def report(self, by: User | None = None, seq: int = 1, room: Room | None = None, **fields: Any) -> Report:
        with self.captureOnCommitCallbacks(execute=True):
            return message_report(by=by or self.ann, room=room or self.tea, seq=seq, reason="harassment", **fields)[0]

    def act(self, report: Report, action: str, by: User | None = None, **fields: Any) -> Report:
        with self.captureOnCommitCallbacks(execute=True):
            return report_act(by=by or self.mo, report_id=report.pk, action=action, **fields)

    def told(self, user: User) -> list[tuple[str, str]]:
        found = Notification.objects.filter(topic__owner=user).order_by("pk")
        return [(one.kind, title_of(one)) for one in found]


class Making(Reporting):
    def test_a_report_keeps_the_message_as_it_was(self) -> None:
        report = self.report(note="  Again!  ")
        message_edit(by=self.ben, room=self.tea, seq=1, content="You are nice.")
        shown = report_details(self.mo, get_report_for(self.mo, report.pk))
        assert (shown.report.content, shown.report.note) == ("You are an idiot.", "Again!")
        assert [message.content for message in shown.context] == ["You are nice."]
        message_delete(by=self.ben, room=self.tea, seq=1)
        report.refresh_from_db()
        assert report.content == "You are an idiot."

    def test_one_open_report_of_a_message_for_each_reporter(self) -> None:
        first = self.report()
        assert message_report(by=self.ann, room=self.tea, seq=1, reason="spam") == (first, False)
        assert self.report(by=self.zed_in()) != first
        self.act(first, "dismissed")
        assert message_report(by=self.ann, room=self.tea, seq=1, reason="spam")[1]

    def zed_in(self) -> User:
        Membership.objects.create(room=self.tea, user=self.zed)
        return self.zed

    def test_one_open_report_of_a_person_for_each_reporter(self) -> None:
        first, new = person_report(by=self.ann, user=self.ben, reason="spam")
        assert new
        assert person_report(by=self.ann, user=self.ben, reason="spam") == (first, False)

    def test_what_can_not_be_reported(self) -> None:
        with pytest.raises(Conflict):
            self.report(by=self.ben)
        with pytest.raises(Conflict):
            person_report(by=self.ann, user=self.ann, reason="spam")
        with pytest.raises(NotFound):
            self.report(seq=9)
        message_delete(by=self.ben, room=self.tea, seq=1)
        with pytest.raises(Conflict):
            self.report()
        for fields in ({"reason": "envy"}, {"reason": None}, {"reason": "spam", "note": "x" * 1001}):
            with pytest.raises(InvalidField):
                person_report(by=self.ann, user=self.ben, **fields)

    def test_a_muted_person_may_report(self) -> None:
        user_mute(by=self.boss, user=self.ann)
        assert self.report().state == "open"


class Seeing(Reporting):
    def test_owners_moderators_and_admins_see_reports_and_members_do_not(self) -> None:
        report = self.report()
        assert handlers_of(report) == [self.olga.pk, self.mo.pk, self.boss.pk]
        for user in (self.olga, self.mo, self.boss):
            assert list(reports_for(user)) == [report]
        for user in (self.ann, self.ben, self.zed):
            assert list(reports_for(user)) == []
            with pytest.raises(NotFound):
                report_act(by=user, report_id=report.pk, action="dismissed")
            with pytest.raises(NotFound):
                reports_for(user, self.tea)

    def test_nobody_sees_reports_about_themselves_not_even_admins(self) -> None:
        for author in (self.mo, self.olga, self.boss):
            if author == self.boss:
                Membership.objects.create(room=self.tea, user=self.boss)
            seq = message_post(by=author, room=self.tea, content="Idiots.").message.seq
            report = self.report(seq=seq)
            assert author.pk not in handlers_of(report)
            with pytest.raises(NotFound):
                get_report_for(author, report.pk)

    def test_moderators_do_not_judge_owners_and_each_other(self) -> None:
        member_set_role(by=self.olga, room=self.tea, user=self.ben, role="moderator")
        assert handlers_of(self.report()) == [self.olga.pk, self.boss.pk]

    def test_reports_of_people_and_in_direct_rooms_are_for_admins(self) -> None:
        direct = direct_room_open(by=self.ann, people=[self.ben])[0]
        message_post(by=self.ben, room=direct, content="Idiot.")
        for report in (self.report(room=direct), person_report(by=self.ann, user=self.ben, reason="spam")[0]):
            assert handlers_of(report) == [self.boss.pk]

    def test_those_who_may_handle_it_are_notified_and_the_reported_person_is_not(self) -> None:
        self.report()
        for user in (self.olga, self.mo, self.boss):
            assert self.told(user) == [("report", "A message by ben in Tea was reported")]
        assert self.told(self.ben) == self.told(self.ann) == []
        Membership.objects.create(room=self.tea, user=self.zed)
        self.report(by=self.zed)  # of the same message
        assert len(self.told(self.mo)) == 1

    def test_open_reports_are_counted_live_and_in_the_sidebar(self) -> None:
        report = self.report()
        everybody = [self.olga.pk, self.mo.pk, self.boss.pk, self.ann.pk, self.ben.pk]
        assert open_report_counts(everybody) == {self.olga.pk: 1, self.mo.pk: 1, self.boss.pk: 1}
        assert [sidebar_for(user).reports for user in (self.mo, self.ben)] == [1, 0]
        assert [sidebar_for(user).moderates for user in (self.mo, self.ben)] == [True, False]
        self.act(report, "dismissed")
        assert open_report_counts(everybody) == {}

    def test_moderators_see_earlier_reports_of_their_own_room_only(self) -> None:
        member = Membership.objects.create(room=self.square, user=self.ben)
        message_post(by=member.user, room=self.square, content="Spam.")
        self.report(room=self.square)
        user_mute(by=self.boss, user=self.ben, reason="Everywhere")
        user_mute(by=self.boss, user=self.ben, room=self.tea)
        report = self.report()
        assert len(report_details(self.boss, report).earlier_reports) == 1
        assert len(report_details(self.boss, report).earlier_restrictions) == 2
        assert report_details(self.mo, report).earlier_reports == []
        assert len(report_details(self.mo, report).earlier_restrictions) == 1


class Acting(Reporting):
    def test_deleting_the_message_closes_all_reports_of_it_and_can_not_be_undone(self) -> None:
        Membership.objects.create(room=self.tea, user=self.zed)
        report, other = self.report(), self.report(by=self.zed)
        self.act(report, "deleted")
        assert get_message(self.tea, 1).deleted_at is not None
        assert set(Report.objects.values_list("state", "closed_by")) == {("handled", self.mo.pk)}
        for user in (self.ann, self.zed):
            assert self.told(user) == [("report_handled", "A moderator has looked at your report of ben in Tea")]
        assert own_reports(self.zed).get() == other
        with pytest.raises(Conflict):
            report_undo(by=self.mo, report_id=report.pk, action_id=report.actions.get().pk)

    def test_a_mute_a_ban_slow_mode_and_a_dismissal_can_be_undone_once(self) -> None:
        def muted() -> bool:
            try:
                message_post(by=self.ben, room=self.tea, content="hi")
            except Muted:
                return True
            except ServiceError:
                return False
            return False

        def slow() -> bool:
            return Room.objects.get(pk=self.tea.pk).slow_seconds == 30

        def banned() -> bool:
            return Ban.objects.filter(room=self.tea, user=self.ben).exists()

        report = self.report()

        def closed() -> bool:
            return Report.objects.get(pk=report.pk).state == "dismissed"

        checks = {"muted": muted, "slowed": slow, "banned": banned}
        for action, check in ({"dismissed": closed} | checks).items():
            assert not check(), action
            self.act(report, action)
            assert check(), action
            done = report.actions.latest("pk")
            report_undo(by=self.mo, report_id=report.pk, action_id=done.pk)
            assert not check(), action
            with pytest.raises(Conflict):
                report_undo(by=self.mo, report_id=report.pk, action_id=done.pk)

    def test_a_mute_lasts_as_long_as_was_chosen_or_until_it_is_lifted(self) -> None:
        report = self.report()
        self.act(report, "muted", minutes=60, reason="Insults")
        mute = self.ben.restrictions.get(lifted_at=None)
        assert mute.until is not None
        assert (round((mute.until - mute.created_at).total_seconds() / 60), mute.reason) == (60, "Insults")
        assert (mute.room, report.actions.get().until == mute.until) == (self.tea, True)
        self.act(report, "muted")
        assert self.ben.restrictions.get(lifted_at=None).until is None

    def test_only_admins_mute_everywhere_from_a_report(self) -> None:
        report = self.report()
        with pytest.raises(NotFound):
            self.act(report, "muted", everywhere=True)
        self.act(report, "muted", by=self.boss, everywhere=True)
        assert self.ben.restrictions.get().room is None
        done = report.actions.get()
        report_undo(by=self.boss, report_id=report.pk, action_id=done.pk)
        assert not self.ben.restrictions.filter(lifted_at=None).exists()

    def test_a_person_is_removed(self) -> None:
        self.act(self.report(), "removed")
        assert not Membership.objects.filter(room=self.tea, user=self.ben).exists()

    def test_what_does_not_apply_is_refused_and_changes_nothing(self) -> None:
        about_person = person_report(by=self.ann, user=self.ben, reason="spam")[0]
        for action in ("deleted", "removed", "banned", "slowed"):
            with pytest.raises(Conflict):
                self.act(about_person, action, by=self.boss)
        with pytest.raises(InvalidField):
            self.act(about_person, "praised", by=self.boss)
        about_person.refresh_from_db()
        assert (about_person.state, about_person.actions.count()) == ("open", 0)

    def test_a_guest_has_no_account_to_mute(self) -> None:
        self.square.guests = Room.Guests.WRITE
        self.square.save()
        messages_post([NewMessage(self.square.pk, None, "Spam.", guest_name="visitor")])
        report = self.report(room=self.square)
        assert (report.user, report.user_name) == (None, "visitor")
        with pytest.raises(Conflict):
            self.act(report, "muted", by=self.olga)
        self.act(report, "deleted", by=self.olga)

    def test_a_report_is_taken_and_released(self) -> None:
        report = self.report()
        assert report_assign(by=self.mo, report_id=report.pk, take=True).assignee == self.mo
        assert report_assign(by=self.olga, report_id=report.pk, take=False).assignee is None


class AtOnce(TogetherCase):
    def test_a_report_sent_twice_at_once_is_one(self) -> None:
        ann, ben = (User.objects.create_user(name) for name in ("ann", "ben"))
        results = self.together(*[lambda: person_report(by=ann, user=ben, reason="spam")] * 2)
        assert Report.objects.count() == 1
        assert sorted(result[1] for result in results if isinstance(result, tuple)) == [False, True]
