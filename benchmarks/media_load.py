"""Many Twilio-like media streams from one process, cheap enough to leave the server the core.

A hand-made WebSocket client: frames are masked with a zero key (legal, and free), received
frames are only split and counted. One ticker serves all streams. Loopback only.
"""

import asyncio
import base64
import heapq
import json
import os
import struct
from dataclasses import dataclass, field

FRAME_SECONDS = 0.020
SETTLING_FRAMES = 100
"""The first two seconds, in which all streams open at once, are not judged."""

UPGRADE = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
MEDIA = (
    '{"event":"media","sequenceNumber":"%d","streamSid":"%s","media":'
    '{"track":"inbound","chunk":"%d","timestamp":"%d","payload":"%s"}}'
)


@dataclass(slots=True)
class StreamFigures:
    """When each frame of one stream came, in seconds of the loop's clock."""

    arrivals_s: list[float] = field(default_factory=list)
    closed_early: bool = False

    def lateness_ms(self) -> list[float]:
        """How much later each frame came than the stream's best one, both against a 20 ms pace.

        The server speaks without a pause, so each frame has its place.
        """
        offsets = [
            at - index * FRAME_SECONDS
            for index, at in enumerate(self.arrivals_s)
            if index >= SETTLING_FRAMES
        ]
        return [(offset - min(offsets)) * 1000 for offset in offsets]


class LoadStream(asyncio.Protocol):
    """One stream: `payloads` are the base64 µ-law frames of the caller, repeated."""

    def __init__(self, sid: str, path: str, port: int, payloads: list[str]) -> None:
        self.figures = StreamFigures()
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sid = sid
        self._request = UPGRADE.format(
            path=path, port=port, key=base64.b64encode(os.urandom(16)).decode()
        )
        self._payloads = payloads
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._upgraded = False
        self._sequence = 1
        self._chunk = 0
        self._plays_until = 0.0
        self._marks: list[tuple[float, int, str]] = []
        self._stopped = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._request.encode())

    def connection_lost(self, exc: Exception | None) -> None:
        self.figures.closed_early = not self._stopped
        if not self.opened.done():
            self.opened.set_exception(ConnectionError(f"{self._sid}: closed before the upgrade"))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._upgraded:
            head, found, rest = self._buffer.partition(b"\r\n\r\n")
            if not found:
                return
            if b" 101 " not in head.split(b"\r\n", 1)[0]:
                self.opened.set_exception(ConnectionError(head.decode(errors="replace")[:120]))
                return
            self._upgraded = True
            self._buffer = rest
            self._start()
        self._split_frames(asyncio.get_running_loop().time())

    def tick(self, now: float) -> None:
        """Send this 20 ms' frame and the marks whose audio has been played by now."""
        if not self._upgraded or self._transport is None or self._transport.is_closing():
            return
        self._sequence += 1
        payload = self._payloads[self._chunk % len(self._payloads)]
        timestamp = self._chunk * 20
        self._chunk += 1
        self._send(MEDIA % (self._sequence, self._sid, self._chunk, timestamp, payload))
        while self._marks and self._marks[0][0] <= now:
            _, _, name = heapq.heappop(self._marks)
            self._sequence += 1
            self._send(
                json.dumps(
                    {
                        "event": "mark",
                        "sequenceNumber": str(self._sequence),
                        "streamSid": self._sid,
                        "mark": {"name": name},
                    }
                )
            )

    def stop(self) -> None:
        self._stopped = True
        if self._transport is not None:
            self._send(json.dumps({"event": "stop", "streamSid": self._sid, "stop": {}}))
            self._transport.close()

    def _start(self) -> None:
        self._send('{"event":"connected","protocol":"Call","version":"1.0.0"}')
        media_format = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
        body = {
            "accountSid": "AC0",
            "streamSid": self._sid,
            "callSid": self._sid.replace("MZ", "CA"),
            "tracks": ["inbound"],
            "mediaFormat": media_format,
            "customParameters": {"token": "benchmark"},
        }
        self._send(
            json.dumps(
                {"event": "start", "sequenceNumber": "1", "streamSid": self._sid, "start": body}
            )
        )
        self.opened.set_result(None)

    def _send(self, text: str) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        payload = text.encode()
        size = len(payload)
        head = (
            struct.pack("!BB", 0x81, 0x80 | size)
            if size < 126
            else struct.pack("!BBH", 0x81, 0xFE, size)
        )
        self._transport.write(head + b"\0\0\0\0" + payload)

    def _split_frames(self, now: float) -> None:
        buffer, at = self._buffer, 0
        while len(buffer) - at >= 2:
            size, head = buffer[at + 1] & 0x7F, 2
            if size == 126:
                if len(buffer) - at < 4:
                    break
                size, head = struct.unpack_from("!H", buffer, at + 2)[0], 4
            elif size == 127:
                if len(buffer) - at < 10:
                    break
                size, head = struct.unpack_from("!Q", buffer, at + 2)[0], 10
            if len(buffer) - at < head + size:
                break
            if buffer[at] & 0x0F == 1:
                self._take(buffer[at + head : at + head + size], now)
            at += head + size
        self._buffer = buffer[at:]

    def _take(self, payload: bytes, now: float) -> None:
        if b'"media"' in payload[:80]:
            self._take_media(now)
        elif b'"mark"' in payload[:80]:
            name = json.loads(payload)["mark"]["name"]
            heapq.heappush(self._marks, (max(now, self._plays_until), self._sequence, name))
        elif b'"clear"' in payload[:80]:
            self._plays_until = now
            self._marks = [(now, order, name) for _, order, name in self._marks]

    def _take_media(self, now: float) -> None:
        self.figures.arrivals_s.append(now)
        self._plays_until = max(self._plays_until, now) + FRAME_SECONDS


async def run_load(
    *, port: int, path: str, calls: int, seconds: float, payloads: list[str]
) -> list[StreamFigures]:
    """Hold `calls` streams for `seconds`, their ticks spread evenly over the 20 ms."""
    loop = asyncio.get_running_loop()
    streams: list[LoadStream] = []
    for index in range(calls):
        sid = f"MZ{index:032x}"

        def make(sid: str = sid) -> LoadStream:
            return LoadStream(sid, path, port, payloads)

        _, stream = await loop.create_connection(make, "127.0.0.1", port)
        streams.append(stream)
    await asyncio.wait_for(asyncio.gather(*(stream.opened for stream in streams)), 30)
    slots = 5
    due = loop.time()
    ends_at = due + seconds
    step = 0
    while loop.time() < ends_at:
        now = loop.time()
        for stream in streams[step % slots :: slots]:
            stream.tick(now)
        step += 1
        due += FRAME_SECONDS / slots
        await asyncio.sleep(max(0.0, due - loop.time()))
    for stream in streams:
        stream.stop()
    await asyncio.sleep(0)
    return [stream.figures for stream in streams]
