"""Measures how soon the room page works for somebody who has nothing of it in their browser's cache.

Chromium emulates a slow connection. With another checkout as argument, both take turns.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import servers
from playwright.sync_api import Browser, sync_playwright

ROOM, MESSAGES = "cold", 50
LATENCY, DOWN, UP = 150, 1_600_000 // 8, 750_000 // 8  # ms between a request and its response; bytes per second
QUIET = 1500  # ms after the room was joined, for what still follows
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
# Signs in without a password, whose hash would take long, and fills the room.
PREPARE = f"""
import json
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from rooms.models import Room, User
from rooms.services.posting import message_post
users = list(User.objects.order_by("pk"))
for number in range({MESSAGES}):
    text = f"Message {{number}} of a room in which several people talk, of *ordinary* length."
    message_post(by=users[number % len(users)], room=Room.objects.get(name="{ROOM}"), content=text)
session = SessionStore()
session[SESSION_KEY] = str(users[0].pk)
session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
session[HASH_SESSION_KEY] = users[0].get_session_auth_hash()
session.create()
print(json.dumps(session.session_key))
"""
# Notes when the composer listens, when the socket opens and when the room's messages are live.
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


@contextlib.contextmanager
def site(checkout: Path) -> Iterator[tuple[str, str]]:
    """Run a checkout's server with static files as in production. Yields its address and a session's key."""
    servers.ROOT = checkout
    with (
        tempfile.TemporaryDirectory(prefix="parlor-") as folder,
        servers.prepared(settings={"DATA_DIR": folder}) as made,
    ):
        made.manage([str(checkout / "manage.py"), "collectstatic", "--noinput", "--verbosity", "0"])
        made.make_accounts(["alice", "bob", "carol"], [ROOM], members=True)
        key = json.loads(made.manage([str(checkout / "manage.py"), "shell", "--verbosity", "0", "-c", PREPARE]))
        with servers.serving(made, server="uvicorn"):
            yield f"http://{made.addresses[0]}", key


def visit(browser: Browser, address: str, key: str) -> Visit:
    """Open the room page with an empty cache."""
    context = browser.new_context()
    context.add_cookies([{"name": "sessionid", "value": key, "url": address}])
    page = context.new_page()
    page.add_init_script(OBSERVER)
    devtools = context.new_cdp_session(page)
    requests: list[str] = []
    sizes: list[float] = []
    devtools.on("Network.requestWillBeSent", lambda event: requests.append(event["request"]["url"]))
    devtools.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    devtools.send("Network.enable")
    conditions = {"offline": False, "latency": LATENCY, "downloadThroughput": DOWN, "uploadThroughput": UP}
    devtools.send("Network.emulateNetworkConditions", conditions)
    page.goto(f"{address}/rooms/{ROOM}/", wait_until="commit")
    while "joined" not in page.evaluate("window.moments"):
        page.wait_for_timeout(100)
    page.wait_for_timeout(QUIET)
    moments: dict[str, float] = page.evaluate("window.moments")
    context.close()
    times = [moments[name] for name in ("first-contentful-paint", "composer", "socket", "joined")]
    return Visit(*times, len(requests), sum(sizes) / 1000)


def main() -> None:
    """Print a table with the medians of each checkout's visits."""
    parser = argparse.ArgumentParser(description="Measure how soon the room page works on a slow connection.")
    parser.add_argument("other", type=Path, nargs="?", help="a folder with another checkout to compare with")
    parser.add_argument("--visits", type=int, default=5, help="of each checkout (default: 5)")
    options = parser.parse_args()
    checkouts = {"this": servers.ROOT} | ({"other": options.other.resolve()} if options.other else {})
    visits: dict[str, list[Visit]] = {name: [] for name in checkouts}
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    executable = next(filter(None, map(shutil.which, names)), None)
    with contextlib.ExitStack() as stack:
        sites = {name: stack.enter_context(site(checkout)) for name, checkout in checkouts.items()}
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        for turn in range(options.visits + 1):
            for name, (address, key) in sites.items():
                done = visit(browser, address, key)
                if turn:  # the first warms up the server
                    visits[name].append(done)
        browser.close()
    print("| checkout | first paint, ms | composer works, ms | socket open, ms | joined, ms | requests | kB |")
    print("|---|---|---|---|---|---|---|")
    for name, done in visits.items():
        middle = [statistics.median(values) for values in zip(*(vars(each).values() for each in done), strict=True)]
        lowest, highest = min(each.composer for each in done), max(each.composer for each in done)
        cells = [f"{middle[0]:,.0f}", f"{middle[1]:,.0f} ({lowest:,.0f}-{highest:,.0f})"]
        cells += [f"{value:,.0f}" for value in middle[2:]]
        print(f"| {name} | {' | '.join(cells)} |")


if __name__ == "__main__":
    try:
        main()
    except servers.InstallationError as error:
        sys.exit(f"cold_page: {error}")
