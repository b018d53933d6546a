"""Presence across daphne and uvicorn processes with one database and one Valkey."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import NamedTuple

import pytest
from django.db import transaction
from django.utils import timezone

from chatproject.models import Connection, Following, ServerProcess
from chatproject.realtime.delivery.groups import StreamKey
from chatproject.realtime.delivery.publish import subscribers_changed
from chatproject.realtime.presence import registry_rows
from rooms.models import Room, User
from rooms.services.members import member_remove
from rooms.services.rooms import room_create
from rooms.tests.support.clients import Client, database, person, room_of, token_of
from rooms.tests.support.presence import joined_names, left_names, people, process_with, rows, sees, table
from rooms.tests.support.scenarios import Scenarios
from rooms.tests.support.servers import RunningServer, TestValkey

# A busy machine may take seconds for anything, so whatever must not happen by then takes far longer.
PATIENT = {"PRESENCE_GRACE_SECONDS": "600", "PROCESS_SEEN_SECONDS": "5", "TABLE_CHECK_SECONDS": "1"}
IMPATIENT = PATIENT | {"PRESENCE_GRACE_SECONDS": "1"}
STRICT = IMPATIENT | {"PING_SECONDS": "2"}


class Servers(NamedTuple):
    """Six processes. Readers of `daphne` learn soon that people left, readers of `uvicorn` do not in time.

    `doomed` and `ending` are for failures. The others close sockets that don't answer a ping at once.
    """

    daphne: RunningServer
    uvicorn: RunningServer
    doomed: RunningServer
    ending: RunningServer
    strict_daphne: RunningServer
    strict_uvicorn: RunningServer


scenario = Scenarios[Servers]()


@scenario
async def joining_shows_who_is_online_and_tells_the_others(servers: Servers) -> None:
    room, (ann, ben, cat) = await database(people, "ann", "ben", "cat")
    async with await Client.open(servers.daphne.ws_url, user=ann) as first:
        joined = await first.join(room)
        assert joined["online"] == [
            {"user_id": ann.pk, "user_name": ann.username, "display_name": "Ann", "avatar": None}
        ]
        assert joined["online_count"] == 1
        await table(room, ("daphne", ann))
        async with await Client.open(servers.uvicorn.ws_url, user=ben) as second:
            joined = await second.join(room)
            assert {one["user_name"] for one in joined["online"]} == {ann.username, ben.username}
            assert joined["online_count"] == 2
            await sees(first, room, ann, ben)
            frame = first.presences[-1]
            assert frame["joined"] == [
                {"user_id": ben.pk, "user_name": ben.username, "display_name": "Ben", "avatar": None}
            ]
            assert (frame["room_name"], frame["left"], frame["online"]) == (room.name, [], 2)
            await table(room, ("daphne", ann), ("uvicorn", ben))
            async with await Client.open(servers.uvicorn.ws_url, user=cat) as third:
                await third.join(room)
                await sees(second, room, ann, ben, cat)
                await sees(first, room, ann, ben, cat)
            assert ben.username not in joined_names(second)  # the answer included them
            await sees(first, room, ann, ben)
        await sees(first, room, ann)
        assert {"left": [ben.username], "left_ids": [ben.pk], "online": 1}.items() <= first.presences[-1].items()
        await table(room, ("daphne", ann))
    await table(room)


@scenario
async def two_tabs_are_one_presence_until_the_last_closes(servers: Servers) -> None:
    room, (ann, ben, cat) = await database(people, "ann", "ben", "cat")
    async with await Client.open(servers.daphne.ws_url, user=ann) as watcher:
        await watcher.join(room)
        tabs = [
            await Client.open(url, user=ben)
            for url in (servers.daphne.ws_url, servers.daphne.ws_url, servers.uvicorn.ws_url)
        ]
        async with await Client.open(servers.daphne.ws_url, user=cat) as last:
            for tab in (*tabs, last):
                await tab.join(room)
            await sees(watcher, room, ann, ben, cat)
            await table(room, ("daphne", ann), ("daphne", ben), ("daphne", ben), ("daphne", cat), ("uvicorn", ben))
            await tabs[0].close()
            await tabs[1].ask("leaveRoom", room_name=room.name)
            await table(room, ("daphne", ann), ("daphne", cat), ("uvicorn", ben))
        await watcher.wait_until(lambda: cat.username in left_names(watcher))  # had ben left, it would be known before
        assert left_names(watcher) == [cat.username]
        assert joined_names(watcher).count(ben.username) == 1
        await tabs[2].close()
        await tabs[1].close()
        await sees(watcher, room, ann)


@scenario
async def reconnecting_within_the_grace_period_is_not_leaving(servers: Servers) -> None:
    room, (ann, ben, cat, dan) = await database(people, "ann", "ben", "cat", "dan")
    async with await Client.open(servers.uvicorn.ws_url, user=ann) as watcher, AsyncExitStack() as elsewhere:

        async def join(user: User) -> None:
            client = await elsewhere.enter_async_context(await Client.open(servers.daphne.ws_url, user=user))
            await client.join(room)

        await watcher.join(room)
        async with await Client.open(servers.daphne.ws_url, user=ben) as tab:
            await tab.join(room)
            await sees(watcher, room, ann, ben)
        await table(room, ("uvicorn", ann))
        await join(cat)
        await sees(watcher, room, ann, ben, cat)  # by now the watcher's process knows that ben is absent
        await join(ben)
        await join(dan)
        await sees(watcher, room, ann, ben, cat, dan)  # and by now that he is back
        assert left_names(watcher) == []
        assert joined_names(watcher).count(ben.username) == 1


@scenario
async def guests_are_in_the_table_but_not_in_presence(servers: Servers) -> None:
    ann = await database(person, "ann")
    room: Room = await database(room_create, by=ann, name=f"open-{ann.pk}", guests="read")
    async with (
        await Client.open(servers.daphne.ws_url) as guest,
        await Client.open(servers.uvicorn.ws_url, user=ann) as member,
    ):
        assert (await guest.join(room))["online"] == []
        await member.join(room)
        await sees(guest, room, ann)
        await table(room, ("daphne", None), ("uvicorn", ann))
        assert set(member.online[room.name]) == {ann.username}
        # A guest who authenticates is present from then on.
        ben = await database(person, "ben")
        await guest.send("authenticate", token=token_of(ben))
        await sees(member, room, ann, ben)
        await table(room, ("daphne", ben), ("uvicorn", ann))


@scenario
async def a_removed_user_leaves_at_once_and_gets_no_updates(servers: Servers) -> None:
    room, (ann, ben, cat, dan) = await database(people, "ann", "ben", "cat", "dan")
    async with (
        await Client.open(servers.daphne.ws_url, user=ann) as owner,
        await Client.open(servers.uvicorn.ws_url, user=ben) as member,
        await Client.open(servers.uvicorn.ws_url, user=cat) as newcomer,
    ):
        await owner.join(room)
        await member.join(room)
        await sees(owner, room, ann, ben)
        await sees(member, room, ann, ben)
        await database(member_remove, by=ann, room=room, user=ben)
        await member.wait_for("left", room_name=room.name, reason="removed")
        told = len(member.presences)
        await sees(owner, room, ann)
        await newcomer.join(room)
        await sees(newcomer, room, ann, cat)  # whatever the grace period is
        async with await Client.open(servers.uvicorn.ws_url, user=dan) as last:
            await last.join(room)
            await sees(newcomer, room, ann, cat, dan)
            await sees(owner, room, ann, cat, dan)
        assert (await member.ask("joinRoom", room_name=room.name))["code"] == "not_found"
        assert len(member.presences) == told


def have_been_silent(pid: int) -> None:
    """Let a process, which must be stopped, have written nothing for so long that the others take it for dead."""
    assert ServerProcess.objects.filter(pid=pid).update(seen_at=timezone.now() - timedelta(hours=1))


@scenario
async def users_of_a_killed_process_leave_and_its_rows_are_deleted(servers: Servers) -> None:
    room, (ann, ben, cat) = await database(people, "ann", "ben", "cat")
    async with await Client.open(servers.daphne.ws_url, user=ann) as watcher:
        await watcher.join(room)
        lost = [await Client.open(servers.doomed.ws_url, user=user) for user in (ben, cat)]
        for client in lost:
            await client.join(room)
        await sees(watcher, room, ann, ben, cat)
        pid = servers.doomed.pid
        await asyncio.to_thread(servers.doomed.kill9)
        # Cat's client reconnects elsewhere: she has not left.
        async with await Client.open(servers.uvicorn.ws_url, user=cat) as again:
            await again.join(room)
            await table(room, ("daphne", ann), ("uvicorn", ben), ("uvicorn", cat), ("uvicorn", cat))
            await database(have_been_silent, pid)
            await sees(watcher, room, ann, cat)
            await table(room, ("daphne", ann), ("uvicorn", cat))
            assert left_names(watcher) == [ben.username]
        for client in lost:
            await client.close()


@scenario
async def a_process_taken_for_dead_rewrites_its_rows_and_deletes_them_on_exit(
    servers: Servers,
) -> None:
    room, (ann, ben) = await database(people, "ann", "ben")
    async with (
        await Client.open(servers.daphne.ws_url, user=ann) as watcher,
        await Client.open(servers.ending.ws_url, user=ben) as member,
    ):
        await watcher.join(room)
        await member.join(room)
        await sees(watcher, room, ann, ben)
        os.kill(servers.ending.pid, signal.SIGSTOP)
        try:
            await database(have_been_silent, servers.ending.pid)
            await table(room, ("daphne", ann))
        finally:
            os.kill(servers.ending.pid, signal.SIGCONT)
        await table(room, ("daphne", ann), ("daphne", ben))
        await sees(watcher, room, ann, ben)
        await asyncio.to_thread(servers.ending.terminate)
        assert await database(rows, room) == [("daphne", ann.username)]
        await sees(watcher, room, ann)


SILENT = """
import socket, sys, time
from websockets.sync.client import connect
socket = connect(sys.argv[1], additional_headers={"Authorization": "Bearer " + sys.argv[2]}, proxy=None)
time.sleep(60)
"""


@scenario
async def a_client_that_stops_answering_leaves(servers: Servers) -> None:
    room, (ann, ben, cat) = await database(people, "ann", "ben", "cat")
    async with await Client.open(servers.daphne.ws_url, user=ann) as watcher:
        await watcher.join(room)
        clients = []
        for server, user in ((servers.strict_daphne, ben), (servers.strict_uvicorn, cat)):
            address = f"{server.ws_url}/ws/rooms/{room.name}/"
            token = await database(token_of, user)
            clients.append(await asyncio.create_subprocess_exec(sys.executable, "-c", SILENT, address, token))
        try:
            await watcher.wait_until(lambda: {ben.username, cat.username} <= {*joined_names(watcher)})
            for client in clients:
                client.send_signal(signal.SIGSTOP)
            await sees(watcher, room, ann)
            await table(room, ("daphne", ann))
        finally:
            for client in clients:
                client.kill()
                await client.wait()


@scenario
async def a_long_list_is_truncated_and_the_rest_counted(servers: Servers) -> None:
    ann, ben = await database(person, "ann"), await database(person, "ben")
    crowd = await database(lambda: [person("crowd") for _ in range(110)])
    room: Room = await database(room_of, ann, ben, *crowd)

    @transaction.atomic
    def write() -> None:
        soon = timezone.now() + timedelta(hours=1)
        process = ServerProcess.objects.create(host="test", pid=1, seen_at=soon)
        Connection.objects.bulk_create(
            Connection(pk=f"crowd{user.pk}", process=process, user=user, opened_at=process.started_at) for user in crowd
        )
        Following.objects.bulk_create(
            Following(
                connection_id=f"crowd{user.pk}",
                kind="room",
                stream_id=room.pk,
                name=room.name,
                since=process.started_at,
            )
            for user in crowd
        )

    async with await Client.open(servers.daphne.ws_url, user=ann) as watcher:
        await watcher.join(room)
        await table(room, ("daphne", ann))
        await database(write)
        await watcher.wait_until(lambda: bool(watcher.presences))
        frame = watcher.presences[0]
        assert (len(frame["joined"]), frame["online"]) == (50, 111)
        assert frame["joined_more"] in {60, 61}  # including oneself, who is known from the answer to joining
        async with await Client.open(servers.uvicorn.ws_url, user=ben) as late:
            joined = await late.join(room)
            assert (len(joined["online"]), joined["online_count"]) == (100, 112)
            assert joined["online"][0]["user_name"] == ben.username
        await database(ServerProcess.objects.filter(host="test").delete)
        await watcher.wait_until(lambda: watcher.presences[-1]["online"] == 1)
        joined, left = (
            sum(len(frame[what]) + frame.get(f"{what}_more", 0) for frame in watcher.presences)
            for what in ("joined", "left")
        )
        assert joined == left


async def presence_and_disconnects_work_without_redis(servers: Servers, valkey: TestValkey) -> None:
    room, (ann, ben, cat) = await database(people, "ann", "ben", "cat")
    async with (
        await Client.open(servers.daphne.ws_url, user=ann) as watcher,
        await Client.open(servers.uvicorn.ws_url, user=ben) as member,
    ):
        await watcher.join(room)
        await member.join(room)
        await sees(watcher, room, ann, ben)
        await asyncio.to_thread(valkey.kill9)
        try:
            await member.close()
            await sees(watcher, room, ann)
            async with await Client.open(servers.uvicorn.ws_url, user=cat) as newcomer:
                await newcomer.join(room)
                await newcomer.wait_until(lambda: {ann.username, cat.username} <= {*newcomer.online[room.name]})
                await sees(watcher, room, ann, cat)
                row = await database(Connection.objects.get, user=cat)
                await database(registry_rows.request_disconnect, row.pk)
                assert await newcomer.closed() == 4003
        finally:
            await asyncio.to_thread(valkey.start)


async def test_presence(
    server_factory: Callable[..., RunningServer], valkey: TestValkey, subtests: pytest.Subtests
) -> None:
    wanted = [
        ("daphne", IMPATIENT),
        ("uvicorn", PATIENT),
        ("uvicorn", IMPATIENT),
        ("daphne", IMPATIENT),
        ("daphne", STRICT),
        ("uvicorn", STRICT),
    ]
    servers = Servers(*await asyncio.gather(*(asyncio.to_thread(server_factory, *each) for each in wanted)))
    await scenario.run(servers, subtests)
    with subtests.test("presence_and_disconnects_work_without_redis"):
        await presence_and_disconnects_work_without_redis(servers, valkey)


@pytest.mark.parametrize("signals_arrive", [True, False])
async def test_subscribers_of_other_processes_are_found_by_signals_and_when_these_are_lost(
    server_factory: Callable[..., RunningServer], signals_arrive: bool
) -> None:
    environment = {"TABLE_CHECK_SECONDS": "600" if signals_arrive else "1", "PRESENCE_GRACE_SECONDS": "1"}
    server = await asyncio.to_thread(server_factory, env=environment)
    room, (ann, ben, cat) = await database(people, "ann", "ben", "cat")

    def signal(row: ServerProcess) -> None:
        if signals_arrive:
            subscribers_changed(row.pk, [StreamKey("room", room.pk)])

    async with await Client.open(server.ws_url, user=ann) as watcher:
        await watcher.join(room)
        first = await database(process_with, room, ben)
        signal(first)
        await sees(watcher, room, ann, ben)
        second = await database(process_with, room, cat)
        signal(second)
        await sees(watcher, room, ann, ben, cat)
        await database(ServerProcess.objects.filter(pk=second.pk).delete)
        signal(second)
        await sees(watcher, room, ann, ben)


async def test_a_server_that_stops_tells_the_others_whose_sockets_it_had(
    server_factory: Callable[..., RunningServer],
) -> None:
    environment = {"TABLE_CHECK_SECONDS": "600", "PRESENCE_GRACE_SECONDS": "1"}
    staying, stopping = await asyncio.gather(
        *(asyncio.to_thread(server_factory, kind, environment) for kind in ("uvicorn", "daphne"))
    )
    room, (ann, ben) = await database(people, "ann", "ben")
    async with (
        await Client.open(staying.ws_url, user=ann) as watcher,
        await Client.open(stopping.ws_url, user=ben) as member,
    ):
        await watcher.join(room)
        await member.join(room)
        await sees(watcher, room, ann, ben)
        await asyncio.to_thread(stopping.terminate)
        await sees(watcher, room, ann)
