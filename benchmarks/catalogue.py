"""All works, in the order they are run."""

from fanning import FanOut, Readers, Steady, Workers
from history import History
from ingesting import Ingest
from many_rooms import ManyRooms, RoomsByNumber
from posting import Posting
from storms import Idle, Storm
from works import Work

WORKS: list[type[Work]] = [
    *(FanOut, ManyRooms, Ingest, Posting, Steady, Storm, Idle, History, Workers),
    *(Readers, RoomsByNumber),  # how cost grows
]
