"""What a batcher counts: what came, what was refused and why, how long it waited."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from voice.costs import Cost
from voice.guarded_lane import LaneSnapshot

REMEMBERED: Final = 512


@dataclass(frozen=True, slots=True)
class BatcherSnapshot:
    """One batcher's state. Counters run since the start; waits and sizes are the recent ones."""

    name: str
    depth: int
    in_flight: int
    submitted: int
    completed: int
    failed: int
    cancelled: int
    refused_full: int
    refused_hopeless: int
    refused_down: int
    expired: int
    retried: int
    batches: int
    audio_seconds: float
    wait_p50_ms: float
    wait_p95_ms: float
    batch_mean: float
    batch_max: int
    cost: Cost
    lanes: tuple[LaneSnapshot, ...]


@dataclass(slots=True)
class BatcherStats:
    """The counters behind a snapshot. Everything submitted is in exactly one other counter."""

    submitted: int = 0
    completed: int = 0
    failed: int = 0
    cancelled: int = 0
    refused_full: int = 0
    refused_hopeless: int = 0
    refused_down: int = 0
    expired: int = 0
    retried: int = 0
    batches: int = 0
    in_flight: int = 0
    audio_seconds: float = 0.0
    waits: deque[float] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    sizes: deque[int] = field(default_factory=lambda: deque(maxlen=REMEMBERED))

    def snapshot(
        self, *, name: str, depth: int, cost: Cost, lanes: Sequence[LaneSnapshot]
    ) -> BatcherSnapshot:
        waits = sorted(self.waits)
        return BatcherSnapshot(
            name=name,
            depth=depth,
            in_flight=self.in_flight,
            submitted=self.submitted,
            completed=self.completed,
            failed=self.failed,
            cancelled=self.cancelled,
            refused_full=self.refused_full,
            refused_hopeless=self.refused_hopeless,
            refused_down=self.refused_down,
            expired=self.expired,
            retried=self.retried,
            batches=self.batches,
            audio_seconds=self.audio_seconds,
            wait_p50_ms=1000.0 * quantile(waits, 0.50),
            wait_p95_ms=1000.0 * quantile(waits, 0.95),
            batch_mean=sum(self.sizes) / len(self.sizes) if self.sizes else 0.0,
            batch_max=max(self.sizes, default=0),
            cost=cost,
            lanes=tuple(lanes),
        )


def quantile(ordered: Sequence[float], part: float) -> float:
    """The smallest value that `part` of the ascending values do not exceed; 0 when empty."""
    if not ordered:
        return 0.0
    return ordered[min(len(ordered) - 1, max(0, -int(-part * len(ordered) // 1) - 1))]
