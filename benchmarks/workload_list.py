"""All workloads in the order in which they run, which is that of docs/performance.md."""

from cold_page import ColdPage
from delivery_under_load import DeliveryUnderLoad
from fan_out import FanOut, Readers, Steady, Workers
from history import History
from http_requests import Requests
from ingest import Ingest
from many_rooms import ManyRooms, RoomsByNumber
from process_start import ProcessStart
from reconnect_storms import Join, Storm
from workloads import Workload

WORKLOADS: list[type[Workload]] = [
    *(Requests, ColdPage),
    *(Join, Storm),
    *(FanOut, ManyRooms, Ingest, Steady, DeliveryUnderLoad),
    ProcessStart,
    *(Workers, Readers, RoomsByNumber, History),  # how costs grow
]
