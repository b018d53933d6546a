"""A real S3 server process for tests."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3

from rooms.tests.support.servers import START_TIMEOUT, free_port

KEY, SECRET = "test-key", "test/secret+key"


class S3Server:
    """moto's server: buckets in memory."""

    def __init__(self, log: Path) -> None:
        """Start it. Raises AssertionError if it does not answer."""
        self.port = free_port()
        command = [sys.executable, "-m", "moto.server", "--host", "127.0.0.1", "--port", str(self.port)]
        with log.open("ab") as output:
            self._process = subprocess.Popen(command, stdout=output, stderr=output)
        deadline = time.monotonic() + START_TIMEOUT
        while not self._answers():
            if time.monotonic() > deadline or self._process.poll() is not None:
                self.close()
                raise AssertionError(f"the S3 server did not start:\n{log.read_text()}")
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True

    def close(self) -> None:
        """Stop it; its buckets are lost."""
        self._process.terminate()
        self._process.wait(10)

    def bucket(self, name: str) -> Any:
        """Create a bucket, and return it."""
        address = f"http://127.0.0.1:{self.port}"
        account = {"aws_access_key_id": KEY, "aws_secret_access_key": SECRET, "region_name": "us-east-1"}
        return boto3.resource("s3", endpoint_url=address, **account).create_bucket(Bucket=name)

    def url(self, bucket: str) -> str:
        """Return the value of FILE_STORAGE for a bucket."""
        secret = SECRET.replace("/", "%2F").replace("+", "%2B")
        return f"s3://{KEY}:{secret}@127.0.0.1:{self.port}/{bucket}?insecure=yes"


@contextmanager
def s3_server(folder: Path) -> Iterator[S3Server]:
    """Run an S3 server until the context ends."""
    server = S3Server(folder / "s3.log")
    try:
        yield server
    finally:
        server.close()


def names_in(bucket: Any) -> list[str]:
    """Return the names of a bucket's objects."""
    return [one.key for one in bucket.objects.all()]
