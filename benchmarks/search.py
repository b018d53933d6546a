"""Measures search among a million messages in 200 rooms, on both databases, and prints tables for docs/search.md.

.venv/bin/python benchmarks/search.py [--messages N]
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from pathlib import Path

from contenders import a_postgres
from servers import prepared

PROGRAM = Path(__file__).with_name("search_queries.py")


def main() -> int:
    """Run it and return the exit status."""
    parser = argparse.ArgumentParser(description="Measure search.")
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--database", action="append", choices=["sqlite", "postgresql"])
    options = parser.parse_args()
    print("| database | search for | p50 ms | p95 ms | p99 ms | CPU ms of the server | found on a page of 20 |")
    print("|---|---|---|---|---|---|---|")
    for database in options.database or ["sqlite", "postgresql"]:
        with contextlib.ExitStack() as stack:
            url = stack.enter_context(a_postgres())[0] if database == "postgresql" else ""
            made = stack.enter_context(prepared(database_url=url, settings={}))
            asked = json.dumps({"messages": options.messages, "rooms": 200})
            measured = json.loads(made.manage([str(PROGRAM)], asked))
        for work in measured["works"]:
            figures = (
                f"{work['p50']:.1f} | {work['p95']:.1f} | {work['p99']:.1f} | {work['cpu_ms']:.1f} | {work['hits']:.1f}"
            )
            print(f"| {database} | {work['work']} | {figures} |", flush=True)
        ratio = measured["index"] / measured["text"]
        print(
            f"{database}: the index takes {ratio:.2f} times the text ({measured['text'] / 1e6:.0f} MB), and "
            f"{measured['index_us']:.0f} us of CPU a message to make.",
            file=sys.stderr,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
