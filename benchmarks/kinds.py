"""Which kind of room a contender has."""

from crowd import Room
from dialects import Dialect
from ledger import Ledger
from loose import LooseRoom
from ordered import OrderedRoom


def room_for(name: str, dialect: Dialect, ledger: Ledger) -> Room:
    """A room as the contender has them."""
    return OrderedRoom(name, dialect, ledger) if dialect.ordered else LooseRoom(name, dialect, ledger)
