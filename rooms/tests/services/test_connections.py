"""The connection registry in the API and the admin, and how processes write it. For sockets, see test_presence.py."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.db.utils import IntegrityError
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from chatproject.models import Connection, Following, ServerProcess
from chatproject.realtime.delivery import publish
from chatproject.realtime.delivery.groups import StreamKey
from chatproject.realtime.presence import registry_rows
from rooms.models import Room, User
from rooms.tests.support.api_case import ApiCase

PATH = "rooms/tea/connections/"


def create_connection(
    user: User | None, *rooms: Room, name: str = "", process: ServerProcess | None = None, idle: bool = False
) -> str:
    """Create a connection as a server process writes it, and return its id."""
    process = process or ServerProcess.objects.create(host="here", pid=1, server="daphne")
    now = timezone.now()
    row = Connection.objects.create(
        pk=name or uuid4().hex, process=process, user=user, address="203.0.113.7", opened_at=now, idle=idle
    )
    for room in rooms:
        Following.objects.create(connection=row, kind="room", stream_id=room.pk, name=room.name, since=now)
    return row.pk


class PublishedMessages:
    """Collects the messages that reach the publisher."""

    def __init__(self, case: TestCase) -> None:
        self.messages: list[Any] = []
        put = publish.publisher.put
        publish.publisher.put = self.messages.append  # type: ignore[method-assign,assignment]
        case.addCleanup(setattr, publish.publisher, "put", put)


class ApiTests(ApiCase):
    def setUp(self) -> None:
        super().setUp()
        self.published = PublishedMessages(self).messages

    def test_moderators_see_the_rooms_connections_and_staff_the_addresses(self) -> None:
        first = create_connection(self.ann, self.tea, self.square)
        guest = create_connection(None, self.tea)
        create_connection(self.ben, self.square)
        page = self.ok("GET", PATH, by=self.mo)["results"]
        assert [(row["connection_id"], row["user_name"], row["guest"]) for row in page] == [
            (first, "ann", False),
            (guest, None, True),
        ]
        assert set(page[0]) == {
            *("connection_id", "user_id", "user_name", "display_name", "guest"),
            *("opened_at", "since", "process"),
        }
        User.objects.filter(pk=self.zed.pk).update(is_staff=True)
        assert self.ok("GET", "rooms/square/connections/", by=self.zed)["results"][0]["address"] == "203.0.113.7"

    def test_members_get_the_same_404_as_for_an_absent_room(self) -> None:
        connection_id = create_connection(self.ann, self.tea)
        absent = self.request("GET", "rooms/nowhere/connections/", by=self.ann).content
        for method, path in (("GET", PATH), ("DELETE", f"{PATH}{connection_id}/")):
            assert self.request(method, path, by=self.ann).content == absent

    def test_the_list_takes_a_constant_number_of_queries(self) -> None:
        create_connection(self.ann, self.tea)
        with self.assertNumQueries(4):
            self.ok("GET", PATH, by=self.mo)
        for _ in range(20):
            create_connection(self.ben, self.tea)
        with self.assertNumQueries(4):
            assert len(self.ok("GET", PATH, by=self.mo)["results"]) == 21

    def test_connections_of_a_process_that_died_are_not_listed(self) -> None:
        create_connection(self.ann, self.tea)
        ServerProcess.objects.update(seen_at=timezone.now() - timedelta(seconds=60))
        assert self.ok("GET", PATH, by=self.mo)["results"] == []

    def disconnects(self, by: User, connection_id: str, room: str = "tea") -> bool:
        with self.captureOnCommitCallbacks(execute=True):
            response = self.request("DELETE", f"rooms/{room}/connections/{connection_id}/", by=by)
        published = {"type": "disconnect", "connection_id": connection_id} in self.published
        self.published.clear()
        marked = Connection.objects.filter(pk=connection_id, disconnect_requested=True).exists()
        assert (response.status_code == 204) == published == marked, (response.content, published, marked)
        return published

    def test_moderators_disconnect_members_and_guests_and_owners_everyone(self) -> None:
        for user in (self.ann, None):
            assert self.disconnects(self.mo, create_connection(user, self.tea))
        for user in (self.olga, self.mo):
            connection_id = create_connection(user, self.tea)
            assert not self.disconnects(self.mo, connection_id)
            assert self.disconnects(self.olga, connection_id)

    def test_nobody_disconnects_sockets_of_another_room(self) -> None:
        elsewhere = create_connection(self.ann, self.square)
        assert not self.disconnects(self.mo, elsewhere)
        assert not self.disconnects(self.mo, elsewhere, room="square")
        assert not self.disconnects(self.mo, "nothing")
        User.objects.filter(pk=self.zed.pk).update(is_staff=True)
        assert self.disconnects(self.zed, elsewhere, room="square")


class AdminTests(ApiCase):
    def setUp(self) -> None:
        super().setUp()
        self.published = PublishedMessages(self).messages
        self.ada = User.objects.create_superuser("ada")
        self.client.force_login(self.ada)
        self.connections = reverse("admin:chatproject_connection_changelist")
        self.processes = reverse("admin:chatproject_serverprocess_changelist")

    def test_the_lists_show_users_and_rooms_in_a_constant_number_of_queries(self) -> None:
        def costs() -> list[int]:
            counted = []
            for url in (self.connections, f"{self.connections}?q=tea", self.processes):
                with CaptureQueriesContext(connection) as queries:
                    response = self.client.get(url)
                counted.append(len(queries))
                assert response.status_code == 200
            return counted

        connection_id = create_connection(self.ann, self.tea, self.square)
        before = costs()
        text = self.client.get(self.connections).content.decode()
        assert all(part in text for part in (connection_id, "ann", "203.0.113.7", "here:1", "square, tea"))
        process = ServerProcess.objects.get()
        for _ in range(10):
            create_connection(self.ben, self.tea, process=process)
        assert costs() == before
        page = self.client.get(reverse("admin:chatproject_connection_change", args=[connection_id]))
        assert (page.status_code, b"square, tea" in page.content) == (200, True)

    def test_the_admin_action_disconnects_sockets(self) -> None:
        ids = [create_connection(self.ann, self.tea), create_connection(None, self.square)]
        with self.captureOnCommitCallbacks(execute=True):
            self.client.post(self.connections, {"action": "disconnect", "_selected_action": ids})
        assert {message["connection_id"] for message in self.published} == set(ids)
        assert Connection.objects.filter(disconnect_requested=True).count() == 2

    def test_rows_can_not_be_added_or_changed_and_processes_not_deleted(self) -> None:
        connection_id = create_connection(self.ann, self.tea)
        process = ServerProcess.objects.get()
        for name, pk in (("connection", connection_id), ("serverprocess", process.pk)):
            assert self.client.get(reverse(f"admin:chatproject_{name}_add")).status_code == 403
            assert self.client.post(reverse(f"admin:chatproject_{name}_change", args=[pk])).status_code == 403
        url = reverse("admin:chatproject_serverprocess_delete", args=[process.pk])
        assert self.client.post(url, {"post": "yes"}).status_code == 403

    def test_an_account_with_connections_can_be_deleted(self) -> None:
        create_connection(self.zed, self.square)
        self.client.post(reverse("admin:rooms_user_delete", args=[self.zed.pk]), {"post": "yes"})
        assert not User.objects.filter(pk=self.zed.pk).exists()
        assert not Connection.objects.exists()


KEY = StreamKey("room", 1)


def batch(*users: User) -> registry_rows.Batch:
    """Return a batch of new connections of these users, which subscribe to one stream."""
    now = timezone.now()
    return registry_rows.Batch(
        opened=[(user.username, user.pk, "", now) for user in users],
        subscribed=[registry_rows.NewSubscription(user.username, KEY, "tea", now) for user in users],
    )


def online_elsewhere(process_id: UUID | None = None) -> set[str]:
    """Return the names of users subscribed to the stream at other processes than this one."""
    elsewhere = registry_rows.people_elsewhere(process_id or uuid4(), [KEY])[KEY]
    return {person.user_name for person in elsewhere.values()}


class StoreTests(TestCase):
    def setUp(self) -> None:
        self.ann, self.ben = (User.objects.create_user(name) for name in ("ann", "ben"))
        self.process = ServerProcess(host="here", pid=1)

    def test_a_thousand_connects_and_disconnects_take_a_few_queries(self) -> None:
        registry_rows.rewrite_all(self.process, registry_rows.Batch())
        users = User.objects.bulk_create(User(username=f"user-{number}") for number in range(1000))
        everybody = batch(*users)
        with CaptureQueriesContext(connection) as queries:
            rows = registry_rows.write_batch(self.process.pk, everybody, 1)
        assert len(queries) < 40, len(queries)
        assert len(online_elsewhere()) == 1000
        gone = registry_rows.Batch(closed=[user.username for user in users[:500]], unsubscribed=rows[500:])
        with CaptureQueriesContext(connection) as queries:
            registry_rows.write_batch(self.process.pk, gone, 2)
        assert len(queries) < 40, len(queries)
        assert (online_elsewhere(), Connection.objects.count()) == (set(), 500)

    def test_idle_sockets_are_marked_also_when_all_rows_are_rewritten(self) -> None:
        both = batch(self.ann, self.ben)
        both.idle = [("ann", True)]
        registry_rows.rewrite_all(self.process, both)
        assert registry_rows.idle_among([self.ann.pk, self.ben.pk]) == {self.ann.pk}
        changes = registry_rows.Batch(idle=[("ann", False), ("ben", True)])
        registry_rows.write_batch(self.process.pk, changes, 1)
        assert registry_rows.idle_among([self.ann.pk, self.ben.pk]) == {self.ben.pk}

    def test_writing_for_a_process_without_a_row_raises(self) -> None:
        with self.assertRaises(registry_rows.ProcessRemoved):
            registry_rows.write_batch(self.process.pk, batch(self.ann), 1)
        assert not Connection.objects.exists()

    def test_a_process_does_not_see_its_own_users_and_counts_every_socket_of_others(self) -> None:
        other = ServerProcess(host="there", pid=2)
        registry_rows.rewrite_all(self.process, batch(self.ann))
        registry_rows.rewrite_all(other, batch(self.ben))
        assert (online_elsewhere(self.process.pk), online_elsewhere(other.pk)) == ({"ben"}, {"ann"})
        create_connection(self.ben, process=other)
        assert registry_rows.counts_elsewhere(self.process.pk) == ({self.ben.pk: 2}, {"": 1, "203.0.113.7": 1})

    def test_dead_processes_are_removed_and_what_others_wrote_is_summed_up(self) -> None:
        other, dead = ServerProcess(host="there", pid=2), ServerProcess(host="there", pid=3)
        registry_rows.rewrite_all(self.process, batch())
        registry_rows.rewrite_all(other, batch(self.ann))
        registry_rows.write_batch(other.pk, registry_rows.Batch(), 7)
        registry_rows.rewrite_all(dead, batch(self.ben))
        limit = 3 * settings.PROCESS_SEEN_SECONDS
        for process, silent in ((other, limit - 5), (dead, limit + 5)):
            ServerProcess.objects.filter(pk=process.pk).update(seen_at=timezone.now() - timedelta(seconds=silent))
        with transaction.atomic():
            registry_rows.request_disconnect("ann")
        status = registry_rows.check_processes(self.process.pk)
        assert (status.written, len(status.orphaned), status.bereaved) == ((1, 7), 1, {self.ben.pk})
        assert registry_rows.check_processes(self.process.pk).orphaned == set()
        assert registry_rows.check_processes(other.pk).disconnect == ["ann"]
        assert online_elsewhere() == {"ann"}


@pytest.mark.usefixtures("live_db")  # real commits: only then the database reports the missing account
def test_deleted_accounts_are_left_out_when_all_rows_are_rewritten() -> None:
    ann, ben = (User.objects.create_user(name) for name in ("ann", "ben"))
    process, ben_id = ServerProcess(host="here", pid=1), ben.pk
    registry_rows.rewrite_all(process, registry_rows.Batch())
    both = batch(ann, ben)
    ben.delete()
    with pytest.raises(IntegrityError):
        registry_rows.write_batch(process.pk, both, 1)
    assert registry_rows.rewrite_all(process, both)[0] == {ben_id}
    assert online_elsewhere() == {"ann"}
