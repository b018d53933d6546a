"""The client library and its commands upload and download files, whatever happens to the connection."""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from rooms.client import ConnectionEnded, RequestRefused, connect
from rooms.models import Blob, Room, Upload, User
from rooms.services.uploads import upload_remove
from rooms.tests.client.test_client import connected, take
from rooms.tests.client.test_produce_consume import command, environment, interrupt, line_of, outcome
from rooms.tests.sockets.test_frames import make_room
from rooms.tests.support.clients import database
from rooms.tests.support.proxies import Proxy
from rooms.tests.support.s3 import names_in, s3_server
from rooms.tests.support.servers import RunningServer
from rooms.tests.support.uploading import TEXT

pytestmark = pytest.mark.any_database
MEBIBYTE = 1024 * 1024


def noise(size: int) -> bytes:
    """Return bytes that are no known type of file."""
    return b"\x00\x01" + random.Random(size).randbytes(size - 2)


def received(user: User) -> int:
    """Return how many bytes of the user's upload have arrived; 0 before it begins."""
    return sum(Upload.objects.filter(owner=user).values_list("offset", flat=True))


async def until_received(user: User, count: float, uploading: asyncio.Task[Any]) -> None:
    """Wait until this many bytes of the user's upload have arrived. It must not have ended by then."""
    async with asyncio.timeout(30):
        while await database(received, user) < count:
            assert not uploading.done(), uploading.exception()
            await asyncio.sleep(0.01)


async def send_file(url: str, user: User, room: Room, content: bytes) -> dict[str, Any]:
    """Send a file through the client library, and return it as a reader receives it."""
    async with await connected(url, user) as client:
        await client.join(room.name)
        upload = await client.upload(room.name, BytesIO(content), "noise.bin")
        await client.send(room.name, "", attachment_ids=[upload])
        [message] = await take(client, 1)
        attachment: dict[str, Any] = message["attachments"][0]
        return attachment


async def test_a_file_is_sent_and_downloaded_unchanged(served: RunningServer, tmp_path: Path) -> None:
    room, (ann, ben) = await make_room("ann", "ben")
    source, target = tmp_path / "Grüße & more.txt", tmp_path / "copy.txt"
    source.write_bytes(TEXT)
    content = noise(9 * MEBIBYTE)  # more than one part
    async with await connected(served.url, ann) as client, await connected(served.url, ben) as reader:
        await reader.join(room.name)
        ids = [await client.upload(room.name, source), await client.upload(room.name, BytesIO(content), "noise.bin")]
        await client.send(room.name, "Two files", attachment_ids=ids)
        [message] = await take(reader, 1)
        first, second = message["attachments"]
        assert [one["name"] for one in (first, second)] == ["Grüße & more.txt", "noise.bin"]
        await reader.download(first, target)
        assert target.read_bytes() == TEXT
        assert set(os.listdir(tmp_path)) == {"Grüße & more.txt", "copy.txt"}
        copy = BytesIO()
        await reader.download(second, copy)
        assert copy.getvalue() == content


async def test_what_the_server_refuses_is_raised(served: RunningServer, tmp_path: Path) -> None:
    room, (ann,) = await make_room("ann")
    secret, _ = await make_room("eve")
    async with await connected(served.url, ann) as client:
        for name, content, status in ((secret.name, TEXT, 404), (room.name, b"", 400)):
            with pytest.raises(RequestRefused) as refusal:
                await client.upload(name, BytesIO(content), "tea.txt")
            assert refusal.value.status == status
        with pytest.raises(RequestRefused, match=r"photo\.jpg|picture|file"):
            await client.upload(room.name, BytesIO(TEXT), "photo.jpg")
        with pytest.raises(FileNotFoundError):
            await client.upload(room.name, tmp_path / "absent")
        with pytest.raises(ValueError, match="needs a name"):
            await client.upload(room.name, BytesIO(TEXT))
        upload = await client.upload(room.name, BytesIO(TEXT), "tea.txt")
        attachment = {"url": f"/files/{upload}/tea.txt"}
        await database(upload_remove, by=ann, public_id=upload)
        target = tmp_path / "copy"
        with pytest.raises(RequestRefused):
            await client.download(attachment, target)
        assert not target.exists()
    async with connect(served.url) as guest:
        with pytest.raises(RequestRefused) as refusal:
            await guest.upload(room.name, BytesIO(TEXT), "tea.txt")
        assert refusal.value.status == 401


