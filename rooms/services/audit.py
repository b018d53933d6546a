"""Recording uses of power in the audit log, and deleting what has expired there."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError
from django.utils import timezone

from chatproject.logs import connection_id, request_id
from chatproject.origin import origin
from chatproject.realtime.background.periodic import PeriodicTask
from rooms.models import AuditAction, AuditEvent, Membership, Room, User

MAX_VALUE = 200  # characters of a value; longer ones are cut
MAX_VALUES = 20  # in `before` and in `after`
BATCH = 1000  # events deleted in one statement

Values = Mapping[str, Any]


def audit_record(
    action: AuditAction,
    *,
    by: User | None = None,
    room: Room | None = None,
    user: User | None = None,
    target: object = "",
    before: Values | None = None,
    after: Values | None = None,
    once_an_hour: object = None,
) -> None:
    """Record a use of power, in the transaction of the change that it is about.

    `by` is who did it: without it, the user who sent the present request, or nobody. `user` is to whom, `target` to
    what, if that is neither a person nor a room. `before` and `after` are the values that changed; texts are cut to
    MAX_VALUE characters. They must have neither secrets nor the text of messages. What has the same `once_an_hour` as
    another event of this action is recorded once in an hour.

    Raises TransactionManagementError outside of a transaction: the change would remain if recording it fails.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("audit_record outside of a transaction")
    come = origin.get()
    actor = by if by is not None else come.who()
    if not isinstance(actor, User):
        actor = None
    now = timezone.now()
    event = AuditEvent(
        at=now,
        action=action,
        via=come.via,
        actor_id=actor.pk if actor else None,
        actor_name=actor.username if actor else "",
        user_id=user.pk if user else None,
        user_name=user.username if user else "",
        room_id=room.pk if room else None,
        room_name=room.name if room else "",
        target=_cut(str(target)),
        before=_plain(before),
        after=_plain(after),
        address=come.address,
        request_id=request_id.get() or connection_id.get() or "",
    )
    if once_an_hour is not None:
        event.once = hashlib.sha256(f"{action} {once_an_hour} {now:%Y-%m-%d %H}".encode()).hexdigest()[:32]
    # Not `save()`, which can't ignore that the event of this hour exists.
    AuditEvent.objects.bulk_create([event], ignore_conflicts=event.once is not None)


@transaction.atomic
def reading_record(*, by: User, rooms: Iterable[Room]) -> None:
    """Record that an admin reads messages of rooms that are not public and that they are not a member of.

    Once an hour for each room.
    """
    private = {room.pk: room for room in rooms if room.kind != Room.Kind.OPEN}
    if not private:
        return
    own = set(Membership.objects.filter(user=by, room__in=private).values_list("room_id", flat=True))
    for room_id in sorted(private.keys() - own):
        audit_record(AuditAction.ROOM_READ, by=by, room=private[room_id], once_an_hour=(by.pk, room_id))


@transaction.atomic
def export_record(*, by: User, room: Room | None, wanted: Values) -> None:
    """Record that somebody exports events, and which."""
    audit_record(AuditAction.AUDIT_EXPORTED, by=by, room=room, after=wanted)


def changes(before: Values, after: Values) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return those values of both that differ."""
    names = [name for name in after if before.get(name) != after[name]]
    return {name: before.get(name) for name in names}, {name: after[name] for name in names}


def _plain(values: Values | None) -> dict[str, Any]:
    """Return values as JSON has them."""
    return {name: _plain_value(value) for name, value in list((values or {}).items())[:MAX_VALUES]}


def _plain_value(value: Any) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    return _cut(value.isoformat() if isinstance(value, datetime) else str(value))


def _cut(text: str) -> str:
    text = text.replace("\0", "")  # PostgreSQL stores none
    return text if len(text) <= MAX_VALUE else text[: MAX_VALUE - 1] + "…"


def audit_expire() -> int:
    """Delete events that are older than AUDIT_DAYS, and record that, at most once a day. Returns how many.

    The triggers allow it because the event that records it says what is deleted.
    """
    if not settings.AUDIT_DAYS:
        return 0
    now = timezone.now()
    until = now - timedelta(days=settings.AUDIT_DAYS)
    expired = AuditEvent.objects.filter(at__lt=until)
    today = f"expired {now:%Y-%m-%d}"
    if AuditEvent.objects.filter(once=today).exists() or not expired.exists():
        return 0
    permit = AuditEvent(
        at=now,
        action=AuditAction.AUDIT_EXPIRED,
        via=origin.get().via,
        after={"before": until.isoformat(timespec="seconds")},
        once=today,
        expired_before=until,
    )
    AuditEvent.objects.bulk_create([permit], ignore_conflicts=True)  # several processes may do the same at once
    deleted = 0
    while ids := list(expired.order_by("id").values_list("id", flat=True)[:BATCH]):
        deleted += AuditEvent.objects.filter(id__in=ids).delete()[0]
    return deleted


# Often enough that a server that is restarted every night does it, too.
audit_expire_task = PeriodicTask(audit_expire, interval=3600, delay=60)
