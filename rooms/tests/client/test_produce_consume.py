"""The commands `consume` and `produce` as processes with only a URL and a token."""

from __future__ import annotations

import asyncio
import os
import pty
import re
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest
from django.conf import settings
from django.core.management import call_command

from rooms.client.consume import format_message
from rooms.models import Room, User
from rooms.services.members import member_remove
from rooms.tests.client.test_client import sent
from rooms.tests.sockets.test_frames import make_room
from rooms.tests.sockets.test_resume import post
from rooms.tests.support.clients import database, token_of
from rooms.tests.support.proxies import Proxy
from rooms.tests.support.servers import RunningServer, free_port

pytestmark = pytest.mark.any_database
MANAGE = [sys.executable, "manage.py"]


async def environment(server: RunningServer, user: User) -> dict[str, str]:
    """Return the environment of a new machine, without settings."""
    token = await database(token_of, user)
    return {"PATH": os.environ["PATH"], "TZ": "UTC", "PARLOR_URL": server.url, "PARLOR_TOKEN": token}


@asynccontextmanager
async def command(env: dict[str, str], *arguments: str, stderr: int = PIPE) -> AsyncIterator[Process]:
    """Start a command."""
    process = await asyncio.create_subprocess_exec(
        *MANAGE, *arguments, cwd=settings.BASE_DIR, env=env, stdin=PIPE, stdout=PIPE, stderr=stderr
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def outcome(env: dict[str, str], *arguments: str, data: bytes = b"") -> tuple[int | None, str, str]:
    """Wait for a command to exit. Returns its exit status and its output."""
    async with command(env, *arguments) as process:
        out, err = await asyncio.wait_for(process.communicate(data), 20)
        return process.returncode, out.decode(), err.decode()


async def line_of(process: Process) -> str:
    """Return the next line of a command's output."""
    assert process.stdout is not None
    return (await asyncio.wait_for(process.stdout.readline(), 15)).decode()


async def interrupt(process: Process) -> tuple[int | None, str]:
    """Send Ctrl+C. Returns the exit status and standard error."""
    process.send_signal(signal.SIGINT)
    _, err = await asyncio.wait_for(process.communicate(), 10)
    return process.returncode, (err or b"").decode()


async def consumed(room: Room, env: dict[str, str]) -> list[str]:
    """Return the contents that `consume --json --after 0` prints for a room, in order."""
    expected = await database(sent, room)
    async with command(env, "consume", room.name, "--json", "--after", "0") as process:
        lines = [orjson.loads(await line_of(process)) for _ in expected]
        assert await interrupt(process) == (0, "")
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
    return [line["content"] for line in lines]


async def test_consume_prints_what_produce_posts_until_ctrl_c(served: RunningServer) -> None:
    (one, (ann,)), (two, (ben,)) = await make_room("ann", kind="open"), await make_room("ben", kind="open")
    async with command(await environment(served, ann), "consume", one.name, two.name, "--after", "0") as process:
        for room, text in ((one, "first\nsecond"), (two, "Is *anybody* there?")):
            status, out, err = await outcome(await environment(served, ben), "produce", room.name, text)
            assert (status, out, err) == (0, "", "1 of 1 messages posted.\n")
            shown = re.escape(f"#{room.name} {ben.username}: {text.replace(chr(10), ' ↵ ')}")
            assert re.fullmatch(rf"\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d {shown}\n", await line_of(process))
        assert await interrupt(process) == (0, "")


async def test_lines_of_standard_input_are_posted_in_order_as_they_arrive(served: RunningServer) -> None:
    room, (ann,) = await make_room("ann")
    env = await environment(served, ann)
    async with command(env, "produce", room.name) as process:
        assert process.stdin is not None
        process.stdin.write(b"at once\n")
        async with asyncio.timeout(10):
            while await database(sent, room) != ["at once"]:
                await asyncio.sleep(0.05)
        lines = [f"line {number}" for number in range(300)]
        rest = "\n".join([*lines[:100], "", "  ", *lines[100:]]).encode()
        _, err = await asyncio.wait_for(process.communicate(rest), 20)
        assert (process.returncode, err) == (0, b"301 of 301 messages posted.\n")
    assert await database(sent, room) == ["at once", *lines]
    assert await consumed(room, env) == ["at once", *lines]


async def test_a_rejected_line_is_reported_and_the_others_are_posted(served: RunningServer) -> None:
    room, (ann,) = await make_room("ann")
    env = await environment(served, ann)
    long = "x" * (settings.MAX_CONTENT_LENGTH + 1)
    status, _, err = await outcome(env, "produce", room.name, data=f"one\n{long}\nthree".encode())
    assert status == 1
    assert re.fullmatch(r"Message 2: content: Use at most .*\.\n2 of 3 messages posted\.\n", err)
    assert await database(sent, room) == ["one", "three"]
    status, _, err = await outcome(env, "produce", room.name, data=b"four\n\xff\nfive\n")
    assert (status, err.splitlines()[0]) == (1, r"A line of the input is not UTF-8: b'\xff'.")
    assert err.splitlines()[1:] == ["1 of 1 messages posted."]


async def test_an_error_at_the_start_prints_one_sentence_and_exits_with_1(served: RunningServer) -> None:
    room, (ann,) = await make_room("ann")
    env = await environment(served, ann)
    away = f"http://127.0.0.1:{free_port()}"
    wrong = {
        ("consume", room.name, "--token", "nonsense"): "The token is invalid or has expired.",
        ("consume", room.name, "--url", away): f"{away} can't be reached: ",
        (
            "produce",
            room.name,
            "hello",
            "--url",
            "127.0.0.1:8000",
        ): "The address must look like http://host:port",
        ("consume", "nowhere"): "nowhere: Room not found.",
        ("produce", "nowhere", "hello"): "nowhere: Room not found.",
    }
    outcomes = await asyncio.gather(*[outcome(env, *call) for call in wrong])
    for (status, out, err), sentence in zip(outcomes, wrong.values(), strict=True):
        assert (status, out, err.count("\n")) == (1, "", 1), err
        assert err.startswith(sentence)


async def test_both_wait_for_a_restarting_server_and_lose_and_duplicate_nothing(served: RunningServer) -> None:
    room, (ann, ben) = await make_room("ann", "ben")
    async with Proxy(served.port) as proxy:
        through = {"PARLOR_URL": proxy.url}
        writer = command(await environment(served, ann) | through, "produce", room.name)
        reader = command(await environment(served, ben) | through, "consume", room.name, "--json", "--after", "0")
        async with writer as produce, reader as consume:
            assert produce.stdin is not None
            produce.stdin.write(b"0\n")
            seen = [orjson.loads(await line_of(consume))["content"]]
            proxy.go_away()
            produce.stdin.write("".join(f"{number}\n" for number in range(1, 200)).encode())
            await asyncio.sleep(0.5)
            await proxy.listen()
            seen += [orjson.loads(await line_of(consume))["content"] for _ in range(199)]
            assert seen == [str(number) for number in range(200)]
            _, err = await asyncio.wait_for(produce.communicate(b""), 10)
            assert produce.returncode == 0
            waited = re.escape(proxy.url) + r" closed the connection .*\. Trying again until the server is back\.\n"
            assert re.fullmatch(waited + r"200 of 200 messages posted\.\n", err.decode())
            status, text = await interrupt(consume)
            assert status == 0
            assert re.fullmatch(waited, text)


async def test_consume_exits_quietly_when_its_output_is_closed(served: RunningServer) -> None:
    room, (ann,) = await make_room("ann")
    await post(room, ann, 500, "x" * 1000)
    shell = f"{sys.executable} manage.py consume {room.name} --after 0 | head -n 2; echo ${{PIPESTATUS[0]}}"
    process = await asyncio.create_subprocess_exec(
        "bash", "-c", shell, cwd=settings.BASE_DIR, env=await environment(served, ann), stdout=PIPE, stderr=PIPE
    )
    out, err = await asyncio.wait_for(process.communicate(), 15)
    assert (out.splitlines()[2:], err) == ([b"0"], b"")


async def test_consume_exits_when_it_has_lost_access_to_all_rooms(served: RunningServer) -> None:
    room, (ann, ben) = await make_room("ann", "ben")
    await post(room, ann, 1)
    async with command(await environment(served, ben), "consume", room.name, "--after", "0") as process:
        await line_of(process)
        await database(member_remove, by=ann, room=room, user=ben)
        _, err = await asyncio.wait_for(process.communicate(), 15)
        assert process.returncode == 1
        assert err.decode() == f"The room {room.name} can't be followed any more: removed.\n"


async def test_produce_shows_a_count_on_a_terminal(served: RunningServer) -> None:
    room, (ann,) = await make_room("ann")
    ours, theirs = pty.openpty()
    env = {**await environment(served, ann), "TERM": "xterm"}
    async with command(env, "produce", room.name, stderr=theirs) as process:
        os.close(theirs)
        await asyncio.wait_for(process.communicate(b"one\ntwo\n"), 15)
        shown = await asyncio.to_thread(os.read, ours, 65536)
    os.close(ours)
    assert b"2 posted" in shown
    assert shown.endswith(b"2 of 2 messages posted.\r\n")


async def test_the_commands_need_no_django(served: RunningServer) -> None:
    room, (ann,) = await make_room("ann")
    code = "import sys; sys.modules['django'] = None; sys.argv = ['', *sys.argv[1:]]; import runpy; "
    code += "runpy.run_module('rooms.client', run_name='__main__')"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        code,
        *("produce", room.name, "hello"),
        cwd=settings.BASE_DIR,
        env=await environment(served, ann),
        stderr=PIPE,
    )
    _, err = await asyncio.wait_for(process.communicate(), 15)
    assert (process.returncode, err) == (0, b"1 of 1 messages posted.\n")


