"""The audit log: who may see which events, and finding them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from rooms.errors import NotFound
from rooms.models import PUBLIC_ACTIONS, AuditEvent, Membership, Room, User, UserName
from rooms.selectors.members import get_membership

NO_LOG = _("There is no audit log for you here.")
CHUNK = 1000  # events read at once for an export
MODERATORS = {Membership.Role.OWNER, Membership.Role.MODERATOR}


class AuditScope(Enum):
    """What somebody sees of the audit log: all of it, a room's, or what a room's members see of that."""

    ALL = "all"
    ROOM = "room"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which events to show; each field may be empty.

    `person` is the name of who did it or to whom it was done. `since` and `until` are days in UTC, both included.
    """

    person: str = ""
    action: str = ""
    room_name: str = ""
    since: date | None = None
    until: date | None = None

    def given(self) -> dict[str, str]:
        """Return the fields that are not empty."""
        fields = {name: getattr(self, name) for name in ("person", "action", "room_name", "since", "until")}
        return {name: str(value) for name, value in fields.items() if value}


def may_see_all_events(user: User) -> bool:
    """Return whether a user is an admin who may see the whole audit log."""
    return user.is_staff and user.has_perm("rooms.view_auditevent")


def audit_scope(user: User, room: Room | None) -> AuditScope:
    """Return what a user sees of the events of a room that they may read or, for None, of all. Raises NotFound.

    Only admins see addresses: a room's moderators see who did what, but not where people are.
    """
    if may_see_all_events(user):
        return AuditScope.ALL
    if room is not None and room.kind != Room.Kind.DIRECT:
        member = get_membership(user, room)
        if user.is_staff or (member is not None and member.role in MODERATORS):
            return AuditScope.ROOM
        if member is not None and room.public_log:
            return AuditScope.PUBLIC
    raise NotFound(NO_LOG)


def audit_events(scope: AuditScope, room: Room | None, wanted: AuditFilter) -> QuerySet[AuditEvent]:
    """Return the events that are wanted, of those that are seen with this scope, the newest first."""
    events = AuditEvent.objects.order_by("-id")
    if room is not None:
        events = events.filter(room_id=room.pk)
    elif wanted.room_name:
        events = events.filter(_of_room(wanted.room_name))
    if scope is AuditScope.PUBLIC:
        events = events.filter(action__in=PUBLIC_ACTIONS)
    if wanted.person:
        events = events.filter(_about(wanted.person.removeprefix("@")))
    if wanted.action:
        events = events.filter(action=wanted.action)
    if wanted.since:
        events = events.filter(at__gte=datetime.combine(wanted.since, time(), UTC))
    if wanted.until and wanted.until < date.max:
        events = events.filter(at__lt=datetime.combine(wanted.until, time(), UTC) + timedelta(days=1))
    return events


def _of_room(name: str) -> Q:
    room = Room.objects.filter(name=name).first() if "\0" not in name else None
    return Q(room_id=room.pk) if room else Q(room_name=name.replace("\0", ""))


def _about(name: str) -> Q:
    """Match what somebody did and what was done to them, under any name they have or had."""
    user = UserName.objects.accounts([name]).get(name)
    if user is not None:
        return Q(actor_id=user.pk) | Q(user_id=user.pk)
    name = name.replace("\0", "")
    return Q(actor_name=name) | Q(user_name=name)  # of a deleted account


def event_chunks(events: QuerySet[AuditEvent]) -> Iterator[list[AuditEvent]]:
    """Iterate over all these events, in lists of bounded length.

    Each is a query of its own: the threads of a server take turns in sending a long response.
    """
    last = None
    while found := list((events if last is None else events.filter(id__lt=last))[:CHUNK]):
        yield found
        last = found[-1].pk
