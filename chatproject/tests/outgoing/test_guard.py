"""What the server refuses to connect to, whatever the spelling, and what it does not wait for."""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
import time
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address

import httpcore
import pytest

from chatproject.outgoing import network
from chatproject.outgoing.addresses import is_public
from chatproject.outgoing.client import MAX_ANSWER_BYTES, Fetched, fetch, post
from chatproject.outgoing.errors import OutgoingError, Refused, TooSlow, Unusable
from chatproject.outgoing.network import Deadline, Rules
from chatproject.outgoing.urls import parse_url
from rooms.tests.support.websites import Answer, any_address, website

pytestmark = pytest.mark.any_database

NOT_PUBLIC = """
    0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 127.0.0.1 127.8.9.10 168.63.129.16
    169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.8 192.0.0.192 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1
    198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 :: ::1 ::127.0.0.1
    ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::ffff:0:127.0.0.1 64:ff9b::8.8.8.8 64:ff9b:1::8.8.8.8 100::1 2001::1
    2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:2::1 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1:: 2002:808:808::1
    3fff::1 fc00::1 fd00:ec2::254 fe80::1 fe80::5efe:10.0.0.1 2a00:1450:4001:80f:0:5efe:a00:1
    2a00:1450:4001:80f:200:5efe:a00:1 fec0::1 ff02::1 ff0e::1 4000::1 5f00::1 8000::1 e000::1
"""
PUBLIC = """
    1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.1 100.63.255.255 100.128.0.1 128.0.0.1 172.15.0.1 172.32.0.1 192.167.0.1
    198.17.0.1 198.20.0.1 223.255.255.255 2606:4700:4700::1111 2001:4860:4860::8888 2a00:1450:4001:80f::200e
"""
# Spellings that the system's resolver, a URL parser or a browser takes for an address that is not public.
ODD = """
    http://2130706433/ http://0x7f000001/ http://0x7f.0.0.1/ http://0177.0.0.1/ http://017700000001/ http://127.1/
    http://127.0.1/ http://127.0.0.1./ http://0/ http://localhost/ http://LOCALHOST/ http://localhost./
    http://[::1]/ http://[::ffff:127.0.0.1]/ http://[::ffff:7f00:1]/ http://[0:0:0:0:0:ffff:127.0.0.1]/ http://[::]/
    http://[fe80::1%25lo]/ http://[fe80::1%lo]/ http://[::1/ http://::1/ http://[v1.x]/ http://１２７.０.０.１/
    http://127。0。0。1/ http://①②⑦.⓪.⓪.① http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/ http://127%2e0%2e0%2e1/ http://user@127.0.0.1/
    http://site.example@127.0.0.1/ http://site.example:80@127.0.0.1/ http://127.0.0.1\\@site.example/
    http://site.example\\@127.0.0.1/ http://127.0.0.1#@site.example/ http://127.0.0.1?@site.example/ http:127.0.0.1/
    http:/127.0.0.1/ http:///127.0.0.1/ //127.0.0.1/ http://127.0.0.1:22/ http://127.0.0.1:443/ https://127.0.0.1/
    https://127.0.0.1:80/ ftp://127.0.0.1/ file:///etc/passwd gopher://127.0.0.1/ javascript:alert(1)
    data:text/html,x unix:///run/x http://127.0.0.1:0x50/ http://127.0.0.1:99999/ http://127.0.0.1:-1/ http://
    http://. http://.. http://a..b/
"""


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Records to which addresses connections are opened, and opens none."""
    opened: list[str] = []

    def connect(self: object, host: str, *args: object, **kwargs: object) -> httpcore.NetworkStream:
        opened.append(host)
        raise httpcore.ConnectError

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)
    return opened


def answering(*answers: list[str]) -> Rules:
    """Rules whose name server gives these answers, one after another, and the last one for ever."""
    left = list(answers)
    return Rules(look_up=lambda host, seconds: left.pop(0) if len(left) > 1 else left[0])


def get(url: str, rules: Rules = network.RULES, **options: object) -> Fetched:
    """Fetch a page."""
    return fetch(url, types={"text/html"}, max_bytes=1000, rules=rules, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("address", NOT_PUBLIC.split())
def test_no_connection_is_opened_to_an_address_that_is_not_public(address: str, connections: list[str]) -> None:
    literal = f"[{address}]" if ":" in address else address
    for url, rules in ((f"http://{literal}/", network.RULES), ("https://site.example/", answering([address]))):
        with pytest.raises(Refused):
            get(url, rules)
    # One such address among others is enough.
    with pytest.raises(Refused):
        get("https://site.example/", answering(["8.8.8.8", address]))
    assert connections == []


@pytest.mark.parametrize("url", ODD.split())
def test_no_connection_is_opened_for_an_odd_spelling(url: str, connections: list[str]) -> None:
    with pytest.raises(OutgoingError):
        get(url)
    assert connections == []


@pytest.mark.parametrize("address", PUBLIC.split())
def test_public_addresses_are_connected_to_by_the_address_that_was_checked(
    address: str, connections: list[str]
) -> None:
    assert is_public(ip_address(address))
    with pytest.raises(OutgoingError, match="no connection"):
        get("https://site.example/", answering([address]))
    assert connections == [address]


def test_an_address_of_this_machine_is_not_public_even_if_it_is_global(monkeypatch: pytest.MonkeyPatch) -> None:
    class Probe(socket.socket):
        def connect(self, address: object) -> None:
            """Do nothing."""

        def getsockname(self) -> object:
            return ("8.8.4.4", 1)

    monkeypatch.setattr("chatproject.outgoing.addresses.socket.socket", Probe)
    assert not is_public(ip_address("8.8.4.4"))
    assert is_public(ip_address("8.8.8.8"))


def test_a_name_whose_answer_changes_is_resolved_once(connections: list[str]) -> None:
    with pytest.raises(OutgoingError, match="no connection"):
        get("http://site.example/", answering(["8.8.8.8"], ["127.0.0.1"]))
    assert connections == ["8.8.8.8"]


@pytest.mark.parametrize(
    "target", ["http://127.0.0.1/", "http://[::1]/", "//10.0.0.1/", "http://2130706433/", "file:///etc/passwd",
               "http://inside.example/", "http://site.example:22/", "http://user:word@site.example/"]
)  # fmt: skip
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_what_may_not_be_requested_is_not_followed(target: str, status: int) -> None:
    with website({"/": Answer(status=status, headers={"Location": target})}) as site, website() as inside:
        target = target.replace("127.0.0.1/", f"127.0.0.1:{inside.port}/")
        site.pages["/"].headers = {"Location": target}
        # Only the name of the outer site may be connected to; it is on this machine, too.
        outer = Rules(
            look_up=lambda host, seconds: ["127.0.0.1"] if host == "site.example" else ["127.0.0.2"],
            allows=lambda address: str(address) == "127.0.0.1" and len(inside.requests) == 0,
            ports=frozenset({site.port}),
        )
        with pytest.raises(Refused):
            get(site.url(), outer)
        assert site.paths == ["/"]
        assert inside.requests == []


def test_each_redirect_is_resolved_and_checked_again() -> None:
    answers = iter([["127.0.0.1"], ["127.0.0.2"]])
    with website({"/": Answer(status=302, headers={"Location": "/again"}), "/again": b"<title>x</title>"}) as site:
        rules = Rules(
            look_up=lambda host, seconds: next(answers),
            allows=lambda address: str(address) == "127.0.0.1",
            ports=frozenset({site.port}),
        )
        with pytest.raises(Refused):
            get(site.url(), rules)
        assert site.paths == ["/"]


def test_five_redirects_are_followed_and_not_six() -> None:
    pages: dict[str, Answer | bytes] = {
        f"/{number}": Answer(status=302, headers={"Location": f"{number + 1}"}) for number in range(6)
    }
    with website(pages | {"/6": b"<title>end</title>"}) as site:
        assert get(site.url("/1"), site.rules()).url.target == "/6"
        with pytest.raises(Unusable, match="too many redirects"):
            get(site.url("/0"), site.rules())


def test_a_request_names_its_host_and_parlor_and_carries_no_cookie(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    redirect = Answer(status=302, headers={"Location": "/b", "Set-Cookie": "a=1; Path=/"})
    with website({"/": redirect, "/b": b"<title>x</title>"}) as site:
        get(site.url("/#part"), site.rules())
        for method, _, headers in site.requests:
            assert method == "GET"
            assert headers["Host"] == f"site.example:{site.port}"
            assert headers["User-Agent"].startswith("Parlor/0.")
            assert not {"Cookie", "Authorization", "Referer"} & headers.keys()


def test_an_encrypted_connection_is_to_the_name_and_its_certificate_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    named: list[str | None] = []
    original = httpcore.NetworkStream.start_tls

    with website() as site:
        context = network.tls_context()

        def wrap(self: ssl.SSLContext, sock: socket.socket, **kwargs: object) -> ssl.SSLSocket:
            named.append(str(kwargs["server_hostname"]))
            raise ssl.SSLCertVerificationError("not this host")

        monkeypatch.setattr(ssl.SSLContext, "wrap_socket", wrap)
        with pytest.raises(OutgoingError, match="connection failed"):
            get(site.url().replace("http:", "https:"), site.rules())
        assert named == ["site.example"]
        assert context.check_hostname
        assert context.verify_mode == ssl.CERT_REQUIRED
    assert original is httpcore.NetworkStream.start_tls


def test_an_endless_body_is_read_up_to_the_limit() -> None:
    sent = 0

    def endless(write: object) -> None:
        nonlocal sent
        while True:
            assert callable(write)
            write(b"x" * 65536)
            sent += 65536

    with website({"/": Answer(endless)}) as site:
        fetched = get(site.url(), site.rules())
        assert (len(fetched.body), fetched.complete) == (1000, False)
    assert sent < 64 * 1024 * 1024


@pytest.mark.parametrize(
    ("head", "more"),
    [
        (b"", b"HTTP/1.1 102 Processing\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n", b"1;ext=long\r\nx\r\n"),
    ],
    ids=["statuses", "pieces"],
)
def test_data_around_a_body_is_not_read_for_ever(head: bytes, more: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatproject.outgoing.client.MAX_OVERHEAD", 50_000)
    monkeypatch.setattr("chatproject.outgoing.client.MAX_PIECES", 10**9)

    def answer(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.recv(4096)
            connection.sendall(head)
            while True:
                connection.sendall(more * 1000)

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=lambda: answer(server.accept()[0]), daemon=True).start()
        port = server.getsockname()[1]
        rules = Rules(lambda host, seconds: ["127.0.0.1"], any_address, frozenset({port}))
        url = f"http://site.example:{port}/"
        with pytest.raises(Unusable, match="too much data"):
            fetch(url, types={"text/html"}, max_bytes=100_000, rules=rules, deadline=Deadline(60))


def test_a_body_in_very_many_pieces_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatproject.outgoing.client.MAX_PIECES", 10)

    def pieces(write: Callable[[bytes], object]) -> None:
        write(b"1\r\nx\r\n" * 50)

    with website({"/": Answer(pieces, headers={"Transfer-Encoding": "chunked"})}) as site:
        fetched = get(site.url(), site.rules())
        assert (len(fetched.body), fetched.complete) == (12, False)


@pytest.mark.parametrize("part", ["headers", "body"])
def test_a_slow_drip_ends_at_the_deadline(part: str) -> None:
    stopped = threading.Event()

    def drip(connection: socket.socket) -> None:
        with connection:
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n")
            if part == "body":
                connection.sendall(b"Content-Length: 100000\r\n\r\n")
            while not stopped.wait(0.02):
                try:
                    connection.sendall(b"x")
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=lambda: drip(server.accept()[0]), daemon=True).start()
        port = server.getsockname()[1]
        rules = Rules(lambda host, seconds: ["127.0.0.1"], any_address, frozenset({port}))
        began = time.monotonic()
        with pytest.raises(TooSlow):
            get(f"http://site.example:{port}/", rules, deadline=Deadline(0.3))
        assert time.monotonic() - began < 5
    stopped.set()


def test_a_name_server_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: answered.wait(30) and [])
    with pytest.raises(TooSlow, match="name servers"):
        get("http://site.example/", deadline=Deadline(0.1))
    answered.set()


def test_only_the_limit_is_decompressed_of_a_bomb() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    with website({"/": Answer(bomb, headers={"Content-Encoding": "gzip"})}) as site:
        tracemalloc.start()
        try:
            fetched = fetch(site.url(), types={"text/html"}, max_bytes=100_000, rules=site.rules())
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert (len(fetched.body), fetched.complete) == (100_000, False)
        assert peak < 10_000_000


def test_compressed_pages_are_read_and_others_refused() -> None:
    packed = gzip.compress(b"<title>x</title>")
    with website({"/": Answer(packed, headers={"Content-Encoding": "gzip"})}) as site:
        assert get(site.url(), site.rules()).body == b"<title>x</title>"
        site.pages["/"] = Answer(packed[:-9], headers={"Content-Encoding": "gzip"})
        assert not get(site.url(), site.rules()).complete
        site.pages["/"] = Answer(b"\x1f\x8b" + b"x" * 50, headers={"Content-Encoding": "gzip"})
        with pytest.raises(Unusable, match="broken compression"):
            get(site.url(), site.rules())
        for encoding in ("br", "zstd", "gzip, gzip", "deflate"):
            site.pages["/"] = Answer(packed, headers={"Content-Encoding": encoding})
            with pytest.raises(Unusable, match="content encoding"):
                get(site.url(), site.rules())


def test_other_statuses_and_media_types_are_not_read() -> None:
    with website({"/404": Answer(b"x", status=404), "/pdf": Answer(b"x", type="application/pdf")}) as site:
        for path, reason in (("/404", "status 404"), ("/pdf", "media type application/pdf")):
            with pytest.raises(Unusable, match=reason):
                get(site.url(path), site.rules())


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("HTTP://Site.Example", "http://site.example/"),
        ("http://site.example:80/a#b", "http://site.example/a"),
        ("https://site.example:443/?q=1", "https://site.example/?q=1"),
        ("http://site.example:443/", "http://site.example:443/"),
        ("https://bücher.example/ä?ö=%C3%BC", "https://xn--bcher-kva.example/%C3%A4?%C3%B6=%C3%BC"),
        ("http://[2606:4700:4700:0:0::1111]/", "http://[2606:4700:4700::1111]/"),
        ("http://site.example./", "http://site.example/"),
    ],
)
def test_a_url_has_one_spelling(written: str, meant: str) -> None:
    assert str(parse_url(written)) == meant


# --- Posting ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", NOT_PUBLIC.split())
def test_nothing_is_posted_to_an_address_that_is_not_public(address: str, connections: list[str]) -> None:
    literal = f"[{address}]" if ":" in address else address
    for url, rules in ((f"http://{literal}/", network.RULES), ("https://site.example/", answering([address]))):
        with pytest.raises(Refused):
            post(url, b"x", {}, rules=rules)
    with pytest.raises(Refused):
        post("https://site.example:8443/", b"x", {}, rules=answering(["8.8.8.8"]))
    assert connections == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_of_a_post_is_returned_and_not_followed(status: int) -> None:
    elsewhere = Answer(status=status, headers={"Location": "/elsewhere"})
    with website({"/": elsewhere, "/elsewhere": b"x"}) as site:
        answer = post(site.url(), b"x", {}, rules=site.rules())
        assert (answer.status, answer.headers["location"]) == (status, "/elsewhere")
        assert site.paths == ["/"]


def test_a_post_carries_its_body_and_headers_and_no_others() -> None:
    with website({"/?a=b": Answer(b"made", status=201, headers={"Retry-After": "7"})}) as site:
        answer = post(site.url("/?a=b"), b"\x00\xff", {"TTL": "5", "Content-Type": "x/y"}, rules=site.rules())
        assert (answer.status, answer.headers["retry-after"], answer.body) == (201, "7", b"made")
        ((method, _, headers),) = site.requests
        assert site.bodies == [b"\x00\xff"]
        assert method == "POST"
        assert headers.pop("User-Agent").startswith("Parlor/0.")
        assert headers == {
            "Host": f"site.example:{site.port}",
            "Content-Length": "2",
            "Connection": "close",
            "TTL": "5",
            "Content-Type": "x/y",
        }


def test_only_the_beginning_of_the_response_to_a_post_is_read() -> None:
    def endless(write: Callable[[bytes], object]) -> None:
        while True:
            write(b"x" * 65536)

    with website({"/": Answer(endless, status=400)}) as site:
        answer = post(site.url(), b"x", {}, rules=site.rules())
        assert (answer.status, len(answer.body)) == (400, MAX_ANSWER_BYTES)


def test_a_post_that_gets_no_response_ends_at_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        rules = Rules(lambda host, seconds: ["127.0.0.1"], any_address, frozenset({port}))
        with pytest.raises(TooSlow):
            post(f"http://site.example:{port}/", b"x", {}, rules=rules, deadline=Deadline(0.2))
