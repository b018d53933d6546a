"""WebSocket frames that are encoded once, however many sockets they are sent to."""

from collections.abc import MutableMapping
from typing import Any

ENCODED = "chatproject.frame"  # key in the ASGI event for the encoded bytes; other servers ignore it


def text_frame(event: MutableMapping[str, Any]) -> bytes:
    """Return a `websocket.send` text event as an unfragmented, unmasked, uncompressed frame (RFC 6455, 5.2)."""
    frame: bytes | None = event.get(ENCODED)
    if frame is None:
        payload = event["text"].encode()
        size = len(payload)
        if size < 126:
            head = b"\x81%c" % size
        elif size < 2**16:
            head = b"\x81\x7e" + size.to_bytes(2, "big")
        else:
            head = b"\x81\x7f" + size.to_bytes(8, "big")
        frame = event[ENCODED] = head + payload
    return frame
