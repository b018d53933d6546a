"""Requests to public addresses: fetching a page or file, and posting; once, within a time, up to a size."""

from __future__ import annotations

import re
import tomllib
import zlib
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import httpcore

from chatproject.installation.data_dir import BASE_DIR
from chatproject.outgoing.errors import OutgoingError, TooSlow, Unusable
from chatproject.outgoing.network import RULES, Deadline, GuardedBackend, Rules, tls_context
from chatproject.outgoing.urls import Url, parse_url

MAX_REDIRECTS = 5
SECONDS = 5.0  # for a request, with its redirects
MAX_OVERHEAD = 128 * 1024  # bytes of a response besides its body
MAX_PIECES = 10_000  # of a body
MAX_ANSWER_BYTES = 4096  # that are read of the response to a POST
REDIRECTS = {301, 302, 303, 307, 308}
CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A response: where it came from after all redirects, its media type and charset ("" if not given), its body."""

    url: Url
    media_type: str
    charset: str
    body: bytes
    complete: bool  # otherwise the body is the beginning


@dataclass(frozen=True, slots=True)
class Answer:
    """A response, whatever its status: `headers` by their names in lowercase, the beginning of the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def fetch(
    url: str, *, types: Collection[str], max_bytes: int, deadline: Deadline | None = None, rules: Rules = RULES
) -> Fetched:
    """Fetch a URL, or what it redirects to, with one GET request each, at most `max_bytes` of the decompressed body.

    `types` are the media types that are acceptable. Cookies are neither kept nor sent. Raises OutgoingError.
    """
    deadline = deadline or Deadline(SECONDS)
    address = parse_url(url)
    for _ in range(MAX_REDIRECTS + 1):
        found = _get(address, types, max_bytes, deadline, rules)
        if isinstance(found, Fetched):
            return found
        address = address.join(found)
    raise Unusable("too many redirects")


def post(
    url: str, body: bytes, headers: Mapping[str, str], *, deadline: Deadline | None = None, rules: Rules = RULES
) -> Answer:
    """Send one POST request and return the response. A redirect is not followed. Raises OutgoingError."""
    return ask("POST", url, headers, body, max_bytes=MAX_ANSWER_BYTES, deadline=deadline, rules=rules)


def ask(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes | None = None,
    *,
    max_bytes: int,
    deadline: Deadline | None = None,
    rules: Rules = RULES,
) -> Answer:
    """Send one request and return the response, with at most `max_bytes` of its body, as they come.

    A redirect is not followed. Raises OutgoingError.
    """
    address = parse_url(url)
    with _response(method, address, headers, max_bytes, deadline or Deadline(SECONDS), rules, body) as response:
        received = b""
        for chunk in response.iter_stream():
            received += chunk
            if len(received) >= max_bytes:
                break
        named = {
            name.lower().decode("ascii", "replace"): value.decode(errors="replace")
            for name, value in reversed(response.headers)
        }
        return Answer(response.status, named, received[:max_bytes])


def _get(address: Url, types: Collection[str], max_bytes: int, deadline: Deadline, rules: Rules) -> Fetched | str:
    """Send one request; return the response, or the reference to which it redirects."""
    headers = {"Accept": ", ".join(sorted(types)), "Accept-Encoding": "gzip"}
    with _response("GET", address, headers, max_bytes, deadline, rules) as response:
        return _result(response, address, types, max_bytes)


@contextmanager
def _response(
    method: str,
    address: Url,
    headers: Mapping[str, str],
    max_bytes: int,
    deadline: Deadline,
    rules: Rules,
    body: bytes | None = None,
) -> Iterator[httpcore.Response]:
    """Send one request and yield its response, which is read in the block. Raises OutgoingError."""
    # A pool for each request: nothing of it may serve another one.
    backend = GuardedBackend(rules, deadline, max_bytes + MAX_OVERHEAD)
    url = httpcore.URL(scheme=address.scheme, host=address.host, port=address.port, target=address.target)
    sent = {"Host": address.authority, "User-Agent": user_agent(), "Connection": "close", **headers}
    if body is not None:
        sent["Content-Length"] = str(len(body))
    try:
        with (
            httpcore.ConnectionPool(ssl_context=tls_context(), network_backend=backend) as pool,
            pool.stream(method, url, headers=list(sent.items()), content=body) as response,
        ):
            yield response
    except httpcore.TimeoutException as error:
        raise TooSlow("time is up") from error
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise OutgoingError(f"connection failed: {type(error).__name__}") from error


@cache
def user_agent() -> str:
    """Return how requests introduce themselves."""
    project = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]
    return f"Parlor/{project['version']} (a chat server)"


def _result(response: httpcore.Response, address: Url, types: Collection[str], max_bytes: int) -> Fetched | str:
    headers = {name.lower(): value.decode(errors="replace") for name, value in reversed(response.headers)}
    if response.status in REDIRECTS and b"location" in headers:
        return headers[b"location"]
    if response.status != 200:
        raise Unusable(f"status {response.status}")
    content_type = headers.get(b"content-type", "")
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type not in types:
        raise Unusable(f"media type {media_type[:100] or 'not given'}")
    charset = CHARSET.search(content_type)
    body, complete = _read(response, headers.get(b"content-encoding", "").strip().lower(), max_bytes)
    return Fetched(address, media_type, charset[1] if charset else "", body, complete)


def _read(response: httpcore.Response, encoding: str, max_bytes: int) -> tuple[bytes, bool]:
    """Return the body, and whether that is all of it. Never more than `max_bytes` are read or decompressed."""
    if encoding not in {"", "identity", "gzip", "x-gzip"}:
        raise Unusable(f"content encoding {encoding[:100]}")
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 16) if "gzip" in encoding else None
    body, received = bytearray(), 0
    try:
        for count, chunk in enumerate(response.iter_stream()):
            received += len(chunk)
            body += inflater.decompress(chunk, max_bytes + 1 - len(body)) if inflater else chunk
            if len(body) > max_bytes or received > max_bytes or count > MAX_PIECES:
                return bytes(body[:max_bytes]), False
            if inflater and inflater.eof:
                break
    except zlib.error as error:
        raise Unusable("broken compression") from error
    return bytes(body), inflater is None or inflater.eof
