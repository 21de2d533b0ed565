"""The order in which waiting work is served: earliest deadline first, fair between tenants."""

import asyncio
from bisect import insort
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from math import ceil
from typing import Final, Generic, TypeVar

from voice.costs import Cost

T = TypeVar("T")
R = TypeVar("R")

HORIZON_S: Final = 10.0
"""A deadline further away counts as this far when work is ordered, so that nothing starves."""

QUANTUM_S: Final = 2.0
"""Audio-seconds a tenant with waiting work is granted a round: about one utterance."""


BATCH_GROWTH: Final = 0.75
PADDING_SHARE: Final = 0.125


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """How large a batch may grow, and how unequal its items may be.

    `max_audio_s` bounds the padded size, count times longest. Below it, `usual_audio_s` bounds
    it as well, unless more waits than that: then a batch may take up to half of what waits.
    Items shorter than `shortest_s` count as that long when lengths are compared: padding them
    costs nothing much.
    """

    max_items: int = 32
    max_audio_s: float = 120.0
    usual_audio_s: float = 120.0
    length_ratio: float = 1.5
    shortest_s: float = 0.0


def limits_for(cost: Cost) -> BatchLimits:
    """Limits that suit a lane of this cost.

    A batch usually grows until its audio takes BATCH_GROWTH times as long as its fixed part: by
    then most of the gain is had, and whoever comes next does not wait long. Padding that costs
    less than PADDING_SHARE of the fixed part is not worth a batch of its own.
    """
    if cost.per_audio_s <= 0.0:
        return BatchLimits()
    knee_s = cost.fixed_s / cost.per_audio_s
    return BatchLimits(
        usual_audio_s=BATCH_GROWTH * knee_s, shortest_s=min(2.0, PADDING_SHARE * knee_s)
    )


@dataclass(slots=True, eq=False)
class Entry(Generic[T, R]):
    """One piece of waiting work. Times are event loop seconds, `weight` audio-seconds."""

    item: T
    future: "asyncio.Future[R]"
    deadline: float
    weight: float
    tenant_id: int
    submitted_at: float
    order: tuple[float, int]
    alone: bool = False

    def __lt__(self, other: "Entry[T, R]") -> bool:
        return self.order < other.order


@dataclass(slots=True)
class _Draft(Generic[T, R]):
    """A batch being put together; whatever does not fit it now never will."""

    limits: BatchLimits
    max_audio_s: float
    now: float
    batch_s: Callable[[float], float]
    entries: list[Entry[T, R]] = field(default_factory=list)
    shortest: float = 0.0
    longest: float = 0.0
    deadline: float = 0.0

    @property
    def full(self) -> bool:
        return len(self.entries) >= self.limits.max_items or (
            bool(self.entries) and self.entries[0].alone
        )

    def add(self, entry: Entry[T, R]) -> bool:
        """Take the entry unless it breaks a limit or makes a batch-mate miss its deadline."""
        length = max(entry.weight, self.limits.shortest_s)
        if not self.entries:
            self.shortest = self.longest = length
            self.deadline = entry.deadline
            self.entries.append(entry)
            return True
        if entry.alone:
            return False
        shortest, longest = min(self.shortest, length), max(self.longest, length)
        audio_s = (len(self.entries) + 1) * longest
        if longest > shortest * self.limits.length_ratio or audio_s > self.max_audio_s:
            return False
        deadline = min(self.deadline, entry.deadline)
        if self.now + self.batch_s(audio_s) > deadline and self._in_time():
            return False
        self.shortest, self.longest, self.deadline = shortest, longest, deadline
        self.entries.append(entry)
        return True

    def _in_time(self) -> bool:
        return self.now + self.batch_s(len(self.entries) * self.longest) <= self.deadline


