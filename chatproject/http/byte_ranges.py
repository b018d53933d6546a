"""Responses with a part of a file (RFC 9110, section 14), without which browsers can't seek in audio and video."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

CHUNK = 64 * 1024  # bytes
RANGE = re.compile(r"\s*bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.ASCII)


def ranged_response(request: HttpRequest, file: IO[bytes], size: int, *, etag: str) -> HttpResponseBase:
    """Return the response with a file of `size` bytes, or with the one range that the request asks for.

    Of several ranges, or if the file is another one than that in `If-Range`, the whole file is sent, which the standard
    allows. Closes the file, at the latest with the response.
    """
    found = RANGE.fullmatch(request.headers.get("Range", ""))
    valid = found is not None and any(found.groups()) and request.headers.get("If-Range", etag) == etag
    first, end, status = 0, size, 200
    if found is not None and valid:
        first, end = _bounds(found[1], found[2], size)
        status = 206
        if first >= end:
            file.close()
            response: HttpResponseBase = HttpResponse(status=416)
            response.headers["Content-Range"] = f"bytes */{size}"
            return response
    response = StreamingHttpResponse(_Part(file, first, end), status=status)
    response.headers["Content-Length"] = str(end - first)
    response.headers["Accept-Ranges"] = "bytes"
    if status == 206:
        response.headers["Content-Range"] = f"bytes {first}-{end - 1}/{size}"
    return response


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    """Return the first byte of a range, and the one after its last."""
    if not first:  # the last so many bytes
        return max(size - int(last), 0), size
    return int(first), min(int(last) + 1, size) if last else size


class _Part:
    """Iterates over a part of a file in chunks. `StreamingHttpResponse` closes it."""

    def __init__(self, file: IO[bytes], first: int, end: int) -> None:
        self._file = file
        self._left = end - first
        file.seek(first)

    def __iter__(self) -> Iterator[bytes]:
        while self._left > 0 and (chunk := self._file.read(min(CHUNK, self._left))):
            self._left -= len(chunk)
            yield chunk

    def close(self) -> None:
        """Close the file."""
        self._file.close()
