"""Many Twilio-like media streams from one process, cheap enough to leave the server the core.

A hand-made WebSocket client: frames are masked with a zero key (legal, and free), received
frames are only split and timed. One ticker serves all streams. Loopback only.
"""

import asyncio
import base64
import heapq
import json
import os
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from benchmarks.media_caller import FRAME_SECONDS, Caller, Line, Voice

OPENING_SECONDS = 8.0
SETTLING_SECONDS = 3.0
"""The streams open one after the other, over the time of one turn and its reply, so that the calls
are not all at the same point; what comes before the last one has settled is not judged."""

SLOTS = 10
TEXT, PING, PONG = 0x1, 0x9, 0xA

UPGRADE = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
MEDIA = (
    '{"event":"media","sequenceNumber":"%d","streamSid":"%s","media":'
    '{"track":"inbound","chunk":"%d","timestamp":"%d","payload":"%s"}}'
)


@dataclass(frozen=True, slots=True)
class LoadFigures:
    """What the carrier's end saw in the judged time, and each side's CPU seconds in it."""

    lateness_ms: list[float]
    dry_frames: int
    said: int
    replies: int
    unanswered: int
    closed_early: int
    server_cpu_s: float
    client_cpu_s: float


class LoadStream(asyncio.Protocol):
    """One stream, with a caller at its end."""

    def __init__(self, sid: str, path: str, port: int, caller: Caller) -> None:
        self.caller = caller
        self.line = Line()
        self.closed_early = False
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sid = sid
        self._request = UPGRADE.format(
            path=path, port=port, key=base64.b64encode(os.urandom(16)).decode()
        )
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._upgraded = False
        self._sequence = 1
        self._chunk = 0
        self._marks: list[tuple[float, int, str]] = []
        self._stopped = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by its class
        self._transport.write(self._request.encode())

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed_early = not self._stopped
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
        self._split_frames(time.monotonic())

    def tick(self, now: float) -> None:
        """Send this 20 ms' frame and the marks whose audio has been played by now."""
        if not self._upgraded or self._transport is None or self._transport.is_closing():
            return
        self._sequence += 1
        payload = self.caller.next_payload(now)
        timestamp = self._chunk * 20
        self._chunk += 1
        self._send(MEDIA % (self._sequence, self._sid, self._chunk, timestamp, payload))
        while self._marks and self._marks[0][0] <= now:
            _, _, name = heapq.heappop(self._marks)
            self._sequence += 1
            if ":ask:" in name:
                self.caller.hears_end(now)
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
        self._write(TEXT, text.encode())

    def _write(self, opcode: int, payload: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        size = len(payload)
        head = (
            struct.pack("!BB", 0x80 | opcode, 0x80 | size)
            if size < 126
            else struct.pack("!BBH", 0x80 | opcode, 0xFE, size)
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
            opcode = buffer[at] & 0x0F
            if opcode == TEXT:
                self._take(buffer[at + head : at + head + size], now)
            elif opcode == PING:
                self._write(PONG, buffer[at + head : at + head + size])
            at += head + size
        self._buffer = buffer[at:]

    def _take(self, payload: bytes, now: float) -> None:
        if b'"media"' in payload[:80]:
            self.line.take_frame(now)
            self.caller.hears_speech()
        elif b'"mark"' in payload[:80]:
            name = json.loads(payload)["mark"]["name"]
            heapq.heappush(self._marks, (max(now, self.line.plays_until), self._sequence, name))
            self._sequence += 1
            if ":ask:" in name:
                self.line.end_reply()
        elif b'"clear"' in payload[:80]:
            self.line.plays_until = now
            self.line.end_reply()
            self._marks = [(now, order, name) for _, order, name in self._marks]


async def run_load(
    *,
    port: int,
    path: str,
    calls: int,
    seconds: float,
    voice: Voice,
    speak: bool,
    server_cpu_s: Callable[[], float],
) -> LoadFigures:
    """Hold `calls` streams; judge `seconds` of them once all are open and settled."""
    loop = asyncio.get_running_loop()
    streams: list[LoadStream] = []
    ticking = loop.create_task(_tick(streams))
    try:
        for index in range(calls):
            await asyncio.sleep(OPENING_SECONDS / calls)
            await _open(streams, f"MZ{index:032x}", path, port, Caller(voice, index, speak))
        await asyncio.sleep(SETTLING_SECONDS)
        since, server_since = time.monotonic(), server_cpu_s()
        client_since = _own_cpu_s()
        await asyncio.sleep(seconds)
        server_s, client_s = server_cpu_s() - server_since, _own_cpu_s() - client_since
    finally:
        ticking.cancel()
        await asyncio.wait({ticking})
    for stream in streams:
        stream.stop()
    await asyncio.sleep(0)
    return LoadFigures(
        lateness_ms=[late for each in streams for late in each.line.lateness_ms(since=since)],
        dry_frames=sum(each.line.dry_frames for each in streams),
        said=sum(each.caller.said for each in streams),
        replies=sum(each.caller.replies for each in streams),
        unanswered=sum(each.caller.unanswered for each in streams),
        closed_early=sum(each.closed_early for each in streams),
        server_cpu_s=server_s,
        client_cpu_s=client_s,
    )


async def _open(streams: list[LoadStream], sid: str, path: str, port: int, caller: Caller) -> None:
    loop = asyncio.get_running_loop()
    _, stream = await loop.create_connection(
        lambda: LoadStream(sid, path, port, caller), "127.0.0.1", port
    )
    streams.append(stream)
    await asyncio.wait_for(stream.opened, 30)


async def _tick(streams: list[LoadStream]) -> None:
    """Let every stream send its 20 ms; the streams are spread evenly over that time."""
    loop = asyncio.get_running_loop()
    due, step = loop.time(), 0
    while True:
        now = time.monotonic()  # uvloop's own clock stands still within a turn of the loop
        for stream in streams[step % SLOTS :: SLOTS]:
            stream.tick(now)
        step += 1
        due += FRAME_SECONDS / SLOTS
        await asyncio.sleep(max(0.0, due - loop.time()))


def _own_cpu_s() -> float:
    times = os.times()
    return times.user + times.system
