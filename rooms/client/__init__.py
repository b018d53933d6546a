"""A client library for programs: `async with connect(url, token=...) as client`. docs/client.md shows how to use it.

It needs no Django and no settings, only websockets and orjson.
"""

from rooms.client.client import Client, connect
from rooms.client.errors import ClientError, ConnectionEnded, ConnectionFailed, RequestRefused, RoomLost
from rooms.client.outbox import Ack

__all__ = [
    "Ack",
    "Client",
    "ClientError",
    "ConnectionEnded",
    "ConnectionFailed",
    "RequestRefused",
    "RoomLost",
    "connect",
]
