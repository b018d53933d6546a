"""The connection table's rows: how a server process writes its own and reads those of the others.

Every function queries the database, so call it in a database thread. Moments are the database's, so that processes
on machines whose clocks differ agree on who was seen when.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import BooleanField, Count, ExpressionWrapper, Q, QuerySet
from django.db.models.functions import Now

from chatproject.avatar_urls import avatar_path
from chatproject.models import Connection, Following, ServerProcess
from chatproject.realtime.addresses import network_of
from chatproject.realtime.delivery.groups import StreamKey
from chatproject.realtime.delivery.publish import connection_ended


class Person(NamedTuple):
    """Somebody with an account, as presence shows them."""

    user_id: int
    user_name: str
    display_name: str
    avatar: str | None


class NewFollowing(NamedTuple):
    """That a socket follows a stream since a moment."""

    connection_id: str
    key: StreamKey
    name: str
    since: datetime


@dataclass(slots=True)
class Batch:
    """What changed about a process's sockets since it last wrote."""

    opened: list[tuple[str, int | None, str, datetime]] = field(default_factory=list)  # id, user id, address, moment
    identified: list[tuple[str, int | None]] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    followed: list[NewFollowing] = field(default_factory=list)
    unfollowed: list[int] = field(default_factory=list)  # row ids that `write` gave

    def __bool__(self) -> bool:
        return bool(self.opened or self.identified or self.closed or self.followed or self.unfollowed)


@dataclass(slots=True)
class News:
    """How the table stands, for a process that looks at it."""

    revisions: dict[UUID, int]  # of the other processes that live
    disconnect: list[str]  # sockets of its own that somebody wants closed


class ProcessForgotten(Exception):
    """The others took this process for dead and removed its rows: it writes them all again."""


def dead_since() -> Q:
    """Processes that gave no sign of life for three times as long as they should."""
    return Q(seen_at__lt=Now() - timedelta(seconds=3 * settings.PROCESS_SEEN_SECONDS))


@transaction.atomic
def write(process_id: UUID, batch: Batch, revision: int) -> list[int]:
    """Write a batch and a sign of life. Gives the row ids of what it says is followed, in order.

    Raises:
        ProcessForgotten: the process has no row any more.
        django.db.IntegrityError: an account has been deleted meanwhile, or a row of ours.
    """
    if not ServerProcess.objects.filter(pk=process_id).update(seen_at=Now(), revision=revision):
        raise ProcessForgotten
    if batch.unfollowed:
        Following.objects.filter(pk__in=batch.unfollowed).delete()
    if batch.closed:
        Connection.objects.filter(pk__in=batch.closed).delete()
    if batch.identified:
        known = [Connection(pk=connection_id, user_id=user_id) for connection_id, user_id in batch.identified]
        Connection.objects.bulk_update(known, ["user_id"])
    return _insert(process_id, batch)


@transaction.atomic
def write_anew(process: ServerProcess, batch: Batch) -> tuple[set[int], list[int]]:
    """Put the whole of a process's rows in the place of what is there. Sockets of deleted accounts are left out.

    Gives the deleted accounts, and the row ids of what is followed, in order, without those of left out sockets.
    """
    ServerProcess.objects.filter(pk=process.pk).delete()
    process.save(force_insert=True)
    wanted = {user_id for _, user_id, _, _ in batch.opened if user_id is not None}
    gone = wanted - set(get_user_model().objects.filter(pk__in=wanted).values_list("pk", flat=True))
    batch.opened = [row for row in batch.opened if row[1] not in gone]
    there = {row[0] for row in batch.opened}
    batch.followed = [row for row in batch.followed if row.connection_id in there]
    return gone, _insert(process.pk, batch)


