"""A lane that cannot be wedged: watchdog, restart with backoff, health, utilisation."""

import asyncio
import logging
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Generic, TypeVar

from voice.costs import Cost
from voice.errors import EngineError, EngineUnavailable
from voice.lanes import Lane

T = TypeVar("T")
R = TypeVar("R")
X = TypeVar("X")

logger = logging.getLogger(__name__)

WATCHDOG_FACTOR: Final = 8.0
"""A batch is given this many times its predicted time, and never less than the watchdog."""

WATCHDOG_LIMIT_S: Final = 60.0
GRACE_S: Final = 0.05
RESTART_TIMEOUT_S: Final = 300.0
CLOSE_LIMIT_S: Final = 5.0
BACKOFF_S: Final = 0.25
BACKOFF_LIMIT_S: Final = 30.0
FAILURES_BEFORE_RESTART: Final = 8
"""So many items in a row failed alone, and none in between succeeded: it is the engine."""

UTILISATION_WINDOW_S: Final = 60.0
SLOW_FACTOR: Final = 2.5
SLOW_STEP: Final = 0.2


class LaneHealth(StrEnum):
    """READY; SLOW: batches take 2.5 times what was measured; FAILED: being restarted."""

    READY = "ready"
    SLOW = "slow"
    FAILED = "failed"


class EngineHung(EngineError):
    """The engine did not answer within its watchdog."""


@dataclass(frozen=True, slots=True)
class LaneSnapshot:
    """One lane's state. `utilisation` is the busy part of the last minute, in [0, 1]."""

    name: str
    health: LaneHealth
    busy: bool
    batches: int
    restarts: int
    utilisation: float
    last_error: str


