"""Recognisers behind a WebSocket: one session a call, whatever the service's protocol.

The caller's audio streams to the service as it comes. When the local voice activity detector
ends an utterance, the service is told to settle what it has, and the words whose times lie inside
that utterance are its transcript. A dropped, speculative request therefore loses nothing: the
next one covers the same audio again. Audio the service has not settled is kept, and sent again
once when the connection breaks.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from voice.errors import EngineError, VoiceError
from voice.stt import RECOGNITION_HZ, Expectation, RecognitionRequest, Samples, Transcript
from voice.stt.heard import Heard, Notes

BYTES_PER_MS: Final = RECOGNITION_HZ // 1000 * 2
KEPT_MS: Final = 30_000
"""Unsettled audio kept for a replay; beyond it the oldest is dropped, and counted."""

LONGEST_CHUNK_MS: Final = 250
SETTLE_S: Final = 1.5
"""A service that says nothing more this long after being asked has nothing more to say."""

KEEP_ALIVE_S: Final = 4.0
CONNECT_S: Final = 5.0
CLOSE_S: Final = 2.0
EDGE_MS: Final = 120
"""How far outside an utterance a word's middle may lie: services place words loosely."""

MOST_TERMS: Final = 100
MOST_ROTATIONS: Final = 3


@dataclass(frozen=True, slots=True)
class Hints:
    """What a connection is opened with."""

    terms: tuple[str, ...] = ()
    language: str = "en"

    def with_(self, expectation: Expectation) -> "Hints":
        """These and what is expected now."""
        terms = dict.fromkeys((*self.terms, *expectation.phrases))
        return Hints(tuple(terms)[:MOST_TERMS], expectation.language)


class Dialect(Protocol):
    """A service's protocol. `name` is also the STT_ENGINE value."""

    name: str
    shortest_chunk_ms: int
    settle: str
    finish: str
    keep_alive: str

    def url(self, hints: Hints) -> str: ...

    def headers(self) -> Mapping[str, str]: ...

    def update(self, old: Hints, new: Hints) -> str | None:
        """The message that changes the hints of an open session; None: connect anew."""
        ...

    def read(self, message: str) -> Heard | None:
        """What a message says was heard. Raises VoiceError for the service's own errors."""
        ...

    def refusal(self, code: int, reason: str) -> VoiceError | None:
        """The error that an HTTP status or close code stands for; None: worth another try."""
        ...


@dataclass(slots=True)
class _Link:
    """One connection's place in the call's audio, in milliseconds from the call's start."""

    socket: ClientConnection
    base_ms: int
    sent_ms: int
    asked: deque[int] = field(default_factory=deque)
    """Ends of utterances the service was asked to settle and has not yet."""

    hints: Hints = Hints()


