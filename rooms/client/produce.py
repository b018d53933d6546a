"""The `produce` command, which posts lines of standard input, or a text and files, as messages."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import importlib.util
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path

from rooms.client.client import Client, connect
from rooms.client.errors import ClientError, RequestRefused
from rooms.client.threads import in_thread

STDIN = 0
CHUNK = 65536
MAX_LINE_BYTES = 1024 * 1024  # bytes; far more than any server accepts
MAX_UNACKNOWLEDGED = 128  # lines sent ahead of their acks
LINE_ERRORS = ("invalid_field", "missing_field", "too_large")  # after other errors the next line would fail, too


def add_produce_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments for the room and the text."""
    parser.add_argument("room", metavar="ROOM")
    parser.add_argument(
        "text",
        nargs="?",
        metavar="TEXT",
        help="the message to post; without it and --file, every line of standard input is posted",
    )
    parser.add_argument(
        "--file",
        action="append",
        default=[],
        type=Path,
        metavar="PATH",
        dest="files",
        help="post one message with this file, and with TEXT if it is given; for several files, repeat the option",
    )


class _Posting:
    """Lines being posted to a room, and their results."""

    def __init__(self, client: Client, room: str, attachment_ids: Sequence[str], show: Callable[[int], None]) -> None:
        self.sent = self.acknowledged = 0
        self.failed = False
        self._client = client
        self._room = room
        self._attachment_ids = attachment_ids
        self._show = show
        self._free = asyncio.Semaphore(MAX_UNACKNOWLEDGED)
        self._reading: asyncio.Task[None] | None = None

    async def run(self, lines: AsyncIterator[str]) -> None:
        """Return when every line is answered, or one failed with an error that would fail the next one, too."""
        async with asyncio.TaskGroup() as tasks:
            self._reading = tasks.create_task(self._read(lines, tasks))

    async def _read(self, lines: AsyncIterator[str], tasks: asyncio.TaskGroup) -> None:
        try:
            async for line in lines:
                await self._free.acquire()
                self.sent += 1
                tasks.create_task(self._post(self.sent, line))
        except (ValueError, OSError) as error:
            self._fail(str(error))

    async def _post(self, number: int, line: str) -> None:
        try:
            await self._client.send(self._room, line, attachment_ids=self._attachment_ids)
            self.acknowledged += 1
            self._show(self.acknowledged)
        except RequestRefused as refusal:
            self._fail(f"Message {number}: {refusal}", keep_going=refusal.code in LINE_ERRORS)
        except ClientError as error:
            self._fail(str(error))
        finally:
            self._free.release()

    def _fail(self, why: str, *, keep_going: bool = False) -> None:
        assert self._reading is not None
        if not self._reading.cancelling():
            print(why, file=sys.stderr)
        self.failed = True
        if not keep_going:
            self._reading.cancel()


async def produce(options: argparse.Namespace) -> int:
    """Post a text, files, or each line of standard input, to a room."""
    async with connect(options.url, token=options.token) as client:
        try:
            await client.join(options.room)
            files = [await client.upload(options.room, path) for path in options.files]
        except RequestRefused as refusal:
            print(f"{options.room}: {refusal}", file=sys.stderr)
            return 1
        reading = asyncio.create_task(discard_messages(client))
        with progress() as show:
            posting = _Posting(client, options.room, files, show)
            try:
                one = options.text is not None or files
                await posting.run(single_text(options.text or "") if one else input_lines())
                status = int(posting.failed)
            except asyncio.CancelledError:
                status = 130  # Ctrl+C
        reading.cancel()
    print(f"{posting.acknowledged} of {posting.sent} messages posted.", file=sys.stderr)
    return status


async def discard_messages(client: Client) -> None:
    """Discard messages that arrive.

    The room stays joined because a server posts several times faster for subscribers.
    """
    with contextlib.suppress(ClientError):
        async for _ in client:
            pass


async def single_text(text: str) -> AsyncIterator[str]:
    """Yield one text."""
    yield text


async def input_lines() -> AsyncIterator[str]:
    """Yield lines of standard input as they arrive, except blank ones.

    Raises ValueError for a line that is not UTF-8.
    """
    rest = b""
    while chunk := await in_thread(os.read, STDIN, CHUNK):
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            if text := decode_line(line):
                yield text
        if len(rest) > MAX_LINE_BYTES:
            raise ValueError(f"A line of the input is longer than {MAX_LINE_BYTES} bytes.")
    if text := decode_line(rest):
        yield text


def decode_line(line: bytes) -> str:
    """Decode a line, or return "" for a blank one. Raises ValueError if it is not UTF-8."""
    try:
        return line.decode().rstrip("\r") if line.strip() else ""
    except UnicodeDecodeError as error:
        raise ValueError(f"A line of the input is not UTF-8: {line[:40]!r}.") from error


@contextlib.contextmanager
def progress() -> Iterator[Callable[[int], None]]:
    """Show a growing count, if standard error is a terminal and rich is installed."""
    if not sys.stderr.isatty() or importlib.util.find_spec("rich") is None:
        yield lambda count: None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = SpinnerColumn(), TextColumn("{task.completed:,} posted"), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda count: bar.update(task, completed=count)
