"""Measures in a browser how soon the quick switcher is shown and finds rooms, on a page with many rooms.

.venv/bin/python benchmarks/switcher.py [--rooms N]
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys

import servers
from cold_page import ROOM, chromium

TIMES = 50
WORDS = "room 42"
# Notes how long it takes from a key press to the frame that shows what it did.
OBSERVER = """
window.taken = [];
addEventListener("keydown", ({ timeStamp }) => {
  requestAnimationFrame(() => setTimeout(() => window.taken.push(performance.now() - timeStamp)));
}, true);
"""
# Not by `wait_for_function`, which the pages' Content-Security-Policy forbids.
TAKEN = """
new Promise((done) => {
  const look = () => (window.taken.length ? done(window.taken.pop()) : setTimeout(look, 5));
  look();
})
"""


async def measure(address: str, session: str) -> tuple[list[float], list[float]]:
    """Return the milliseconds until the switcher was open, and until it had found what was typed, each time."""
    async with chromium() as browser:
        context = await browser.new_context()
        await context.add_cookies([{"name": "sessionid", "value": session, "url": address}])
        page = await context.new_page()
        await page.add_init_script(OBSERVER)
        await page.goto(f"{address}/rooms/{ROOM}/")
        opening: list[float] = []
        typing: list[float] = []
        for _ in range(TIMES):
            for keys, taken in ((["Control+k"], opening), (list(WORDS), typing)):
                for key in keys:
                    await page.evaluate("window.taken.length = 0")
                    await page.keyboard.press(key)
                    taken.append(await page.evaluate(TAKEN))
            if not await page.locator("#switcher [role=option]").count():
                raise SystemExit("switcher: nothing was found")
            await page.keyboard.press("Escape")
        return opening, typing


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description="Measure the quick switcher.")
    parser.add_argument("--rooms", type=int, default=1000)
    options = parser.parse_args()
    with servers.prepared() as made:
        rooms = [ROOM, *(f"room-{number}" for number in range(1, options.rooms))]
        made.make_accounts(["alice"], rooms, members=True)
        session = made.make_rows(ROOM, 50, ["alice"])["alice"]
        with servers.serving(made, server="uvicorn"):
            opening, typing = asyncio.run(measure(f"http://{made.addresses[0]}", session))
    print(f"With {options.rooms} rooms, milliseconds from the key press to the frame:\n")
    print("| | p50 | p95 | most |\n|---|---|---|---|")
    for what, taken in (("open it", opening), ("a letter typed into it", typing)):
        p95 = statistics.quantiles(taken, n=20)[-1]
        print(f"| {what} | {statistics.median(taken):.0f} | {p95:.0f} | {max(taken):.0f} |")


if __name__ == "__main__":
    try:
        main()
    except servers.InstallationError as error:
        sys.exit(f"switcher: {error}")
