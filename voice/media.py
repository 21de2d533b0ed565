"""Paced output: exact 20 ms frames a little ahead of the ear, marks, pause and resume."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from math import ceil
from typing import Final, Protocol
from weakref import WeakKeyDictionary

from voice.audio import BYTES_PER_MS, FRAME_BYTES, FRAME_MS
from voice.ledger import Clip, HeardLedger
from voice.ports import MediaSink

LEAD_MS: Final = 160
MARK_FRAMES: Final = 10
"""A mark every 200 ms."""

SLACK_MS: Final = 0.5
"""Clocks round: so much before its time counts as on time."""

ROOM_MS: Final = 6_000
"""Speech is made this far ahead of the ear and no further."""


BEAT_MS: Final = 5
"""Frames that are due within the same beat are sent together: each at most this much late."""


class PaceTicker:
    """Wakes the outputs of all calls, each when its own next frame is due; no beat without work.

    A call's frames are due every 20 ms from its own first one, so that the calls' work is spread
    over time instead of coming all at once.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._resting: dict[int, list[asyncio.Future[None]]] = {}

    @classmethod
    def shared(cls) -> "PaceTicker":
        """The running loop's own."""
        loop = asyncio.get_running_loop()
        ticker = _TICKERS.get(loop)
        if ticker is None:
            ticker = _TICKERS[loop] = cls(loop)
        return ticker

    def rest(self, for_ms: float) -> "asyncio.Future[None]":
        """Done at the first beat that comes when so much time has passed, or a rounding before."""
        beat = ceil((self._loop.time() * 1000 + for_ms - SLACK_MS / 2) / BEAT_MS)
        resting = self._resting.get(beat)
        if resting is None:
            resting = self._resting[beat] = []
            self._loop.call_at(beat * BEAT_MS / 1000, self._wake, beat)
        future = self._loop.create_future()
        resting.append(future)
        return future

    def _wake(self, beat: int) -> None:
        for future in self._resting.pop(beat):
            if not future.done():
                future.set_result(None)


_TICKERS: WeakKeyDictionary[asyncio.AbstractEventLoop, PaceTicker] = WeakKeyDictionary()


class OutputEvents(Protocol):
    """Who is told how the speaking goes; each call returns at once."""

    def on_clip(self, clip: Clip) -> None:
        """The first frame of a clip was sent, or of its rest after a pause."""
        ...

    def on_said(self) -> None:
        """The last frame of all there is to say was sent."""
        ...

    def on_heard(self) -> None:
        """All of it is confirmed as heard."""
        ...

    def on_mark(self) -> None:
        """Some audio was confirmed as heard."""
        ...


