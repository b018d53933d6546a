"""Muted people can read, but not write: every service that writes is in one of the lists below."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from datetime import timedelta
from types import ModuleType
from unittest import mock

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

import notifications.services
import rooms.services
from notifications.models import Notification, Topic
from notifications.services.posting import notification_publish
from notifications.services.tasks import (
    task_assign,
    task_complete,
    task_create,
    task_delete,
    task_reopen,
    task_update,
)
from notifications.wording import title_of
from rooms.errors import Conflict, InvalidField, Muted, NotFound
from rooms.models import Restriction, Room, User
from rooms.selectors.restrictions import mute_of
from rooms.services.connections import connection_disconnect_from
from rooms.services.direct_rooms import direct_room_open
from rooms.services.email_invitations import email_invitation_resend, email_invitations_create
from rooms.services.invitations import invitation_create, invitation_withdraw
from rooms.services.invite_links import invite_link_create
from rooms.services.members import (
    member_add,
    member_ban,
    member_join,
    member_leave,
    member_remove,
    member_set_role,
    member_unban,
)
from rooms.services.messages import message_delete, message_edit
from rooms.services.pins import message_pin, message_unpin
from rooms.services.posting import NewMessage, message_post, messages_post
from rooms.services.profile import picture_set, profile_update
from rooms.services.reactions import reaction_add, reaction_remove
from rooms.services.reports import message_report, report_act, report_assign, report_undo
from rooms.services.restrictions import user_mute, user_unmute
from rooms.services.rooms import room_close, room_create, room_delete, room_reopen, room_update
from rooms.services.scheduled_messages import (
    message_schedule,
    scheduled_send,
    scheduled_send_due,
    scheduled_update,
)
from rooms.services.statuses import status_set
from rooms.services.uploads import upload_create
from rooms.tests.support.api_case import ApiCase
from rooms.tests.support.images import image
from rooms.wire import timestamp

# What a muted person may do: it is private to them, or withdraws something, or nothing is written for others to see.
ALLOWED = {
    "rooms.attachments.attachment_delete": "withdraws",
    "rooms.blocks.user_block": "private",
    "rooms.blocks.user_unblock": "private",
    "rooms.direct_rooms.direct_room_hide": "private",
    "rooms.direct_rooms.direct_room_show": "private",
    "rooms.email_addresses.address_change_cancel": "private",
    "rooms.email_addresses.address_change_request": "private",
    "rooms.email_addresses.address_change_resend": "private",
    "rooms.email_addresses.address_remove": "private",
    "rooms.email_invitations.email_invitation_revoke": "withdraws",
    "rooms.invitations.invitation_accept": "comes in to read",
    "rooms.invitations.invitation_decline": "private",
    "rooms.invite_links.invite_link_join": "comes in to read",
    "rooms.invite_links.invite_link_revoke": "withdraws",
    "rooms.levels.membership_update": "private",
    "rooms.members.member_join": "comes in to read",
    "rooms.members.member_leave": "withdraws",
    "rooms.messages.message_delete": "withdraws; those of others are refused",
    "rooms.preferences.preferences_update": "private",
    "rooms.preview_removal.preview_remove": "withdraws",
    "rooms.profile.picture_remove": "withdraws",
    "rooms.read_marks.read_mark_move": "private",
    "rooms.reports.message_report": "protects them",
    "rooms.reports.person_report": "protects them",
    "rooms.saved_messages.message_save": "private",
    "rooms.saved_messages.message_unsave": "private",
    "rooms.saved_messages.reminder_set": "private",
    "rooms.scheduled_messages.scheduled_delete": "withdraws",
    "rooms.sections.section_create": "private",
    "rooms.sections.section_delete": "private",
    "rooms.sections.section_fill": "private",
    "rooms.sections.section_update": "private",
    "rooms.statuses.status_clear": "withdraws",
    "rooms.tokens.token_create": "private",
    "rooms.uploads.upload_append": "private until it is posted",
    "rooms.uploads.upload_remove": "withdraws",
    "notifications.push_delivery.push_test": "private",
    "notifications.push_subscriptions.push_keep_only": "private",
    "notifications.push_subscriptions.push_turn_on": "private",
    "notifications.unread.notification_read": "private",
    "notifications.unread.notifications_read_up_to": "private",
}
# For admins only, who can't be muted.
ADMINS = {
    "rooms.connections.connection_disconnect",
    "rooms.email_addresses.address_set_by_admin",
    "notifications.topics.topic_create",
    "notifications.topics.topic_delete",
    "notifications.topics.topic_update",
}
# Steps of other services, or nothing that a person asks for.
STEPS = {
    "rooms.audit.audit_record",
    "rooms.audit.export_record",
    "rooms.audit.reading_record",
    "rooms.account_mails.account_mail",
    "rooms.accounts.account_save",
    "rooms.accounts.user_sockets_recheck",
    "rooms.invite_links.check_may_invite",
    "rooms.locking.membership_under_lock",
    "rooms.members.add_member",
    "rooms.members.join",
    "rooms.messages.record_use",
    "rooms.members.check_may_manage",
    "rooms.messages.get_deletable_message",
    "rooms.ownership.handovers_for",
    "rooms.ownership.rooms_hand_over",
    "rooms.password_resets.password_reset_path",
    "rooms.posting.checked_message",
    "rooms.profile.check_display_name",
    "rooms.profile.profile_announce",
    "rooms.renamed_mentions.mentions_rename",
    "rooms.sections.lock_sections",
    "notifications.mails.mail_about_unread",
    "notifications.mails.unsubscribe_path",
    "notifications.posting.notify_people",
    "notifications.posting.notify_person",
    "notifications.task_notices.assignment_notices",
    "notifications.task_notices.completion_notices",
    "notifications.task_notices.creation_notices",
}


class World:
    """What the writes below write to. Olga owns the room, Ann and Ben are members, Zed is not; `by` is who writes."""

    def __init__(self, case: Muting, by: User) -> None:
        self.room, self.by, self.ben, self.zed = case.tea, by, case.ben, case.zed
        self.seq = message_post(by=by, room=self.room, content="mine").message.seq
        self.other_seq = message_post(by=case.ben, room=self.room, content="theirs").message.seq
        self.scheduled_id = message_schedule(by=by, room=self.room, content="later", send_at=in_an_hour()).pk
        self.task = task_create(by=by, title="Buy tea", room=self.room)
        self.topic = Topic.objects.create(name="news", publishers=Topic.Publishers.USERS)
        dismissed = message_report(by=case.mo, room=self.room, seq=self.other_seq, reason="spam")[0]
        self.dismissed = report_act(by=case.boss, report_id=dismissed.pk, action="dismissed")
        self.action_id = self.dismissed.actions.get().pk
        self.report = message_report(by=case.ann, room=self.room, seq=self.other_seq, reason="spam")[0]
        self.banned, self.invited = User.objects.create_user("banned"), User.objects.create_user("invited")
        member_ban(by=case.boss, room=self.room, user=self.banned)
        invitation_create(by=case.boss, room=self.room, user=self.invited)
        user_mute(by=case.boss, user=case.ann if by != case.ann else case.mo, room=self.room)
        self.muted = case.ann


def in_an_hour() -> str:
    return timestamp(timezone.now() + timedelta(hours=1))


# How people sign in, which is theirs: nothing there is for others to see.
SIGN_IN_MODULES = (
    "rooms.company_",
    "rooms.security_mails.",
    "rooms.sign_ins.",
    "rooms.two_step.",
    "rooms.user_sessions.",
)


Write = Callable[[World], object]
# By service: what a member writes, in the room.
IN_ROOM: dict[str, Write] = {
    "rooms.posting.message_post": lambda w: message_post(by=w.by, room=w.room, content="hi"),
    "rooms.messages.message_edit": lambda w: message_edit(by=w.by, room=w.room, seq=w.seq, content="new"),
    "rooms.reactions.reaction_add": lambda w: reaction_add(by=w.by, room=w.room, seq=w.seq, emoji="👍"),
    "rooms.reactions.reaction_remove": lambda w: reaction_remove(by=w.by, room=w.room, seq=w.seq, emoji="👍"),
    "rooms.uploads.upload_create": lambda w: upload_create(by=w.by, room=w.room, name="a.txt", length=3),
    "rooms.scheduled_messages.message_schedule": lambda w: message_schedule(
        by=w.by, room=w.room, content="later", send_at=in_an_hour()
    ),
    "rooms.scheduled_messages.scheduled_update": lambda w: scheduled_update(
        by=w.by, scheduled_id=w.scheduled_id, send_at=in_an_hour()
    ),
    "rooms.scheduled_messages.scheduled_send": lambda w: scheduled_send(by=w.by, scheduled_id=w.scheduled_id),
    "notifications.tasks.task_create": lambda w: task_create(by=w.by, title="More", room=w.room),
    "notifications.tasks.task_update": lambda w: task_update(by=w.by, task=w.task, title="Buy milk"),
    "notifications.tasks.task_assign": lambda w: task_assign(by=w.by, task=w.task, assignee=w.ben),
    "notifications.tasks.task_complete": lambda w: task_complete(by=w.by, task=w.task),
    "notifications.tasks.task_reopen": lambda w: task_reopen(by=w.by, task=w.task),
    "notifications.tasks.task_delete": lambda w: task_delete(by=w.by, task=w.task),
}
# What only owners and moderators may do there.
BY_MODERATORS: dict[str, Write] = {
    "rooms.pins.message_pin": lambda w: message_pin(by=w.by, room=w.room, seq=w.seq),
    "rooms.pins.message_unpin": lambda w: message_unpin(by=w.by, room=w.room, seq=w.seq),
    "rooms.messages.message_delete": lambda w: message_delete(by=w.by, room=w.room, seq=w.other_seq),
    "rooms.members.member_add": lambda w: member_add(by=w.by, room=w.room, user=w.zed),
    "rooms.members.member_set_role": lambda w: member_set_role(by=w.by, room=w.room, user=w.ben, role="moderator"),
    "rooms.members.member_remove": lambda w: member_remove(by=w.by, room=w.room, user=w.ben),
    "rooms.members.member_ban": lambda w: member_ban(by=w.by, room=w.room, user=w.ben),
    "rooms.members.member_unban": lambda w: member_unban(by=w.by, room=w.room, user=w.banned),
    "rooms.invitations.invitation_create": lambda w: invitation_create(by=w.by, room=w.room, user=w.zed),
    "rooms.invitations.invitation_withdraw": lambda w: invitation_withdraw(by=w.by, room=w.room, user=w.invited),
    "rooms.invite_links.invite_link_create": lambda w: invite_link_create(by=w.by, room=w.room),
    "rooms.rooms.room_update": lambda w: room_update(by=w.by, room=w.room, title="New"),
    "rooms.rooms.room_close": lambda w: room_close(by=w.by, room=w.room),
    "rooms.rooms.room_reopen": lambda w: room_reopen(by=w.by, room=w.room),
    "rooms.rooms.room_delete": lambda w: room_delete(by=w.by, room=w.room),
    "rooms.restrictions.user_mute": lambda w: user_mute(by=w.by, user=w.ben, room=w.room),
    "rooms.restrictions.user_unmute": lambda w: user_unmute(by=w.by, user=w.muted, room=w.room),
    "rooms.reports.report_act": lambda w: report_act(by=w.by, report_id=w.report.pk, action="dismissed"),
    "rooms.reports.report_undo": lambda w: report_undo(by=w.by, report_id=w.dismissed.pk, action_id=w.action_id),
    "rooms.reports.report_assign": lambda w: report_assign(by=w.by, report_id=w.report.pk, take=True),
}
# What others see everywhere.
EVERYWHERE: dict[str, Write] = {
    "rooms.direct_rooms.direct_room_open": lambda w: direct_room_open(by=w.by, people=[w.zed]),
    "rooms.rooms.room_create": lambda w: room_create(by=w.by, name="mine"),
    "rooms.profile.profile_update": lambda w: profile_update(user=w.by, display_name="Somebody"),
    "rooms.profile.picture_set": lambda w: picture_set(user=w.by, data=image((200, 30, 30))),
    "rooms.statuses.status_set": lambda w: status_set(user=w.by, text="Away"),
    "notifications.posting.notification_publish": lambda w: notification_publish(by=w.by, topic=w.topic, title="Hi"),
}
# Refused by the same check as one of those above: what they need takes a mail server, or an open socket.
LIKE_OTHERS: dict[str, tuple[Callable[..., object], str]] = {
    "rooms.email_invitations.email_invitations_create": (email_invitations_create, "check_may_invite"),
    "rooms.email_invitations.email_invitation_resend": (email_invitation_resend, "check_may_invite"),
    "rooms.connections.connection_disconnect_from": (connection_disconnect_from, "check_not_muted"),
}


def services_of(package: ModuleType) -> set[str]:
    """The public functions of a package of services that act for a person."""
    found = set()
    for module in pkgutil.iter_modules(package.__path__):
        loaded = importlib.import_module(f"{package.__name__}.{module.name}")
        for name, function in inspect.getmembers(loaded, inspect.isfunction):
            own = function.__module__ == loaded.__name__ and not name.startswith("_")
            if own and {"by", "user"} & set(inspect.signature(function).parameters):
                found.add(f"{package.__name__.partition('.')[0]}.{module.name}.{name}")
    return found


@pytest.mark.any_database
def test_every_service_is_refused_to_muted_people_or_allowed_for_a_reason() -> None:
    refused = IN_ROOM.keys() | BY_MODERATORS.keys() | EVERYWHERE.keys() | LIKE_OTHERS.keys()
    listed = refused | ALLOWED.keys() | ADMINS | STEPS
    found = services_of(rooms.services) | services_of(notifications.services)
    assert {name for name in found if not name.startswith(SIGN_IN_MODULES)} == listed
    assert refused & ALLOWED.keys() == {"rooms.messages.message_delete"}
    for service, check in LIKE_OTHERS.values():
        assert check in inspect.getsource(service)


class Muting(ApiCase):
    """Mutes of members and moderators."""

    boss: User

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        cls.boss = User.objects.create_superuser("boss", password="x")

    def mute(self, user: User, room: Room | None = None, minutes: int | None = 60, reason: str = "") -> Restriction:
        until = timestamp(timezone.now() + timedelta(minutes=minutes)) if minutes else None
        return user_mute(by=self.boss, user=user, room=room, until=until, reason=reason)

    def assert_refused(self, writes: dict[str, Write], by: User, room: Room | None) -> None:
        """Check that each write is refused while somebody is muted, and says why, and that nothing else prevents it."""
        world = World(self, by)
        for service, write in writes.items():
            with self.subTest(service), transaction.atomic():
                write(world)
                transaction.set_rollback(True)
        self.mute(by, room, reason="Shouting")
        for service, write in writes.items():
            with self.subTest(service), pytest.raises(Muted) as caught, transaction.atomic():
                write(world)
            assert (caught.value.everywhere, caught.value.reason) == (room is None, "Shouting"), service

    def test_a_muted_member_writes_nothing_in_the_room(self) -> None:
        self.assert_refused(IN_ROOM, self.ann, self.tea)

    def test_who_is_muted_everywhere_writes_nothing_in_a_room(self) -> None:
        self.assert_refused(IN_ROOM, self.ann, None)

    def test_who_is_muted_everywhere_shows_others_nothing_new(self) -> None:
        self.assert_refused(EVERYWHERE, self.ann, None)

    def test_a_muted_owner_does_not_moderate(self) -> None:
        self.assert_refused(BY_MODERATORS, self.olga, self.tea)

    def test_a_mute_in_a_room_is_none_elsewhere(self) -> None:
        self.mute(self.ann, self.tea)
        member_join(user=self.ann, room=self.square)
        message_post(by=self.ann, room=self.square, content="hi")
        direct_room_open(by=self.ann, people=[self.ben])
        status_set(user=self.ann, text="Away")

    def test_a_mute_ends_by_itself_and_says_until_when(self) -> None:
        mute = self.mute(self.ann, self.tea)
        with pytest.raises(Muted) as caught:
            message_post(by=self.ann, room=self.tea, content="hi")
        assert mute.until is not None
        assert caught.value.more == {"until": timestamp(mute.until), "reason": ""}
        assert f"until {mute.until:%Y-%m-%d %H:%M} UTC" in caught.value.detail
        with mock.patch("django.utils.timezone.now", return_value=mute.until):
            message_post(by=self.ann, room=self.tea, content="hi")
            reaction_add(by=self.ann, room=self.tea, seq=1, emoji="👍")
            assert mute_of(User.objects.get(pk=self.ann.pk), self.tea) is None

    def test_leaving_and_coming_back_does_not_end_a_mute(self) -> None:
        member_join(user=self.ann, room=self.square)
        self.mute(self.ann, self.square)
        member_leave(user=self.ann, room=self.square)
        member_join(user=self.ann, room=self.square)
        with pytest.raises(Muted):
            message_post(by=self.ann, room=self.square, content="hi")

    def test_a_later_mute_replaces_an_earlier_one_and_both_are_kept(self) -> None:
        self.mute(self.ann, self.tea, minutes=None)
        self.mute(self.ann, self.tea, minutes=5)
        assert Restriction.objects.filter(user=self.ann, lifted_at=None).count() == 1
        user_unmute(by=self.mo, user=self.ann, room=self.tea)
        message_post(by=self.ann, room=self.tea, content="hi")
        assert Restriction.objects.filter(user=self.ann).count() == 2
        with pytest.raises(NotFound):
            user_unmute(by=self.mo, user=self.ann, room=self.tea)

    def test_unmuting_in_a_room_leaves_the_mute_everywhere(self) -> None:
        self.mute(self.ann, self.tea)
        self.mute(self.ann)
        user_unmute(by=self.mo, user=self.ann, room=self.tea)
        with pytest.raises(Muted):
            message_post(by=self.ann, room=self.tea, content="hi")

    def test_moderators_mute_members_and_owners_moderators(self) -> None:
        user_mute(by=self.mo, user=self.ann, room=self.tea)
        user_mute(by=self.mo, user=self.zed, room=self.tea)  # before they come in
        user_mute(by=self.olga, user=self.mo, room=self.tea)
        for by, user, room in (
            (self.ann, self.ben, self.tea),
            (self.zed, self.ben, self.tea),
            (self.olga, self.ben, None),
        ):
            with pytest.raises(NotFound):
                user_mute(by=by, user=user, room=room)
        with pytest.raises(Muted):
            user_mute(by=self.mo, user=self.ben, room=self.tea)
        user_unmute(by=self.olga, user=self.mo, room=self.tea)
        with pytest.raises(NotFound):
            user_mute(by=self.mo, user=self.olga, room=self.tea)

    def test_admins_and_oneself_can_not_be_muted_and_nobody_in_a_direct_room(self) -> None:
        with pytest.raises(Conflict):
            user_mute(by=self.olga, user=self.boss, room=self.tea)
        with pytest.raises(Conflict):
            user_mute(by=self.olga, user=self.olga, room=self.tea)
        direct = direct_room_open(by=self.ann, people=[self.ben])[0]
        with pytest.raises(Conflict):
            user_mute(by=self.boss, user=self.ben, room=direct)

    def test_a_wrong_time_or_reason_is_refused(self) -> None:
        for given in ({"until": "tomorrow"}, {"until": "2020-01-01T00:00:00Z"}, {"reason": "x" * 201}, {"reason": 1}):
            with pytest.raises(InvalidField):
                user_mute(by=self.mo, user=self.ann, room=self.tea, **given)
        assert not Restriction.objects.exists()

    def test_the_person_is_notified_but_not_by_whom(self) -> None:
        self.mute(self.ann, self.tea, reason="Shouting")
        notification = Notification.objects.get(topic__owner=self.ann)
        assert (notification.kind, notification.body, notification.author) == ("muted", "Shouting", None)
        assert title_of(notification) == "You were muted in Tea: you can read, but not write"

    def test_a_retry_of_a_message_from_before_the_mute_is_acknowledged(self) -> None:
        message_post(by=self.ann, room=self.tea, content="hi", client_id="c-1")
        self.mute(self.ann)
        assert message_post(by=self.ann, room=self.tea, content="hi", client_id="c-1").duplicate

    def test_a_muted_member_deletes_what_they_wrote(self) -> None:
        message_post(by=self.ann, room=self.tea, content="hi")
        self.mute(self.ann)
        assert message_delete(by=self.ann, room=self.tea, seq=1).deleted_at is not None

    def test_a_scheduled_message_is_not_sent_while_muted_and_its_author_is_notified(self) -> None:
        scheduled = message_schedule(by=self.ann, room=self.tea, content="later", send_at=in_an_hour())
        self.mute(self.ann, self.tea, minutes=None)
        with mock.patch("django.utils.timezone.now", return_value=scheduled.send_at):
            scheduled_send_due()
        scheduled.refresh_from_db()
        assert scheduled.error == "You were muted when it was due. Choose a later time."
        assert Notification.objects.filter(topic__owner=self.ann, kind="scheduled_failed").exists()
        user_unmute(by=self.mo, user=self.ann, room=self.tea)
        scheduled_update(by=self.ann, scheduled_id=scheduled.pk, send_at=in_an_hour())
        assert scheduled_send(by=self.ann, scheduled_id=scheduled.pk).content == "later"

    def test_people_without_restrictions_cost_no_query(self) -> None:
        batch = [NewMessage(self.tea.pk, self.ann, "x"), NewMessage(self.tea.pk, self.ben, "y")]
        messages_post(batch)
        with CaptureQueriesContext(connection) as queries:
            messages_post(batch)
        assert not [query["sql"] for query in queries if "restriction" in query["sql"].replace('u."restricted"', "")]
        with CaptureQueriesContext(connection) as without:
            reaction_add(by=self.ann, room=self.tea, seq=1, emoji="👍")
        assert not [query["sql"] for query in without if "rooms_restriction" in query["sql"]]
