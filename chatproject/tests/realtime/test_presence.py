"""Who is announced as having joined or left, and when. With real sockets: rooms/tests/sockets/test_presence.py."""

from uuid import uuid4

import pytest
from pytest_django import Settings

from chatproject.realtime.delivery.hub import Hub
from chatproject.realtime.presence.presence import Presence, StreamPresence
from chatproject.realtime.presence.registry_rows import Person, Written
from chatproject.tests.realtime.readers import subscribed_reader, until
from rooms.tests.support.clients import database, person
from rooms.tests.support.presence import process_with

ANN = Person(1, "ann", "Ann", None)


@pytest.fixture
def presence(settings: Settings) -> StreamPresence:
    """Presence in a stream, of which all readers know that Ann is online. The grace period is 10 seconds."""
    settings.PRESENCE_GRACE_SECONDS = 10
    presence = StreamPresence()
    presence.add_socket(ANN.user_id, ANN)
    presence.announced[ANN.user_id] = ANN
    return presence


def test_those_absent_for_the_grace_period_have_left(presence: StreamPresence) -> None:
    presence.remove_socket(ANN.user_id)
    assert presence.diff(now=100) == ([], [], 110)
    assert presence.diff(now=109.9) == ([], [], 110)
    assert presence.diff(now=110) == ([], [ANN.user_id], None)


@pytest.mark.parametrize("elsewhere", [False, True])
def test_those_who_return_within_the_grace_period_have_neither_left_nor_joined(
    presence: StreamPresence, elsewhere: bool
) -> None:
    presence.remove_socket(ANN.user_id)
    assert presence.diff(now=100) == ([], [], 110)
    if elsewhere:
        presence.elsewhere = {ANN.user_id: ANN}
    else:
        presence.add_socket(ANN.user_id, ANN)
    assert presence.diff(now=109) == presence.diff(now=120) == ([], [], None)


def test_the_grace_period_starts_anew_with_each_absence(presence: StreamPresence) -> None:
    presence.remove_socket(ANN.user_id)
    presence.diff(now=100)
    presence.add_socket(ANN.user_id, ANN)
    presence.diff(now=105)
    presence.remove_socket(ANN.user_id)
    assert presence.diff(now=109) == ([], [], 119)
    assert presence.diff(now=118) == ([], [], 119)


def test_those_who_lost_access_have_left_at_once(presence: StreamPresence) -> None:
    presence.remove_socket(ANN.user_id)
    presence.removed.add(ANN.user_id)
    assert presence.diff(now=100) == ([], [ANN.user_id], None)


async def test_a_stop_that_was_not_announced_is_found_when_the_table_looks_as_it_did_before(
    hub: Hub, settings: Settings
) -> None:
    settings.PRESENCE_GRACE_SECONDS = 0
    room, _, stream, _ = await subscribed_reader(hub)
    presence = Presence(hub, uuid4())
    await presence.load(stream)
    unchanged = Written(processes=0, revisions=0)
    await presence.compare(unchanged)
    process = await database(lambda: process_with(room, person("ben")))
    presence.refresh([stream.key])
    await until(lambda: presence.online(stream.key, None, None)["online_count"] == 1)
    await database(process.delete)
    await presence.compare(unchanged)
    await until(lambda: presence.online(stream.key, None, None)["online_count"] == 0)
