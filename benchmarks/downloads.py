"""What a file of 200 MB costs a server, up and down: CPU, and the peak of its memory above what it had before.

    .venv/bin/python benchmarks/downloads.py [megabytes]

Run by hand, after `scripts/bench` has installed its packages. Exits with status 1 if a download adds more than 20 MB.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from machine import cpu_seconds, describe, family
from servers import Installation, installation

PART = 4 * 1024 * 1024
CHUNK = 256 * 1024
MAX_GROWTH = 20_000_000  # bytes
SLOW_SECONDS = 5.0  # for which a slow reader takes a little at a time
ROOM = "files"


class Person:
    """A user who uploads and downloads, one request per connection."""

    def __init__(self, made: Installation) -> None:
        self.address = made.addresses[0]
        self.headers = {"Authorization": f"Bearer {made.make_accounts(['ann'], [ROOM])['ann']}"}

    def request(
        self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes | None = None
    ) -> http.client.HTTPResponse:
        """Return a response whose body is not read yet. Raises RuntimeError if it is an error."""
        connection = http.client.HTTPConnection(self.address, timeout=300)
        connection.request(method, path, body, self.headers | (headers or {}))
        response = connection.getresponse()
        if response.status >= 400:
            raise RuntimeError(f"{method} {path}: {response.status} {response.read()[:500]!r}")
        return response

    def upload(self, path: Path) -> str:
        """Upload a file, and return the path of its download."""
        name = base64.b64encode(path.name.encode()).decode()
        about = {"Upload-Length": str(path.stat().st_size), "Upload-Metadata": f"filename {name}"}
        upload = json.loads(self.request("POST", f"/api/rooms/{ROOM}/uploads/", about).read())["id"]
        offset = 0
        with path.open("rb") as file:
            while part := file.read(PART):
                given = {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
                self.request("PATCH", f"/api/uploads/{upload}/", given, part).read()
                offset += len(part)
        return f"/files/{upload}/{path.name}"

    def download(self, url: str) -> str:
        """Download a file, and return its digest."""
        digest = hashlib.sha256()
        response = self.request("GET", url)
        while chunk := response.read(CHUNK):
            digest.update(chunk)
        return digest.hexdigest()

    def download_slowly(self, url: str) -> None:
        """Begin a download, and take little of it."""
        response = self.request("GET", url)
        until = time.monotonic() + SLOW_SECONDS
        while time.monotonic() < until:
            response.read(16 * 1024)
            time.sleep(0.02)
        response.close()


def memory(pid: int, field: str) -> int:
    """Return VmRSS or VmHWM (its peak) of a process, in bytes."""
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith(f"{field}:"))
    return int(line.split()[1]) * 1024


def measure(pid: int, what: str, work: Callable[[], object]) -> int:
    """Do some work, print what it cost the server, and return by how much the peak of its memory was higher."""
    time.sleep(1)
    Path(f"/proc/{pid}/clear_refs").write_text("5")  # the peak begins anew
    before, cpu, began = memory(pid, "VmRSS"), cpu_seconds(family(pid)), time.monotonic()
    work()
    seconds, growth = time.monotonic() - began, memory(pid, "VmHWM") - before
    used = cpu_seconds(family(pid)) - cpu
    print(f"  {what:16} {seconds:6.1f} s, CPU {used:5.2f} s, memory +{growth / 1e6:5.1f} MB on {before / 1e6:.0f} MB")
    return growth


def run(server: str, megabytes: int) -> bool:
    """Measure one kind of server. Returns whether downloads stay within the limit."""
    print(f"{server}, a file of {megabytes} MB")
    with installation(server=server, processes=1) as made:
        person, pid = Person(made), made.processes[0].pid
        small, large = made.folder / "small.bin", made.folder / "large.bin"
        digests = {}
        for path, size in ((small, 2 * PART), (large, megabytes * 1_000_000)):
            with path.open("wb") as file:
                for _ in range(size // 1_000_000):
                    file.write(os.urandom(1_000_000))
            with path.open("rb") as file:
                digests[path] = hashlib.file_digest(file, "sha256").hexdigest()
        person.download(person.upload(small))  # what is loaded with the first request
        urls: list[str] = []
        measure(pid, "upload", lambda: urls.append(person.upload(large)))
        received: list[str] = []
        growths = [
            measure(pid, "download", lambda: received.append(person.download(urls[0]))),
            measure(pid, "again", lambda: received.append(person.download(urls[0]))),
            measure(pid, "to a slow reader", lambda: person.download_slowly(urls[0])),
        ]
        assert received == [digests[large]] * 2, "what was downloaded differs from what was uploaded"
    return max(growths) <= MAX_GROWTH


def main() -> None:
    """Measure both kinds of server."""
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    print(describe())
    results = [run(server, megabytes) for server in ("uvicorn", "daphne")]
    sys.exit(not all(results))


if __name__ == "__main__":
    main()
