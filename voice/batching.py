"""The deadline batcher: many calls' work in few batches, each item answered in time or refused."""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from math import inf, isfinite
from typing import Final, Generic, TypeVar

from voice.batch_stats import BatcherSnapshot, BatcherStats
from voice.costs import CostModel
from voice.errors import EngineError, EngineUnavailable, Overloaded, VoiceError
from voice.guarded_lane import EngineHung, GuardedLane
from voice.lanes import Lane
from voice.workqueue import BatchLimits, Entry, WorkQueue

T = TypeVar("T")
R = TypeVar("R")

logger = logging.getLogger(__name__)

QUEUE_LIMIT: Final = 512
WATCHDOG_S: Final = 5.0
CLOSE_LIMIT_S: Final = 10.0
BREATHER_S: Final = 0.05
ANY_LIMITS: Final = BatchLimits()


class DeadlineBatcher(Generic[T, R]):
    """One bounded queue in front of one or more lanes; an idle lane takes what has piled up.

    A deadline is the event loop time after which the result is worth nothing. Work that would
    miss it is refused as soon as that is predictable, so that it never delays work that can
    still make it. Everything runs on the event loop's thread; nothing is thread-safe.
    """

    def __init__(
        self,
        lanes: Sequence[Lane[T, R]],
        *,
        name: str,
        cost: CostModel,
        limits: BatchLimits = ANY_LIMITS,
        queue_limit: int = QUEUE_LIMIT,
        watchdog_s: float = WATCHDOG_S,
    ) -> None:
        if not lanes:
            raise ValueError(f"batcher {name} has no lane: give it one or more")
        self.name = name
        self.cost = cost
        self.limits = limits
        self._loop = asyncio.get_running_loop()
        self._queue: WorkQueue[T, R] = WorkQueue()
        self._queue_limit = queue_limit
        self._stats = BatcherStats()
        self._lanes = [
            GuardedLane(lane, watchdog_s=watchdog_s, reference=cost.cost) for lane in lanes
        ]
        self._idle: deque[asyncio.Future[None]] = deque()
        self._earliest = inf
        self._longest = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._closing = False
        self._servers = [
            self._loop.create_task(self._serve(lane), name=f"batcher-{name}-{lane.lane.name}")
            for lane in self._lanes
        ]

    def submit(
        self, item: T, *, deadline: float, weight: float, tenant_id: int
    ) -> "asyncio.Future[R]":
        """The item's result, to be awaited; cancelling it takes the item out of the queue.

        `deadline` is event loop time in seconds (inf: none), `weight` the item's audio-seconds.
        Raises at once Overloaded (queue full, or the deadline cannot be met) or EngineUnavailable
        (every lane is down past the deadline, or the batcher is closed). The future raises those
        too, and EngineError when the engine failed on this very item.
        """
        if not (weight > 0.0 and isfinite(weight)) or deadline != deadline:
            raise ValueError(f"weight {weight} and deadline {deadline} must be real, weight > 0")
        now = self._loop.time()
        self._stats.submitted += 1
        self._refuse_hopeless(now, deadline, weight)
        self._make_room(tenant_id)
        entry: Entry[T, R] = Entry(
            item,
            self._loop.create_future(),
            deadline,
            weight,
            tenant_id,
            now,
            self._queue.order_of(deadline, now),
        )
        self._push(entry)
        return entry.future

    async def close(self, *, drain: bool = True) -> None:
        """Take nothing more; finish what waits (or refuse it), then let the engines go.

        Every future is answered within CLOSE_LIMIT_S, even if an engine hangs; letting a hung
        engine go takes a few seconds more.
        """
        self._closing = True
        if not drain:
            self._refuse_waiting()
        while self._idle:
            self._wake()
        await asyncio.wait(self._servers, timeout=CLOSE_LIMIT_S)
        for server in self._servers:
            server.cancel()
        await asyncio.wait(self._servers)
        self._refuse_waiting()
        if self._timer is not None:
            self._timer.cancel()
        for lane in self._lanes:
            await lane.close()

    @property
    def serving(self) -> bool:
        """Whether work is taken: open, and at least one lane stands."""
        return not self._closing and any(not lane.down for lane in self._lanes)

    def snapshot(self) -> BatcherSnapshot:
        """Depth, waits, batch sizes, refusals, learned cost and the lanes' state, now."""
        return self._stats.snapshot(
            name=self.name,
            depth=len(self._queue),
            cost=self.cost.cost,
            lanes=[lane.snapshot() for lane in self._lanes],
        )

    def _refuse_hopeless(self, now: float, deadline: float, weight: float) -> None:
        """Raise if the work cannot be done in time, as far as can be told.

        Idle lanes take work even if it looks late: the prediction may be wrong, and only
        running something can correct it.
        """
        if self._closing:
            self._stats.refused_down += 1
            raise self._stopped()
        if deadline > now and not len(self._queue) and any(lane.idle for lane in self._lanes):
            return
        free_at = min(lane.free_at(now) for lane in self._lanes)
        if deadline <= now or free_at + self.cost.batch_s(weight) > deadline:
            if all(lane.down for lane in self._lanes):
                self._stats.refused_down += 1
                why = self._lanes[0].last_error
                raise EngineUnavailable(f"Every {self.name} lane is being restarted: {why}.")
            self._stats.refused_hopeless += 1
            late_ms = 1000 * (free_at + self.cost.batch_s(weight) - deadline)
            raise Overloaded(f"{self.name} would answer {late_ms:.0f} ms after the deadline.")

    def _make_room(self, tenant_id: int) -> None:
        """Make sure one more fits, at the cost of whoever has most waiting; or raise."""
        if len(self._queue) < self._queue_limit:
            return
        self._sweep(self._loop.time())
        if len(self._queue) < self._queue_limit:
            return
        evicted = self._queue.evict_for(tenant_id)
        error = Overloaded(f"{self.name} has {self._queue_limit} items waiting: its limit.")
        if evicted is None:
            self._stats.refused_full += 1
            raise error
        if self._reject(evicted, error):
            self._stats.refused_full += 1

    def _push(self, entry: Entry[T, R]) -> None:
        self._queue.push(entry)
        self._earliest = min(self._earliest, entry.deadline)
        self._longest = max(self._longest, entry.weight)
        if self._idle:
            self._wake()
        if entry.deadline < inf and (self._timer is None or entry.deadline < self._timer.when()):
            self._arm(entry.deadline)

    def _wake(self) -> None:
        waiter = self._idle.popleft()
        if not waiter.done():
            waiter.set_result(None)

    async def _serve(self, lane: GuardedLane[T, R]) -> None:
        """One lane's life: take a batch, run it, recover if need be, until closed."""
        while True:
            try:
                if lane.down:
                    await lane.recover()
                batch = self._take()
                if batch:
                    await self._run(lane, batch)
                elif self._closing:
                    return
                else:
                    await self._rest()
            except Exception:
                logger.exception("batcher %s: its lane %s goes on", self.name, lane.lane.name)
                await asyncio.sleep(BREATHER_S)

    async def _rest(self) -> None:
        waiter = self._loop.create_future()
        self._idle.append(waiter)
        try:
            await waiter
        finally:
            if waiter in self._idle:
                self._idle.remove(waiter)

    def _take(self) -> list[Entry[T, R]]:
        if not len(self._queue):
            return []
        now = self._loop.time()
        if now + self.cost.batch_s(self._longest) > self._earliest:
            self._sweep(now)
        batch = self._queue.take(self.limits, now=now, batch_s=self.cost.batch_s)
        self._stats.cancelled += self._queue.pop_cancelled()
        if len(self._queue):
            if self._idle:
                self._wake()
        else:
            self._earliest, self._longest = inf, 0.0
        return batch

    async def _run(self, lane: GuardedLane[T, R], batch: list[Entry[T, R]]) -> None:
        started = self._loop.time()
        work = len(batch) * max(entry.weight for entry in batch)
        self._note_start(batch, started)
        try:
            results = await lane.run(
                [entry.item for entry in batch],
                work=work,
                predicted_s=self.cost.batch_s(work),
            )
        except Exception as error:
            self._settle_failure(batch, error)
        except asyncio.CancelledError:
            for entry in batch:
                if self._reject(entry, self._stopped()):
                    self._stats.refused_down += 1
            raise
        else:
            self.cost.observe(work, self._loop.time() - started)
            for entry, result in zip(batch, results, strict=True):
                self._answer(entry, result)
        finally:
            self._stats.in_flight -= len(batch)

    def _note_start(self, batch: list[Entry[T, R]], now: float) -> None:
        stats = self._stats
        stats.batches += 1
        stats.in_flight += len(batch)
        stats.sizes.append(len(batch))
        for entry in batch:
            stats.audio_seconds += entry.weight
            stats.waits.append(now - entry.submitted_at)

    def _settle_failure(self, batch: list[Entry[T, R]], error: Exception) -> None:
        """After a hang everyone fails; after an error each is tried once more, alone."""
        if len(batch) > 1 and not isinstance(error, EngineHung):
            self._stats.retried += len(batch)
            for entry in batch:
                entry.alone = True
                self._push(entry)
            return
        for entry in batch:
            if self._reject(entry, _as_voice_error(self.name, error)):
                self._stats.failed += 1

    def _answer(self, entry: Entry[T, R], result: R) -> None:
        if entry.future.done():
            self._stats.cancelled += 1
            return
        self._stats.completed += 1
        entry.future.set_result(result)

    def _reject(self, entry: Entry[T, R], error: VoiceError) -> bool:
        """Answer with the error; False if the caller had gone."""
        if entry.future.done():
            self._stats.cancelled += 1
            return False
        entry.future.set_exception(error)
        entry.future.exception()  # a caller that no longer looks needs no warning in the log
        return True

    def _sweep(self, now: float) -> None:
        """Take out what was cancelled, what is past its deadline, and what can only be late.

        Work that looks late is kept while nothing else waits: then it displaces nobody.
        """

        def late(entry: Entry[T, R]) -> bool:
            return now + self.cost.batch_s(entry.weight) > entry.deadline

        crowded = any(not late(entry) and not entry.future.done() for entry in self._queue)
        removed = self._queue.remove(
            lambda entry: entry.future.done() or entry.deadline <= now or (crowded and late(entry))
        )
        for entry in removed:
            waited_ms = 1000 * (now - entry.submitted_at)
            error = Overloaded(f"{self.name} missed the deadline after {waited_ms:.0f} ms waiting.")
            if self._reject(entry, error):
                self._stats.expired += 1
        self._earliest = min((entry.deadline for entry in self._queue), default=inf)
        self._longest = max((entry.weight for entry in self._queue), default=0.0)

    def _arm(self, when: float) -> None:
        """See to it that nothing waits past its deadline, even while every lane is stuck."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(when, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        self._sweep(self._loop.time())
        if self._earliest < inf:
            self._arm(self._earliest)

    def _refuse_waiting(self) -> None:
        for entry in self._queue.remove(lambda _: True):
            if self._reject(entry, self._stopped()):
                self._stats.refused_down += 1

    def _stopped(self) -> EngineUnavailable:
        return EngineUnavailable(f"Batcher {self.name} is closed: the server is stopping.")


def _as_voice_error(name: str, error: Exception) -> VoiceError:
    if isinstance(error, VoiceError):
        return error
    wrapped = EngineError(f"{name} failed on this item, {type(error).__name__}: {error}")
    wrapped.__cause__ = error
    return wrapped
