"""How many connections connections may be, and which ones give way; how long each may keep a server waiting."""

from __future__ import annotations

from typing import Any

import pytest

from chatproject.servers import tcp_connections as rules
from chatproject.servers.tcp_connections import ConnectionTracker, Phase, TrackedConnection

pytestmark = pytest.mark.any_database


class Clock:
    """The time, as a test wants it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class FakeClient:
    """A server's side of a connection that only notes what became of it."""

    def __init__(self) -> None:
        self.waiting = 0
        self.became: Any = "open"

    def unsent_bytes(self) -> int:
        return self.waiting

    def reject(self, status: int) -> None:
        self.became = status

    def disconnect(self) -> None:
        self.became = "ended"


class Hall:
    """A process's connections, and what became of each."""

    def __init__(self, *, max_total: int = 1000, max_per_network: int = 3, proxies: tuple[str, ...] = ()) -> None:
        self.clock = Clock()
        self.tracker = ConnectionTracker(
            max_total=max_total, max_per_network=max_per_network, proxies=proxies, clock=self.clock
        )

    def come(self, host: str, phase: Phase = Phase.HEAD) -> tuple[TrackedConnection, FakeClient]:
        """Somebody connects and is let in, one second after the one before."""
        self.clock.now += 1
        tracked = self.tracker.add(host)
        assert tracked is not None
        client = FakeClient()
        tracked.client = client
        tracked.enter_phase(phase, self.clock.now)
        return tracked, client

    def wait(self, seconds: float) -> None:
        """Time goes by, and is looked at."""
        self.clock.now += seconds
        self.tracker.disconnect_overdue()


def test_at_a_networks_limit_its_longest_waiting_connection_is_closed() -> None:
    hall = Hall()
    clients = [hall.come("192.0.2.1")[1] for _ in range(4)]
    _, elsewhere = hall.come("192.0.2.2")
    assert [client.became for client in clients] == ["ended", "open", "open", "open"]
    assert elsewhere.became == "open"
    assert hall.tracker.count == 4


@pytest.mark.parametrize("phase", [Phase.ANSWER, Phase.SOCKET])
def test_active_connections_are_not_evicted(phase: Phase) -> None:
    hall = Hall()
    clients = [hall.come("192.0.2.1", phase)[1] for _ in range(3)]
    assert hall.tracker.add("192.0.2.1") is None
    assert [client.became for client in clients] == ["open"] * 3
    hall.come("192.0.2.2")


def test_a_closed_connection_frees_its_slot() -> None:
    hall = Hall()
    served = [hall.come("192.0.2.1", Phase.SOCKET)[0] for _ in range(3)]
    hall.tracker.remove(served[0])
    hall.tracker.remove(served[0])
    hall.come("192.0.2.1", Phase.SOCKET)
    assert hall.tracker.count == 3
    assert hall.tracker.add("192.0.2.1") is None


def test_an_ipv6_network_counts_as_one_address_and_a_mapped_ipv4_address_as_ipv4() -> None:
    hall = Hall()
    for number in range(3):
        hall.come(f"2001:db8::{number}:1", Phase.SOCKET)
    assert hall.tracker.add("2001:db8::ffff") is None
    hall.come("2001:db8:0:1::1")
    for _ in range(3):
        hall.come("::ffff:192.0.2.1", Phase.SOCKET)
    assert hall.tracker.add("192.0.2.1") is None


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "", "10.1.2.3", "::ffff:10.1.2.3"]
)
def test_loopback_and_trusted_proxies_have_no_network_limit(host: str) -> None:
    hall = Hall(proxies=("10.0.0.0/8", "unix"))
    for _ in range(9):
        hall.come(host, Phase.SOCKET)


def test_a_full_process_evicts_from_the_network_with_most_waiting_connections() -> None:
    hall = Hall(max_total=6, max_per_network=100)
    _, early = hall.come("192.0.2.1")
    half_open = [hall.come("127.0.0.1")[1] for _ in range(3)]
    sockets = [hall.come("192.0.2.3", Phase.SOCKET)[1] for _ in range(2)]
    hall.come("192.0.2.4")
    assert half_open[0].became == "ended"
    assert [client.became for client in (early, *half_open[1:], *sockets)] == ["open"] * 5


