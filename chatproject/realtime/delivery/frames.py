"""WebSocket frames: encoded once for all sockets they are sent to, and where the frames from a client end."""

from collections.abc import Callable, MutableMapping
from typing import Any, Protocol

from websockets.speedups import apply_mask

ENCODED = "chatproject.frame"  # key in the ASGI event for the encoded bytes; other servers ignore it
WRITER = "chatproject.writer"  # key in the ASGI scope for the socket's FrameWriter
TEXT = 0x81  # the first byte of a text frame that is not fragmented, and that no extension has changed
MASKED = 0x80  # in the second byte, which otherwise begins the length
MAX_HEADER = 14  # bytes


class FrameWriter(Protocol):
    """Writes encoded frames to a socket without waiting.

    `ready` says whether it can: the socket is open, uncompressed, and its reader keeps up. Otherwise an event must be
    sent the ASGI way.
    """

    @property
    def ready(self) -> bool: ...
    @property
    def write(self) -> Callable[[bytes], object]: ...


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


def frame_size(data: bytes | bytearray) -> int:
    """Return the size of the frame that the data begins with, or a size it must have before that can be told."""
    if len(data) < 2:
        return 2
    length = data[1] & 0x7F
    mask = 4 if data[1] & MASKED else 0
    if length < 126:
        return 2 + mask + length
    head = 4 if length == 126 else 10
    return head if len(data) < head else head + mask + int.from_bytes(data[2:head], "big")


def read_text_frame(frame: bytes) -> str | None:
    """Return the text of a whole frame from a client, or None if it is anything but an ordinary text frame.

    That is one that is masked, not fragmented, changed by no extension, and valid UTF-8.
    """
    if frame[0] != TEXT or frame[1] < MASKED:
        return None
    length = frame[1] & 0x7F
    start = 6 if length < 126 else 8 if length == 126 else 14
    try:
        return apply_mask(frame[start:], frame[start - 4 : start]).decode()
    except UnicodeDecodeError:
        return None
