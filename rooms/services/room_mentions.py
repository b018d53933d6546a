"""Writes the mentions of everybody in a room: a `Mention` for each member, as if the message named them.

The transaction that posts such a message only writes a `RoomMention`. Every server process works these off, so that
none is forgotten when a process is killed: in batches of members, each in one transaction with how far it has got. So
each member is mentioned once. Who is notified is then decided in `mention_notices`, as for other mentions.

A transaction locks a message's `RoomMention` before its mentions.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from chatproject.realtime.background.periodic import PeriodicTask
from chatproject.realtime.presence.registry_rows import signed_in_connections
from rooms.events import announce_mentions
from rooms.markdown import room_mention_in
from rooms.models import Membership, Mention, Message, RoomMention
from rooms.selectors.blocks import blocked_pairs
from rooms.services.mention_notices import mentions_task

SWEEP_SECONDS = 10  # how often each process looks for what another process has left
BATCH = 500  # members


def room_mentions_record(messages: Iterable[Message]) -> None:
    """Have everybody mentioned whom the new messages mention with @room or @here."""
    kinds = [(message, room_mention_in(message.html)) for message in messages]
    rows = [RoomMention(message=message, kind=kind) for message, kind in kinds if kind is not None]
    if rows:
        RoomMention.objects.bulk_create(rows)
        transaction.on_commit(room_mentions_task.run_soon, robust=True)


def room_mention_hold(message: Message, *, withdraw: bool) -> None:
    """Until the transaction ends, let nobody else be mentioned by a message that mentions everybody, or never again."""
    rows = RoomMention.objects.filter(message=message)
    list(rows.select_for_update(no_key=True).values_list("pk"))
    if withdraw:
        rows.delete()


def room_mentions_write() -> None:
    """Write the mentions of everybody whom new messages mention with @room or @here."""
    for pk in list(RoomMention.objects.order_by("pk").values_list("pk", flat=True)):
        while _write_batch(pk):
            pass


room_mentions_task = PeriodicTask(room_mentions_write, interval=SWEEP_SECONDS, delay=0.05)


@transaction.atomic
def _write_batch(pk: int) -> bool:
    """Mention the next BATCH members, unless another process is doing it. Returns whether there may be more."""
    # Read after locking, for the message is not deleted or changed from here on.
    row = RoomMention.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=pk).first()
    if row is None:
        return False
    message = Message.objects.select_related("room").get(pk=row.message_id)
    members = Membership.objects.filter(room=message.room, pk__gt=row.reached, user__is_active=True)
    members = members.filter(joined_at__lte=message.created_at).exclude(level=Membership.Level.NOTHING)
    if row.kind == RoomMention.Kind.HERE:
        members = members.filter(user__in=signed_in_connections().values("user"))
    found = list(members.order_by("pk").values_list("pk", "user_id")[:BATCH])
    user_ids = {user_id for _, user_id in found} - {message.author_id}
    blocked = blocked_pairs(user_ids, {message.author_id}) if message.author_id is not None else set()
    mentions = [
        Mention(message=message, user_id=user_id, kind=row.kind, room_id=message.room_id, seq=message.seq)
        for _, user_id in found
        if user_id in user_ids and (user_id, message.author_id) not in blocked
    ]
    # Some are named as well, or replied to.
    Mention.objects.bulk_create(mentions, ignore_conflicts=True)
    if len(found) < BATCH:
        row.delete()
    else:
        row.reached = found[-1][0]
        row.save(update_fields=["reached"])
    if mentions:
        transaction.on_commit(mentions_task.run_soon, robust=True)
        announce_mentions(message.room)
    return len(found) == BATCH
