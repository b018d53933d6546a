"""How soon the room page works for somebody with nothing of it in their browser's cache, on a slow connection.

By itself, this program compares this checkout with another one, visiting their pages in turn.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import shutil
import statistics
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import servers
from contenders import Contender, Parlors, Service
from ledger import Violation
from measurements import Meter, Sample
from playwright.async_api import Browser, async_playwright
from workloads import Workload, wait_until_idle

ROOM, MESSAGES = "cold", 50
LATENCY, DOWN, UP = 150, 1_600_000 // 8, 750_000 // 8  # ms between a request and its response; bytes per second
VISITS = 3  # of a turn
QUIET = 1500  # ms after the room was joined, for requests that still follow
TIMEOUT = 60_000  # ms
CHROMIUM = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
# Notes when the page is painted, its composer listens, its socket is open, and the room is joined.
OBSERVER = """
window.moments = {};
const note = (name) => (window.moments[name] ??= performance.now());
const listen = EventTarget.prototype.addEventListener;
EventTarget.prototype.addEventListener = function (type, ...others) {
  if (type === "submit" && this.id === "composer") note("composer");
  return listen.call(this, type, ...others);
};
window.WebSocket = class extends WebSocket {
  constructor(...given) {
    super(...given);
    this.addEventListener("open", () => note("socket"));
    this.addEventListener("message", ({ data }) => String(data).includes('"joined"') && note("joined"));
  }
};
new PerformanceObserver((list) => list.getEntries().forEach(({ name }) => note(name))).observe({ type: "paint" });
"""


@dataclass
class Visit:
    """One opening of the page: milliseconds since its start, and what was transferred."""

    painted: float
    composer: float
    socket: float
    joined: float
    requests: int
    kilobytes: float


@contextlib.asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Run a browser until the block ends."""
    async with async_playwright() as playwright:
        path = next(filter(None, map(shutil.which, CHROMIUM)), None)
        browser = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        await browser.close()


async def visit(browser: Browser, address: str, session: str) -> Visit:
    """Open the room page with an empty cache. Raises Violation if it does not join the room."""
    context = await browser.new_context()
    await context.add_cookies([{"name": "sessionid", "value": session, "url": address}])
    page = await context.new_page()
    await page.add_init_script(OBSERVER)
    devtools = await context.new_cdp_session(page)
    requests: list[str] = []
    sizes: list[float] = []
    devtools.on("Network.requestWillBeSent", lambda event: requests.append(event["request"]["url"]))
    devtools.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    await devtools.send("Network.enable")
    conditions = {"offline": False, "latency": LATENCY, "downloadThroughput": DOWN, "uploadThroughput": UP}
    await devtools.send("Network.emulateNetworkConditions", conditions)
    await page.goto(f"{address}/rooms/{ROOM}/", wait_until="commit")
    for _ in range(TIMEOUT // 100):
        if "joined" in await page.evaluate("window.moments"):
            break
        await page.wait_for_timeout(100)
    else:
        raise Violation("the page did not join the room")
    await page.wait_for_timeout(QUIET)
    moments = await page.evaluate("window.moments")
    await context.close()
    times = [moments[name] for name in ("first-contentful-paint", "composer", "socket", "joined")]
    return Visit(*times, len(requests), sum(sizes) / 1000)


class ParlorWithRoom(Parlors):
    """Parlor with the room and its static files from the start: a server lists these when it starts."""

    @contextlib.contextmanager
    def prepared(self, people: int, rooms: Sequence[str], *, members: bool) -> Iterator[None]:
        with super().prepared(people, rooms, members=members):
            self.sign_in(ROOM, MESSAGES)
            yield


class ColdPage(Workload):
    """Visits of the room page one after the other, each by a new browser profile."""

    name = "coldpage"
    title = "Room page with an empty cache: 150 ms, 1.6 Mbit/s. Latency is until the composer works"
    unit, units = "visit", "visits"
    drawn = "p50"
    members = True

    @property
    def people(self) -> int:
        return 8

    def rooms(self, turn: int) -> list[str]:
        return [ROOM]

    def contenders(self) -> Sequence[Contender]:
        return [ParlorWithRoom("uvicorn")]

    async def play(self, contender: Contender, service: Service, turn: int) -> list[Sample]:
        assert isinstance(contender, ParlorWithRoom)
        session = contender.signed_in[0].session
        async with chromium() as browser:
            await visit(browser, f"http://{service.address}", session)  # to warm up
            await wait_until_idle(service)
            meter = Meter(service)
            visits = [await visit(browser, f"http://{service.address}", session) for _ in range(VISITS)]
            waits = np.array([each.composer / 1000 for each in visits])
            extra = {
                "joined_ms": statistics.median(each.joined for each in visits),
                "requests_each": max(each.requests for each in visits),
                "kilobytes_each": statistics.median(each.kilobytes for each in visits),
            }
            return [meter.sample(self.name, "room page", contender.label, lambda: VISITS, lambda: waits, **extra)]


@contextlib.contextmanager
def site(checkout: Path) -> Iterator[tuple[str, str]]:
    """Run a checkout's server. Yields its address and the key of a session."""
    servers.ROOT = checkout
    with servers.prepared() as made:
        made.make_accounts(["alice", "bob", "carol"], [ROOM], members=True)
        sessions = made.make_rows(ROOM, MESSAGES, ["alice", "bob", "carol"])
        with servers.serving(made, server="uvicorn"):
            yield f"http://{made.addresses[0]}", sessions["alice"]


async def main() -> None:
    """Print a table with the medians of each checkout's visits."""
    parser = argparse.ArgumentParser(description="Measure how soon the room page works on a slow connection.")
    parser.add_argument("other", type=Path, help="a folder with another checkout to compare with")
    parser.add_argument("--visits", type=int, default=5, help="of each checkout (default: 5)")
    options = parser.parse_args()
    checkouts = {"other": options.other.resolve(), "this": servers.ROOT}
    visits: dict[str, list[Visit]] = {name: [] for name in checkouts}
    with contextlib.ExitStack() as stack:
        sites = {name: stack.enter_context(site(checkout)) for name, checkout in checkouts.items()}
        async with chromium() as browser:
            for turn in range(options.visits + 1):
                for name, (address, session) in sites.items():
                    done = await visit(browser, address, session)
                    if turn:  # the first warms up the server
                        visits[name].append(done)
    print("| checkout | first paint, ms | composer works, ms | socket open, ms | joined, ms | requests | kB |")
    print("|---|---|---|---|---|---|---|")
    for name, several in visits.items():
        middle = [statistics.median(values) for values in zip(*(vars(each).values() for each in several), strict=True)]
        lowest, highest = min(each.composer for each in several), max(each.composer for each in several)
        cells = [f"{middle[0]:,.0f}", f"{middle[1]:,.0f} ({lowest:,.0f}-{highest:,.0f})"]
        cells += [f"{value:,.0f}" for value in middle[2:]]
        print(f"| {name} | {' | '.join(cells)} |")


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except (servers.InstallationError, Violation) as error:
        sys.exit(f"cold_page: {error}")
