"""Engines that behave and misbehave, in virtual time, and keep a record of their batches."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from voice.batching import DeadlineBatcher
from voice.costs import Cost, CostModel
from voice.lanes import AsyncLane
from voice.workqueue import BatchLimits

COST = Cost(fixed_s=0.060, per_audio_s=0.010)


@dataclass(frozen=True)
class Job:
    """Work with a fate: "ok", "poison" (raises), "hang" (never answers), "short" (no result)."""

    name: int
    weight: float = 1.0
    fate: str = "ok"


@dataclass
class Ran:
    started: float
    jobs: list[Job]
    ended: float | None = None


@dataclass
class FakeEngine:
    """Takes COST a batch; `log` holds every batch it was given."""

    cost: Cost = COST
    log: list[Ran] = field(default_factory=list)

    async def execute(self, jobs: list[Job]) -> list[int]:
        loop = asyncio.get_running_loop()
        ran = Ran(loop.time(), list(jobs))
        self.log.append(ran)
        await asyncio.sleep(self.cost.batch_s(len(jobs) * max(job.weight for job in jobs)))
        ran.ended = loop.time()
        fates = {job.fate for job in jobs}
        if "hang" in fates:
            await loop.create_future()
        if "poison" in fates:
            raise ArithmeticError("a poisoned item")
        return [job.name for job in jobs if job.fate != "short"]


def batcher_of(
    *engines: Callable[[list[Job]], Awaitable[list[int]]],
    limits: BatchLimits | None = None,
    queue_limit: int = 512,
    watchdog_s: float = 5.0,
    cost: Cost = COST,
) -> DeadlineBatcher[Job, int]:
    return DeadlineBatcher(
        [AsyncLane(f"lane{number}", execute) for number, execute in enumerate(engines)],
        name="fake",
        cost=CostModel(cost),
        limits=limits or BatchLimits(),
        queue_limit=queue_limit,
        watchdog_s=watchdog_s,
    )