def test_a_process_full_of_active_connections_rejects_new_ones() -> None:
    hall = Hall(max_total=2)
    hall.come("192.0.2.1", Phase.SOCKET)
    hall.come("192.0.2.2", Phase.ANSWER)
    assert hall.tracker.add("192.0.2.3") is None


def test_rejections_are_logged_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    hall = Hall(max_total=1)
    hall.come("192.0.2.1", Phase.SOCKET)
    for _ in range(50):
        hall.tracker.add("192.0.2.2")
    assert len(caplog.records) == 1
    hall.clock.now += rules.LOG_INTERVAL_SECONDS
    hall.tracker.add("192.0.2.2")
    assert "50;" in caplog.records[1].getMessage()


@pytest.mark.parametrize(
    ("phase", "seconds", "became"),
    [
        (Phase.HEAD, rules.HEAD_SECONDS, 408),
        (Phase.BODY, rules.BODY_SECONDS, 408),
        (Phase.IDLE, rules.IDLE_SECONDS, "ended"),
        (Phase.LINGER, rules.LINGER_SECONDS, "ended"),
    ],
)
def test_a_slow_client_is_disconnected_after_a_while(phase: Phase, seconds: float, became: str | int) -> None:
    hall = Hall()
    tracked, client = hall.come("192.0.2.1")
    tracked.record_read(hall.clock.now, 1)
    tracked.enter_phase(phase, hall.clock.now)
    for _ in range(int(seconds)):
        hall.wait(1)
        if phase != Phase.IDLE:  # connections a byte begins the next request
            tracked.record_read(hall.clock.now, 1)
    assert client.became == "open"
    hall.wait(1)
    assert client.became == became


def test_a_request_on_an_idle_connection_gets_the_full_timeout() -> None:
    hall = Hall()
    tracked, client = hall.come("192.0.2.1", Phase.IDLE)
    hall.wait(rules.IDLE_SECONDS - 1)
    tracked.record_read(hall.clock.now, 1)
    hall.wait(rules.HEAD_SECONDS)
    assert client.became == "open"
    hall.wait(1)
    assert client.became == 408


def test_a_client_that_sends_nothing_gets_no_response() -> None:
    hall = Hall()
    _, client = hall.come("192.0.2.1")
    hall.wait(rules.HEAD_SECONDS + 1)
    assert client.became == "ended"


def test_a_steady_body_is_accepted_until_it_stops() -> None:
    hall = Hall()
    tracked, client = hall.come("192.0.2.1", Phase.BODY)
    for _ in range(300):
        hall.wait(1)
        tracked.record_read(hall.clock.now, rules.BODY_RATE)
    hall.wait(rules.BODY_PAUSE_SECONDS)
    assert client.became == "open"
    hall.wait(1)
    assert client.became == 408


@pytest.mark.parametrize("phase", [Phase.ANSWER, Phase.SOCKET])
def test_a_request_in_the_application_has_no_timeout(phase: Phase) -> None:
    hall = Hall()
    _, client = hall.come("192.0.2.1", phase)
    for _ in range(100):
        hall.wait(10)
    assert client.became == "open"


def test_a_client_that_does_not_read_its_response_is_disconnected() -> None:
    hall = Hall()
    _, client = hall.come("192.0.2.1", Phase.ANSWER)
    client.waiting = 1000
    hall.wait(1)
    hall.wait(rules.READ_PAUSE_SECONDS)
    assert client.became == "open"
    hall.wait(1)
    assert client.became == "ended"


def test_a_client_that_reads_its_response_too_slowly_is_disconnected() -> None:
    hall = Hall()
    sipping, drinking = (hall.come("192.0.2.1", Phase.ANSWER)[1] for _ in range(2))
    sipping.waiting = 1_000_000
    for number in range(rules.READ_SECONDS + 1):
        drinking.waiting = 1000 * (number % 20)
        sipping.waiting -= 1
        hall.wait(1)
    assert (sipping.became, drinking.became) == ("open", "open")
    hall.wait(1)
    assert (sipping.became, drinking.became) == ("ended", "open")
