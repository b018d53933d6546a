"""Limits on TCP connections: how many there are, which are evicted, and how long each may keep a server waiting."""

from __future__ import annotations

from typing import Any

import pytest

from chatproject.servers import tcp_connections as rules
from chatproject.servers.tcp_connections import ConnectionTracker, Phase, TrackedConnection

pytestmark = pytest.mark.any_database


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class FakeClient:
    """A connection that only records what happened to it."""

    def __init__(self) -> None:
        self.waiting = 0
        self.outcome: Any = "open"

    def unsent_bytes(self) -> int:
        return self.waiting

    def reject(self, status: int) -> None:
        self.outcome = status

    def disconnect(self) -> None:
        self.outcome = "disconnected"


class Process:
    """A process's connections, and what happened to each."""

    def __init__(self, *, max_total: int = 1000, max_per_network: int = 3, proxies: tuple[str, ...] = ()) -> None:
        self.clock = Clock()
        self.tracker = ConnectionTracker(
            max_total=max_total, max_per_network=max_per_network, proxies=proxies, clock=self.clock
        )

    def connect(self, host: str, phase: Phase = Phase.HEAD) -> tuple[TrackedConnection, FakeClient]:
        """Add a connection, one second after the previous one."""
        self.clock.now += 1
        tracked = self.tracker.add(host)
        assert tracked is not None
        client = FakeClient()
        tracked.client = client
        tracked.enter_phase(phase, self.clock.now)
        return tracked, client

    def wait(self, seconds: float) -> None:
        """Let time pass, then run the check."""
        self.clock.now += seconds
        self.tracker.disconnect_overdue()


def test_at_a_networks_limit_its_longest_waiting_connection_is_closed() -> None:
    process = Process()
    clients = [process.connect("192.0.2.1")[1] for _ in range(4)]
    _, elsewhere = process.connect("192.0.2.2")
    assert [client.outcome for client in clients] == ["disconnected", "open", "open", "open"]
    assert elsewhere.outcome == "open"
    assert process.tracker.count == 4


@pytest.mark.parametrize("phase", [Phase.ANSWER, Phase.SOCKET])
def test_active_connections_are_not_evicted(phase: Phase) -> None:
    process = Process()
    clients = [process.connect("192.0.2.1", phase)[1] for _ in range(3)]
    assert process.tracker.add("192.0.2.1") is None
    assert [client.outcome for client in clients] == ["open"] * 3
    process.connect("192.0.2.2")


def test_a_closed_connection_frees_its_slot() -> None:
    process = Process()
    served = [process.connect("192.0.2.1", Phase.SOCKET)[0] for _ in range(3)]
    process.tracker.remove(served[0])
    process.tracker.remove(served[0])
    process.connect("192.0.2.1", Phase.SOCKET)
    assert process.tracker.count == 3
    assert process.tracker.add("192.0.2.1") is None


def test_an_ipv6_network_counts_as_one_address_and_a_mapped_ipv4_address_as_ipv4() -> None:
    process = Process()
    for number in range(3):
        process.connect(f"2001:db8::{number}:1", Phase.SOCKET)
    assert process.tracker.add("2001:db8::ffff") is None
    process.connect("2001:db8:0:1::1")
    for _ in range(3):
        process.connect("::ffff:192.0.2.1", Phase.SOCKET)
    assert process.tracker.add("192.0.2.1") is None


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "", "10.1.2.3", "::ffff:10.1.2.3"]
)
def test_loopback_and_trusted_proxies_have_no_network_limit(host: str) -> None:
    process = Process(proxies=("10.0.0.0/8", "unix"))
    for _ in range(9):
        process.connect(host, Phase.SOCKET)


def test_a_full_process_evicts_from_the_network_with_most_waiting_connections() -> None:
    process = Process(max_total=6, max_per_network=100)
    _, early = process.connect("192.0.2.1")
    half_open = [process.connect("127.0.0.1")[1] for _ in range(3)]
    sockets = [process.connect("192.0.2.3", Phase.SOCKET)[1] for _ in range(2)]
    process.connect("192.0.2.4")
    assert half_open[0].outcome == "disconnected"
    assert [client.outcome for client in (early, *half_open[1:], *sockets)] == ["open"] * 5


def test_a_process_full_of_active_connections_rejects_new_ones() -> None:
    process = Process(max_total=2)
    process.connect("192.0.2.1", Phase.SOCKET)
    process.connect("192.0.2.2", Phase.ANSWER)
    assert process.tracker.add("192.0.2.3") is None


