"""Pictures that take their workers long must not hold up what others write and read."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import httpx
from django.conf import settings

from rooms.files.pictures import MAX_WORKERS
from rooms.models import Room, User
from rooms.tests.files.corpus import BOMBS
from rooms.tests.sockets.test_frames import make_room
from rooms.tests.support.clients import PATIENCE, Client, token_of
from rooms.tests.support.images import RED, image
from rooms.tests.support.servers import RunningServer
from rooms.tests.support.uploading import upload_headers

PART = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}


def picture_workers(server: RunningServer) -> list[int]:
    """Return the process ids of the server's picture workers."""
    found: list[int] = []
    for task in Path(f"/proc/{server.pid}/task").iterdir():
        with suppress(OSError):  # the thread or its child has just ended
            children = (task / "children").read_text().split()
            found += [int(child) for child in children if b"picture_worker" in command_of(child)]
    return found


def command_of(pid: str) -> bytes:
    """Return the command line of a process."""
    return Path(f"/proc/{pid}/cmdline").read_bytes()


async def hold_workers(server: RunningServer) -> list[int]:
    """Stop as many workers as may run, as if their pictures took very long. Returns their process ids."""
    held: list[int] = []
    async with asyncio.timeout(PATIENCE):
        while len(held) < MAX_WORKERS:
            for pid in set(picture_workers(server)) - set(held):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGSTOP)
            held = [pid for pid in picture_workers(server) if is_stopped(pid)]
            await asyncio.sleep(0.002)
    return held


def is_stopped(pid: int) -> bool:
    """Return whether a process is stopped by a signal, and has not ended before it arrived."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
    return False


class Picture:
    """A picture that is uploaded."""

    def __init__(self, rest: httpx.AsyncClient, room: Room, user: User, content: bytes) -> None:
        self._rest, self._room, self._content = rest, room, content
        self._authorization = {"Authorization": f"Bearer {token_of(user)}"}
        self._path = ""
        self.on_its_way = asyncio.Event()

    async def begin(self) -> None:
        """Begin the upload."""
        headers = upload_headers("bomb.png", len(self._content)) | self._authorization
        begun = await self._rest.post(f"/api/rooms/{self._room.name}/uploads/", headers=headers)
        assert begun.status_code == 201, begun.text
        self._path = f"/api/uploads/{begun.json()['id']}/"

    async def send(self) -> int:
        """Send the whole file, and return the status of the response."""
        headers = PART | self._authorization | {"Content-Length": str(len(self._content))}
        return (await self._rest.patch(self._path, content=self._parts(), headers=headers)).status_code

    async def _parts(self) -> AsyncIterator[bytes]:
        yield self._content
        self.on_its_way.set()


async def test_messages_travel_while_more_bombs_than_threads_are_processed(served: RunningServer) -> None:
    count = settings.HTTP_THREADS + 3
    room, (ann, ben, *others) = await make_room("ann", "ben", *(f"bomber-{number}" for number in range(count)))
    bombs = [make() for make in BOMBS.values()]  # type: ignore[no-untyped-call]
    limits = httpx.Limits(max_connections=None)
    async with (
        httpx.AsyncClient(base_url=served.url, timeout=60, limits=limits, trust_env=False) as rest,
        await Client.open(served.ws_url, user=ann) as one,
        await Client.open(served.ws_url, user=ben) as two,
    ):
        await one.join(room)
        await two.join(room)
        pictures = [image(RED, size=(4000, 3000), form="PNG")] * MAX_WORKERS
        pictures += [bombs[number % len(bombs)] for number in range(count - MAX_WORKERS)]
        files = [Picture(rest, room, user, content) for user, content in zip(others, pictures, strict=True)]
        await asyncio.gather(*(file.begin() for file in files))
        uploads = [asyncio.create_task(file.send()) for file in files[:MAX_WORKERS]]
        held = await hold_workers(served)
        try:
            uploads += [asyncio.create_task(file.send()) for file in files[MAX_WORKERS:]]
            await asyncio.gather(*(file.on_its_way.wait() for file in files))
            messages = f"/api/rooms/{room.name}/messages/"
            headers = {"Authorization": f"Bearer {token_of(ann)}"}
            posted = await rest.post(messages, json={"content": "over REST"}, headers=headers)
            assert posted.status_code == 201
            assert (await one.say(room, "over a socket"))["type"] == "ack"
            await two.wait_until(lambda: two.contents(room) == ["over REST", "over a socket"])
            assert (await rest.get(messages, headers=headers)).status_code == 200
            assert not any(upload.done() for upload in uploads), "the workers were not busy any more"
        finally:
            for pid in held:
                with suppress(ProcessLookupError):  # its time was up
                    os.kill(pid, signal.SIGCONT)
        statuses = await asyncio.gather(*uploads)
    assert set(statuses[MAX_WORKERS:]) == {413}
