"""People and a room of theirs, for tests of pages."""

import pytest
from django.core.cache import cache

from rooms.models import Room, User
from rooms.services.rooms import room_create
from rooms.tests.support.pages import person


@pytest.fixture(autouse=True)
def _fresh_counts() -> None:
    cache.clear()


@pytest.fixture
def alice() -> User:
    return person("alice")


@pytest.fixture
def bob() -> User:
    return person("bob")


@pytest.fixture
def den(alice: User) -> Room:
    return room_create(by=alice, name="den", title="The den", kind="private")
