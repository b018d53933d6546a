"""The audit log: every use of power is on record, once, and stays there."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from copy import copy
from datetime import timedelta
from functools import partial
from types import ModuleType
from typing import Any
from unittest import mock

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.transaction import TransactionManagementError
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

import notifications.services
import rooms.services
from chatproject.installation.company_accounts import Gift
from notifications.services.tasks import task_create, task_delete
from notifications.services.topics import topic_create, topic_delete, topic_update
from rooms.company.findings import Finding
from rooms.errors import ServiceError
from rooms.models import AuditAction, AuditEvent, CompanyAccount, EmailInvitation, MessagePreview, Report, Room, User
from rooms.selectors.two_step import factors_of
from rooms.selectors.user_sessions import user_sessions_of
from rooms.services import audit
from rooms.services.accounts import first_admin_create
from rooms.services.attachments import attachment_delete
from rooms.services.audit import MAX_VALUE, MAX_VALUES, audit_expire, audit_record, export_record, reading_record
from rooms.services.company_accounts import company_end, company_link, company_sign_out, company_unlink
from rooms.services.company_grants import company_groups_apply
from rooms.services.connections import connection_disconnect, connection_disconnect_from
from rooms.services.email_invitations import (
    email_invitation_resend,
    email_invitation_revoke,
    email_invitations_create,
)
from rooms.services.installation import epoch_renew
from rooms.services.invitations import invitation_create, invitation_withdraw
from rooms.services.invite_links import invite_link_create, invite_link_revoke
from rooms.services.members import (
    member_add,
    member_ban,
    member_join,
    member_leave,
    member_remove,
    member_set_role,
    member_unban,
)
from rooms.services.messages import message_delete
from rooms.services.ownership import rooms_hand_over
from rooms.services.pins import message_pin, message_unpin
from rooms.services.posting import message_post
from rooms.services.preview_removal import preview_remove
from rooms.services.reports import message_report, report_act, report_undo
from rooms.services.restrictions import user_mute, user_unmute
from rooms.services.rooms import room_close, room_create, room_delete, room_reopen, room_update
from rooms.services.tokens import token_create, token_revoke
from rooms.services.two_step import (
    app_add,
    app_remove,
    code_use,
    new_app_secret,
    passkey_add,
    passkey_remove,
    recovery_codes_create,
    two_step_reset,
)
from rooms.services.user_sessions import session_end, sessions_end_others, sign_ins_end
from rooms.tests.services.test_connections import create_connection
from rooms.tests.support.api_case import ApiCase
from rooms.tests.support.pages import signed_in
from rooms.tests.support.second_factors import App, code_at
from rooms.tests.support.uploading import uploaded

# What changes only what is one's own, or what everybody may change, and what others call as a part of a service. For a
# new service, decide: does it use a power over others? Then it records an event and belongs to `Scenarios.PRIVILEGED`.
ORDINARY = {
    # One's own account, rooms, files, messages, and what one wants from others.
    "rooms": """
        account_create account_save address_change_cancel address_change_request address_change_resend address_confirm
        address_remove direct_room_hide direct_room_open direct_room_show invitation_accept invitation_decline
        invite_link_join invite_link_sign_up member_join member_leave membership_update message_edit message_pin
        message_post message_save message_schedule message_unsave new_account password_reset_request picture_remove
        picture_set preferences_update profile_update reaction_add reaction_remove read_mark_move reminder_set
        scheduled_delete scheduled_send scheduled_update section_create section_delete section_fill section_update
        status_clear status_set token_mark_used tokens_mark_used upload_append upload_create upload_remove user_block
        user_unblock message_report person_report report_assign
        account_mail add_member address_set_by_admin attachment_error blob_store check_admin_remains check_content
        check_display_name check_may_invite check_may_manage checked_message get_deletable_message handovers_for join
        lock_sections mails_send membership_under_lock mentions_rename message_tasks_set messages_with_client_ids
        password_reset_path profile_announce record_use room_mention_hold save_change session_sockets_close
        user_sockets_recheck
        audit_record sign_in_record sign_in_failed_record sign_in_refused_record code_failed_record
        password_changed_record
        passkey_rename passkey_mark_used security_mail_ask session_begin session_seen sessions_mark_seen sign_ins_drop
        company_sign_in company_session_begin company_overrule
    """,
    # Tasks are everybody's work, and their changes are announced to whom they concern.
    "notifications": """
        notification_publish notification_read notifications_read_up_to push_keep_only push_leave push_reached
        push_renew push_test push_turn_off push_turn_on task_assign task_complete task_create task_reopen task_update
        assignment_notices completion_notices creation_notices mail_about_unread new_delivery notify_people
        notify_person unsubscribe_path
    """,
}


def services(package: ModuleType) -> Iterator[Callable[..., Any]]:
    """Yield the functions of a package of services that somebody calls with keywords or as a person."""
    for module in pkgutil.iter_modules(package.__path__):
        functions = vars(importlib.import_module(f"{package.__name__}.{module.name}"))
        for name, function in functions.items():
            own = inspect.isfunction(function) and function.__module__ == f"{package.__name__}.{module.name}"
            if own and not name.startswith("_"):
                parameters = inspect.signature(function).parameters
                keywords = any(one.kind is one.KEYWORD_ONLY for one in parameters.values())
                if keywords or {"by", "user"} & parameters.keys():
                    yield function


Act = Callable[[], object]


class Scenarios(ApiCase):
    """Each privileged service: what it needs, then the event that it leaves and how it is called."""

    def room_create(self) -> tuple[str, Act]:
        return "room.created", partial(room_create, by=self.olga, name="new")

    def room_update(self) -> tuple[str, Act]:
        return "room.changed", partial(room_update, by=self.olga, room=self.tea, title="Coffee")

    def room_close(self) -> tuple[str, Act]:
        return "room.archived", partial(room_close, by=self.olga, room=self.tea)

    def room_reopen(self) -> tuple[str, Act]:
        Room.objects.filter(pk=self.tea.pk).update(closed_at=timezone.now())
        return "room.unarchived", partial(room_reopen, by=self.olga, room=self.tea)

    def room_delete(self) -> tuple[str, Act]:
        return "room.deleted", partial(room_delete, by=self.olga, room=self.tea)

    def member_add(self) -> tuple[str, Act]:
        return "member.added", partial(member_add, by=self.olga, room=self.tea, user=self.zed)

    def member_set_role(self) -> tuple[str, Act]:
        return "member.role", partial(member_set_role, by=self.olga, room=self.tea, user=self.ann, role="owner")

    def member_remove(self) -> tuple[str, Act]:
        return "member.removed", partial(member_remove, by=self.olga, room=self.tea, user=self.ann)

    def member_ban(self) -> tuple[str, Act]:
        self.tea.invitations.create(user=self.zed, by=self.olga)
        return "member.banned", partial(member_ban, by=self.olga, room=self.tea, user=self.zed)

    def member_unban(self) -> tuple[str, Act]:
        self.tea.bans.create(user=self.ann, by=self.olga)
        return "member.unbanned", partial(member_unban, by=self.olga, room=self.tea, user=self.ann)

    def rooms_hand_over(self) -> tuple[str, Act]:
        self.square.delete()
        return "member.role", partial(rooms_hand_over, user=self.olga)

    def invitation_create(self) -> tuple[str, Act]:
        return "invitation.created", partial(invitation_create, by=self.olga, room=self.tea, user=self.zed)

    def invitation_withdraw(self) -> tuple[str, Act]:
        self.tea.invitations.create(user=self.zed, by=self.olga)
        return "invitation.withdrawn", partial(invitation_withdraw, by=self.olga, room=self.tea, user=self.zed)

    def email_invitations_create(self) -> tuple[str, Act]:
        emails = ["zoe@example.org", "yan@example.org"]
        act = partial(email_invitations_create, by=self.olga, room=self.tea, emails=emails)
        return "email_invitation.created", act

    def email_invitation(self) -> EmailInvitation:
        made = email_invitations_create(by=self.olga, room=self.tea, emails=["zoe@example.org"]).invitations[0]
        EmailInvitation.objects.update(sent_at=timezone.now() - timedelta(hours=1))
        return made

    def email_invitation_resend(self) -> tuple[str, Act]:
        act = partial(email_invitation_resend, by=self.olga, invitation=self.email_invitation())
        return "email_invitation.resent", act

    def email_invitation_revoke(self) -> tuple[str, Act]:
        act = partial(email_invitation_revoke, by=self.olga, invitation=self.email_invitation())
        return "email_invitation.revoked", act

    def invite_link_create(self) -> tuple[str, Act]:
        return "invite_link.created", partial(invite_link_create, by=self.olga, room=self.tea)

    def invite_link_revoke(self) -> tuple[str, Act]:
        link = invite_link_create(by=self.olga, room=self.tea)
        return "invite_link.revoked", partial(invite_link_revoke, by=self.olga, link=link)

    def message_delete(self) -> tuple[str, Act]:
        self.say("Tea?")
        return "message.deleted", partial(message_delete, by=self.olga, room=self.tea, seq=1)

    def attachment_delete(self) -> tuple[str, Act]:
        file = uploaded(self.ann, self.tea).public_id
        message_post(by=self.ann, room=self.tea, content="Tea?", attachment_ids=[file])
        act = partial(attachment_delete, by=self.olga, room=self.tea, seq=1, attachment_id=file)
        return "message.file_deleted", act

    def preview_remove(self) -> tuple[str, Act]:
        posted = message_post(by=self.ann, room=self.tea, content="Tea?").message
        preview = MessagePreview.objects.create(message=posted, position=0, url="https://example.org/", shown=True)
        act = partial(preview_remove, by=self.olga, room=self.tea, seq=1, preview_id=preview.pk)
        return "message.preview_removed", act

    def message_unpin(self) -> tuple[str, Act]:
        self.say("Tea?")
        message_pin(by=self.mo, room=self.tea, seq=1)
        return "message.unpinned", partial(message_unpin, by=self.olga, room=self.tea, seq=1)

    def connection_disconnect(self) -> tuple[str, Act]:
        socket = create_connection(self.ann)
        return "member.disconnected", partial(connection_disconnect, by=self.staff(), connection_id=socket)

    def connection_disconnect_from(self) -> tuple[str, Act]:
        socket = create_connection(self.ann, self.tea)
        act = partial(connection_disconnect_from, by=self.olga, room=self.tea, connection_id=socket)
        return "member.disconnected", act

    def first_admin_create(self) -> tuple[str, Act]:
        Room.objects.all().delete()
        User.objects.all().delete()
        return "account.created", partial(first_admin_create, username="ada", password="a-good-password")

    def epoch_renew(self) -> tuple[str, Act]:
        return "database.restored", epoch_renew

    def token_create(self) -> tuple[str, Act]:
        return "token.created", partial(token_create, user=self.ann, name="bot")

    def token_revoke(self) -> tuple[str, Act]:
        token, _ = token_create(user=self.ann, name="bot")
        return "token.revoked", partial(token_revoke, token=token)

    def reading_record(self) -> tuple[str, Act]:
        return "room.read", partial(reading_record, by=self.staff(), rooms=[self.tea, self.square])

    def export_record(self) -> tuple[str, Act]:
        return "audit.exported", partial(export_record, by=self.olga, room=self.tea, wanted={"person": "ann"})

    def topic_create(self) -> tuple[str, Act]:
        return "topic.created", partial(topic_create, by=self.staff(), name="news")

    def topic_update(self) -> tuple[str, Act]:
        staff = self.staff()
        topic = topic_create(by=staff, name="news")
        return "topic.changed", partial(topic_update, by=staff, topic=topic, title="News")

    def topic_delete(self) -> tuple[str, Act]:
        staff = self.staff()
        topic = topic_create(by=staff, name="news")
        return "topic.deleted", partial(topic_delete, by=staff, topic=topic)

    def task_delete(self) -> tuple[str, Act]:
        task = task_create(by=self.ann, title="Buy tea", room=self.tea)
        return "task.deleted", partial(task_delete, by=self.olga, task=task)

    def app_add(self) -> tuple[str, Act]:
        secret = new_app_secret()
        code = code_at(secret, 0)
        return "second_factor.added", partial(app_add, user=self.ann, secret=secret, code=code)

    def app_remove(self) -> tuple[str, Act]:
        App(self.ann)
        return "second_factor.removed", partial(app_remove, user=self.ann)

    def passkey_add(self) -> tuple[str, Act]:
        return "second_factor.added", partial(passkey_add, user=self.ann, name="key", credential={})

    def passkey_remove(self) -> tuple[str, Act]:
        passkey_add(user=self.ann, name="key", credential={})
        passkey_id = factors_of(self.ann).passkeys[0].pk
        return "second_factor.removed", partial(passkey_remove, user=self.ann, passkey_id=passkey_id)

    def recovery_codes_create(self) -> tuple[str, Act]:
        App(self.ann)
        return "recovery_codes.created", partial(recovery_codes_create, user=self.ann)

    def code_use(self) -> tuple[str, Act]:
        return "recovery_codes.used", partial(code_use, user=self.ann, code=App(self.ann).recovery_codes[0])

    def two_step_reset(self) -> tuple[str, Act]:
        App(self.ann)
        return "two_step.reset", partial(two_step_reset, user=self.ann)

    def session_end(self) -> tuple[str, Act]:
        signed_in(self.ann)
        (row,) = user_sessions_of(self.ann)
        return "sessions.ended", partial(session_end, user=self.ann, session_id=row.pk)

    def sessions_end_others(self) -> tuple[str, Act]:
        signed_in(self.ann)
        return "sessions.ended", partial(sessions_end_others, user=self.ann, session=signed_in(self.ann).session)

    def sign_ins_end(self) -> tuple[str, Act]:
        return "sessions.ended", partial(sign_ins_end, user=self.ann)

    def user_mute(self) -> tuple[str, Act]:
        return "member.muted", partial(user_mute, by=self.olga, user=self.ann, room=self.tea, reason="Insults")

    def user_unmute(self) -> tuple[str, Act]:
        user_mute(by=self.olga, user=self.ann, room=self.tea)
        return "member.unmuted", partial(user_unmute, by=self.olga, user=self.ann, room=self.tea)

    def report(self) -> Report:
        self.say("Tea?")
        return message_report(by=self.ben, room=self.tea, seq=1, reason="spam")[0]

    def report_act(self) -> tuple[str, Act]:
        act = partial(report_act, by=self.olga, report_id=self.report().pk, action="dismissed")
        return "report.dismissed", act

    def report_undo(self) -> tuple[str, Act]:
        report = report_act(by=self.olga, report_id=self.report().pk, action="dismissed")
        action_id = report.actions.get().pk
        return "report.reopened", partial(report_undo, by=self.olga, report_id=report.pk, action_id=action_id)

    def company_account(self, user: User) -> CompanyAccount:
        return company_link(user=user, provider=ISSUER, finding=Finding(subject="1", groups=None))

    def company_link(self) -> tuple[str, Act]:
        finding = Finding(subject="1", groups=None)
        return "company.linked", partial(company_link, user=self.ann, provider=ISSUER, finding=finding)

    def company_unlink(self) -> tuple[str, Act]:
        return "company.unlinked", partial(company_unlink, by=self.staff(), company=self.company_account(self.ann))

    def company_end(self) -> tuple[str, Act]:
        return "account.deactivated", partial(company_end, company=self.company_account(self.ann), reason="disabled")

    def company_sign_out(self) -> tuple[str, Act]:
        signed_in(self.ann)
        (row,) = user_sessions_of(self.ann)
        self.company_account(self.ann).sessions.create(session=row)
        now = timezone.now().timestamp()
        return "sessions.ended", partial(company_sign_out, provider=ISSUER, subject="1", sid="", issued_at=now)

    def company_groups_apply(self) -> tuple[str, Act]:
        apply = override_settings(COMPANY_GROUPS={"x": Gift({"tea": "member"}, False)})(company_groups_apply)
        return "member.added", partial(apply, company=self.company_account(self.zed), groups={"x"})

    def staff(self) -> User:
        return User.objects.create_superuser("root")


HELPERS = {"staff", "email_invitation", "report", "company_account"}
ISSUER = "https://login.example.org"
PRIVILEGED = {name for name, one in vars(Scenarios).items() if inspect.isfunction(one)} - HELPERS
MAIL = {"EMAIL_CONFIGURED": True, "PUBLIC_URL": "https://chat.example.org"}


def recorded() -> list[AuditEvent]:
    return list(AuditEvent.objects.order_by("id"))


class Rolled(Exception):
    """Rolls a scenario back."""


@override_settings(**MAIL)
class Registry(Scenarios):
    def test_every_service_is_either_privileged_or_ordinary(self) -> None:
        for package in (rooms.services, notifications.services):
            ordinary = ORDINARY[package.__name__.partition(".")[0]].split()
            found = {one.__name__ for one in services(package)}
            assert found - set(ordinary) <= PRIVILEGED, f"decide about {found - set(ordinary) - PRIVILEGED}"
            assert not PRIVILEGED & set(ordinary)
            assert set(ordinary) <= found, f"there is no {set(ordinary) - found}"

    def test_each_leaves_exactly_one_event_and_none_if_it_is_rolled_back(self) -> None:
        for name in sorted(PRIVILEGED):
            with self.subTest(name):
                with suppress(Rolled), transaction.atomic():
                    action, act = getattr(self, name)()
                    last = AuditEvent.objects.order_by("-id").first()
                    new = AuditEvent.objects.filter(id__gt=last.pk if last else 0)
                    act()
                    (event,) = new
                    assert (event.action, event.via) == (action, "command")
                    assert event.action in AuditAction.values
                    raise Rolled
                assert not new.all().exists()

    def test_what_is_repeated_or_changes_nothing_leaves_none(self) -> None:
        new_each_time = {
            *("room_create", "topic_create", "token_create", "invite_link_create", "first_admin_create"),
            *("epoch_renew", "export_record", "connection_disconnect", "connection_disconnect_from"),
            *("passkey_add", "recovery_codes_create", "sign_ins_end"),
        }
        for name in sorted(PRIVILEGED - new_each_time):
            with self.subTest(name), suppress(Rolled), transaction.atomic():
                _, act = getattr(self, name)()
                act()
                count = AuditEvent.objects.count()
                with suppress(ServiceError):
                    act()
                assert AuditEvent.objects.count() == count
                raise Rolled

    def test_it_takes_one_insert_and_nothing_else(self) -> None:
        with CaptureQueriesContext(connection) as queries:
            member_remove(by=self.olga, room=self.tea, user=self.ann)
        about = [one["sql"] for one in queries if "rooms_auditevent" in one["sql"]]
        assert len(about) == 1
        assert about[0].startswith("INSERT")


class Contents(ApiCase):
    def last(self) -> AuditEvent:
        return AuditEvent.objects.latest("id")

    def test_an_event_says_who_did_what_to_whom_and_what_changed(self) -> None:
        member_set_role(by=self.olga, room=self.tea, user=self.ann, role="moderator")
        event = self.last()
        assert (event.actor_id, event.actor_name) == (self.olga.pk, "olga")
        assert (event.user_id, event.user_name) == (self.ann.pk, "ann")
        assert (event.room_id, event.room_name) == (self.tea.pk, "tea")
        assert (event.before, event.after) == ({"role": "member"}, {"role": "moderator"})

    def test_changes_of_who_may_read_a_room_have_an_action_of_their_own(self) -> None:
        room_update(by=self.olga, room=self.tea, kind="open", title="Tea for all")
        event = self.last()
        assert event.action == AuditAction.ROOM_VISIBILITY
        assert event.before == {"kind": "private", "title": "Tea"}
        assert event.after == {"kind": "open", "title": "Tea for all"}

    def test_it_outlives_what_it_is_about(self) -> None:
        member_ban(by=self.olga, room=self.tea, user=self.ann)
        self.ann.delete()
        room_delete(by=self.olga, room=self.tea)
        names = AuditEvent.objects.filter(action="member.banned").values_list("user_name", "room_name")
        assert list(names) == [("ann", "tea")]

    def test_it_has_no_text_of_messages_no_secrets_and_no_addresses_of_mails(self) -> None:
        self.say("My word is honeymoon")
        message_delete(by=self.olga, room=self.tea, seq=1)
        _, secret = token_create(user=self.ann, name="bot")
        with override_settings(**MAIL):
            email_invitations_create(by=self.olga, room=self.tea, emails=["zoe@example.org"])
        everything = str([vars(event) for event in recorded()])
        for kept in ("honeymoon", secret, "zoe@"):
            assert kept not in everything
        deleted = AuditEvent.objects.get(action="message.deleted")
        assert (deleted.target, deleted.user_name, deleted.before["characters"]) == ("1", "ann", 20)

    def test_what_people_do_to_their_own_is_not_recorded(self) -> None:
        count = AuditEvent.objects.count()
        self.say("Tea?", by=self.olga)
        message_pin(by=self.olga, room=self.tea, seq=1)
        message_unpin(by=self.olga, room=self.tea, seq=1)
        message_delete(by=self.olga, room=self.tea, seq=1)
        member_leave(user=self.ben, room=self.tea)
        assert AuditEvent.objects.count() == count

    def test_posting_records_nothing_and_asks_nothing(self) -> None:
        count = AuditEvent.objects.count()
        with CaptureQueriesContext(connection) as queries:
            self.say("Tea?")
        assert AuditEvent.objects.count() == count
        assert not [one for one in queries if "audit" in one["sql"]]

    def test_who_becomes_the_owner_of_a_room_without_one_is_recorded(self) -> None:
        member_leave(user=self.olga, room=self.square)
        member_join(user=self.zed, room=self.square)
        event = self.last()
        assert (event.action, event.user_name, event.after) == ("member.role", "zed", {"role": "owner"})

    def test_an_invitation_for_an_address_does_not_tell_whose_it_is(self) -> None:
        with override_settings(**MAIL):
            made = email_invitations_create(by=self.olga, room=self.tea, emails=["zed@example.org"]).invitations[0]
        count = AuditEvent.objects.count()
        invitation_create(by=self.olga, room=self.tea, user=self.zed, by_email=made)
        assert AuditEvent.objects.count() == count

    def test_values_are_bounded(self) -> None:
        many = {f"field {number}": "x\0" * 1000 for number in range(100)}
        audit_record(AuditAction.ROOM_CHANGED, by=self.olga, target="y" * 1000, before=many, after=many)
        event = self.last()
        assert len(event.target) == MAX_VALUE
        assert len(event.after) == MAX_VALUES
        assert {len(value) for value in event.after.values()} == {MAX_VALUE}

    def test_admins_who_read_private_rooms_they_are_not_in_are_recorded_once_an_hour(self) -> None:
        root = User.objects.create_superuser("root")
        reading = AuditEvent.objects.filter(action=AuditAction.ROOM_READ)
        member_add(by=root, room=room_create(by=self.olga, name="own", kind="private"), user=root)
        for _ in range(3):
            reading_record(by=root, rooms=Room.objects.all())
        assert [(one.actor_name, one.room_name) for one in reading] == [("root", "tea")]
        with mock.patch.object(timezone, "now", return_value=timezone.now() + timedelta(hours=1)):
            reading_record(by=root, rooms=Room.objects.all())
        assert reading.all().count() == 2

    def test_it_must_be_in_the_transaction_of_the_change(self) -> None:
        with mock.patch.object(connection, "in_atomic_block", False), pytest.raises(TransactionManagementError):
            audit_record(AuditAction.ROOM_CHANGED, by=self.olga)


class AppendOnly(ApiCase):
    def refused(self, statement: Act) -> None:  # type: ignore[override]
        before = recorded()
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            statement()
        assert recorded() == before

    def test_the_database_refuses_to_change_or_delete_events(self) -> None:
        events = AuditEvent.objects.all()
        assert events
        self.refused(lambda: events.update(actor_name="somebody else"))
        self.refused(events.delete)
        self.refused(events[0].delete)
        self.refused(events[0].save)
        self.refused(lambda: self.execute("UPDATE rooms_auditevent SET action = 'x' WHERE id > 0"))
        self.refused(lambda: self.execute("DELETE FROM rooms_auditevent"))

    def execute(self, statement: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)

    def old(self, *days: int) -> None:
        """Record events of so many days ago."""
        now = timezone.now()
        events = [AuditEvent(at=now - timedelta(days=ago), action=f"old.{ago}", via="command") for ago in days]
        AuditEvent.objects.bulk_create(events)

    def actions(self) -> list[str]:
        return [event.action for event in recorded() if event.action.startswith(("old", "audit"))]

    def test_what_has_expired_is_deleted_and_nothing_else(self) -> None:
        self.old(40, 31, 29, 1)
        before = AuditEvent.objects.count()
        with override_settings(AUDIT_DAYS=30), mock.patch.object(audit, "BATCH", 1):
            assert audit_expire() == 2
            assert AuditEvent.objects.count() == before - 2 + 1
            assert self.actions() == ["old.29", "old.1", "audit.expired"]
            self.old(35)
            assert audit_expire() == 0  # once a day
        self.refused(lambda: AuditEvent.objects.filter(action="old.29").delete())
        self.refused(lambda: AuditEvent.objects.filter(action="audit.expired").delete())

    def test_two_processes_that_do_it_at_once_record_it_once(self) -> None:
        self.old(40)
        real = AuditEvent.objects.bulk_create

        def after_another(*args: Any, **kwargs: Any) -> Any:
            real(*args, **kwargs)
            return real([copy(args[0][0])], **kwargs)

        with override_settings(AUDIT_DAYS=30), mock.patch.object(AuditEvent.objects, "bulk_create", after_another):
            audit_expire()
        assert self.actions() == ["audit.expired"]

    def test_with_0_days_they_are_kept_for_ever(self) -> None:
        self.old(10_000)
        with override_settings(AUDIT_DAYS=0):
            assert audit_expire() == 0
        assert self.actions() == ["old.10000"]

    def test_nothing_to_delete_is_not_recorded(self) -> None:
        assert audit_expire() == 0
        assert self.actions() == []
