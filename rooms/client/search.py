"""The `search` command, which prints the messages that a query finds, newest first."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Iterator
from typing import Any
from urllib.error import URLError

import orjson

from rooms.client.connection import http_base_url
from rooms.client.consume import STDOUT, local_time, printable, write_all
from rooms.client.errors import ConnectionFailed
from rooms.client.http import HITS_PER_PAGE, fetch_hits
from rooms.client.threads import in_thread

BOLD, NOT_BOLD = "\x1b[1m", "\x1b[22m"
ZONES = "/zoneinfo/"


def add_search_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments for the query and the output format."""
    parser.add_argument("query", metavar="QUERY", help='words, "phrases", from:@name, in:room, and so on')
    parser.add_argument("--json", action="store_true", help="print one JSON object per line, as the server sent it")
    parser.add_argument("--limit", type=int, default=HITS_PER_PAGE, help="at most this many messages (default: 20)")
    parser.add_argument("--before", type=int, metavar="ID", help="only older messages: goes on after the last one")
    parser.add_argument(
        "--tz", default=system_zone(), help="the time zone of dates in the query (default: this machine's, %(default)s)"
    )


async def search(options: argparse.Namespace) -> int:
    """Print the messages that a query finds, newest first."""
    url, headers = http_base_url(options.url), {"Authorization": f"Bearer {options.token}"} if options.token else {}
    try:
        page = await in_thread(fetch_hits, url, headers, options.query, options.before, options.limit, options.tz)
        for hit in page["results"]:
            line = orjson.dumps(hit) if options.json else format_hit(hit, marked=os.isatty(STDOUT)).encode()
            await in_thread(write_all, line + b"\n")
    except URLError as error:
        raise ConnectionFailed(f"{url} can't be reached: {error.reason}.") from error
    except (asyncio.CancelledError, BrokenPipeError):
        return 0  # Ctrl+C, or the output was closed
    for sentence in remarks(page):
        print(sentence, file=sys.stderr)
    return 0


def format_hit(hit: dict[str, Any], *, marked: bool) -> str:
    """Format a hit as one line: local time, room, author and the text around the words, bold if `marked`."""
    message = hit["message"]
    parts = [(printable(part["text"]), part["found"] and marked) for part in hit["excerpt"]]
    text = "".join(f"{BOLD}{part}{NOT_BOLD}" if bold else part for part, bold in parts)
    return f"{local_time(message['created_at'])} #{message['room_name']} {message['user_name']}: {text}"


def remarks(page: dict[str, Any]) -> Iterator[str]:
    """Yield sentences about what may be missing in a page of hits."""
    if not page["results"]:
        yield "No messages found."
    if "looked_back_to" in page:
        yield f"Searched back to {local_time(page['looked_back_to'])} so far."
    if page["more"] and page["results"]:
        yield f"For older messages add: --before {page['results'][-1]['id']}"
    if page.get("indexing"):
        yield "The oldest messages can't be found yet: the search index is still being made."


def system_zone() -> str:
    """Return the name of this machine's time zone, or UTC if it can't be determined."""
    name = os.environ.get("TZ", "").removeprefix(":") or os.path.realpath("/etc/localtime").partition(ZONES)[2]
    return name or "UTC"
