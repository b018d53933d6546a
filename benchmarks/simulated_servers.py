"""Simulated server processes: many hubs, each with its sockets, in one operating system process.

`scale.py` starts a few of these. Every simulated process has its own hub, publisher, connection registry, presence,
unread counts, queues and connections to Valkey, and runs the real code of `chatproject/realtime` and `rooms/live`. Only
TCP and the parsing of frames are left out: its sockets count what they are sent.

Reads a `Plan` as JSON in the first line of standard input, writes `ready` when every socket watches and follows its
rooms, and then one line of JSON with the `Figures` so far whenever it reads a line.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import django
import uvloop

T = TypeVar("T")


@dataclass
class Plan:
    """Which of the simulated processes run here, and what the people of each do."""

    numbers: list[int]
    people: int  # with one socket each
    burst: int  # messages posted together, each in another room
    burst_seconds: float  # between two bursts of a simulated process
    marks_seconds: float  # between two read markers that move
    move_seconds: float  # between two sockets that leave a room for another


@dataclass
class Figures:
    """What the simulated processes have done since they were started."""

    cpu_seconds: float = 0.0
    frames: int = 0  # sent to sockets
    posted: int = 0
    received: Counter[str] = field(default_factory=Counter)  # messages from Valkey, by type


figures = Figures()
current: ContextVar[SimulatedServer] = ContextVar("current")


class PerServer(Generic[T]):
    """Stands for a global object that each server process has one of: passes everything on to the current one's."""

    def __init__(self, make: Any) -> None:
        object.__setattr__(self, "_make", make)
        object.__setattr__(self, "_made", {})

    def _mine(self) -> Any:
        made, server = self._made, current.get()
        if server not in made:
            made[server] = self._make()
        return made[server]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._mine(), name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._mine(), name, value)