def test_rejections_are_logged_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    process = Process(max_total=1)
    process.connect("192.0.2.1", Phase.SOCKET)
    for _ in range(50):
        process.tracker.add("192.0.2.2")
    assert len(caplog.records) == 1
    process.clock.now += rules.LOG_INTERVAL_SECONDS
    process.tracker.add("192.0.2.2")
    assert "50;" in caplog.records[1].getMessage()


@pytest.mark.parametrize(
    ("phase", "seconds", "outcome"),
    [
        (Phase.HEAD, rules.HEAD_SECONDS, 408),
        (Phase.BODY, rules.BODY_SECONDS, 408),
        (Phase.IDLE, rules.IDLE_SECONDS, "disconnected"),
        (Phase.LINGER, rules.LINGER_SECONDS, "disconnected"),
    ],
)
def test_a_slow_client_is_disconnected_after_a_while(phase: Phase, seconds: float, outcome: str | int) -> None:
    process = Process()
    tracked, client = process.connect("192.0.2.1")
    tracked.record_read(process.clock.now, 1)
    tracked.enter_phase(phase, process.clock.now)
    for _ in range(int(seconds)):
        process.wait(1)
        if phase != Phase.IDLE:  # a byte would begin the next request
            tracked.record_read(process.clock.now, 1)
    assert client.outcome == "open"
    process.wait(1)
    assert client.outcome == outcome


def test_a_request_on_an_idle_connection_gets_the_full_timeout() -> None:
    process = Process()
    tracked, client = process.connect("192.0.2.1", Phase.IDLE)
    process.wait(rules.IDLE_SECONDS - 1)
    tracked.record_read(process.clock.now, 1)
    process.wait(rules.HEAD_SECONDS)
    assert client.outcome == "open"
    process.wait(1)
    assert client.outcome == 408


def test_a_client_that_sends_nothing_gets_no_response() -> None:
    process = Process()
    _, client = process.connect("192.0.2.1")
    process.wait(rules.HEAD_SECONDS + 1)
    assert client.outcome == "disconnected"


def test_a_steady_body_is_accepted_until_it_stops() -> None:
    process = Process()
    tracked, client = process.connect("192.0.2.1", Phase.BODY)
    for _ in range(300):
        process.wait(1)
        tracked.record_read(process.clock.now, rules.BODY_RATE)
    process.wait(rules.BODY_PAUSE_SECONDS)
    assert client.outcome == "open"
    process.wait(1)
    assert client.outcome == 408


@pytest.mark.parametrize("phase", [Phase.ANSWER, Phase.SOCKET])
def test_a_request_in_the_application_has_no_timeout(phase: Phase) -> None:
    process = Process()
    _, client = process.connect("192.0.2.1", phase)
    for _ in range(100):
        process.wait(10)
    assert client.outcome == "open"


def test_a_client_that_does_not_read_its_response_is_disconnected() -> None:
    process = Process()
    _, client = process.connect("192.0.2.1", Phase.ANSWER)
    client.waiting = 1000
    process.wait(1)
    process.wait(rules.READ_PAUSE_SECONDS)
    assert client.outcome == "open"
    process.wait(1)
    assert client.outcome == "disconnected"


def test_a_client_that_reads_its_response_too_slowly_is_disconnected() -> None:
    process = Process()
    sipping, drinking = (process.connect("192.0.2.1", Phase.ANSWER)[1] for _ in range(2))
    sipping.waiting = 1_000_000
    for number in range(rules.READ_SECONDS + 1):
        drinking.waiting = 1000 * (number % 20)
        sipping.waiting -= 1
        process.wait(1)
    assert (sipping.outcome, drinking.outcome) == ("open", "open")
    process.wait(1)
    assert (sipping.outcome, drinking.outcome) == ("disconnected", "open")


def test_who_reads_a_long_response_slowly_keeps_the_connection() -> None:
    process = Process()
    (reading, slow), (_, stuck) = (process.connect("192.0.2.1", Phase.ANSWER) for _ in range(2))
    slow.waiting = stuck.waiting = 65536  # whatever they read, the server writes as much again
    for number in range(10 * rules.READ_SECONDS):
        if number % (rules.READ_PAUSE_SECONDS - 2) == 0:
            reading.record_drained(process.clock())
        process.wait(1)
    assert (slow.outcome, stuck.outcome) == ("open", "disconnected")