def _insert(process_id: UUID, batch: Batch) -> list[int]:
    Connection.objects.bulk_create(
        Connection(pk=connection_id, process_id=process_id, user_id=user_id, address=address, opened_at=opened_at)
        for connection_id, user_id, address, opened_at in batch.opened
    )
    rows = Following.objects.bulk_create(
        Following(
            connection_id=row.connection_id, kind=row.key.kind, stream_id=row.key.id, name=row.name, since=row.since
        )
        for row in batch.followed
    )
    return [row.pk for row in rows]


def forget(process_id: UUID) -> None:
    """Remove the rows of a process that ends."""
    ServerProcess.objects.filter(pk=process_id).delete()


def look(process_id: UUID) -> News:
    """How the table stands, in two small queries. Removes the rows of processes that are gone without a word."""
    dead = ExpressionWrapper(dead_since(), output_field=BooleanField())
    others = list(ServerProcess.objects.exclude(pk=process_id).values_list("pk", "revision", dead))
    if any(is_dead for _, _, is_dead in others):
        _forget_dead()
    asked = Connection.objects.filter(process_id=process_id, disconnect_requested=True)
    return News(
        revisions={pk: revision for pk, revision, is_dead in others if not is_dead},
        disconnect=list(asked.values_list("pk", flat=True)),
    )


@transaction.atomic
def _forget_dead() -> None:
    # Locked first, so that two processes don't remove the same rows in another order and wait for each other.
    dead = ServerProcess.objects.select_for_update(skip_locked=True).filter(dead_since())
    ServerProcess.objects.filter(pk__in=list(dead.values_list("pk", flat=True))).delete()


def people_elsewhere(process_id: UUID, keys: Collection[StreamKey]) -> dict[StreamKey, dict[int, Person]]:
    """Who follows these streams at other processes than this one, by user id. One query for each kind."""
    by_kind: defaultdict[str, list[int]] = defaultdict(list)
    for key in keys:
        by_kind[key.kind].append(key.id)
    people: dict[StreamKey, dict[int, Person]] = {key: {} for key in keys}
    for kind, ids in by_kind.items():
        rows = (
            Following.objects.filter(kind=kind, stream_id__in=ids, connection__user__isnull=False)
            .exclude(connection__process_id=process_id)
            .order_by()
            .values_list(
                "stream_id",
                "connection__user_id",
                "connection__user__username",
                "connection__user__display_name",
                "connection__user__picture_digest",
            )
            .distinct()
        )
        for stream_id, user_id, user_name, display_name, digest in rows:
            assert user_id is not None
            person = Person(user_id, user_name, display_name or user_name, avatar_path(digest))
            people[StreamKey(kind, stream_id)][user_id] = person
    return people


def counts_elsewhere(process_id: UUID) -> tuple[dict[int, int], dict[str, int]]:
    """How many sockets each person, and each network, has at other processes."""
    others = Connection.objects.exclude(process_id=process_id).order_by()
    by_user = others.filter(user__isnull=False).values_list("user_id").annotate(count=Count("pk"))
    by_address = others.values_list("address").annotate(count=Count("pk"))
    by_network: Counter[str] = Counter()
    for address, count in by_address:
        by_network[network_of(address)] += count
    return {user_id: count for user_id, count in by_user if user_id is not None}, dict(by_network)


def followings_of(key: StreamKey) -> QuerySet[Following]:
    """The sockets that follow a stream, with their people: those of processes that live."""
    alive = ServerProcess.objects.exclude(dead_since())
    rows = Following.objects.filter(kind=key.kind, stream_id=key.id, connection__process__in=alive)
    return rows.select_related("connection__user")


def connections_of_people() -> QuerySet[Connection]:
    """The sockets at which somebody with an account is: those of processes that live."""
    alive = ServerProcess.objects.exclude(dead_since())
    return Connection.objects.filter(user__isnull=False, process__in=alive).order_by()


def disconnect(connection_id: str) -> None:
    """Have a socket closed with 4003, in whichever process: at once, or when that process next looks at the table."""
    Connection.objects.filter(pk=connection_id).update(disconnect_requested=True)
    transaction.on_commit(partial(connection_ended, connection_id), robust=True)