class ContextExecutor(ThreadPoolExecutor):
    """Runs functions in the context of their caller, so that threads know the current server."""

    def submit(self, function: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        return super().submit(copy_context().run, function, *args, **kwargs)


def object_of_server(per_loop: Any) -> Any:
    """Return the current server's object, instead of the event loop's."""
    objects = current.get().objects
    if per_loop not in objects:
        objects[per_loop] = per_loop._create()
    return objects[per_loop]


def simulate() -> None:
    """Give each simulated process its own instance of what is global in a server process."""
    from channels.layers import channel_layers

    from chatproject.realtime import database
    from chatproject.realtime.background.periodic import periodic_tasks
    from chatproject.realtime.delivery import hub, publish
    from chatproject.realtime.delivery.redis_layer import RedisLayer
    from chatproject.realtime.event_loop import PerLoop
    from chatproject.realtime.presence import registry

    config = channel_layers.configs["default"]["CONFIG"]

    class CountingLayer(RedisLayer):
        """Counts what is received."""

        async def receive(self, channel: str) -> dict[str, Any]:
            message: dict[str, Any] = await self._get_layer().receive(channel)
            figures.received[message["type"]] += 1
            return message

    channel_layers.set("default", PerServer(lambda: CountingLayer(**config)))
    publisher: Any = PerServer(publish.Publisher)
    publish.publisher = hub.publisher = registry.publisher = publisher
    PerLoop.__call__ = object_of_server  # type: ignore[method-assign]
    hub.Context = copy_context  # type: ignore[assignment, misc]  # background tasks stay with their server
    database._executor = ContextExecutor(4)
    database._shared_thread, database._writing_thread = ContextExecutor(2), ContextExecutor(2)
    periodic_tasks.clear()  # they would share one event, and cost the same whatever the number of processes


class SimulatedServer:
    """One simulated server process."""

    def __init__(self, number: int, plan: Plan) -> None:
        self.number = number
        self.plan = plan
        self.random = random.Random(number)
        self.tasks: list[asyncio.Task[None]] = []
        self.objects: dict[Any, Any] = {}  # that a server process has one of

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run a coroutine as part of this server process."""
        context = copy_context()
        context.run(current.set, self)
        task = asyncio.get_running_loop().create_task(work, context=context)
        self.tasks.append(task)
        return task

    async def open(self) -> None:
        """Open the sockets; each watches all its user's rooms and follows some of them."""
        from chatproject.realtime.database import in_database
        from chatproject.realtime.delivery.hub import get_hub
        from chatproject.realtime.delivery.publish import publisher
        from chatproject.realtime.sockets.supervisor import get_supervisor
        from rooms.live.room_people import get_room_people_notifier
        from rooms.live.unread_counts import get_unread_counts

        publisher.bind(asyncio.get_running_loop())
        self.hub, self.supervisor, self.unread_counts = get_hub(), get_supervisor(), get_unread_counts()
        get_room_people_notifier()
        self.sockets = [SimulatedSocket(self, *each) for each in await in_database(self._people)]
        await asyncio.gather(*(socket.open() for socket in self.sockets))
        while not self.unread_counts_read():
            await asyncio.sleep(0.1)

    def unread_counts_read(self) -> bool:
        """Return whether every socket has been sent its unread counts."""
        return all(socket.frames for socket in self.sockets)

    def _people(self) -> list[tuple[Any, list[Any], int]]:
        """Return each user with their rooms, those that they follow first, and the number of these."""
        from rooms.models import Membership, User

        first = self.number * self.plan.people
        names = [f"person-{number}" for number in range(first, first + self.plan.people)]
        found = []
        for user in User.objects.filter(username__in=names):
            rows = sorted(
                Membership.objects.filter(user=user).select_related("room"),
                key=lambda row: row.role == Membership.Role.MEMBER,
            )
            followed = sum(row.role != Membership.Role.MEMBER for row in rows)
            found.append((user, [row.room for row in rows], followed))
        return found

    def live(self) -> None:
        """Let the people act from now on."""
        self.start(self._every(self.plan.burst_seconds, self._post))
        self.start(self._every(self.plan.marks_seconds, self._mark_read))
        self.start(self._every(self.plan.move_seconds, self._move))

    async def _every(self, seconds: float, work: Any) -> None:
        await asyncio.sleep(self.random.random() * seconds)
        while True:
            began = time.monotonic()
            await work()
            await asyncio.sleep(max(0.0, began + seconds - time.monotonic()))

    async def _post(self) -> None:
        from rooms.live.message_queue import get_message_queue
        from rooms.services.posting import NewMessage

        def done(_: object) -> None:
            figures.posted += 1

        socket = self.random.choice(self.sockets)
        for room in self.random.sample(socket.rooms, self.plan.burst):
            get_message_queue().post(NewMessage(room.pk, socket.user, "What somebody writes in a room, a line."), done)

    async def _mark_read(self) -> None:
        from rooms.live.read_mark_queue import get_read_mark_queue
        from rooms.services.read_marks import ReadMark

        socket = self.random.choice(self.sockets)
        room = self.random.choice(socket.rooms)
        mark = ReadMark(user_id=socket.user.pk, room_id=room.pk, seq=2**31, connection_id=socket.connection_id)
        get_read_mark_queue().mark(mark, lambda _: None)

    async def _move(self) -> None:
        await self.random.choice(self.sockets).move()


class SimulatedSocket:
    """A socket without a network. It counts the frames that it is sent."""

    def __init__(self, server: SimulatedServer, user: Any, rooms: list[Any], followed: int) -> None:
        from chatproject.realtime.delivery.connection import Connection
        from chatproject.realtime.sockets.socket import Socket
        from rooms.people.socket_identity import SocketIdentity, identity_source

        class Real(Socket):
            identities = identity_source

        self.server, self.user, self.rooms, self.followed = server, user, rooms, followed
        self.connection_id = f"{server.number:08x}{user.pk:024x}"
        self.frames = 0
        self.socket = Real()
        self.socket.connection = self.connection = Connection(self.count, server.hub)
        self.socket.connection_id = self.connection_id
        self.socket.identity = SocketIdentity(user)
        self.socket.opened_at = time.monotonic()
        self.socket.registry = server.supervisor.registry
        self.connection.reader_id = user.pk

    async def count(self, event: object) -> None:
        """Receive a frame."""
        self.frames += 1
        figures.frames += 1

    async def open(self) -> None:
        """Sign in, watch the user's rooms, and follow some of them."""
        from chatproject.realtime.presence.registry_rows import Person

        person = Person(self.user.pk, self.user.username, self.user.shown_name, self.user.avatar)
        self.socket.registry.add(self.connection, self.connection_id, "127.0.0.1")
        self.socket.registry.identify(self.connection, self.user.pk, person)
        self.server.supervisor.sockets.add(self.socket)
        self.server.unread_counts.watch(self.socket, self.user.pk, None)
        for room in self.rooms[: self.followed]:
            await self.follow(room)

    async def follow(self, room: Any) -> None:
        """Follow a room from its present version."""
        from rooms.events import room_stream

        key = room_stream.key(room.pk)
        sub = await self.server.hub.subscribe(key, room.name, self.connection)
        self.connection.subscriptions[key] = sub
        await self.socket.registry.presence.load(sub.stream)
        self.server.hub.start_delivery(sub, sub.stream.version or 0)

    async def move(self) -> None:
        """Stop following the room followed for longest, and follow another."""
        if not self.connection.subscriptions:
            return
        key = next(iter(self.connection.subscriptions))
        self.server.hub.unsubscribe(self.connection.subscriptions.pop(key))
        followed = {key.id for key in self.connection.subscriptions}
        await self.follow(next(room for room in self.rooms if room.pk not in followed | {key.id}))


async def main() -> None:
    """Start the simulated processes of a plan, and report until standard input ends."""
    plan = Plan(**json.loads(sys.stdin.readline()))
    servers = [SimulatedServer(number, plan) for number in plan.numbers]
    for start in range(0, len(servers), 10):
        await asyncio.gather(*(server.start(server.open()) for server in servers[start : start + 10]))
    for server in servers:
        server.live()
    print("ready", flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        figures.cpu_seconds = time.process_time()
        for server in servers:
            for task in server.tasks:
                if task.done():
                    task.result()
        print(json.dumps(vars(figures)), flush=True)


if __name__ == "__main__":
    django.setup()
    simulate()
    uvloop.run(main())