class RemoteTranscriber:
    """One call's session. Everything runs on the event loop."""

    def __init__(self, dialect: Dialect, *, call_id: str) -> None:
        self._dialect = dialect
        self._call_id = call_id
        self._audio = bytearray()
        self._kept_from_ms = 0
        self._pushed_ms = 0
        self._rest = np.zeros(0, np.float32)
        self._notes = Notes()
        self._wanted: deque[int] = deque()
        self._hints = Hints()
        self._rotations = 0
        self._wake = asyncio.Event()
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._error: VoiceError | None = None
        self._closing = False
        self.dropped_ms = 0

    @property
    def partial(self) -> str:
        """The words of the utterance that still goes on, as far as they are known."""
        return self._notes.partial

    def push(self, samples: Samples) -> None:
        """Take the next 16 kHz samples; connects with the first. Never blocks, never raises."""
        if self._closing or self._error is not None:
            return
        joined = np.concatenate([self._rest, samples])
        whole = len(joined) // (RECOGNITION_HZ // 1000)
        cut = whole * (RECOGNITION_HZ // 1000)
        self._rest = joined[cut:]
        self._audio += (np.clip(joined[:cut], -1.0, 1.0) * 32767).astype("<i2").tobytes()
        self._pushed_ms += whole
        self._trim(self._pushed_ms - KEPT_MS, lost=True)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())
        self._wake.set()

    async def transcribe(self, request: RecognitionRequest, *, deadline: float) -> Transcript:
        """The words of the utterance that just ended. `deadline` is event loop time, seconds.

        Raises EngineError or EngineUnavailable.
        """
        if self._pushed_ms == 0:
            self.push(request.samples)
        end = self._pushed_ms
        start = max(0, end - request.duration_ms)
        self._hints = self._hints.with_(request.expectation)
        if self._notes.settled_ms < end:
            self._wanted.append(end)
            self._wake.set()
        settle_by = asyncio.get_running_loop().time() + SETTLE_S
        try:
            async with asyncio.timeout_at(min(deadline, settle_by)):
                await self._settled(end)
        except TimeoutError:
            if not self._notes.anything_since(start) and deadline < settle_by:
                raise EngineError(
                    f"{self._dialect.name} did not answer before the deadline."
                ) from None
        finally:
            with contextlib.suppress(ValueError):
                self._wanted.remove(end)
            self._wake.set()
        return self._notes.transcript(start, end, edge_ms=EDGE_MS)

    async def close(self) -> None:
        """End the session politely, or without the service when it does not answer."""
        self._closing = True
        self._wake.set()
        if self._task is not None:
            _, late = await asyncio.wait({self._task}, timeout=CLOSE_S)
            for task in late:
                task.cancel()
                await asyncio.wait({task})

    async def _settled(self, end_ms: int) -> None:
        while self._error is None and self._notes.settled_ms < end_ms:
            await self._changed.wait()
        if self._error is not None:
            raise self._error

    async def _run(self) -> None:
        """Keep the session connected: again once when it breaks, anew when hints change."""
        broken = False
        while not self._closing:
            settled_before = self._notes.settled_ms
            try:
                await self._converse()
                broken = False
            except VoiceError as error:
                self._fail(error)
                return
            except (OSError, WebSocketException, TimeoutError) as error:
                if broken and self._notes.settled_ms == settled_before:
                    name = self._dialect.name
                    self._fail(EngineError(f"The connection to {name} broke twice: {error}"))
                    return
                broken = True

    async def _converse(self) -> None:
        hints = self._hints
        try:
            async with connect(
                self._dialect.url(hints),
                additional_headers=dict(self._dialect.headers()),
                open_timeout=CONNECT_S,
                close_timeout=CLOSE_S,
                compression=None,
            ) as socket:
                self._notes.forget_unsettled()
                base = max(self._kept_from_ms, self._notes.settled_ms)
                link = _Link(socket, base, base, hints=hints)
                tasks = {
                    asyncio.create_task(self._listen(link)),
                    asyncio.create_task(self._speak(link)),
                }
                await _first_of(tasks)
        except InvalidStatus as error:
            body = error.response.body or b""
            refusal = self._dialect.refusal(
                error.response.status_code, body.decode(errors="replace")[:200]
            )
            raise refusal or error from error
        except ConnectionClosed as error:
            close = error.rcvd
            refusal = self._dialect.refusal(close.code, close.reason) if close else None
            raise refusal or error from error

    async def _listen(self, link: _Link) -> None:
        """Note what the service says until it ends the connection. Never returns normally
        while the call goes on."""
        async for message in link.socket:
            heard = self._dialect.read(message if isinstance(message, str) else message.decode())
            if heard is None:
                continue
            settled = self._settled_by(heard, link)
            self._notes.add(heard, link.base_ms, settled)
            self._trim(self._notes.settled_ms)
            self._tell()
        if not self._closing:
            raise OSError("the service ended the session")

    def _settled_by(self, heard: Heard, link: _Link) -> int:
        """Up to where on the call's clock this message settles everything."""
        if not heard.final:
            return 0
        settled = link.base_ms + heard.covered_ms
        if heard.forced and link.asked:
            settled = max(settled, link.asked.popleft())
        while link.asked and link.asked[0] <= settled:
            link.asked.popleft()
        return settled

    async def _speak(self, link: _Link) -> None:
        """Send audio, requests to settle, new hints and signs of life, in the call's order."""
        dialect, socket = self._dialect, link.socket
        asked_up_to = -1
        while True:
            self._wake.clear()
            await self._send_audio(link)
            for end in [end for end in self._wanted if end > asked_up_to]:
                asked_up_to = end
                link.asked.append(end)
                await socket.send(dialect.settle)
            if self._closing:
                await socket.send(dialect.finish)
                return
            if self._hints != link.hints and not self._wanted and await self._rehint(link):
                return
            try:
                async with asyncio.timeout(KEEP_ALIVE_S):
                    await self._wake.wait()
            except TimeoutError:
                await socket.send(dialect.keep_alive)

    async def _send_audio(self, link: _Link) -> None:
        """Everything pushed, in pieces the service takes; less than one piece stays."""
        link.sent_ms = max(link.sent_ms, self._kept_from_ms)
        while self._pushed_ms - link.sent_ms >= max(1, self._dialect.shortest_chunk_ms):
            length = min(LONGEST_CHUNK_MS, self._pushed_ms - link.sent_ms)
            start = (link.sent_ms - self._kept_from_ms) * BYTES_PER_MS
            chunk = bytes(self._audio[start : start + length * BYTES_PER_MS])
            link.sent_ms += length
            await link.socket.send(chunk)

    async def _rehint(self, link: _Link) -> bool:
        """Tell the service what is expected now; True when that takes a new connection."""
        message = self._dialect.update(link.hints, self._hints)
        if message is not None:
            link.hints = self._hints
            await link.socket.send(message)
            return False
        if self._rotations >= MOST_ROTATIONS:
            link.hints = self._hints
            return False
        self._rotations += 1
        await link.socket.send(self._dialect.finish)
        return True

    def _trim(self, up_to_ms: int, *, lost: bool = False) -> None:
        """Let go of audio before `up_to_ms`."""
        cut = min(up_to_ms, self._pushed_ms) - self._kept_from_ms
        if cut > 0:
            del self._audio[: cut * BYTES_PER_MS]
            self._kept_from_ms += cut
            self.dropped_ms += cut if lost else 0

    def _fail(self, error: VoiceError) -> None:
        self._error = error
        self._audio.clear()
        self._tell()

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


class RemoteRecognizer:
    """A service for all calls of this process."""

    def __init__(self, dialect: Dialect) -> None:
        self.name = dialect.name
        self._dialect = dialect
        self._open: set[RemoteTranscriber] = set()

    def open(self, *, call_id: str) -> RemoteTranscriber:
        """A session for one call; never blocks. It connects as the first audio arrives."""
        self._open = {session for session in self._open if not session._closing}
        session = RemoteTranscriber(self._dialect, call_id=call_id)
        self._open.add(session)
        return session

    async def close(self) -> None:
        """End every session."""
        await asyncio.gather(*(session.close() for session in self._open))
        self._open.clear()


async def _first_of(tasks: set["asyncio.Task[None]"]) -> None:
    """Wait until one task ends, stop the others, and raise what the first one raised."""
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()
