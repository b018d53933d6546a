"""Creates the kind of room that a contender has."""

from dialects import Dialect
from ledger import Ledger
from load_clients import Room
from ordered_room import OrderedRoom
from unordered_room import UnorderedRoom


def room_for(name: str, dialect: Dialect, ledger: Ledger) -> Room:
    """Return a room of the contender's kind."""
    return OrderedRoom(name, dialect, ledger) if dialect.ordered else UnorderedRoom(name, dialect, ledger)
