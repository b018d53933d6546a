"""How many connections there may be, and which ones give way; how long each may keep a server waiting."""

from __future__ import annotations

from typing import Any

import pytest

from chatproject.servers import tcp_connections as rules
from chatproject.servers.tcp_connections import Phase, Visit, Visits

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

    def unsent(self) -> int:
        return self.waiting

    def refuse(self, status: int) -> None:
        self.became = status

    def end(self) -> None:
        self.became = "ended"


class Hall:
    """A process's connections, and what became of each."""

    def __init__(self, *, most: int = 1000, most_of_network: int = 3, proxies: tuple[str, ...] = ()) -> None:
        self.clock = Clock()
        self.visits = Visits(most=most, most_of_network=most_of_network, proxies=proxies, clock=self.clock)

    def come(self, host: str, phase: Phase = Phase.HEAD) -> tuple[Visit, FakeClient]:
        """Somebody connects and is let in, one second after the one before."""
        self.clock.now += 1
        visit = self.visits.admit(host)
        assert visit is not None
        client = FakeClient()
        visit.client = client
        visit.enter(phase, self.clock.now)
        return visit, client

    def wait(self, seconds: float) -> None:
        """Time goes by, and is looked at."""
        self.clock.now += seconds
        self.visits.check()


def test_at_the_limit_of_a_network_its_longest_waiting_connection_gives_way() -> None:
    hall = Hall()
    clients = [hall.come("192.0.2.1")[1] for _ in range(4)]
    _, elsewhere = hall.come("192.0.2.2")
    assert [client.became for client in clients] == ["ended", "open", "open", "open"]
    assert elsewhere.became == "open"
    assert hall.visits.count == 4


@pytest.mark.parametrize("phase", [Phase.ANSWER, Phase.SOCKET])
def test_what_is_served_does_not_give_way(phase: Phase) -> None:
    hall = Hall()
    clients = [hall.come("192.0.2.1", phase)[1] for _ in range(3)]
    assert hall.visits.admit("192.0.2.1") is None
    assert [client.became for client in clients] == ["open"] * 3
    hall.come("192.0.2.2")


def test_a_connection_that_has_ended_leaves_its_place() -> None:
    hall = Hall()
    served = [hall.come("192.0.2.1", Phase.SOCKET)[0] for _ in range(3)]
    hall.visits.leave(served[0])
    hall.visits.leave(served[0])
    hall.come("192.0.2.1", Phase.SOCKET)
    assert hall.visits.count == 3
    assert hall.visits.admit("192.0.2.1") is None


def test_the_addresses_of_an_ipv6_network_are_one_and_a_mapped_ipv4_address_is_itself() -> None:
    hall = Hall()
    for number in range(3):
        hall.come(f"2001:db8::{number}:1", Phase.SOCKET)
    assert hall.visits.admit("2001:db8::ffff") is None
    hall.come("2001:db8:0:1::1")
    for _ in range(3):
        hall.come("::ffff:192.0.2.1", Phase.SOCKET)
    assert hall.visits.admit("192.0.2.1") is None


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "", "10.1.2.3", "::ffff:10.1.2.3"]
)
def test_this_machine_and_its_proxies_have_no_limit_of_a_network(host: str) -> None:
    hall = Hall(proxies=("10.0.0.0/8", "unix"))
    for _ in range(9):
        hall.come(host, Phase.SOCKET)


def test_a_full_process_makes_room_where_most_keep_it_waiting() -> None:
    hall = Hall(most=6, most_of_network=100)
    _, early = hall.come("192.0.2.1")
    half_open = [hall.come("127.0.0.1")[1] for _ in range(3)]
    sockets = [hall.come("192.0.2.3", Phase.SOCKET)[1] for _ in range(2)]
    hall.come("192.0.2.4")
    assert half_open[0].became == "ended"
    assert [client.became for client in (early, *half_open[1:], *sockets)] == ["open"] * 5


def test_a_process_full_of_what_is_served_takes_nobody_more() -> None:
    hall = Hall(most=2)
    hall.come("192.0.2.1", Phase.SOCKET)
    hall.come("192.0.2.2", Phase.ANSWER)
    assert hall.visits.admit("192.0.2.3") is None


def test_being_full_is_said_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    hall = Hall(most=1)
    hall.come("192.0.2.1", Phase.SOCKET)
    for _ in range(50):
        hall.visits.admit("192.0.2.2")
    assert len(caplog.records) == 1
    hall.clock.now += rules.COMPLAIN_SECONDS
    hall.visits.admit("192.0.2.2")
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
def test_a_client_that_drips_is_waited_for_only_so_long(phase: Phase, seconds: float, became: str | int) -> None:
    hall = Hall()
    visit, client = hall.come("192.0.2.1")
    visit.hear(hall.clock.now, 1)
    visit.enter(phase, hall.clock.now)
    for _ in range(int(seconds)):
        hall.wait(1)
        if phase != Phase.IDLE:  # there a byte begins the next request
            visit.hear(hall.clock.now, 1)
    assert client.became == "open"
    hall.wait(1)
    assert client.became == became


def test_a_request_that_begins_on_an_idle_connection_has_the_time_of_the_first() -> None:
    hall = Hall()
    visit, client = hall.come("192.0.2.1", Phase.IDLE)
    hall.wait(rules.IDLE_SECONDS - 1)
    visit.hear(hall.clock.now, 1)
    hall.wait(rules.HEAD_SECONDS)
    assert client.became == "open"
    hall.wait(1)
    assert client.became == 408


def test_who_sends_nothing_gets_no_answer() -> None:
    hall = Hall()
    _, client = hall.come("192.0.2.1")
    hall.wait(rules.HEAD_SECONDS + 1)
    assert client.became == "ended"


def test_a_body_that_comes_at_a_fair_rate_is_waited_for_until_it_stops() -> None:
    hall = Hall()
    visit, client = hall.come("192.0.2.1", Phase.BODY)
    for _ in range(300):
        hall.wait(1)
        visit.hear(hall.clock.now, rules.BODY_RATE)
    hall.wait(rules.BODY_PAUSE_SECONDS)
    assert client.became == "open"
    hall.wait(1)
    assert client.became == 408


@pytest.mark.parametrize("phase", [Phase.ANSWER, Phase.SOCKET])
def test_what_the_application_works_on_has_all_the_time_it_needs(phase: Phase) -> None:
    hall = Hall()
    _, client = hall.come("192.0.2.1", phase)
    for _ in range(100):
        hall.wait(10)
    assert client.became == "open"


def test_a_client_that_takes_nothing_of_its_answer_is_let_go() -> None:
    hall = Hall()
    _, client = hall.come("192.0.2.1", Phase.ANSWER)
    client.waiting = 1000
    hall.wait(1)
    hall.wait(rules.READ_PAUSE_SECONDS)
    assert client.became == "open"
    hall.wait(1)
    assert client.became == "ended"


def test_a_client_that_takes_its_answer_in_sips_is_let_go_and_one_that_empties_it_is_not() -> None:
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
