"""Frames encoded by Parlor, as parsed by another implementation."""

import pytest
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from chatproject.realtime.delivery.frames import TEXT, frame_size, read_text_frame, text_frame

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


def client_frame(text: str, *, first_byte: int = TEXT) -> bytes:
    frame = bytearray(Frame(Opcode.TEXT, text.encode()).serialize(mask=True))
    frame[0] = first_byte
    return bytes(frame)


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65535, 65536])
def test_the_size_of_a_frame_is_known_as_soon_as_its_header_has_arrived(size: int) -> None:
    frame = client_frame("x" * size)
    header = len(frame) - size
    assert {frame_size(frame[:length] + b"") for length in range(header - 4, len(frame) + 1)} == {len(frame)}
    for length in range(header - 4):
        assert length < frame_size(frame[:length]) <= len(frame)


@pytest.mark.parametrize("text", ["", "hello", "é" * 63, "x" * 126, "漢" * 30_000])
def test_a_text_frame_of_a_client_is_read(text: str) -> None:
    assert read_text_frame(client_frame(text)) == text


def test_any_other_frame_is_left_to_the_library() -> None:
    fragment, compressed, binary, close, ping = 0x01, 0xC1, 0x82, 0x88, 0x89
    for first_byte in (fragment, compressed, binary, close, ping):
        assert read_text_frame(client_frame("hello", first_byte=first_byte)) is None
    assert read_text_frame(Frame(Opcode.TEXT, b"hello").serialize(mask=False)) is None
    assert read_text_frame(Frame(Opcode.TEXT, b"\xff\xfe").serialize(mask=True)) is None
