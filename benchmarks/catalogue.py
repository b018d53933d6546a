"""All works, in the order they are run."""

from history import History
from posting import Posting
from storms import Idle, Storm
from works import FanOut, Ingest, ManyRooms, Readers, Steady, Work, Workers

WORKS: list[type[Work]] = [FanOut, ManyRooms, Ingest, Posting, Steady, Storm, Idle, History, Workers, Readers]