class Output:
    """One call's mouth. `run` sends; everything else returns at once.

    Set `more` while further clips are being made: running dry then counts as late audio.
    `asked` is what the reply asks for: the mark that ends it is named `mN:ask:SLOT`, so that a
    scripted caller at the other end knows, in the carrier's own format, what to answer.
    """

    def __init__(
        self, sink: MediaSink, events: OutputEvents, *, now_ms: Callable[[], float]
    ) -> None:
        self.ledger = HeardLedger()
        self.more = False
        self.asked: str | None = None
        self.paused = False
        self.late_frames = 0
        self._sink = sink
        self._events = events
        self._now_ms = now_ms
        self._queue: deque[Clip] = deque()
        self._airing: deque[Clip] = deque()
        self._work = asyncio.Event()
        self._room = asyncio.Event()
        self._clear = False
        self._speaking = False
        self._frames_since_mark = 0
        self._ticker = PaceTicker.shared()
        self._blocked_since_ms: float | None = None
        self._beat: asyncio.Future[None] | None = None

    @property
    def idle(self) -> bool:
        """Whether nothing is left to send and nothing more is being made."""
        return not self._queue and not self.more

    @property
    def quiet(self) -> bool:
        """Whether all that was said is confirmed as well."""
        return self.idle and not self._airing

    @property
    def queued_ms(self) -> int:
        return sum(len(clip.ulaw) - clip.sent for clip in self._queue) // BYTES_PER_MS

    @property
    def runs_dry_ms(self) -> float:
        """When the caller will have heard all that was handed over, on the call's clock."""
        return max(self.ledger.play_end_ms, self._now_ms()) + self.queued_ms

    def blocked_ms(self) -> float:
        """For how long the carrier has not taken the message being sent."""
        since_ms = self._blocked_since_ms
        return 0.0 if since_ms is None else self._now_ms() - since_ms

    def say(self, clip: Clip) -> None:
        """Hand over the next clip."""
        self._queue.append(clip)
        self._wake()

    def finish(self) -> None:
        """Nothing more is being made."""
        self.more = False
        self._work.set()

    async def room(self) -> None:
        """Wait until less than ROOM_MS are queued."""
        while self.queued_ms >= ROOM_MS:
            self._room.clear()
            await self._room.wait()

    def pause(self) -> None:
        """Be silent now: the carrier drops what it holds; what was not heard is kept."""
        if self.paused:
            return
        self.paused = True
        self._drop_sent()

    def resume(self) -> None:
        """Go on with the first word that was not heard."""
        self.paused = False
        self._work.set()

    def discard(self) -> None:
        """Be silent now and forget the rest; only words that may not be cut off are finished."""
        if self._airing or self._queue:
            self._drop_sent()
        protected = self._queue and not self._queue[0].interruptible and self._queue[0].sent
        kept = self._queue[0] if protected else None
        self._queue.clear()
        if kept is not None:
            self._queue.append(kept)
        self._speaking = self.paused = self.more = False
        self._room.set()
        self._work.set()

    def mark_returned(self, name: str) -> None:
        """The carrier says that a mark was reached."""
        if self.ledger.returned(name, self._now_ms()):
            self._events.on_mark()
            self._settle()

    async def run(self) -> None:
        """Send until cancelled. Raises OSError when the line is gone."""
        while True:
            if self._clear:
                self._clear = False
                await self._bounded(self._sink.send_clear())
            elif self._queue and not self.paused:
                early_ms = self.ledger.play_end_ms - self._now_ms() - (LEAD_MS - FRAME_MS)
                if early_ms > SLACK_MS:
                    await self._rest(early_ms)
                else:
                    await self._speak(self._queue[0])
            elif self._airing and not self.paused:
                self._note_said()
                await self._rest(FRAME_MS)
            else:
                self._note_said()
                self._work.clear()
                await self._work.wait()

    async def _speak(self, clip: Clip) -> None:
        """Send a frame, and a mark where one belongs."""
        now_ms = self._now_ms()
        ahead_ms = self.ledger.play_end_ms - now_ms
        if self._speaking and ahead_ms < -SLACK_MS:
            self.late_frames += ceil(-ahead_ms / FRAME_MS - 0.01)
        self._speaking = True
        frame = clip.ulaw[clip.sent : clip.sent + FRAME_BYTES]
        clip.sent += FRAME_BYTES
        self.ledger.note_frame(clip, now_ms, FRAME_MS)
        if not self._airing or self._airing[-1] is not clip:
            self._airing.append(clip)
            self._events.on_clip(clip)
        if clip.sent >= len(clip.ulaw) and self._queue and self._queue[0] is clip:
            self._queue.popleft()
            self._room.set()
        await self._bounded(self._sink.send_audio(frame))
        self._frames_since_mark += 1
        if (not self._queue or self._frames_since_mark >= MARK_FRAMES) and not self._clear:
            self._frames_since_mark = 0
            await self._bounded(self._sink.send_mark(self.ledger.next_mark(self._label())))

    def _label(self) -> str:
        """Said with the last frame of a reply only."""
        return f":ask:{self.asked or ''}" if self.idle else ""

    async def _rest(self, for_ms: float) -> None:
        """Rest so long, or until there is something to do; marks that are lost are given up."""
        self._beat = self._ticker.rest(for_ms)
        await self._beat
        if self.ledger.expire(self._now_ms()):
            self._events.on_mark()
            self._settle()

    def _wake(self) -> None:
        self._work.set()
        if self._beat is not None and not self._beat.done():
            self._beat.set_result(None)

    async def _bounded(self, sending: Coroutine[object, object, None]) -> None:
        """Send, and let `blocked_ms` tell how long that takes."""
        self._blocked_since_ms = self._now_ms()
        try:
            await sending
        finally:
            self._blocked_since_ms = None

    def _note_said(self) -> None:
        if self._speaking and self.idle:
            self._speaking = False
            self._events.on_said()
            self._settle()

    def _settle(self) -> None:
        """Let go of the clips that were heard to their end."""
        while self._airing and self._airing[0].done:
            self._airing.popleft()
        if self.quiet and not self._speaking:
            self._events.on_heard()

    def _drop_sent(self) -> None:
        """Have the carrier forget what it holds; what was not heard goes back into the queue.

        Words that may not be cut off are left to it: then only what is still here is held back.
        """
        self._frames_since_mark = 0
        self._speaking = False
        protected = any(not clip.interruptible and not clip.done for clip in self._airing)
        if not protected:
            self.ledger.cleared(self._now_ms())
            self._clear = True
        while self._airing and not (protected and not self._airing[-1].interruptible):
            clip = self._airing.pop()
            if clip.done:
                continue
            clip.rewind()
            if not self._queue or self._queue[0] is not clip:
                self._queue.appendleft(clip)
        self._wake()
