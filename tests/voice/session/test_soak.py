"""Hours of calls in minutes: nothing grows, nothing is left, every call ends.

SOAK_MINUTES simulated minutes (2; the full soak is 30) with SOAK_CALLS lines (50), each taken by
one call after the other: `SOAK_MINUTES=30 pytest tests/voice/session/test_soak.py`.
"""

import asyncio
import gc
import os
import random
from collections import Counter
from pathlib import Path
from typing import Final

from voice.profiles import load_profile
from voice.receptionist.dialogue import CallerSilent, Reply, Sentence
from voice.records import EndReason
from voice.simulation.brain import ScriptedBrain
from voice.simulation.caller import HangUp, Line, Press, Say, Wait
from voice.simulation.carrier import CarrierHabits
from voice.simulation.clock import run_virtual
from voice.simulation.engines import SimulatedEngines
from voice.simulation.scene import place_call
from voice.worker import VoiceWorker

MINUTES: Final = float(os.environ.get("SOAK_MINUTES", "2"))
CALLS: Final = int(os.environ.get("SOAK_CALLS", "50"))

BRAIN: Final = ScriptedBrain(
    "Harbor Plumbing, how can I help?",
    [
        "I am sorry to hear that. What is your name?",
        "Thank you. What is the best number to reach you?",
        "We can come out tomorrow morning and look at the pipes under the sink.",
        Reply((Sentence("Thank you, goodbye."),), ended=True),
    ],
    {CallerSilent: Reply((Sentence("Are you still there?"),))},
)
SCRIPTS: Final[tuple[tuple[Line, ...], ...]] = (
    (
        Say("my sink is leaking"),
        Say("dana kowalczyk"),
        Say("seven seven three <800> five five five <800> zero one two one"),
        Say("that is fine"),
    ),
    (Say("my sink is leaking"), Say("stop please listen to me now", 0.6, over=True), HangUp(2)),
    (Say("hello"), Wait(45)),
    (Say("there is water everywhere and <700> the floor is wet"), Press("0"), HangUp(1)),
    (Say("my sink is leaking"), Say("<noise 300>", 0.5, over=True), Say("dana"), HangUp(0.1)),
)


def _resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE")


async def _line(
    index: int, worker: VoiceWorker, engines: SimulatedEngines, until: float, ends: Counter[str]
) -> None:
    """One line: call after call until the time is over."""
    dice = random.Random(index)
    loop = asyncio.get_running_loop()
    await asyncio.sleep(dice.uniform(0, 5))
    while loop.time() < until:
        call = await place_call(
            dice.choice(SCRIPTS),
            voice=worker,
            brain=BRAIN,
            vocabulary=engines.vocabulary,
            habits=CarrierHabits(returns_marks=dice.random() < 0.9),
            tenant_id=index % 8,
            frames_per_message=5,
        )
        ends[call.record.reason] += 1
        await asyncio.sleep(dice.uniform(0.5, 3))


async def _soak() -> tuple[Counter[str], list[tuple[int, int]], int]:
    """How calls ended, tasks and memory at each quarter, and what is left in the end."""
    engines = SimulatedEngines(load_profile("a4000"))
    worker = await engines.worker()
    ends: Counter[str] = Counter()
    samples: list[tuple[int, int]] = []
    loop = asyncio.get_running_loop()
    until = loop.time() + MINUTES * 60
    lines = [
        asyncio.create_task(_line(index, worker, engines, until, ends)) for index in range(CALLS)
    ]
    for quarter in range(1, 5):
        await asyncio.sleep(max(until * quarter / 4 - loop.time(), 0))
        engines.faults.recognised.clear()
        engines.faults.synthesised.clear()
        gc.collect()
        samples.append((len(asyncio.all_tasks()), _resident_bytes()))
    await asyncio.gather(*lines)
    left = len(worker._vad._streams)
    snapshot = worker.snapshot()
    assert snapshot.recognition is not None
    assert (snapshot.recognition.depth, snapshot.synthesis.depth) == (0, 0)
    await worker.close()
    return ends, samples, left


def test_nothing_grows_and_every_call_ends() -> None:
    ends, samples, left = run_virtual(_soak())
    assert sum(ends.values()) >= CALLS * MINUTES
    assert set(ends) <= {
        EndReason.COMPLETED,
        EndReason.CALLER_HUNG_UP,
        EndReason.SILENCE,
    }
    assert left == 0
    tasks = [count for count, _ in samples]
    memory = [size for _, size in samples]
    assert max(tasks) < 12 * CALLS + 20
    assert tasks[-1] < 1.5 * tasks[0] + 20
    assert memory[-1] < max(memory[:2]) + 24_000_000
