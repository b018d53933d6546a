"""Report messages and people, and handle the reports.

What a moderator does about a report goes through the services that do it elsewhere, which check the permission; the
report keeps what was done, and its reporter is notified that it was handled.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms import signals
from rooms.errors import Conflict, InvalidField, NotFound
from rooms.events import announce_counts
from rooms.models import AuditAction, Message, Report, ReportAction, Room, User
from rooms.selectors.messages import get_message
from rooms.selectors.reports import NO_REPORT, get_report_for, handlers_of, open_report_counts, same_target
from rooms.services.audit import audit_record
from rooms.services.locking import check_not_muted, lock_room
from rooms.services.members import member_ban, member_remove, member_unban
from rooms.services.messages import message_delete
from rooms.services.restrictions import user_mute, user_unmute
from rooms.services.rooms import room_update
from rooms.services.text_rules import TOO_LONG, check_storable

MAX_NOTE_LENGTH = 1000
SLOW_SECONDS = 30  # what the pages turn on
COUNT_NAME = "reports"  # in `unread` frames
Kind = ReportAction.Kind
NO_ACCOUNT = _("This was written without an account. Delete the message, or close the room to guests.")
UNDOABLE = {Kind.MUTED, Kind.BANNED, Kind.SLOWED, Kind.DISMISSED}


def message_report(*, by: User, room: Room, seq: int, reason: object, note: object = "") -> tuple[Report, bool]:
    """Report a message of a room that `by` may read, and return the report and whether it is new.

    The room's owners and moderators and the admins are notified, but not whom it is about. As long as it is open, a
    second report of the same message by the same user returns the first one.

    Raises:
        InvalidField: the reason or the note is not acceptable.
        NotFound: there is no such message.
        Conflict: it is deleted, or one's own.
    """
    reason, note = _check_reason(reason), _check_note(note)
    with transaction.atomic():
        locked = lock_room(room)
        message = get_message(locked, seq)
        if message.author_id == by.pk:
            raise Conflict(_("You can’t report yourself."))
        earlier = Report.objects.filter(reporter=by, message=message, state=Report.State.OPEN).first()
        if earlier is not None:
            return earlier, False
        if message.deleted_at is not None:
            raise Conflict(_("This message was deleted."))
        report = Report.objects.create(
            reporter=by,
            user=message.author,
            user_name=message.author.username if message.author else message.user_name,
            room=locked,
            message=message,
            content=message.content,
            files=[one.name for one in message.loaded_attachments],
            written_at=message.edited_at or message.created_at,
            reason=reason,
            note=note,
            created_at=timezone.now(),
        )
        _announce_new(report)
    return report, True


def person_report(*, by: User, user: User, reason: object, note: object = "") -> tuple[Report, bool]:
    """Report a person to the admins, and return the report and whether it is new; see `message_report`.

    Raises InvalidField, or Conflict when it is `by`.
    """
    reason, note = _check_reason(reason), _check_note(note)
    if by.pk == user.pk:
        raise Conflict(_("You can’t report yourself."))
    own = Report.objects.filter(reporter=by, user=user, message=None, state=Report.State.OPEN)
    if (earlier := own.first()) is not None:
        return earlier, False
    try:
        with transaction.atomic():
            report = Report.objects.create(
                reporter=by,
                user=user,
                user_name=user.username,
                reason=reason,
                note=note,
                created_at=timezone.now(),
            )
            _announce_new(report)
    except IntegrityError:  # sent twice at once
        return own.get(), False
    return report, True


@transaction.atomic
def report_act(
    *,
    by: User,
    report_id: int,
    action: object,
    minutes: int | None = None,
    everywhere: bool = False,
    reason: object = "",
) -> Report:
    """Do something about a report, which closes it and all others of the same message or person.

    `action` is one of ReportAction.Kind. A mute lasts `minutes`, or for None until it is lifted, and is in force in
    the room, or `everywhere` for staff and in direct rooms; its `reason` is shown to the person. More can be done about
    a report that is closed already.

    Raises what the services raise that do it, and:
        NotFound: `by` may not handle the report.
        InvalidField: there is no such action.
        Conflict: the action does not apply to what was reported.
    """
    if not isinstance(action, str) or action not in Kind.values:
        choices = {"field": "action", "choices": ", ".join(Kind.values)}
        raise InvalidField(_("%(field)s must be one of %(choices)s."), choices)
    report = _get_report(by, report_id)
    place, until, slow_before = report.room, None, None
    match Kind(action):
        case Kind.DELETED:
            message_delete(by=by, room=_room_of(report), seq=_message_of(report).seq)
        case Kind.MUTED:
            place = None if everywhere or _is_for_admins(report) else report.room
            moment = None if minutes is None else (timezone.now() + timedelta(minutes=minutes)).isoformat()
            until = user_mute(by=by, user=_person_of(report), room=place, until=moment, reason=reason).until
        case Kind.REMOVED:
            member_remove(by=by, room=_room_of(report), user=_person_of(report))
        case Kind.BANNED:
            member_ban(by=by, room=_room_of(report), user=_person_of(report))
        case Kind.SLOWED:
            room = _room_of(report)
            slow_before = room.slow_seconds
            room_update(by=by, room=room, slow_seconds=SLOW_SECONDS)
        case Kind.DISMISSED:
            if report.state != Report.State.OPEN:
                raise Conflict(_("This report is closed already."))
            audit_record(AuditAction.REPORT_DISMISSED, by=by, room=report.room, user=report.user, target=report.pk)
    now = timezone.now()
    ReportAction.objects.create(
        report=report,
        kind=action,
        by=by,
        at=now,
        until=until,
        everywhere=action == Kind.MUTED and place is None,
        slow_before=slow_before,
    )
    _close(by, report, Report.State.DISMISSED if action == Kind.DISMISSED else Report.State.HANDLED)
    return get_report_for(by, report_id)


@transaction.atomic
def report_undo(*, by: User, report_id: int, action_id: int) -> Report:
    """Undo what was done about a report: unmute, unban, restore the speed of the room, or open it again.

    Raises what the services raise that undo it, and:
        NotFound: `by` may not handle the report, or there is no such action.
        Conflict: it can't be undone, or has been.
    """
    report = _get_report(by, report_id)
    done = report.actions.select_for_update(no_key=True).filter(pk=action_id).first()
    if done is None:
        raise NotFound(NO_REPORT)
    if done.undone_at is not None:
        raise Conflict(_("This has been undone already."))
    match done.kind:
        case Kind.MUTED:
            user_unmute(by=by, user=_person_of(report), room=None if done.everywhere else report.room)
        case Kind.BANNED:
            member_unban(by=by, room=_room_of(report), user=_person_of(report))
        case Kind.SLOWED:
            room_update(by=by, room=_room_of(report), slow_seconds=done.slow_before or 0)
        case Kind.DISMISSED:
            _reopen(report)
            audit_record(AuditAction.REPORT_REOPENED, by=by, room=report.room, user=report.user, target=report.pk)
        case Kind.DELETED:
            raise Conflict(_("A deleted message can’t be restored. The report keeps its text."))
        case Kind.REMOVED:
            raise Conflict(_("Invite this person to the room again."))
    done.undone_at = timezone.now()
    done.save(update_fields=["undone_at"])
    return get_report_for(by, report_id)


@transaction.atomic
def report_assign(*, by: User, report_id: int, take: bool) -> Report:
    """Take a report, so that others see who looks at it, or with False release it. Raises NotFound."""
    report = _get_report(by, report_id)
    report.assignee = by if take else None
    report.save(update_fields=["assignee"])
    return report


def _get_report(by: User, report_id: int) -> Report:
    """Return a report that `by` may act on. Raises NotFound, Muted."""
    report = get_report_for(by, report_id)
    check_not_muted(by.pk, report.room_id)
    return report


def _close(by: User, report: Report, state: str) -> None:
    """Close all open reports of what a report is about, and notify the reporters."""
    handlers = handlers_of(report)
    open_ones = same_target(report).filter(state=Report.State.OPEN).select_related("reporter", "room", "user")
    closed = list(open_ones.select_for_update(no_key=True, of=("self",)).order_by("pk"))
    if not closed:
        return
    rows = Report.objects.filter(pk__in=[one.pk for one in closed])
    rows.update(state=state, closed_at=timezone.now(), closed_by=by)
    # After the commit, in a transaction of its own: others of this one may have locked topics already.
    transaction.on_commit(lambda: signals.reports_closed.send(Report, reports=closed), robust=True)
    _announce_counts(handlers)


def _reopen(report: Report) -> None:
    report.state, report.closed_at, report.closed_by = Report.State.OPEN, None, None
    try:
        with transaction.atomic():
            report.save(update_fields=["state", "closed_at", "closed_by"])
    except IntegrityError as error:
        raise Conflict(_("The same person has reported this again: look at the new report.")) from error
    _announce_counts(handlers_of(report))


def _announce_new(report: Report) -> None:
    handlers = handlers_of(report)
    # One notification for what many people report at once.
    if not same_target(report).filter(state=Report.State.OPEN).exclude(pk=report.pk).exists():
        signals.report_created.send(
            Report, report=report, handler_ids=[pk for pk in handlers if pk != report.reporter_id]
        )
    _announce_counts(handlers)


def _announce_counts(handler_ids: list[int]) -> None:
    announce_counts(COUNT_NAME, dict.fromkeys(handler_ids, 0) | open_report_counts(handler_ids))


def _is_for_admins(report: Report) -> bool:
    return report.room is None or report.room.kind == Room.Kind.DIRECT


def _room_of(report: Report) -> Room:
    if report.room is None:
        raise Conflict(_("This report is about a person, not about a message in a room."))
    return report.room


def _message_of(report: Report) -> Message:
    if report.message is None:
        raise Conflict(_("This report is about a person, not about a message in a room."))
    return report.message


def _person_of(report: Report) -> User:
    if report.user is None:
        raise Conflict(NO_ACCOUNT)
    return report.user


def _check_reason(reason: object) -> str:
    if not isinstance(reason, str) or reason not in Report.Reason.values:
        choices = {"field": "reason", "choices": ", ".join(Report.Reason.values)}
        raise InvalidField(_("%(field)s must be one of %(choices)s."), choices)
    return reason


def _check_note(note: object) -> str:
    if not isinstance(note, str):
        raise InvalidField(_("%(field)s must be a string."), {"field": "note"})
    check_storable(note, "note")
    note = note.strip()
    if len(note) > MAX_NOTE_LENGTH:
        raise InvalidField(TOO_LONG, {"maximum": MAX_NOTE_LENGTH, "length": len(note)}, field="note")
    return note
