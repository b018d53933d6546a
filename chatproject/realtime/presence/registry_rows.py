"""Rows of the connection table: how a server process writes its own and reads those of the others.

Every function queries the database, so call it in a database thread. Timestamps are the database's, so that processes
on machines with different clocks agree on who was seen when.
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
from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Now

from chatproject.avatar_urls import avatar_path
from chatproject.models import Connection, Following, ServerProcess
from chatproject.realtime.addresses import network_of
from chatproject.realtime.delivery.groups import StreamKey
from chatproject.realtime.delivery.publish import disconnect_requested


class Person(NamedTuple):
    """A user, as presence shows them."""

    user_id: int
    user_name: str
    display_name: str
    avatar: str | None


class NewSubscription(NamedTuple):
    """A socket's subscription to a stream since a moment."""

    connection_id: str
    key: StreamKey
    name: str
    since: datetime


@dataclass(slots=True)
class Batch:
    """Changes to a process's sockets since its last write."""

    # Connection id, user id, address, opened at.
    opened: list[tuple[str, int | None, str, datetime]] = field(default_factory=list)
    identified: list[tuple[str, int | None]] = field(default_factory=list)
    idle: list[tuple[str, bool]] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    subscribed: list[NewSubscription] = field(default_factory=list)
    unsubscribed: list[int] = field(default_factory=list)  # row ids returned by `write_batch`

    def __bool__(self) -> bool:
        return bool(self.opened or self.identified or self.idle or self.closed or self.subscribed or self.unsubscribed)


class Written(NamedTuple):
    """What the other processes have written: if nothing of this has changed, none of their rows has."""

    processes: int
    revisions: int  # their sum


@dataclass(slots=True)
class ProcessStatus:
    """What a check of the connection table found."""

    written: Written
    disconnect: list[str]  # own sockets that are to be closed
    orphaned: set[StreamKey]  # streams with subscribers in processes that have died
    bereaved: set[int]  # users with sockets in these processes


class ProcessRemoved(Exception):
    """Raised when other processes took this one for dead and deleted its rows. It then writes them all again."""


def is_dead() -> Q:
    """Match processes that have been silent for three times the interval at which they should report."""
    return Q(seen_at__lt=Now() - timedelta(seconds=3 * settings.PROCESS_SEEN_SECONDS))


@transaction.atomic
def write_batch(process_id: UUID, batch: Batch, revision: int) -> list[int]:
    """Write a batch and update `seen_at`. Returns the row ids of the new subscriptions, in order.

    Raises:
        ProcessRemoved: the process has no row any more.
        django.db.IntegrityError: an account or a row of this process has been deleted meanwhile.
    """
    if not ServerProcess.objects.filter(pk=process_id).update(seen_at=Now(), revision=revision):
        raise ProcessRemoved
    if batch.unsubscribed:
        Following.objects.filter(pk__in=batch.unsubscribed).delete()
    if batch.closed:
        Connection.objects.filter(pk__in=batch.closed).delete()
    if batch.identified:
        connections = [Connection(pk=connection_id, user_id=user_id) for connection_id, user_id in batch.identified]
        Connection.objects.bulk_update(connections, ["user_id"])
    return _insert(process_id, batch)


@transaction.atomic
def rewrite_all(process: ServerProcess, batch: Batch) -> tuple[set[int], list[int]]:
    """Replace all rows of a process. Leaves out the sockets of deleted accounts.

    Returns the ids of the deleted accounts, and the row ids of the remaining subscriptions, in order.
    """
    ServerProcess.objects.filter(pk=process.pk).delete()
    process.save(force_insert=True)
    user_ids = {user_id for _, user_id, _, _ in batch.opened if user_id is not None}
    deleted_ids = user_ids - set(get_user_model().objects.filter(pk__in=user_ids).values_list("pk", flat=True))
    batch.opened = [row for row in batch.opened if row[1] not in deleted_ids]
    connection_ids = {row[0] for row in batch.opened}
    batch.subscribed = [row for row in batch.subscribed if row.connection_id in connection_ids]
    batch.idle = [row for row in batch.idle if row[0] in connection_ids]
    return deleted_ids, _insert(process.pk, batch)


def _insert(process_id: UUID, batch: Batch) -> list[int]:
    Connection.objects.bulk_create(
        Connection(pk=connection_id, process_id=process_id, user_id=user_id, address=address, opened_at=opened_at)
        for connection_id, user_id, address, opened_at in batch.opened
    )
    rows = Following.objects.bulk_create(
        Following(
            connection_id=row.connection_id, kind=row.key.kind, stream_id=row.key.id, name=row.name, since=row.since
        )
        for row in batch.subscribed
    )
    for idle in (True, False):
        if ids := [connection_id for connection_id, value in batch.idle if value is idle]:
            Connection.objects.filter(pk__in=ids).update(idle=idle)
    return [row.pk for row in rows]


def delete_process(process_id: UUID) -> None:
    """Delete the rows of a process that stops."""
    ServerProcess.objects.filter(pk=process_id).delete()