def test_they_are_management_commands_too(served: RunningServer, capsys: pytest.CaptureFixture[str]) -> None:
    room, (ann,) = asyncio.run(make_room("ann"))
    with pytest.raises(SystemExit) as end:
        call_command("produce", room.name, "hello", url=served.url, token=token_of(ann))
    assert (end.value.code, capsys.readouterr().err) == (0, "1 of 1 messages posted.\n")


@pytest.mark.parametrize(
    ("fields", "named", "line"),
    [
        ({"content": "hello"}, False, "ann: hello"),
        ({"content": "hello"}, True, "#python ann: hello"),
        ({"content": "new", "edited_at": "2026-11-21T15:00:00.000Z"}, False, "ann: new (edited)"),
        ({"content": "", "deleted": True}, False, "ann: (deleted)"),
        (
            {"content": "", "attachments": [{"name": "tea\n.txt", "url": "/files/1/tea.txt"}]},
            False,
            "ann: [tea ↵ .txt http://here/files/1/tea.txt]",
        ),
        ({"content": "a\r\n2026 bob: b\tc\x1b[2Jd\x9b"}, False, "ann: a ↵ 2026 bob: b c\ufffd[2Jd\ufffd"),
    ],
)
def test_a_message_is_printed_on_one_line_without_control_characters(
    fields: dict[str, Any], named: bool, line: str
) -> None:
    message: dict[str, Any] = {"room_name": "python", "user_name": "ann", "created_at": "2026-11-21T14:57:04.322Z"}
    message |= {"attachments": [], **fields}
    assert format_message(message, named=named, base_url="http://here")[20:] == line
