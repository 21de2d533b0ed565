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

    async def send_audio(self, ulaw: bytes) -> None:
        await self._send(self._codec.audio(self._stream_sid, ulaw))

    async def send_mark(self, name: str) -> None:
        await self._send(self._codec.mark(self._stream_sid, name))

    async def send_clear(self) -> None:
        await self._send(self._codec.clear(self._stream_sid))

    async def _send(self, text: str) -> None:
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                await self._send_message({"type": "websocket.send", "text": text})
        except TimeoutError:
            raise ConnectionError(
                f"the carrier took no audio for {SEND_TIMEOUT_S} s, stream {self._stream_sid}"
            ) from None