class WorkQueue(Generic[T, R]):
    """Waiting work by tenant. Plain data: no clock, no loop.

    Surplus (deficit) round-robin: each tenant with waiting work has a credit in audio-seconds;
    among the tenants with credit the earliest deadline goes first and pays its length, into debt
    if need be; when nobody has credit a new round grants everyone `quantum`. So two busy tenants
    never differ by more than a quantum and the longest item, however much one of them submits.
    """

    def __init__(self, quantum: float = QUANTUM_S) -> None:
        self._quantum = quantum
        self._waiting: dict[int, list[Entry[T, R]]] = {}
        self._credit: dict[int, float] = {}
        self._count = 0
        self._audio_s = 0.0
        self._sequence = 0
        self._cancelled = 0

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Entry[T, R]]:
        return (entry for waiting in self._waiting.values() for entry in waiting)

    def order_of(self, deadline: float, now: float) -> tuple[float, int]:
        """The place in line of work that arrives now; equal deadlines keep their order."""
        self._sequence += 1
        return min(deadline, now + HORIZON_S), self._sequence

    def push(self, entry: Entry[T, R]) -> None:
        waiting = self._waiting.get(entry.tenant_id)
        if waiting is None:
            self._waiting[entry.tenant_id] = [entry]
            self._credit.setdefault(entry.tenant_id, self._quantum)
        else:
            insort(waiting, entry)
        self._count += 1
        self._audio_s += entry.weight

    def remove(self, unwanted: Callable[[Entry[T, R]], bool]) -> list[Entry[T, R]]:
        """Take out every entry that answers true, and return those."""
        removed: list[Entry[T, R]] = []
        for tenant_id in list(self._waiting):
            gone = [entry for entry in self._waiting[tenant_id] if unwanted(entry)]
            if gone:
                self._drop(tenant_id, gone)
                removed += gone
        return removed

    def evict_for(self, tenant_id: int) -> Entry[T, R] | None:
        """Make room for one item of this tenant: the last entry of the tenant with the most.

        None when no tenant has more waiting than this one would have.
        """
        fattest = max(self._waiting, key=lambda tenant: len(self._waiting[tenant]), default=None)
        if fattest is None:
            return None
        own = len(self._waiting.get(tenant_id, ()))
        if len(self._waiting[fattest]) <= own + 1:
            return None
        entry = self._waiting[fattest][-1]
        self._drop(fattest, [entry])
        return entry

    def take(
        self, limits: BatchLimits, *, now: float, batch_s: Callable[[float], float]
    ) -> list[Entry[T, R]]:
        """The next batch, earliest deadline first under the rounds above; empty if none waits.

        `batch_s` predicts a batch's seconds from its padded audio-seconds.
        """
        half_s = max(limits.usual_audio_s, self._audio_s / 2)
        draft: _Draft[T, R] = _Draft(limits, min(limits.max_audio_s, half_s), now, batch_s)
        cancelled: list[Entry[T, R]] = []
        cursor = dict.fromkeys(self._waiting, 0)
        ready = [
            (waiting[0].order, tenant_id)
            for tenant_id, waiting in self._waiting.items()
            if self._credit[tenant_id] > 0.0
        ]
        heapify(ready)
        broke = [tenant_id for tenant_id in self._waiting if self._credit[tenant_id] <= 0.0]
        while not draft.full and (ready or broke):
            if not ready:
                broke = self._new_round(broke, cursor, ready)
                continue
            _, tenant_id = heappop(ready)
            waiting, place = self._waiting[tenant_id], cursor[tenant_id]
            if waiting[place].future.done():
                cancelled.append(waiting[place])
            elif draft.add(waiting[place]):
                self._credit[tenant_id] -= waiting[place].weight
            cursor[tenant_id] = place = place + 1
            if place == len(waiting):
                continue
            if self._credit[tenant_id] > 0.0:
                heappush(ready, (waiting[place].order, tenant_id))
            else:
                broke.append(tenant_id)
        self._take_out(draft.entries + cancelled)
        self._cancelled += len(cancelled)
        return draft.entries

    def pop_cancelled(self) -> int:
        """How many cancelled entries `take` has thrown away since this was last asked."""
        count, self._cancelled = self._cancelled, 0
        return count

    def _new_round(
        self,
        broke: list[int],
        cursor: dict[int, int],
        ready: list[tuple[tuple[float, int], int]],
    ) -> list[int]:
        """Grant quanta until somebody who waits has credit; returns who is still without."""
        nearest = max(self._credit[tenant_id] for tenant_id in broke)
        rounds = max(1, ceil(-nearest / self._quantum + 1e-9))
        for tenant_id in list(self._credit):
            credit = self._credit[tenant_id] + rounds * self._quantum
            if credit >= self._quantum and tenant_id not in self._waiting:
                del self._credit[tenant_id]
            else:
                self._credit[tenant_id] = min(credit, self._quantum)
        still = []
        for tenant_id in broke:
            if self._credit[tenant_id] > 0.0:
                heappush(ready, (self._waiting[tenant_id][cursor[tenant_id]].order, tenant_id))
            else:
                still.append(tenant_id)
        return still

    def _take_out(self, entries: list[Entry[T, R]]) -> None:
        by_tenant: dict[int, list[Entry[T, R]]] = {}
        for entry in entries:
            by_tenant.setdefault(entry.tenant_id, []).append(entry)
        for tenant_id, gone in by_tenant.items():
            self._drop(tenant_id, gone)

    def _drop(self, tenant_id: int, gone: list[Entry[T, R]]) -> None:
        waiting = self._waiting[tenant_id]
        if len(gone) == len(waiting):
            del self._waiting[tenant_id]
        else:
            taken = {id(entry) for entry in gone}
            self._waiting[tenant_id] = [entry for entry in waiting if id(entry) not in taken]
        self._count -= len(gone)
        self._audio_s -= sum(entry.weight for entry in gone)
        if not self._count:
            self._audio_s = 0.0
            self._credit.clear()
