"""A machine in virtual time: what a profile's engines take when they share it."""

import asyncio
import random
from typing import Final

from voice.lanes import Execute
from voice.profiles import LaneFigures, Profile

SPREAD: Final = 0.05
"""Standard deviation of a batch's time, as part of it."""


class SharedPart:
    """One resource and those who use it at once, each the slower the more they are.

    With `contention` 1 they share it as if taking turns, with 0 they do not notice each other.
    """

    def __init__(self, contention: float) -> None:
        self._contention = contention
        self._left: dict[asyncio.Future[None], float] = {}
        self._updated_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    async def use(self, seconds: float) -> None:
        """Return once `seconds` of work are done here, which takes longer in company."""
        if seconds <= 0.0:
            return
        done = asyncio.get_running_loop().create_future()
        self._advance()
        self._left[done] = seconds
        self._plan()
        try:
            await done
        finally:
            if done in self._left:  # given up: whoever is left gets its share
                self._advance()
                del self._left[done]
                self._plan()

    def _pace(self) -> float:
        return 1.0 / (1.0 + self._contention * (len(self._left) - 1))

    def _advance(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._left:
            progress = (now - self._updated_at) * self._pace()
            for done in self._left:
                self._left[done] -= progress
        self._updated_at = now

    def _plan(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._left:
            wait_s = max(0.0, min(self._left.values())) / self._pace()
            self._timer = asyncio.get_running_loop().call_later(wait_s, self._finish)

    def _finish(self) -> None:
        self._timer = None
        self._advance()
        for done in [done for done, left in self._left.items() if left <= 1e-9]:
            del self._left[done]
            if not done.done():
                done.set_result(None)
        self._plan()


class Machine:
    """The host and the GPU of a profile, and engines on it. An item is its audio-seconds."""

    def __init__(self, profile: Profile, dice: random.Random) -> None:
        self._host = SharedPart(profile.contention.fixed)
        self._compute = SharedPart(profile.contention.compute)
        self._reply_s = profile.reply.first_sentence_ms / 1000
        self._dice = dice
        self.recognize = self._engine(profile.recognition)
        self.synthesize = self._engine(profile.synthesis)

    async def reply(self) -> None:
        """A first sentence of the language model, in a process of its own on the same GPU."""
        await self._compute.use(self._reply_s)

    def _engine(self, figures: LaneFigures) -> Execute[float, float]:
        cost = figures.cost

        async def execute(items: list[float]) -> list[float]:
            pace = max(0.5, self._dice.gauss(1.0, SPREAD))
            await self._host.use(cost.fixed_s * pace)
            await self._compute.use(cost.per_audio_s * len(items) * max(items) * pace)
            return items

        return execute
