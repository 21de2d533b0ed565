"""A carrier in virtual time: plays what it is sent, returns marks, forgets on clear."""

import asyncio
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from voice.audio import FRAME_BYTES, SILENT_FRAME

FRAME_S: Final = 0.020


@dataclass(frozen=True, slots=True)
class CarrierHabits:
    """How this carrier behaves. `network_s` is the way from us to the caller's ear, one way."""

    network_s: float = 0.020
    returns_marks: bool = True
    repeats_marks: bool = False
    mark_delay_s: float = 0.0
    blocks_after_frames: int | None = None
    breaks_after_frames: int | None = None


class SimulatedCarrier:
    """A MediaSink that plays frames back to back, each 20 ms, as a phone would.

    `starts` and `frames` are when the caller heard which frame, in loop time.
    """

    def __init__(self, habits: CarrierHabits | None = None) -> None:
        self.habits = habits or CarrierHabits()
        self.starts: list[float] = []
        self.frames: list[bytes] = []
        self.sent_at: list[float] = []
        self.clears: list[float] = []
        self.marks: list[tuple[float, str]] = []
        self.gaps_s: list[float] = []
        self.on_mark: Callable[[str], None] = lambda _: None
        self._loop = asyncio.get_running_loop()
        self._play_end = 0.0
        self._pending: list[tuple[float, str, asyncio.TimerHandle]] = []

    @property
    def play_end(self) -> float:
        """When the caller will have heard all that has been sent, in loop time."""
        return self._play_end

    async def send_audio(self, ulaw: bytes) -> None:
        if len(ulaw) != FRAME_BYTES:
            raise ValueError(f"a frame has {FRAME_BYTES} bytes, got {len(ulaw)}")
        sent = len(self.sent_at)
        if self.habits.breaks_after_frames is not None and sent >= self.habits.breaks_after_frames:
            raise BrokenPipeError("the line is gone")
        if self.habits.blocks_after_frames is not None and sent >= self.habits.blocks_after_frames:
            await self._loop.create_future()
        now = self._loop.time()
        start = max(now + self.habits.network_s, self._play_end)
        if self._play_end and start > self._play_end + 1e-6:
            self.gaps_s.append(start - self._play_end)
        self.sent_at.append(now)
        self.starts.append(start)
        self.frames.append(ulaw)
        self._play_end = start + FRAME_S

    async def send_mark(self, name: str) -> None:
        self.marks.append((self._loop.time(), name))
        if not self.habits.returns_marks:
            return
        reached = max(self._play_end, self._loop.time() + self.habits.network_s)
        back = reached + self.habits.network_s + self.habits.mark_delay_s
        self._pending.append((reached, name, self._loop.call_at(back, self._return, name)))

    async def send_clear(self) -> None:
        now = self._loop.time()
        arrives = now + self.habits.network_s
        self.clears.append(now)
        kept = bisect_right(self.starts, arrives)
        del self.starts[kept:], self.frames[kept:]
        self._play_end = self.starts[-1] + FRAME_S if self.starts else 0.0
        for reached, name, timer in self._pending:
            if reached > arrives:
                timer.cancel()
                self._loop.call_at(arrives + self.habits.network_s, self._return, name)
        self._pending.clear()

    def heard_at(self, when: float) -> bytes:
        """The frame in the caller's ear at that moment, silence if none."""
        index = bisect_right(self.starts, when) - 1
        if index < 0 or when >= self.starts[index] + FRAME_S:
            return SILENT_FRAME
        return self.frames[index]

    def _return(self, name: str) -> None:
        self._pending = [entry for entry in self._pending if entry[1] != name]
        self.on_mark(name)
        if self.habits.repeats_marks:
            self.on_mark(name)
