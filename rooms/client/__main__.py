"""`python -m rooms.client consume`, `produce` and `search`, also available as commands of `manage.py`.

They connect to a running server and need no settings, database or Redis.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from rooms.client.consume import add_consume_arguments, consume
from rooms.client.errors import ClientError
from rooms.client.produce import add_produce_arguments, produce
from rooms.client.search import add_search_arguments, search

Command = Callable[[argparse.Namespace], Coroutine[Any, Any, int]]
COMMANDS: dict[str, tuple[Callable[[argparse.ArgumentParser], None], Command]] = {
    "consume": (add_consume_arguments, consume),
    "produce": (add_produce_arguments, produce),
    "search": (add_search_arguments, search),
}


def add_server_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments for the server and the token."""
    url, token = os.environ.get("PARLOR_URL", "http://127.0.0.1:8000"), os.environ.get("PARLOR_TOKEN")
    parser.add_argument("--url", default=url, help="the server's address (PARLOR_URL; default: http://127.0.0.1:8000)")
    parser.add_argument(
        "--token", default=token, help="an access token (PARLOR_TOKEN is safer: other users can see arguments)"
    )


def run(command: Command, options: argparse.Namespace) -> int:
    """Run a command to its end and return its exit status."""
    try:
        return asyncio.run(command(options))
    except KeyboardInterrupt:
        return 130  # a second Ctrl+C
    except (ClientError, ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1


def main(arguments: Sequence[str] | None = None, prog: str = "python -m rooms.client") -> int:
    """Run the command given on the command line and return its exit status."""
    parser = argparse.ArgumentParser(prog=prog, description="Follow, write to and search the rooms of a Parlor server.")
    commands = parser.add_subparsers(required=True, metavar="|".join(COMMANDS))
    for name, (add_arguments, command) in COMMANDS.items():
        described = commands.add_parser(name, help=command.__doc__, description=command.__doc__)
        add_server_arguments(described)
        add_arguments(described)
        described.set_defaults(command=command)
    options = parser.parse_args(arguments)
    return run(options.command, options)


if __name__ == "__main__":
    sys.exit(main())
