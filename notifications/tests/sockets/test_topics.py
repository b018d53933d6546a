"""Topics over sockets: subscribing, resuming, publishing and permissions."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from notifications.models import Notification, Topic
from notifications.services.posting import NewNotification, notifications_post
from notifications.services.tasks import task_create
from notifications.services.topics import topic_update
from rooms.services.accounts import user_sockets_recheck
from rooms.services.members import member_ban
from rooms.tests.support.clients import Client, database, person, room_of, token_of
from rooms.tests.support.servers import RunningServer

_numbers = itertools.count(1)


def topic_of(subscribers: str = "users", publishers: str = "users") -> Topic:
    """Create a topic for this test."""
    return Topic.objects.create(name=f"topic-{next(_numbers)}", subscribers=subscribers, publishers=publishers)


def post(topic: Topic, *titles: str) -> None:
    """Post notifications without an author."""
    notifications_post([NewNotification(topic.pk, title) for title in titles])


async def subscribe(client: Client, topic: Topic | str, **fields: Any) -> tuple[dict[str, Any], list[str]]:
    """Subscribe, and return the `subscribed` frame and the titles in the `notifications` frame after it."""
    name = topic if isinstance(topic, str) else topic.shown_name
    await client.send("subscribe", topic=name, **fields)
    answer = await client.wait_for("subscribed", topic=name)
    return answer, [told["title"] for told in (await client.wait_for("notifications"))["notifications"]]


async def next_titles(client: Client, count: int) -> list[str]:
    """Return the next titles; one frame can have several."""
    titles: list[str] = []
    while len(titles) < count:
        titles += [told["title"] for told in (await client.wait_for("notifications"))["notifications"]]
    return titles


async def test_a_subscriber_gets_recent_notifications_and_then_new_ones(served: RunningServer) -> None:
    topic, ann, ben = await database(topic_of), await database(person, "ann"), await database(person, "ben")
    await database(post, topic, "one", "two")
    async with await Client.open(served.ws_url, user=ann) as one, await Client.open(served.ws_url, user=ben) as two:
        answer, titles = await subscribe(one, topic)
        assert (answer["version"], answer["recovered"], titles) == (2, False, ["one", "two"])
        assert (await subscribe(two, topic, history=1))[1] == ["two"]
        ack = await two.ask("publish", topic=topic.name, title="three", body="*b*", payload={"a": [1]})
        assert (ack["type"], ack["topic"], ack["seq"], ack["version"]) == ("ack", topic.name, 3, 3)
        for client in (one, two):
            frame = await client.wait_for("notifications")
            assert (frame["after"], frame["version"]) == (2, 3)
            (told,) = frame["notifications"]
            assert told.pop("created_at").endswith("Z")
            assert told == {
                "topic": topic.name, "seq": 3, "version": 3, "title": "three", "body": "*b*", "payload": {"a": [1]},
                "user_name": ben.username,
            }  # fmt: skip


async def test_a_reconnecting_subscriber_gets_missed_notifications(served: RunningServer) -> None:
    topic, ann = await database(topic_of), await database(person, "ann")
    await database(post, topic, "one", "two", "three")
    async with await Client.open(served.ws_url, user=ann) as client:
        answer, titles = await subscribe(client, topic, after=1)
        assert (answer["recovered"], titles) == (True, ["two", "three"])


async def test_the_url_subscribes_at_once(served: RunningServer) -> None:
    one, two, ann = await database(topic_of), await database(topic_of), await database(person, "ann")
    async with await Client.open(served.ws_url, user=ann, path=f"/ws/notifications/{one.name}/") as client:
        await client.wait_for("subscribed", topic=one.name)
    path = f"/ws?topic={one.name}&topic={two.name}&topic=no-such-topic"
    async with await Client.open(served.ws_url, user=ann, path=path) as client:
        await client.wait_for("subscribed", topic=one.name)
        await client.wait_for("subscribed", topic=two.name)
        assert (await client.wait_for("error"))["topic"] == "no-such-topic"


async def test_after_unsubscribing_nothing_more_arrives(served: RunningServer) -> None:
    topic, ann = await database(topic_of), await database(person, "ann")
    async with await Client.open(served.ws_url, user=ann) as client:
        await subscribe(client, topic)
        assert (await client.ask("unsubscribe", topic=topic.name))["reason"] == "asked"
        await database(post, topic, "late")
        assert await client.settled() == [] or not any(frame["type"] == "notifications" for frame in client.frames)
        assert (await client.ask("unsubscribe", topic=topic.name))["code"] == "not_found"


@pytest.mark.parametrize("action", ["subscribe", "publish"])
async def test_a_forbidden_topic_looks_like_a_missing_one(served: RunningServer, action: str) -> None:
    staff_only = await database(topic_of, "staff")
    ann, ben = await database(person, "ann"), await database(person, "ben")
    async with await Client.open(served.ws_url, user=ann) as client:
        answers = [
            await client.ask(action, topic=name, title="x")
            for name in (staff_only.name, f"@{ben.username}", "no-such-topic")
        ]
    assert {(answer["code"], answer["detail"]) for answer in answers} == {("not_found", "Topic not found.")}


async def test_guests_can_subscribe_to_public_topics_and_publish_nowhere(served: RunningServer) -> None:
    topic, hidden = await database(topic_of, "everyone"), await database(topic_of)
    async with await Client.open(served.ws_url) as guest:
        await subscribe(guest, topic)
        await database(post, topic, "to all")
        assert await next_titles(guest, 1) == ["to all"]
        assert (await guest.ask("publish", topic=topic.name, title="x"))["code"] == "not_authenticated"
        assert (await guest.ask("subscribe", topic=hidden.name))["code"] == "not_found"


async def test_errors_name_the_invalid_field(served: RunningServer) -> None:
    topic, ann = await database(topic_of), await database(person, "ann")
    async with await Client.open(served.ws_url, user=ann) as client:
        answer = await client.ask("publish", topic=topic.name)
        assert (answer["code"], answer["detail"]) == ("missing_field", "title not in message dict")
        for fields in ({"title": 7}, {"title": " "}, {"title": "x", "body": 7}, {"title": "x", "payload": [1]}):
            answer = await client.ask("publish", topic=topic.name, **fields)
            assert (answer["code"], answer["topic"]) == ("invalid_field", topic.name), fields
        assert (await client.ask("subscribe"))["detail"] == "topic not in message dict"
    assert not await database(Notification.objects.filter(topic=topic).exists)


async def test_a_subscriber_who_loses_access_is_told_and_gets_nothing_more(served: RunningServer) -> None:
    topic, ann = await database(topic_of), await database(person, "ann")
    sam = await database(person, "sam", is_staff=True)
    async with await Client.open(served.ws_url, user=ann) as out, await Client.open(served.ws_url, user=sam) as stays:
        await subscribe(out, topic)
        await subscribe(stays, topic)
        await database(topic_update, by=sam, topic=topic, subscribers="staff")
        await database(post, topic, "secret")
        assert (await out.wait_for("unsubscribed", topic=topic.name))["reason"] == "removed"
        assert (await stays.wait_for("topic"))["properties"]["subscribers"] == "staff"
        assert await next_titles(stays, 1) == ["secret"]
        assert not [frame for frame in await out.settled() if frame["type"] == "notifications"]


async def test_a_former_staff_member_loses_staff_topics(served: RunningServer) -> None:
    topic, sam = await database(topic_of, "staff"), await database(person, "sam", is_staff=True)
    public = await database(topic_of)
    async with await Client.open(served.ws_url, user=sam) as client:
        await subscribe(client, topic)
        await subscribe(client, public)

        def demote() -> None:
            sam.is_staff = False
            sam.save()
            user_sockets_recheck(user=sam)

        await database(demote)
        assert (await client.wait_for("unsubscribed"))["topic"] == topic.name
        assert (await client.ask("publish", topic=topic.name, title="x"))["detail"] == "Topic not found."
        await database(post, public, "still here")
        assert await next_titles(client, 1) == ["still here"]


async def test_a_new_task_notifies_subscribers_but_a_private_one_only_members(
    server_factory: Callable[..., RunningServer],
) -> None:
    servers = await asyncio.gather(*(asyncio.to_thread(server_factory, kind) for kind in ("daphne", "uvicorn")))
    ann, ben, eve = await database(person, "ann"), await database(person, "ben"), await database(person, "eve")
    room = await database(room_of, ann, ben)
    sockets = [
        (servers[0], ann, ["tasks"]),
        (servers[1], ben, ["tasks", f"@{ben.username}"]),
        (servers[1], eve, ["tasks", f"@{eve.username}"]),
    ]
    clients = []
    for server, user, topics in sockets:
        client = await Client.open(server.ws_url, user=user)
        clients.append(client)
        for topic in topics:
            await subscribe(client, topic)
    headers = {"Authorization": f"Bearer {await database(token_of, ann)}"}
    async with httpx.AsyncClient(base_url=servers[0].url, headers=headers, trust_env=False) as http:
        made = await http.post("/api/tasks/", json={"title": "by REST"})
        assert made.status_code == 201, made.text
        hidden = await http.post("/api/tasks/", json={"title": "hidden", "room_name": room.name})
        assert hidden.status_code == 201, hidden.text
    await database(task_create, by=ann, title="by service")
    public = ["New task created: by REST", "New task created: by service"]
    assert await next_titles(clients[0], 2) == public
    assert sorted(await next_titles(clients[1], 3)) == ["New task created: by REST", "New task created: by service",
                                                        "New task created: hidden"]  # fmt: skip
    assert await next_titles(clients[2], 2) == public
    assert not [frame for frame in await clients[2].settled() if frame["type"] == "notifications"]
    for client in clients:
        await client.close()


async def test_a_task_in_a_public_room_notifies_all_subscribers_not_banned_from_it(
    served: RunningServer,
) -> None:
    ann, ben, eve = [await database(person, name) for name in ("ann", "ben", "eve")]
    room = await database(room_of, ann, kind="open")
    await database(task_create, by=ann, title="before", room=room)
    clients = [await Client.open(served.ws_url, user=user) for user in (ben, eve)]
    for client in clients:
        answer, titles = await subscribe(client, "tasks")
        assert "New task created: before" in titles
    await database(member_ban, by=ann, room=room, user=eve)
    await database(task_create, by=ann, title="after", room=room)
    await database(task_create, by=ann, title="of no room")
    assert await next_titles(clients[0], 2) == ["New task created: after", "New task created: of no room"]
    assert await next_titles(clients[1], 1) == ["New task created: of no room"]
    async with await Client.open(served.ws_url, user=eve) as back:
        resumed, titles = await subscribe(back, "tasks", after=answer["version"] - 1)
        assert (resumed["recovered"], titles) == (True, ["New task created: of no room"])
        await back.ask("unsubscribe", topic="tasks")
        shown = (await subscribe(back, "tasks"))[1]
        assert "New task created: of no room" in shown
        assert not {"New task created: before", "New task created: after"} & {*shown}
    for client in clients:
        await client.close()


async def test_heartbeats_list_versions_of_topics_separately_from_rooms(
    server_factory: Callable[..., RunningServer],
) -> None:
    server = await asyncio.to_thread(server_factory, "uvicorn", {"HEARTBEAT_SECONDS": "1"})
    topic, ann = await database(topic_of), await database(person, "ann")
    await database(post, topic, "one")
    async with await Client.open(server.ws_url, user=ann) as client:
        await subscribe(client, topic)
        await client.wait_until(lambda: bool(client.heartbeats))
    assert (client.heartbeats[0]["versions"], client.heartbeats[0]["topic_versions"]) == ({}, {topic.name: 1})