def check_processes(process_id: UUID) -> ProcessStatus:
    """Check the other processes, in two small queries. Deletes the rows of processes that died without cleaning up."""
    others = ServerProcess.objects.exclude(pk=process_id)
    found = others.aggregate(all=Count("pk"), dead=Count("pk", filter=is_dead()), revisions=Sum("revision"))
    orphaned, bereaved = set[StreamKey](), set[int]()
    if found["dead"]:
        orphaned, bereaved = _delete_dead_processes()
        found = others.aggregate(all=Count("pk"), revisions=Sum("revision"))
    to_disconnect = Connection.objects.filter(process_id=process_id, disconnect_requested=True)
    return ProcessStatus(
        written=Written(found["all"], found["revisions"] or 0),
        disconnect=list(to_disconnect.values_list("pk", flat=True)),
        orphaned=orphaned,
        bereaved=bereaved,
    )


@transaction.atomic
def _delete_dead_processes() -> tuple[set[StreamKey], set[int]]:
    """Delete the rows of dead processes. Returns the streams and the users that they had sockets of."""
    # Locked first, so that two processes can't delete the same rows in different orders and deadlock.
    dead = list(
        ServerProcess.objects.select_for_update(skip_locked=True).filter(is_dead()).values_list("pk", flat=True)
    )
    followed = Following.objects.filter(connection__process__in=dead).order_by()
    streams = {StreamKey(*row) for row in followed.values_list("kind", "stream_id").distinct()}
    sockets = Connection.objects.filter(process__in=dead, user__isnull=False).order_by()
    users = {user_id for user_id in sockets.values_list("user_id", flat=True).distinct() if user_id is not None}
    ServerProcess.objects.filter(pk__in=dead).delete()
    return streams, users


def _followed_elsewhere(process_id: UUID, kind: str, ids: Collection[int]) -> QuerySet[Following]:
    """Return the subscriptions of signed-in users to these streams in other processes."""
    rows = Following.objects.filter(kind=kind, stream_id__in=ids, connection__user__isnull=False)
    return rows.exclude(connection__process_id=process_id).order_by()


def digests_elsewhere(process_id: UUID, keys: Collection[StreamKey]) -> dict[StreamKey, tuple[int, int]]:
    """Return, for streams with subscribers in other processes, how many people these are, and the sum of their ids.

    So one small row for each stream tells whether what is known of it is still true.
    """
    digests: dict[StreamKey, tuple[int, int]] = {}
    for kind, ids in _ids_by_kind(keys).items():
        rows = _followed_elsewhere(process_id, kind, ids).values_list("stream_id")
        counted = rows.annotate(
            people=Count("connection__user_id", distinct=True), ids=Sum("connection__user_id", distinct=True)
        )
        digests |= {StreamKey(kind, stream_id): (people, total) for stream_id, people, total in counted}
    return digests


def _ids_by_kind(keys: Collection[StreamKey]) -> dict[str, list[int]]:
    by_kind: defaultdict[str, list[int]] = defaultdict(list)
    for key in keys:
        by_kind[key.kind].append(key.id)
    return by_kind


def people_elsewhere(process_id: UUID, keys: Collection[StreamKey]) -> dict[StreamKey, dict[int, Person]]:
    """Return who is subscribed to these streams in other processes, by user id. Runs one query per kind."""
    people: dict[StreamKey, dict[int, Person]] = {key: {} for key in keys}
    for kind, ids in _ids_by_kind(keys).items():
        rows = (
            _followed_elsewhere(process_id, kind, ids)
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
    """Return how many sockets each user, and each network, has in other processes."""
    others = Connection.objects.exclude(process_id=process_id).order_by()
    by_user = others.filter(user__isnull=False).values_list("user_id").annotate(count=Count("pk"))
    by_address = others.values_list("address").annotate(count=Count("pk"))
    by_network: Counter[str] = Counter()
    for address, count in by_address:
        by_network[network_of(address)] += count
    return {user_id: count for user_id, count in by_user if user_id is not None}, dict(by_network)


def subscriptions_to(key: StreamKey) -> QuerySet[Following]:
    """Return a stream's subscriptions with their users, in processes that are alive."""
    alive = ServerProcess.objects.exclude(is_dead())
    rows = Following.objects.filter(kind=key.kind, stream_id=key.id, connection__process__in=alive)
    return rows.select_related("connection__user")


def signed_in_connections() -> QuerySet[Connection]:
    """Return the sockets of signed-in users, in processes that are alive."""
    alive = ServerProcess.objects.exclude(is_dead())
    return Connection.objects.filter(user__isnull=False, process__in=alive).order_by()


def idle_among(user_ids: Collection[int]) -> set[int]:
    """Return which of these users have idle sockets, in whatever process."""
    idle = Connection.objects.filter(user_id__in=user_ids, idle=True).order_by()
    return {user_id for user_id in idle.values_list("user_id", flat=True).distinct() if user_id is not None}


def away_among(user_ids: Collection[int]) -> dict[int, bool]:
    """Return, for those of these users who have open sockets, whether they are away: all their sockets are idle."""
    counted = signed_in_connections().filter(user_id__in=user_ids).values_list("user_id")
    active = counted.annotate(active=Count("pk", filter=Q(idle=False)))
    return {user_id: not count for user_id, count in active if user_id is not None}


def request_disconnect(connection_id: str) -> None:
    """Have a socket in any process closed with 4003: at once, or when its process next checks the table."""
    Connection.objects.filter(pk=connection_id).update(disconnect_requested=True)
    transaction.on_commit(partial(disconnect_requested, connection_id), robust=True)
