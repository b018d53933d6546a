"""Reports of messages and people, and who may see which of them."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from rooms.errors import NotFound
from rooms.models import Ban, Membership, Message, Report, ReportAction, Restriction, Room, User
from rooms.selectors.members import check_may_moderate
from rooms.selectors.restrictions import find_mute

NO_REPORT = _("Report not found.")
NEIGHBOURS = 4  # messages shown before a reported one, and as many after it
MAX_EARLIER = 10  # of a person's earlier reports and restrictions
MODERATING = [Membership.Role.OWNER, Membership.Role.MODERATOR]


def handled_by(user_id: int | OuterRef) -> Q:
    """Match the reports that a user may see and act on.

    Staff see all, owners and moderators those of messages in their rooms; moderators not those about owners and other
    moderators. Nobody sees a report about themselves: it names who reported them. For a user of an outer query,
    `user_id` is `OuterRef(OuterRef("pk"))`.
    """
    is_staff = Exists(User.objects.filter(pk=user_id, is_staff=True, is_active=True))
    mine = Membership.objects.filter(room=OuterRef("room"), user=user_id)
    theirs = Membership.objects.filter(room=OuterRef("room"), user=OuterRef("user"), role__in=MODERATING)
    owns = Exists(mine.filter(role=Membership.Role.OWNER))
    moderates = Exists(mine.filter(role=Membership.Role.MODERATOR))
    about_them = Exists(Report.objects.filter(pk=OuterRef("pk"), user=user_id))
    return ~Q(about_them) & (Q(is_staff) | Q(owns) | (Q(moderates) & ~Q(Exists(theirs))))


def reports_for(user: User, room: Room | None = None) -> QuerySet[Report]:
    """Return the reports that a user may handle, of a room if it is given: open ones first, each the newest first.

    Raises NotFound when they may not moderate the room.
    """
    found = Report.objects.filter(handled_by(user.pk)).select_related(
        "reporter", "user", "room", "message__author", "message__room", "assignee", "closed_by"
    )
    if room is not None:
        check_may_moderate(user, room)
        found = found.filter(room=room)
    return found.annotate(is_open=Q(state=Report.State.OPEN)).order_by("-is_open", "-pk")


def may_use_desk(user: User) -> bool:
    """Return whether a user may handle any reports, now or later: they are staff or moderate a room."""
    return user.is_staff or Membership.objects.filter(user=user, role__in=MODERATING).exists()


def get_report_for(user: User, report_id: int) -> Report:
    """Return a report that a user may handle. Raises NotFound."""
    found = reports_for(user).filter(pk=report_id).first()
    if found is None:
        raise NotFound(NO_REPORT)
    return found


def own_reports(user: User) -> QuerySet[Report]:
    """Return what a user has reported, the newest first."""
    return Report.objects.filter(reporter=user).select_related("room", "message").order_by("-pk")


def handlers_of(report: Report) -> list[int]:
    """Return the ids of the active users who may handle a report."""
    candidates = Q(is_staff=True)
    if report.room_id is not None:
        members = Membership.objects.filter(room=report.room_id, role__in=MODERATING)
        candidates |= Q(pk__in=members.values("user"))
    users = User.objects.filter(candidates, is_active=True)
    may = Exists(Report.objects.filter(handled_by(OuterRef(OuterRef("pk"))), pk=report.pk))
    return list(users.filter(may).order_by("pk").values_list("pk", flat=True))


class ShownReport(NamedTuple):
    """A report with what a moderator needs to decide."""

    report: Report
    context: list[Message]  # with the message itself, oldest first; empty for a report of a person
    actions: list[ReportAction]
    others: int  # further reports of the same message or person that are open
    mute: Restriction | None  # that is in force where it would be made from here
    banned: bool  # from the room
    is_member: bool  # of the room
    earlier_reports: list[Report]
    earlier_restrictions: list[Restriction]


def report_details(user: User, report: Report) -> ShownReport:
    """Return a report, which this user may handle, with its surroundings. Moderators see only those of their room."""
    room = report.room
    reports, restrictions = Report.objects.none(), Restriction.objects.none()
    if report.user is not None:
        reports = Report.objects.filter(handled_by(user.pk), user=report.user).exclude(pk=report.pk)
        restrictions = Restriction.objects.filter(user=report.user)
        if not user.is_staff:
            reports, restrictions = reports.filter(room=room), restrictions.filter(room=room)
    banned = is_member = False
    if room is not None and report.user is not None:
        banned = Ban.objects.filter(room=room, user=report.user).exists()
        is_member = Membership.objects.filter(room=room, user=report.user).exists()
    return ShownReport(
        report=report,
        context=_context(report),
        actions=list(report.actions.select_related("by").order_by("pk")),
        others=same_target(report).filter(state=Report.State.OPEN).exclude(pk=report.pk).count(),
        mute=find_mute(report.user.pk, room.pk if room else None) if report.user is not None else None,
        banned=banned,
        is_member=is_member,
        earlier_reports=list(reports.select_related("room").order_by("-pk")[:MAX_EARLIER]),
        earlier_restrictions=list(restrictions.select_related("room", "by", "lifted_by").order_by("-pk")[:MAX_EARLIER]),
    )


def same_target(report: Report) -> QuerySet[Report]:
    """Return all reports of the same message, or of the same person."""
    if report.message_id is not None:
        return Report.objects.filter(message=report.message_id)
    return Report.objects.filter(message=None, user=report.user, user_name=report.user_name)


def _context(report: Report) -> list[Message]:
    if report.message is None or report.room is None:
        return []
    seq = report.message.seq
    near = Message.objects.filter(room=report.room, seq__range=(seq - NEIGHBOURS, seq + NEIGHBOURS))
    return list(near.select_related("author").order_by("seq"))


def open_report_counts(user_ids: Collection[int]) -> dict[int, int]:
    """Return how many open reports each of these users may handle; those without any are left out."""
    rows = Report.objects.filter(handled_by(OuterRef(OuterRef("pk"))), state=Report.State.OPEN)
    counted = rows.order_by().values("state").annotate(number=Count("pk")).values("number")
    users = User.objects.filter(pk__in=user_ids).order_by().annotate(number=Subquery(counted))
    return dict(users.filter(number__isnull=False).values_list("pk", "number"))
