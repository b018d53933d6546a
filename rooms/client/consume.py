"""The `consume` command, which prints messages of rooms to standard output."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import unicodedata
from datetime import datetime

import orjson

from rooms.client.buffer import Message
from rooms.client.client import connect
from rooms.client.connection import http_base_url
from rooms.client.errors import RequestRefused, RoomLost
from rooms.client.threads import in_thread

STDOUT = 1


def add_consume_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments for the rooms, the start and the output format."""
    parser.add_argument("rooms", nargs="+", metavar="ROOM")
    parser.add_argument("--json", action="store_true", help="print one JSON object per line, as the server sent it")
    parser.add_argument(
        "--after",
        type=int,
        metavar="VERSION",
        help="start with the changes after this version of the room: 0 for all, or the version of the last JSON line",
    )


async def consume(options: argparse.Namespace) -> int:
    """Print messages that arrive in rooms, until Ctrl+C."""
    try:
        return await _print_rooms(options)
    except (asyncio.CancelledError, BrokenPipeError):
        return 0  # Ctrl+C, or the output was closed


async def _print_rooms(options: argparse.Namespace) -> int:
    remaining, base_url = list(dict.fromkeys(options.rooms)), http_base_url(options.url)
    async with connect(options.url, token=options.token) as client:
        for room in remaining:
            try:
                await client.join(room, options.after)
            except RequestRefused as refusal:
                print(f"{room}: {refusal}", file=sys.stderr)
                return 1
        while remaining:
            try:
                message = await anext(client)
            except RoomLost as lost:
                print(lost, file=sys.stderr)
                remaining.remove(lost.room_name)
                continue
            line = (
                orjson.dumps(message)
                if options.json
                else format_message(message, named=len(options.rooms) > 1, base_url=base_url).encode()
            )
            await in_thread(write_all, line + b"\n")
    return 1


def format_message(message: Message, *, named: bool, base_url: str) -> str:
    """Format a message as one line: local time, the room if `named`, author, content, and files with their URLs."""
    who = f"#{message['room_name']} {message['user_name']}" if named else message["user_name"]
    content = "(deleted)" if message.get("deleted") else printable(message["content"])
    files = [f"[{printable(one['name'])} {base_url}{one['url']}]" for one in message["attachments"]]
    line = " ".join([f"{local_time(message['created_at'])} {who}:", *filter(None, [content]), *files])
    return f"{line}{' (edited)' if message.get('edited_at') else ''}"


def local_time(timestamp: str) -> str:
    """Format a timestamp of the server in the time zone of this machine."""
    return datetime.fromisoformat(timestamp).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def printable(text: str) -> str:
    """Return a text on one line without terminal control characters."""
    line = text.replace("\r\n", "\n").replace("\n", " ↵ ").replace("\t", " ")
    return "".join("\ufffd" if unicodedata.category(character) == "Cc" else character for character in line)


def write_all(line: bytes) -> None:
    """Write to standard output without Python's buffer, whose lock would block the exit while a pipe is full."""
    while line:
        line = line[os.write(STDOUT, line) :]