async def test_an_upload_goes_on_after_the_connection_was_reset(served: RunningServer) -> None:
    room, (ann,) = await make_room("ann")
    content = noise(24 * MEBIBYTE)
    async with Proxy(served.port) as proxy:
        sending = asyncio.create_task(send_file(proxy.url, ann, room, content))
        await until_received(ann, 8 * MEBIBYTE, sending)
        proxy.reset()
        assert (await asyncio.wait_for(sending, 60))["size"] == len(content)
    assert await database(Blob.objects.filter(digest=hashlib.sha256(content).hexdigest()).exists)


async def test_an_upload_goes_on_after_the_server_was_killed(served: RunningServer, tmp_path: Path) -> None:
    room, (ann,) = await make_room("ann")
    content = noise(40 * MEBIBYTE)
    sending = asyncio.create_task(send_file(served.url, ann, room, content))
    await until_received(ann, 0.6 * len(content), sending)
    await asyncio.to_thread(served.kill9)
    before = await database(received, ann)
    await asyncio.to_thread(served.start)
    attachment = await asyncio.wait_for(sending, 60)
    assert 0 < before < len(content)
    async with await connected(served.url, ann) as client:
        await client.download(attachment, tmp_path / "copy")
    assert hashlib.file_digest((tmp_path / "copy").open("rb"), "sha256").digest() == hashlib.sha256(content).digest()


async def test_closing_the_client_ends_an_upload_that_waits_for_the_server(served: RunningServer) -> None:
    room, (ann,) = await make_room("ann")
    async with Proxy(served.port) as proxy:
        async with await connected(proxy.url, ann) as client:
            uploading = asyncio.create_task(client.upload(room.name, BytesIO(noise(40 * MEBIBYTE)), "noise.bin"))
            await until_received(ann, 1, uploading)
            proxy.go_away()
        with pytest.raises(ConnectionEnded):
            await asyncio.wait_for(uploading, 60)


async def test_files_in_a_bucket_are_downloaded_through_a_redirect(
    server_factory: Callable[..., RunningServer], tmp_path: Path
) -> None:
    with s3_server(tmp_path) as s3:
        bucket = s3.bucket("files")
        server = server_factory("uvicorn", env={"FILE_STORAGE": s3.url("files")})
        room, (ann,) = await make_room("ann")
        content = noise(9 * MEBIBYTE)
        attachment = await send_file(server.url, ann, room, content)
        assert names_in(bucket) == [(await database(Blob.objects.get)).path]
        async with await connected(server.url, ann) as client:
            await client.download(attachment, tmp_path / "copy")
        assert (tmp_path / "copy").read_bytes() == content


async def test_produce_sends_files_and_consume_prints_their_names_and_urls(
    served: RunningServer, tmp_path: Path
) -> None:
    room, (ann, ben) = await make_room("ann", "ben")
    for name in ("one.txt", "two.txt"):
        (tmp_path / name).write_text(name)
    files = [argument for name in ("one.txt", "two.txt") for argument in ("--file", str(tmp_path / name))]
    async with command(await environment(served, ben), "consume", room.name, "--after", "0") as process:
        for text in (["Look"], []):
            status, _, err = await outcome(await environment(served, ann), "produce", room.name, *text, *files)
            assert (status, err) == (0, "1 of 1 messages posted.\n")
            line = await line_of(process)
            author, *shown = line[20:].rstrip("\n").split(" [")
            assert author == " ".join([f"{ann.username}:", *text])
            assert len(shown) == 2
            for name, part in zip(("one.txt", "two.txt"), shown, strict=True):
                assert part.startswith(f"{name} {served.url}/files/")
                assert part.endswith(f"/{name}]")
        assert await interrupt(process) == (0, "")
    status, _, err = await outcome(await environment(served, ann), "produce", room.name, "--file", "absent.txt")
    assert (status, err) == (1, "[Errno 2] No such file or directory: 'absent.txt'\n")
