"""The way of our audio to the carrier."""

import asyncio
from typing import Any

from asgiref.typing import ASGISendCallable

from calls.carriers.envelopes import MediaCodec

SEND_TIMEOUT_S = 2.0
"""A carrier that takes nothing for this long is gone; its line has long been silent."""


class CarrierSink:
    """voice.ports.MediaSink over one socket. A stalled or closed socket raises OSError."""

    def __init__(self, send: ASGISendCallable, codec: MediaCodec, stream_sid: str) -> None:
        self._send_message: Any = send
        self._codec = codec
        self._stream_sid = stream_sid
        self._loop = asyncio.get_running_loop()
        self._sending: asyncio.Task[Any] | None = None
        self._since_s = 0.0
        self._stalled = False
        self._watch: asyncio.TimerHandle | None = None

    async def send_audio(self, ulaw: bytes) -> None:
        await self._send(self._codec.audio(self._stream_sid, ulaw))

    async def send_mark(self, name: str) -> None:
        await self._send(self._codec.mark(self._stream_sid, name))

    async def send_clear(self) -> None:
        await self._send(self._codec.clear(self._stream_sid))

    async def _send(self, text: str) -> None:
        """One message at a time. A timeout of its own for each would cost more than sending it."""
        self._since_s = self._loop.time()
        self._sending = asyncio.current_task()
        if self._watch is None:
            self._watch = self._loop.call_later(SEND_TIMEOUT_S, self._look)
        try:
            await self._send_message({"type": "websocket.send", "text": text})
        except asyncio.CancelledError:
            if self._stalled and self._sending is not None and not self._sending.uncancel():
                raise ConnectionError(
                    f"the carrier took no audio for {SEND_TIMEOUT_S} s, stream {self._stream_sid}"
                ) from None
            raise
        finally:
            self._sending = None

    def _look(self) -> None:
        """Stop a sending that has taken too long; look again later while there is any."""
        self._watch = None
        if self._sending is None:
            return
        left_s = self._since_s + SEND_TIMEOUT_S - self._loop.time()
        if left_s > 0:
            self._watch = self._loop.call_later(left_s, self._look)
        else:
            self._stalled = True
            self._sending.cancel()
