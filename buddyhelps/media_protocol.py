"""Uvicorn's WebSocket protocol with a short way for what a media stream is made of.

Fifty times a second and call, each way, a small unfragmented text message passes. Uvicorn's
parser takes most of a call's CPU for them, and stops and starts reading from the socket for each.
Only such messages go the short way, in whole frames; all else is uvicorn's, frame by frame.
"""

from typing import Any, Final

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.protocol import OPEN
from websockets.speedups import apply_mask

WHOLE_TEXT: Final = 0x81
"""The first byte of a frame that is a whole text message, neither compressed nor continued."""

MASKED: Final = 0x80
LONG: Final = 126
LONGEST: Final = 127
MASK_BYTES: Final = 4
HEADER_BYTES: Final = 14
"""At most."""

WAITING_MESSAGES: Final = 32
"""From so many messages on that nobody has taken yet, nothing more is read from the socket."""


class MediaStreamProtocol(WebSocketsSansIOProtocol):
    """For uvicorn's `ws`."""

    _split = False
    _fresh = False
    _rest = b""

    def data_received(self, data: bytes) -> None:
        """Frame by frame, once the handshake is over."""
        if self._fresh and self.handshake_complete and self.conn.state is OPEN:
            self._fresh, self._split = False, True
        if not self._split:
            asked_before = self.handshake_initiated
            super().data_received(data)
            # Nothing but the request may have been seen by uvicorn's parser: else frames could
            # be in the middle of it.
            unread = bool(self.conn.reader.buffer)
            self._fresh = not asked_before and self.handshake_initiated and not unread
            return
        data = self._rest + data if self._rest else data
        at = 0
        while not self.transport.is_closing() and (end := _frame_end(data, at)) is not None:
            if end > len(data) and end - at <= self.config.ws_max_size + HEADER_BYTES:
                break  # what is larger is refused by its header
            if not self._take_text(data, at, end):
                super().data_received(data[at:end])
            at = end
        self._rest = data[at:]

    def _take_text(self, data: bytes, at: int, end: int) -> bool:
        """Hand on a frame that is a whole text message; False if it is anything else."""
        if data[at] != WHOLE_TEXT or not data[at + 1] & MASKED or self.close_sent:
            return False
        if self.conn.current_size is not None:
            return False  # within a fragmented message, which it breaks
        start = at + 2 + _length_bytes(data[at + 1]) + MASK_BYTES
        if end - start > self.config.ws_max_size:
            return False
        try:
            text = apply_mask(data[start:end], data[start - MASK_BYTES : start]).decode()
        except UnicodeDecodeError:
            return False
        self.queue.put_nowait({"type": "websocket.receive", "text": text})
        if not self.read_paused and self.queue.qsize() >= WAITING_MESSAGES:
            self.read_paused = True
            self.transport.pause_reading()
        return True

    async def send(self, message: ASGISendEvent) -> None:
        """A text message is framed here; everything else is uvicorn's."""
        text: Any = message.get("text")
        if (
            message["type"] != "websocket.send"
            or text is None
            or message.get("bytes") is not None
            or not self.handshake_complete
            or self.initial_response is not None
        ):
            await super().send(message)
            return
        if not self.writable.is_set():
            await self.writable.wait()
        if self.disconnected or self.close_sent or self.conn.state is not OPEN:
            raise ClientDisconnected  # an OSError, also where the keepalive gave the line up
        payload = text.encode()
        self.transport.write(_header(len(payload)) + payload)


def _length_bytes(second: int) -> int:
    """How many bytes follow a frame's second one to tell its length."""
    length = second & ~MASKED
    return 0 if length < LONG else 2 if length == LONG else 8


def _frame_end(data: bytes, at: int) -> int | None:
    """Where the frame at `at` ends, whether or not it is there; None without a whole header."""
    if len(data) < at + 2:
        return None
    second = data[at + 1]
    length, extra = second & ~MASKED, _length_bytes(second)
    start = at + 2 + extra
    if len(data) < start:
        return None
    if extra:
        length = int.from_bytes(data[at + 2 : start], "big")
    return start + (MASK_BYTES if second & MASKED else 0) + length


def _header(length: int) -> bytes:
    """The header of an unmasked text message of so many bytes."""
    if length < LONG:
        return bytes((WHOLE_TEXT, length))
    if length < 1 << 16:
        return bytes((WHOLE_TEXT, LONG)) + length.to_bytes(2, "big")
    return bytes((WHOLE_TEXT, LONGEST)) + length.to_bytes(8, "big")
