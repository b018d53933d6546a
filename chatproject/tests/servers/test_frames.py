"""Frames encoded by Parlor, as parsed by another implementation."""

import pytest
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from chatproject.servers.frames import text_frame

pytestmark = pytest.mark.any_database


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65535, 65536, 300_000])
def test_a_frame_of_any_size_is_parsed_as_sent(size: int) -> None:
    text = "é" * (size // 2) + "x" * (size % 2)
    reader = StreamReader()
    reader.feed_data(text_frame({"type": "websocket.send", "text": text}))
    parsing = Frame.parse(reader.read_exact, mask=False)
    with pytest.raises(StopIteration) as done:
        next(parsing)
    frame = done.value.value
    assert (frame.opcode, bytes(frame.data).decode(), frame.fin) == (Opcode.TEXT, text, True)
    assert (frame.rsv1, frame.rsv2, frame.rsv3) == (False, False, False)
    assert not reader.buffer


def test_an_event_is_encoded_once() -> None:
    event = {"type": "websocket.send", "text": "hello"}
    assert text_frame(event) is text_frame(event)
