"""Our short way for text frames against uvicorn's own protocol: same messages, same endings."""

import asyncio
import struct
from typing import Any, cast

import pytest
import uvicorn
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.server import ServerState

from buddyhelps.media_protocol import WAITING_MESSAGES, MediaStreamProtocol

REQUEST = (
    b"GET /media HTTP/1.1\r\nHost: pod\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
TEXT, BINARY, CLOSE, PING = 0x81, 0x82, 0x88, 0x89
TEXT_BEGINS, CONTINUES, ENDS = 0x01, 0x00, 0x80


def frame(first: int, payload: bytes, *, mask: bytes = b"\x01\x02\x03\x04") -> bytes:
    """A client's frame, masked."""
    size = len(payload)
    if size < 126:
        head = struct.pack("!BB", first, 0x80 | size)
    elif size < 1 << 16:
        head = struct.pack("!BBH", first, 0xFE, size)
    else:
        head = struct.pack("!BBQ", first, 0xFF, size)
    return head + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))


class Wire(asyncio.Transport):
    """A transport that keeps what is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.reading = True
        self.closed = False

    def write(self, data: Any) -> None:
        self.written += bytes(data)

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default


class Socket:
    """A connection whose application accepts at once and then takes what the test asks for."""

    def __init__(self) -> None:
        config = uvicorn.Config(
            self._application,
            interface="asgi3",
            ws=MediaStreamProtocol,
            ws_max_size=2_000,
            lifespan="off",
            log_config=None,
        )
        config.load()
        self.wire = Wire()
        self.protocol = MediaStreamProtocol(config, ServerState(), {})
        self._ready = asyncio.Event()
        self._over = asyncio.Event()

    async def open(self, *, early: bytes = b"") -> None:
        """Shake hands; `early` comes with the request, before the answer."""
        self.protocol.connection_made(self.wire)
        self.protocol.data_received(REQUEST + early)
        async with asyncio.timeout(10):
            await self._ready.wait()
        self.wire.written = b""

    async def close(self) -> None:
        self._over.set()
        await asyncio.gather(*self.protocol.tasks)
        if self.protocol.close_timer is not None:
            self.protocol.close_timer.cancel()
        self.protocol.stop_keepalive()

    def feed(self, data: bytes) -> None:
        self.protocol.data_received(data)

    def waiting(self) -> list[Any]:
        """What the application would get now, in order."""
        messages: list[Any] = []
        while not self.protocol.queue.empty():
            message = cast(dict[str, Any], self.protocol.queue.get_nowait())
            messages.append(message.get("text") or message.get("bytes") or message.get("code"))
        return messages

    async def _application(self, scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        self._ready.set()
        await self._over.wait()


@pytest.fixture
async def socket() -> Any:
    opened = Socket()
    await opened.open()
    yield opened
    await opened.close()


async def test_text_comes_out_the_same_wherever_the_bytes_are_split(socket: Socket) -> None:
    texts = ["a", "ä€", "x" * 125, "y" * 126, "z" * 2_000, "last"]
    stream = b"".join(frame(TEXT, text.encode()) for text in texts)
    for size in (1, 2, 3, 5, 7, 64, 129, len(stream)):
        for at in range(0, len(stream), size):
            socket.feed(stream[at : at + size])
        assert socket.waiting() == texts


async def test_pings_fragments_and_bytes_are_taken_in_their_order(socket: Socket) -> None:
    stream = (
        frame(TEXT, b"one")
        + frame(TEXT_BEGINS, b"tw")
        + frame(PING, b"here?")
        + frame(ENDS | CONTINUES, b"o")
        + frame(BINARY, b"three")
        + frame(TEXT, b"four")
    )
    for size in (1, 4, len(stream)):
        socket.wire.written = b""
        for at in range(0, len(stream), size):
            socket.feed(stream[at : at + size])
        assert socket.waiting() == ["one", "two", b"three", "four"]
        assert socket.wire.written == b"\x8a\x05here?"


async def test_frames_that_came_with_the_request_are_not_lost() -> None:
    socket = Socket()
    first = frame(TEXT, b"first")
    await socket.open(early=first + frame(TEXT, b"second")[:4])
    socket.feed(frame(TEXT, b"second")[4:] + frame(TEXT, b"third"))
    assert socket.waiting() == ["first", "second", "third"]
    await socket.close()


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        (frame(TEXT, b"x" * 2_001), 1009),
        (frame(TEXT, b"x" * 70_000)[:14], 1009),
        (b"\x81\x03abc", 1002),
        (frame(0xC1, b"abc"), 1002),
        (frame(TEXT_BEGINS, b"abc") + frame(TEXT, b"def"), 1002),
        (frame(CLOSE, struct.pack("!H", 1000)), 1000),
    ],
    ids=["too large", "too large by its header", "unmasked", "reserved bit", "cut in two", "close"],
)
async def test_what_breaks_the_protocol_ends_the_stream(
    socket: Socket, broken: bytes, code: int
) -> None:
    socket.feed(frame(TEXT, b"good") + broken + frame(TEXT, b"never"))
    socket.feed(frame(TEXT, b"never"))
    assert socket.waiting() == ["good", code]
    assert socket.wire.written[:1] == b"\x88"
    assert struct.unpack("!H", socket.wire.written[2:4]) == (code,)
    assert socket.wire.closed
    with pytest.raises(ClientDisconnected):
        await socket.protocol.send({"type": "websocket.send", "text": "to nobody"})


async def test_text_that_is_no_utf8_ends_the_stream(socket: Socket) -> None:
    socket.feed(frame(TEXT, b"\xff\xfe"))
    assert socket.waiting() == [1007]
    assert socket.wire.closed


async def test_reading_rests_while_messages_wait_and_goes_on_once_they_are_taken(
    socket: Socket,
) -> None:
    for count in range(WAITING_MESSAGES):
        assert socket.wire.reading
        socket.feed(frame(TEXT, str(count).encode()))
    assert not socket.wire.reading
    for _ in range(WAITING_MESSAGES):
        assert not socket.wire.reading
        await socket.protocol.receive()
    assert socket.wire.reading


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
async def test_what_is_sent_is_framed_as_the_standard_has_it(socket: Socket, size: int) -> None:
    await socket.protocol.send({"type": "websocket.send", "text": "x" * size})
    if size < 126:
        head = struct.pack("!BB", 0x81, size)
    elif size < 1 << 16:
        head = struct.pack("!BBH", 0x81, 126, size)
    else:
        head = struct.pack("!BBQ", 0x81, 127, size)
    assert socket.wire.written == head + b"x" * size


async def test_a_line_that_takes_nothing_holds_the_sender_up(socket: Socket) -> None:
    socket.protocol.pause_writing()
    sending = asyncio.ensure_future(
        socket.protocol.send({"type": "websocket.send", "text": "late"})
    )
    await asyncio.sleep(0)
    assert socket.wire.written == b""
    socket.protocol.resume_writing()
    await sending
    assert socket.wire.written == b"\x81\x04late"
