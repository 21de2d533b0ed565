"""Three ways to serve many calls with one engine of each kind: today's, naive batching, ours."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Final, Protocol

from voice.batching import DeadlineBatcher
from voice.costs import CostModel
from voice.lanes import AsyncLane, Execute
from voice.profiles import LaneFigures, Profile
from voice.simulation.machine import Machine
from voice.workqueue import limits_for

NAIVE_WINDOW_S: Final = 0.05
NAIVE_ITEMS: Final = 8


class Scheme(Protocol):
    """How recognition and synthesis reach the engines. Items are audio-seconds."""

    continuous: bool

    async def recognize(self, audio_s: float, *, deadline: float, caller: int) -> None: ...

    async def synthesize(self, audio_s: float, *, deadline: float, caller: int) -> None: ...

    async def close(self) -> None: ...


class Ours:
    """The deadline batcher in front of one lane of each kind."""

    continuous = False

    def __init__(self, machine: Machine, profile: Profile) -> None:
        self._recognition = _batcher("recognition", machine.recognize, profile.recognition)
        self._synthesis = _batcher("synthesis", machine.synthesize, profile.synthesis)

    async def recognize(self, audio_s: float, *, deadline: float, caller: int) -> None:
        await self._recognition.submit(audio_s, deadline=deadline, weight=audio_s, tenant_id=caller)

    async def synthesize(self, audio_s: float, *, deadline: float, caller: int) -> None:
        await self._synthesis.submit(audio_s, deadline=deadline, weight=audio_s, tenant_id=caller)

    async def close(self) -> None:
        await self._recognition.close(drain=False)
        await self._synthesis.close(drain=False)


class Unbatched:
    """First come, first served, one request at a time in each engine."""

    continuous = True
    window_s = 0.0
    most_items = 1

    def __init__(self, machine: Machine, profile: Profile) -> None:
        self._recognition = _Window(machine.recognize, self.window_s, self.most_items)
        self._synthesis = _Window(machine.synthesize, self.window_s, self.most_items)

    async def recognize(self, audio_s: float, *, deadline: float, caller: int) -> None:
        await self._recognition.submit(audio_s)

    async def synthesize(self, audio_s: float, *, deadline: float, caller: int) -> None:
        await self._synthesis.submit(audio_s)

    async def close(self) -> None:
        self._recognition.close()
        self._synthesis.close()


class Naive(Unbatched):
    """Batches of up to 8, padded as they come, after a window of 50 ms."""

    continuous = False
    window_s = NAIVE_WINDOW_S
    most_items = NAIVE_ITEMS


class _Window:
    """A fixed-window batcher: wait the window (or until full), run, repeat."""

    def __init__(self, execute: Execute[float, float], window_s: float, most_items: int) -> None:
        self._execute = execute
        self._window_s = window_s
        self._most_items = most_items
        self._waiting: deque[tuple[float, asyncio.Future[None]]] = deque()
        self._arrived = asyncio.Event()
        self._task = asyncio.get_running_loop().create_task(self._serve())

    async def submit(self, audio_s: float) -> None:
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((audio_s, done))
        if len(self._waiting) in (1, self._most_items):
            self._arrived.set()
        await done

    def close(self) -> None:
        self._task.cancel()

    async def _serve(self) -> None:
        while True:
            while not self._waiting:
                self._arrived.clear()
                await self._arrived.wait()
            await self._fill()
            count = min(self._most_items, len(self._waiting))
            batch = [self._waiting.popleft() for _ in range(count)]
            await self._execute([audio_s for audio_s, _ in batch])
            for _, done in batch:
                if not done.done():
                    done.set_result(None)

    async def _fill(self) -> None:
        loop = asyncio.get_running_loop()
        closes_at = loop.time() + self._window_s
        while len(self._waiting) < self._most_items and loop.time() < closes_at - 1e-9:
            self._arrived.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout_at(closes_at):
                    await self._arrived.wait()


SCHEMES: Final[dict[str, Callable[[Machine, Profile], Scheme]]] = {
    "today": Unbatched,
    "naive": Naive,
    "ours": Ours,
}


def _batcher(
    name: str, execute: Execute[float, float], figures: LaneFigures
) -> DeadlineBatcher[float, float]:
    return DeadlineBatcher(
        [AsyncLane(name, execute)],
        name=name,
        cost=CostModel(figures.cost),
        limits=limits_for(figures.cost),
    )
