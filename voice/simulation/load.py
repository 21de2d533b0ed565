"""N calls on one machine in virtual time: today's scheme, naive batching, and ours.

Ours is the real batcher; the engines take what the profile says (`machine`). Everything
else is the same for all three, but that today's scheme recognises continuously, as the
concurrency analysis describes it, and makes each reply in one piece.
"""

import asyncio
import random
from dataclasses import dataclass, field
from math import log
from typing import Final

from voice.batch_stats import quantile
from voice.errors import VoiceError
from voice.profiles import Profile
from voice.simulation.clock import run_virtual
from voice.simulation.machine import Machine
from voice.simulation.schemes import SCHEMES

TARGET_MS: Final = 300.0
REPLY_PATIENCE_S: Final = 3.0
CHUNK_PATIENCE_S: Final = 1.0
FIRST_CLAUSE_S: Final = 1.5
CONTINUOUS_S: Final = 0.5
ENDPOINT_S: Final = 0.25
PAUSE_S: Final = 0.3
MOST_CALLS: Final = 2048

DAY_MINUTES: Final = 600.0
DAY_CALL_MINUTES: Final = 3.0
PEAK_HOURS: Final = (0, 1, 4, 5)
"""Of a day from 8 to 18."""
PEAK_GAP_S: Final = 5.0
OFF_PEAK_GAP_S: Final = 225.0
"""Leaves 0.44 of the peak hours' calls: (40 % / 6 hours) / (60 % / 4 hours)."""


@dataclass(frozen=True, slots=True)
class Workload:
    """What every one of the calls does, all the time; all lines are taken throughout.

    Two turns a minute is the analysis' call: ten turns in five minutes. An utterance lasts
    2.2 s in the median (log-normal, 0.4 to 12 s); a reply has a first clause of 0.7 to 1.4 s and
    one to four chunks of 1.0 to 1.6 s. In 70 % of the turns the caller pauses once in between,
    so that a speculative recognition is made in vain. Recognition starts `head_start_s` before
    the endpoint (100 ms into a silence that ends the turn at 250), except in today's scheme.

    With `day`, lines are not taken all the time: each has calls of three minutes, one after the
    other in the four peak hours and half as many in the others (8 to 18; the analysis: 60 % of
    the calls in 8-10 and 12-14).
    """

    turns_per_minute: float = 2.0
    minutes: float = 5.0
    day: bool = False
    head_start_s: float = 0.15
    pauses: float = 0.7
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Measured:
    """One scheme under one load.

    Latency runs from the endpoint (the caller has finished) to the reply's first audio.
    `late_audio` counts pieces that missed their time: a chunk of a reply that was not there when
    the one before had been played, a reply refused, or, where recognition is continuous, a piece
    of the caller's audio recognised more than its own length after it was said.
    """

    p50_ms: float
    p95_ms: float
    p99_ms: float
    late_audio: int
    turns: int

    @property
    def good(self) -> bool:
        """p95 within TARGET_MS and no late audio."""
        return self.turns > 0 and self.p95_ms <= TARGET_MS and not self.late_audio


def measure(profile: Profile, scheme: str, calls: int, workload: Workload) -> Measured:
    """How that many calls fare on the machine under "today", "naive" or "ours"."""
    return run_virtual(_Load(profile, scheme, calls, workload).run())


