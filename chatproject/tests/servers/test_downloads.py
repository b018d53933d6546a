"""Downloads of large files: what they cost in memory."""

from __future__ import annotations

import hashlib
import random
import time
from http.client import HTTPConnection

import psutil
import pytest

from rooms.tests.support.clients import person, room_of, token_of
from rooms.tests.support.servers import RunningServer
from rooms.tests.support.uploading import uploaded

pytestmark = pytest.mark.any_database
MEBIBYTE = 1024 * 1024
MAX_GROWTH = 20 * MEBIBYTE


def test_a_file_waits_on_the_disk_for_somebody_who_reads_slowly(live: RunningServer) -> None:
    user = person("ann")
    content = b"\x00\x01" + random.Random(1).randbytes(100 * MEBIBYTE)
    small, large = (uploaded(user, room_of(user), one, "noise.bin") for one in (content[:MEBIBYTE], content))
    connection = HTTPConnection("127.0.0.1", live.port, timeout=30)
    headers = {"Authorization": f"Bearer {token_of(user)}"}
    connection.request("GET", f"/files/{small.public_id}/noise.bin", headers=headers)
    assert connection.getresponse().read() == content[:MEBIBYTE]

    server = psutil.Process(live.pid)
    before = server.memory_info().rss
    connection.request("GET", f"/files/{large.public_id}/noise.bin", headers=headers)
    response = connection.getresponse()
    growth = []
    for _ in range(20):  # long enough to read all of it from the disk
        time.sleep(0.1)
        growth.append(server.memory_info().rss - before)
    assert max(growth) < MAX_GROWTH
    digest = hashlib.sha256()
    while chunk := response.read(MEBIBYTE):
        digest.update(chunk)
        growth.append(server.memory_info().rss - before)
    assert digest.digest() == hashlib.sha256(content).digest()
    assert max(growth) < MAX_GROWTH
