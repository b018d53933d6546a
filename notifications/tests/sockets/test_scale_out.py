"""Four server processes behind a load balancer without sticky sessions, on one Redis and on two, act as one.

With `--nginx` the load balancer is nginx.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any

import httpx
import pytest
from pytest_django.plugin import DjangoDbBlocker

from notifications.models import Topic
from rooms.models import Room, User
from rooms.tests.support.balancers import balanced
from rooms.tests.support.clients import Client, database, person, room_of, token_of
from rooms.tests.support.databases import LiveDatabases
from rooms.tests.support.servers import RunningServer, TestValkey

pytestmark = pytest.mark.slow
KINDS = ("uvicorn", "daphne", "uvicorn", "daphne")
BURST = 20
SOCKETS = 8  # two per process


@pytest.fixture(
    scope="module", params=[1, pytest.param(2, marks=pytest.mark.any_database)], ids=["one Redis", "two Redis"]
)
def cluster(
    request: pytest.FixtureRequest,
    live_databases: LiveDatabases,
    valkey: TestValkey,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[list[RunningServer]]:
    """Four servers on one database. Services called by a test itself publish to one Redis only, so use REST instead."""
    folder = tmp_path_factory.mktemp("cluster")
    second = TestValkey(folder)
    urls = [valkey.url]
    if request.param == 2:
        second.start()
        urls.append(second.url)
    with django_db_blocker.unblock(), live_databases.fresh() as database_url:
        environment = {
            "DATABASE_URL": database_url,
            "REDIS_URL": ",".join(urls),
            "SENDS_PER_SECOND": "1",
            "SENDS_BURST": str(BURST),
        }
        servers = [RunningServer(kind, environment, folder) for kind in KINDS]
        for server in servers:
            server.start()
        yield servers
        for server in servers:
            server.close()
    second.stop()


class Site:
    """The servers as a client sees them: one address."""

    def __init__(self, address: str, stack: AsyncExitStack) -> None:
        self.address = address
        self.stack = stack

    async def socket(self, user: User) -> Client:
        """Open a socket on the next process."""
        return await self.stack.enter_async_context(await Client.open(f"ws://{self.address}", user=user))

    async def ask(self, user: User, method: str, path: str, **body: Any) -> httpx.Response:
        """Send a request over a new connection, so that the next one goes to the next process."""
        headers = {"Authorization": f"Bearer {await database(token_of, user)}"}
        async with httpx.AsyncClient(base_url=f"http://{self.address}", headers=headers, trust_env=False) as http:
            return await http.request(method, path, json=body or None)


@asynccontextmanager
async def site_of(cluster: list[RunningServer], nginx: bool) -> AsyncIterator[Site]:
    """Run the servers behind a balancer, and close the sockets at the end."""
    async with balanced([server.port for server in cluster], nginx=nginx) as address, AsyncExitStack() as stack:
        yield Site(address, stack)


@pytest.fixture
def nginx(request: pytest.FixtureRequest) -> bool:
    """Whether nginx is the load balancer."""
    return bool(request.config.getoption("--nginx"))


async def people_in_room(count: int) -> tuple[Room, list[User]]:
    """Create a private room with members; the first one is its owner."""

    def make() -> tuple[Room, list[User]]:
        people = [person("ann") for _ in range(count)]
        return room_of(*people), people

    return await database(make)


async def test_every_reader_gets_every_message_once_in_order_however_it_was_sent(
    cluster: list[RunningServer], nginx: bool
) -> None:
    room, people = await people_in_room(SOCKETS)
    async with site_of(cluster, nginx) as site:
        clients = [await site.socket(user) for user in people]
        for client in clients:
            await client.join(room)

        async def talk(client: Client, user: User, number: int) -> None:
            for line in range(5):
                answer = await client.say(room, f"socket {number} {line}", f"s{number}-{line}")
                assert answer["type"] == "ack", answer
            posted = await site.ask(user, "POST", f"/api/rooms/{room.name}/messages/", content=f"REST {number}")
            assert posted.status_code == 201, posted.text

        await asyncio.gather(*(talk(client, people[number], number) for number, client in enumerate(clients)))
        for client in clients:
            await client.wait_until(lambda client=client: len(client.contents(room)) >= 6 * SOCKETS)  # type: ignore[misc]
            assert [message["seq"] for message in client.messages[room.name]] == list(range(1, 6 * SOCKETS + 1))
            assert client.faults == []


async def test_subscribers_of_a_topic_get_notifications_in_every_process(
    cluster: list[RunningServer], nginx: bool
) -> None:
    sam = await database(person, "sam", is_staff=True)
    topic = await database(Topic.objects.create, name=f"deploys-{sam.pk}")
    async with site_of(cluster, nginx) as site:
        clients = [await site.socket(sam) for _ in range(4)]
        for client in clients:
            assert (await client.ask("subscribe", topic=topic.name))["type"] == "subscribed"
        published = await site.ask(sam, "POST", f"/api/topics/{topic.name}/publish/", title="by REST")
        assert published.status_code == 201, published.text
        assert (await clients[1].ask("publish", topic=topic.name, title="by socket"))["type"] == "ack"
        for client in clients:
            titles: list[str] = []
            while len(titles) < 2:
                titles += [told["title"] for told in (await client.wait_for("notifications"))["notifications"]]
            assert titles == ["by REST", "by socket"]


async def test_a_users_sends_share_one_limit_across_processes_and_apis(
    cluster: list[RunningServer], nginx: bool
) -> None:
    room, (ann,) = await people_in_room(1)
    loop = asyncio.get_running_loop()
    async with site_of(cluster, nginx) as site:
        clients = [await site.socket(ann) for _ in range(4)]
        began = loop.time()
        answers = await asyncio.gather(*(clients[n % 4].say(room, f"{n}") for n in range(2 * BURST)))
        by_rest = await site.ask(ann, "POST", f"/api/rooms/{room.name}/messages/", content="x")
        seconds = loop.time() - began
    kinds = Counter(answer["type"] for answer in answers)
    assert kinds["error"] + kinds["ack"] == 2 * BURST
    assert kinds["ack"] >= BURST // 2, "a process may hold a few sends that it leased"
    assert {answer["code"] for answer in answers if answer["type"] == "error"} == {"rate_limited"}
    assert by_rest.status_code in {201, 429}, by_rest.text
    assert kinds["ack"] + (by_rest.status_code == 201) <= BURST + seconds + 1


def everybody_is_online(client: Client) -> bool:
    """Return whether a client was last told that four people are online in the room."""
    return bool(client.presences) and client.presences[-1]["online"] == 4


async def test_all_processes_agree_who_is_online_and_can_disconnect_any_socket(
    cluster: list[RunningServer], nginx: bool
) -> None:
    room, people = await people_in_room(4)
    async with site_of(cluster, nginx) as site:
        clients = [await site.socket(user) for user in people]
        for client in clients:
            await client.join(room)
        for client in clients[:-1]:
            await client.wait_until(partial(everybody_is_online, client))
        late = await site.socket(people[0])
        joined = await late.join(room)
        assert {person["user_name"] for person in joined["online"]} == {user.username for user in people}
        assert joined["online_count"] == 4

        for client, user in zip(clients[1:], people[1:], strict=True):
            listed = await site.ask(people[0], "GET", f"/api/rooms/{room.name}/connections/")
            (theirs,) = [row for row in listed.json()["results"] if row["user_name"] == user.username]
            path = f"/api/rooms/{room.name}/connections/{theirs['connection_id']}/"
            assert (await site.ask(people[0], "DELETE", path)).status_code == 204
            assert await client.closed() == 4003
