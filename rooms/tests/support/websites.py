"""Websites on this machine, for tests of what fetches pages of others."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from chatproject.outgoing.addresses import Address
from chatproject.outgoing.network import Rules


@dataclass
class Answer:
    """What a website responds with. `body` may be a function that writes to the connection for as long as it likes."""

    body: bytes | Callable[[Callable[[bytes], object]], None] = b""
    type: str = "text/html; charset=utf-8"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Website:
    """A web server on loopback. `pages` are its answers by path with query; others get 404."""

    port: int
    pages: dict[str, Answer]
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)  # method, path, headers
    bodies: list[bytes] = field(default_factory=list)  # of the POST requests

    def url(self, path: str = "/", host: str = "site.example") -> str:
        """Return a URL of this website, at a name that `rules` know."""
        return f"http://{host}:{self.port}{path}"

    @property
    def paths(self) -> list[str]:
        """The paths that were asked for, in order."""
        return [path for _, path, _ in self.requests]

    def rules(self, *, looked_up: list[str] | None = None) -> Rules:
        """Return rules by which every name is this machine, which may be connected to on this port alone."""

        def look_up(host: str, seconds: float) -> list[str]:
            if looked_up is not None:
                looked_up.append(host)
            return ["127.0.0.1"]

        return Rules(look_up, allows=any_address, ports=frozenset({self.port}))


def any_address(address: Address) -> bool:
    """Allow all addresses."""
    return True


@contextmanager
def website(pages: Mapping[str, Answer | bytes] | None = None) -> Iterator[Website]:
    """Run a website; pages given as bytes are HTML."""
    site = Website(0, {path: Answer(page) if isinstance(page, bytes) else page for path, page in (pages or {}).items()})

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:  # a name that the library looks for
            site.requests.append((self.command, self.path, dict(self.headers.items())))
            if self.command == "POST":
                site.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            answer = site.pages.get(self.path, Answer(b"nothing here", status=404))
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.type)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if isinstance(answer.body, bytes):
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)
            else:
                self.send_header("Connection", "close")
                self.end_headers()
                answer.body(self.wfile.write)

        do_HEAD = do_POST = do_GET  # noqa: N815  # names that the library looks for

        def log_message(self, format: str, *args: object) -> None:
            """Keep quiet."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, request: object, client_address: object) -> None:
            """Keep quiet about clients that went away."""

    with Server(("127.0.0.1", 0), Handler) as server:
        site.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield site
        finally:
            server.shutdown()
            server.socket.close()


def closed_port() -> int:
    """Return a port on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
