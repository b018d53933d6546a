"""Uploads and downloads. An upload goes on where it stopped after any loss of the connection."""

from __future__ import annotations

import asyncio
import base64
import logging
import os
import random
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from typing import IO, NamedTuple
from urllib.parse import quote
from urllib.request import Request

import orjson

from rooms.client.connection import MAX_RETRY_WAIT, Connection
from rooms.client.errors import RequestRefused
from rooms.client.http import Redirected, open_url
from rooms.client.threads import in_thread

logger = logging.getLogger("rooms.client")
PART_BYTES = 4 * 1024 * 1024
CHUNK = 256 * 1024
REQUEST_SECONDS = 30.0  # without a byte
LAST_PART_SECONDS = 300.0  # the server then checks and stores the whole file
RETRYABLE = (429, 502, 503, 504)
FAILURES = (OSError, HTTPException, RequestRefused)


class _Answer(NamedTuple):
    offset: str | None
    body: bytes


class Uploader:
    """Uploads files for a client, for as long as `check_open` does not raise."""

    def __init__(self, connection: Connection, check_open: Callable[[], None]) -> None:
        self._connection = connection
        self._check_open = check_open

    async def upload(self, room_name: str, file: Path | IO[bytes], name: str) -> str:
        """Upload a whole file, and return its id. Raises RequestRefused, ConnectionEnded, OSError."""
        if isinstance(file, Path):
            with file.open("rb") as opened:
                return await self.upload(room_name, opened, name)
        length = _size_of(file)
        url = f"{self._connection.http_url}/api/rooms/{quote(room_name, safe='')}/uploads/"
        metadata = f"filename {base64.b64encode(name.encode()).decode()}"
        created = await self._retried("POST", url, {"Upload-Length": str(length), "Upload-Metadata": metadata})
        upload_id = str(orjson.loads(created.body)["id"])
        await self._send_parts(f"{self._connection.http_url}/api/uploads/{upload_id}/", file, length)
        return upload_id

    async def _send_parts(self, url: str, file: IO[bytes], length: int) -> None:
        offset = attempts = 0
        while offset < length:
            file.seek(offset)
            part = file.read(PART_BYTES)
            headers = {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
            seconds = LAST_PART_SECONDS if offset + len(part) >= length else REQUEST_SECONDS
            try:
                await in_thread(self._request, "PATCH", url, headers, part, seconds)
                offset, attempts = offset + len(part), 0
            except FAILURES as error:
                attempts += 1
                elsewhere = isinstance(error, RequestRefused) and error.status == 409
                if not elsewhere:
                    await self._wait_after(error, attempts)
                before, offset = offset, int((await self._retried("HEAD", url, {})).offset or 0)
                if elsewhere and offset == before:  # it was refused for another reason
                    raise

    async def _retried(self, method: str, url: str, headers: dict[str, str]) -> _Answer:
        attempts = 0
        while True:
            try:
                return await in_thread(self._request, method, url, headers, None, REQUEST_SECONDS)
            except FAILURES as error:
                attempts += 1
                await self._wait_after(error, attempts)

    async def _wait_after(self, error: Exception, attempts: int) -> None:
        """Wait before the next attempt, or raise the error if that would fail, too."""
        self._check_open()
        if isinstance(error, RequestRefused) and error.status not in RETRYABLE:
            raise error
        logger.warning("The upload was interrupted (%s). It goes on when the server is back.", error)
        await asyncio.sleep(random.uniform(0.1, 1) * min(MAX_RETRY_WAIT, 0.5 * 2**attempts))

    def _request(self, method: str, url: str, headers: dict[str, str], body: bytes | None, seconds: float) -> _Answer:
        headers = self._connection.headers | {"Tus-Resumable": "1.0.0"} | headers
        with open_url(Request(url, body, headers, method=method), seconds=seconds) as response:
            return _Answer(response.headers["Upload-Offset"], response.read())


def _size_of(file: IO[bytes]) -> int:
    return file.seek(0, os.SEEK_END)


async def download(connection: Connection, url: str, to: Path | IO[bytes]) -> None:
    """Download a file of a message. Raises RequestRefused, OSError."""
    if isinstance(to, Path):
        unfinished = to.with_name(f"{to.name}.part")
        with unfinished.open("wb") as opened:
            await download(connection, url, opened)
        unfinished.replace(to)
        return
    await in_thread(_download, Request(connection.http_url + url, headers=connection.headers), to)


def _download(request: Request, to: IO[bytes]) -> None:
    try:
        response = open_url(request, seconds=REQUEST_SECONDS)
    except Redirected as elsewhere:  # to a storage, with an address that gives access by itself
        response = open_url(Request(elsewhere.location), seconds=REQUEST_SECONDS)
    with response:
        left = int(response.headers["Content-Length"])
        while chunk := response.read(CHUNK):
            left -= to.write(chunk)
    if left:
        raise ConnectionError(f"The download ended {left} bytes before the end of the file.")