def most_calls(profile: Profile, scheme: str, workload: Workload) -> int:
    """The largest number of calls that is `good`, within 2 %; 0 if not even one call is.

    Searched up to MOST_CALLS by doubling and halving, as if more calls were never better.
    """
    good, bad = 0, 1
    while bad <= MOST_CALLS and measure(profile, scheme, bad, workload).good:
        good, bad = bad, bad * 2
    while bad - good > max(1, good // 50):
        middle = (good + bad) // 2
        if measure(profile, scheme, middle, workload).good:
            good = middle
        else:
            bad = middle
    return min(good, MOST_CALLS)


@dataclass(slots=True)
class _Tally:
    latencies: list[float] = field(default_factory=list)
    late: int = 0

    def measured(self) -> Measured:
        ordered = sorted(self.latencies)
        return Measured(
            p50_ms=1000 * quantile(ordered, 0.50),
            p95_ms=1000 * quantile(ordered, 0.95),
            p99_ms=1000 * quantile(ordered, 0.99),
            late_audio=self.late,
            turns=len(ordered),
        )


class _Load:
    """The callers of one run. Dice are per caller, so that schemes meet the same callers."""

    def __init__(self, profile: Profile, scheme: str, calls: int, workload: Workload) -> None:
        self._profile = profile
        self._scheme_name = scheme
        self._calls = calls
        self._workload = workload
        self._tally = _Tally()

    async def run(self) -> Measured:
        self._loop = asyncio.get_running_loop()
        self._machine = Machine(self._profile, _dice(self._workload.seed))
        self._scheme = SCHEMES[self._scheme_name](self._machine, self._profile)
        self._ends_at = 60.0 * self._workload.minutes
        async with asyncio.TaskGroup() as callers:
            for caller in range(self._calls):
                callers.create_task(self._line(caller))
        await self._scheme.close()
        return self._tally.measured()

    async def _line(self, caller: int) -> None:
        """One line's calls: a single one for the whole time, or a day of them."""
        dice = _dice(self._workload.seed * 100_003 + caller)
        await asyncio.sleep(dice.uniform(0.0, 60.0 / self._workload.turns_per_minute))
        if not self._workload.day:
            await self._call(caller, dice, self._ends_at)
            return
        while self._loop.time() < self._ends_at:
            call_ends = self._loop.time() + 60.0 * DAY_CALL_MINUTES
            await self._call(caller, dice, min(call_ends, self._ends_at))
            hour = int(self._loop.time() // 3600)
            gap_s = PEAK_GAP_S if hour in PEAK_HOURS else OFF_PEAK_GAP_S
            await asyncio.sleep(dice.expovariate(1.0 / gap_s))

    async def _call(self, caller: int, dice: random.Random, until: float) -> None:
        cycle_s = 60.0 / self._workload.turns_per_minute
        listener: asyncio.Task[None] | None = None
        if self._scheme.continuous:
            listener = self._loop.create_task(self._listen(caller, until))
        while self._loop.time() < until:
            began = self._loop.time()
            await self._turn(caller, dice)
            spent_s = self._loop.time() - began
            await asyncio.sleep(max(0.2, cycle_s * dice.uniform(0.8, 1.2) - spent_s))
        if listener is not None:
            await listener

    async def _listen(self, caller: int, until: float) -> None:
        """Recognise every half second of the call, as it comes."""
        while self._loop.time() < until:
            await asyncio.sleep(CONTINUOUS_S)
            self._loop.create_task(self._piece(caller))

    async def _piece(self, caller: int) -> None:
        due = self._loop.time() + CONTINUOUS_S
        await self._scheme.recognize(CONTINUOUS_S, deadline=due, caller=caller)
        if self._loop.time() > due:
            self._tally.late += 1

    async def _turn(self, caller: int, dice: random.Random) -> None:
        utterance_s = min(12.0, max(0.4, dice.lognormvariate(log(2.2), 0.6)))
        reply = [dice.uniform(0.7, 1.4)]
        reply += [dice.uniform(1.0, 1.6) for _ in range(dice.randint(1, 4))]
        paused, part = dice.random() < self._workload.pauses, dice.uniform(0.3, 0.9)
        await asyncio.sleep(utterance_s)
        if self._scheme.continuous:
            await asyncio.sleep(ENDPOINT_S)
            endpoint = self._loop.time()
            hearing = self._hear(CONTINUOUS_S, caller)
            reply = [sum(reply)]
        else:
            if paused:
                await self._guess_in_vain(utterance_s * part, caller)
            await asyncio.sleep(ENDPOINT_S - self._workload.head_start_s)
            hearing = self._hear(utterance_s, caller)
            await asyncio.sleep(self._workload.head_start_s)
            endpoint = self._loop.time()
        try:
            await hearing
            await self._machine.reply()
            await self._speak(reply, endpoint, caller)
        except VoiceError:
            self._tally.late += 1
            self._tally.latencies.append(REPLY_PATIENCE_S)

    def _hear(self, audio_s: float, caller: int) -> "asyncio.Task[None]":
        deadline = self._loop.time() + REPLY_PATIENCE_S
        return self._loop.create_task(
            self._scheme.recognize(audio_s, deadline=deadline, caller=caller)
        )

    async def _guess_in_vain(self, audio_s: float, caller: int) -> None:
        """A pause taken for the end; the caller goes on, and the recognition is dropped."""
        guess = self._hear(audio_s, caller)
        await asyncio.wait({guess}, timeout=PAUSE_S)
        guess.cancel()
        await asyncio.wait({guess})

    async def _speak(self, reply: list[float], endpoint: float, caller: int) -> None:
        first, *rest = reply
        deadline = self._loop.time() + FIRST_CLAUSE_S
        await self._scheme.synthesize(first, deadline=deadline, caller=caller)
        self._tally.latencies.append(self._loop.time() - endpoint)
        played_until = self._loop.time() + first
        for chunk in rest:
            try:
                await self._scheme.synthesize(
                    chunk, deadline=played_until + CHUNK_PATIENCE_S, caller=caller
                )
                self._tally.late += self._loop.time() > played_until
            except VoiceError:
                self._tally.late += 1
            played_until = max(played_until, self._loop.time()) + chunk
        await asyncio.sleep(played_until - self._loop.time())


def _dice(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - a simulation, nothing to keep secret
