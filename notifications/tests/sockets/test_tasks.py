"""Tasks over sockets: who learns that one changed, and how many of theirs are open."""

from __future__ import annotations

from functools import partial

from notifications.services.tasks import task_assign, task_complete, task_create
from rooms.models import Message
from rooms.services.members import member_ban
from rooms.tests.sockets.test_frames import make_room
from rooms.tests.support.clients import Client, database, person
from rooms.tests.support.servers import RunningServer


async def test_readers_of_a_task_and_nobody_else_learn_that_it_changed(live: RunningServer) -> None:
    room, (ann, ben) = await make_room("ann", "ben")
    square, (mo,) = await make_room("mo", kind="open")
    zed = await database(person, "zed")
    await database(partial(member_ban, by=mo, room=square, user=ben))
    async with (
        await Client.open(live.ws_url, user=ann) as creator,
        await Client.open(live.ws_url, user=ben) as assignee,
        await Client.open(live.ws_url, user=zed) as stranger,
    ):
        for client in (creator, assignee, stranger):
            assert (await client.ask("watch"))["open_tasks"] == 0
        await creator.join(room)
        await assignee.join(room)
        await creator.say(room, "Somebody water the plants!")
        await assignee.wait_for("unread")  # the process receives what is announced to the room's watchers
        message = await database(Message.objects.select_related("room").get, room=room)
        task = await database(partial(task_create, by=ann, title="Water", message=message, assignee=ben))
        here = {"type": "task", "task_id": task.pk, "room_name": room.name}
        assert await creator.wait_for("task") == here
        assert await assignee.wait_for("task") == here
        await assignee.wait_for("unread", open_tasks=1)
        changed = await creator.wait_for("messages", version=message.version + 1)
        assert changed["messages"][0]["open_tasks"] == 1
        await database(partial(task_complete, by=ben, task=task))
        assert await assignee.wait_for("task") == here
        await assignee.wait_for("unread", open_tasks=0)
        changed = await creator.wait_for("messages", version=message.version + 2)
        assert changed["messages"][0]["open_tasks"] == 0

        public = await database(partial(task_create, by=mo, title="Sweep", room=square))
        assert await stranger.wait_for("task") == {"type": "task", "task_id": public.pk, "room_name": square.name}
        await database(partial(task_assign, by=mo, task=public, assignee=zed))
        await stranger.wait_for("unread", open_tasks=1)
        assert (await stranger.ask("watch"))["open_tasks"] == 1
        nowhere = await database(partial(task_create, by=zed, title="Mop"))
        # The first one that ben receives since: he is banned from the room of the other.
        assert await assignee.wait_for("task") == {"type": "task", "task_id": nowhere.pk}
