"""The media socket as Twilio runs it: 20 ms frames both ways, a play-out buffer, marks."""

import asyncio
import base64
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

FRAME_SECONDS = 0.020
FRAME_BYTES = 160
SILENCE = b"\xff" * FRAME_BYTES
MAX_BEHIND_SECONDS = 0.5


class LineRefused(Exception):
    """The server did not take the media stream."""


@dataclass(frozen=True, slots=True)
class StreamStart:
    """What the `start` message says about the call."""

    url: str
    signature: str
    stream_sid: str
    account_sid: str
    call_sid: str
    parameters: dict[str, str]


@dataclass(slots=True)
class _Mark:
    name: str


class Line:
    """One open media stream. `speak` queues the caller's audio, `heard` is what was played.

    `on_frame(spoken, played)` is called for every 20 ms with both sides' µ-law; `on_mark(name)`
    when the play-out passes a mark.
    """

    def __init__(
        self,
        start: StreamStart,
        *,
        on_frame: Callable[[bytes, bytes], None],
        on_mark: Callable[[str], None],
    ) -> None:
        self._start = start
        self._on_frame = on_frame
        self._on_mark = on_mark
        self._speaking: deque[bytes] = deque()
        self._playout: deque[bytes | _Mark] = deque()
        self._partial = b""
        self._sequence = 0
        self._hang_up = asyncio.Event()
        self.close_code: int | None = None
        self.clears = 0

    def speak(self, ulaw: bytes) -> None:
        """Queue audio of the caller; it goes out at real pace after what is already queued."""
        for offset in range(0, len(ulaw), FRAME_BYTES):
            self._speaking.append(ulaw[offset : offset + FRAME_BYTES].ljust(FRAME_BYTES, b"\xff"))

    @property
    def is_speaking(self) -> bool:
        return bool(self._speaking)

    @property
    def is_playing(self) -> bool:
        return bool(self._playout)

    def hang_up(self) -> None:
        """The caller puts the phone down: a `stop` message, then the socket closes."""
        self._hang_up.set()

    async def run(self) -> None:
        """Carry the stream until either side ends it. Raises LineRefused when it never opened."""
        headers = {"X-Twilio-Signature": self._start.signature} if self._start.signature else {}
        try:
            socket = await connect(
                self._start.url,
                additional_headers=headers,
                compression=None,
                max_size=2**16,
                open_timeout=10,
                close_timeout=5,
            )
        except InvalidStatus as error:
            raise LineRefused(
                f"{self._start.url} answered {error.response.status_code} to the upgrade"
            ) from error
        except (OSError, TimeoutError) as error:
            raise LineRefused(f"{self._start.url} cannot be reached: {error}") from error
        async with socket:
            try:
                await self._greet(socket)
                receiver = asyncio.create_task(self._receive(socket))
                try:
                    await self._pace(socket, receiver)
                finally:
                    receiver.cancel()
                    await asyncio.gather(receiver, return_exceptions=True)
            except ConnectionClosed:
                pass
        self.close_code = socket.close_code

    async def _greet(self, socket: ClientConnection) -> None:
        start = self._start
        await self._send(socket, {"event": "connected", "protocol": "Call", "version": "1.0.0"})
        await self._send_numbered(
            socket,
            "start",
            {
                "start": {
                    "accountSid": start.account_sid,
                    "streamSid": start.stream_sid,
                    "callSid": start.call_sid,
                    "tracks": ["inbound"],
                    "mediaFormat": {
                        "encoding": "audio/x-mulaw",
                        "sampleRate": 8000,
                        "channels": 1,
                    },
                    "customParameters": start.parameters,
                }
            },
        )

    async def _pace(self, socket: ClientConnection, receiver: "asyncio.Task[None]") -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        chunk = 0
        while not receiver.done():
            if self._hang_up.is_set():
                stop = {"accountSid": self._start.account_sid, "callSid": self._start.call_sid}
                await self._send_numbered(socket, "stop", {"stop": stop})
                return
            chunk += 1
            spoken = self._speaking.popleft() if self._speaking else SILENCE
            await self._send_numbered(
                socket,
                "media",
                {
                    "media": {
                        "track": "inbound",
                        "chunk": str(chunk),
                        "timestamp": str((chunk - 1) * 20),
                        "payload": base64.b64encode(spoken).decode(),
                    }
                },
            )
            played = await self._play_frame(socket)
            self._on_frame(spoken, played)
            due += FRAME_SECONDS
            behind = loop.time() - due
            if behind > MAX_BEHIND_SECONDS:
                due = loop.time()
            await asyncio.sleep(max(0.0, due - loop.time()))

    async def _play_frame(self, socket: ClientConnection) -> bytes:
        played = b""
        while self._playout:
            head = self._playout[0]
            if isinstance(head, _Mark):
                self._playout.popleft()
                await self._return_mark(socket, head)
            elif len(played) == FRAME_BYTES:
                break
            else:
                need = FRAME_BYTES - len(played)
                played += head[:need]
                if len(head) > need:
                    self._playout[0] = head[need:]
                else:
                    self._playout.popleft()
        return played.ljust(FRAME_BYTES, b"\xff")

    async def _receive(self, socket: ClientConnection) -> None:
        async for message in socket:
            envelope = json.loads(message)
            match envelope.get("event"):
                case "media":
                    self._playout.append(base64.b64decode(envelope["media"]["payload"]))
                case "mark":
                    self._playout.append(_Mark(envelope["mark"]["name"]))
                case "clear":
                    self.clears += 1
                    waiting = [item for item in self._playout if isinstance(item, _Mark)]
                    self._playout.clear()
                    for mark in waiting:
                        await self._return_mark(socket, mark, played=False)

    async def _return_mark(
        self, socket: ClientConnection, mark: _Mark, *, played: bool = True
    ) -> None:
        if played:
            self._on_mark(mark.name)
        await self._send_numbered(socket, "mark", {"mark": {"name": mark.name}})

    async def _send_numbered(
        self, socket: ClientConnection, event: str, body: dict[str, object]
    ) -> None:
        self._sequence += 1
        await self._send(
            socket,
            {
                "event": event,
                "sequenceNumber": str(self._sequence),
                "streamSid": self._start.stream_sid,
                **body,
            },
        )

    async def _send(self, socket: ClientConnection, envelope: dict[str, object]) -> None:
        await socket.send(json.dumps(envelope, separators=(",", ":")))