class GuardedLane(Generic[T, R]):
    """Runs batches on a lane and answers each within bounded time, whatever the engine does."""

    def __init__(self, lane: Lane[T, R], *, watchdog_s: float, reference: Cost) -> None:
        self.lane = lane
        self.down = False
        self.batches = 0
        self.restarts = 0
        self.last_error = ""
        self._watchdog_s = watchdog_s
        self._reference = reference
        self._slowness = 1.0
        self._failures = 0
        self._attempts = 0
        self._born_at = asyncio.get_running_loop().time()
        self._started_at: float | None = None
        self._free_at = 0.0
        self._busy: deque[tuple[float, float]] = deque()

    @property
    def idle(self) -> bool:
        return not self.down and self._started_at is None

    def free_at(self, now: float) -> float:
        """When this lane can take its next batch, as far as can be told now."""
        return now if self.idle else max(now, self._free_at)

    async def run(self, items: list[T], *, work: float, predicted_s: float) -> list[R]:
        """One result per item. Raises EngineHung, or what the engine raised."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        self._started_at, self._free_at = started, started + predicted_s
        limit_s = max(self._watchdog_s, min(WATCHDOG_LIMIT_S, WATCHDOG_FACTOR * predicted_s))
        task: asyncio.Task[list[R]] | None = None
        try:
            task = loop.create_task(self.lane.execute(items))
            if not await _finished(task, limit_s):
                self._go_down(f"no answer within {limit_s:.1f} s to a batch of {len(items)}")
                raise EngineHung(f"Engine {self.lane.name} gave {self.last_error}.")
            results = self._outcome(task, len(items))
        except asyncio.CancelledError:
            if task is not None:
                _abandon(task)
            raise
        finally:
            self._note_busy(started, loop.time())
        self._note_success(work, loop.time() - started)
        return results

    async def recover(self) -> None:
        """Restart the lane, after a growing pause, until it stands again."""
        loop = asyncio.get_running_loop()
        while self.down:
            pause_s = min(BACKOFF_LIMIT_S, BACKOFF_S * 2.0**self._attempts)
            self._attempts += 1
            self._free_at = loop.time() + pause_s
            await asyncio.sleep(pause_s)
            try:
                await _bounded(self.lane.restart(), RESTART_TIMEOUT_S)
            except Exception as error:
                self.last_error = f"restart failed: {error}"
                logger.warning("lane %s: %s", self.lane.name, self.last_error)
                continue
            self.restarts += 1
            self._failures = 0
            self._slowness = 1.0
            self.down = False
            logger.info("lane %s restarted", self.lane.name)

    async def close(self) -> None:
        """Let the engine go, or leave it if it does not let itself be closed."""
        try:
            await _bounded(self.lane.close(), CLOSE_LIMIT_S)
        except Exception as error:
            logger.warning("lane %s did not close: %s", self.lane.name, error)

    @property
    def health(self) -> LaneHealth:
        if self.down:
            return LaneHealth.FAILED
        return LaneHealth.SLOW if self._slowness > SLOW_FACTOR else LaneHealth.READY

    def snapshot(self) -> LaneSnapshot:
        return LaneSnapshot(
            name=self.lane.name,
            health=self.health,
            busy=self._started_at is not None,
            batches=self.batches,
            restarts=self.restarts,
            utilisation=self._utilisation(),
            last_error=self.last_error,
        )

    def _outcome(self, task: "asyncio.Task[list[R]]", expected: int) -> list[R]:
        try:
            if task.cancelled():
                raise EngineError(f"Engine {self.lane.name} was cancelled from within.")
            results = task.result()
            if len(results) != expected:
                raise EngineError(
                    f"Engine {self.lane.name} gave {len(results)} results for {expected} items."
                )
        except Exception as error:
            self._failures += expected == 1  # a larger batch is tried again item by item
            self.last_error = f"{type(error).__name__}: {error}"
            logger.warning("lane %s: a batch of %d: %s", self.lane.name, expected, self.last_error)
            if isinstance(error, EngineUnavailable) or self._failures >= FAILURES_BEFORE_RESTART:
                self._go_down(self.last_error)
            raise
        return results

    def _go_down(self, why: str) -> None:
        self.down = True
        self.last_error = why
        logger.error("lane %s is restarted: %s", self.lane.name, why)

    def _note_success(self, work: float, took_s: float) -> None:
        self._failures = self._attempts = 0
        expected_s = self._reference.batch_s(work)
        if expected_s > 0.0:
            self._slowness += SLOW_STEP * (min(took_s / expected_s, 10.0) - self._slowness)

    def _note_busy(self, started: float, ended: float) -> None:
        self._started_at = None
        self.batches += 1
        self._busy.append((started, ended))
        while self._busy[0][1] < ended - UTILISATION_WINDOW_S:
            self._busy.popleft()

    def _utilisation(self) -> float:
        now = asyncio.get_running_loop().time()
        since = max(now - UTILISATION_WINDOW_S, self._born_at)
        if now <= since:
            return 0.0
        spans = [*self._busy]
        if self._started_at is not None:
            spans.append((self._started_at, now))
        busy_s = sum(ended - max(started, since) for started, ended in spans if ended > since)
        return min(1.0, busy_s / (now - since))


async def _finished(task: "asyncio.Task[Any]", limit_s: float) -> bool:
    """Whether the task ended within the limit; if not, it is abandoned.

    A clock that jumped (a suspended machine) looks like a hang until the loop has gone round:
    the engine gets a moment more to prove otherwise.
    """
    await _ended(task, limit_s)
    if not task.done():
        await _ended(task, GRACE_S)
    if not task.done():
        _abandon(task)
        return False
    return True


async def _ended(task: "asyncio.Task[Any]", limit_s: float) -> None:
    """Return when the task has ended or the limit is over: asyncio.wait at half its cost."""
    loop = asyncio.get_running_loop()
    waiter = loop.create_future()

    def wake(_: object = None) -> None:
        if not waiter.done():
            waiter.set_result(None)

    timer = loop.call_later(limit_s, wake)
    task.add_done_callback(wake)
    try:
        await waiter
    finally:
        timer.cancel()
        task.remove_done_callback(wake)


async def _bounded(work: Coroutine[Any, Any, X], limit_s: float) -> X:
    """The coroutine's result; EngineHung after the limit, even if it ignores cancellation."""
    task = asyncio.get_running_loop().create_task(work)
    try:
        if not await _finished(task, limit_s):
            raise EngineHung(f"no answer within {limit_s:.0f} s")
    except asyncio.CancelledError:
        _abandon(task)
        raise
    return task.result()


_abandoned: "set[asyncio.Task[Any]]" = set()


def _abandon(task: "asyncio.Task[Any]") -> None:
    """Cancel a task nobody will wait for, and keep it from warning about its end."""
    if task.done():
        _forget(task)
        return
    _abandoned.add(task)
    task.add_done_callback(_forget)
    task.cancel()


def _forget(task: "asyncio.Task[Any]") -> None:
    _abandoned.discard(task)
    if not task.cancelled():
        task.exception()
