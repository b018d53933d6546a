"""All workloads in the order in which they run."""

from fan_out import FanOut, Readers, Steady, Workers
from history import History
from ingest import Ingest
from many_rooms import ManyRooms, RoomsByNumber
from posting import Posting
from reconnect_storms import Idle, Storm
from workloads import Workload

WORKLOADS: list[type[Workload]] = [
    *(FanOut, ManyRooms, Ingest, Posting, Steady, Storm, Idle, History, Workers),
    *(Readers, RoomsByNumber),  # how costs grow
]
