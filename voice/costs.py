"""What a batch costs, a + b·n seconds, learned while batches run."""

from dataclasses import dataclass
from math import exp, log
from typing import Final

FORGETTING: Final = 0.99
"""A batch's say shrinks by this with each later batch: the last hundred or so count."""

HUBER_WIDTH: Final = 1.5
SCALE_STEP: Final = 0.05
PACE_STEP: Final = 0.1
PRIOR_WORK: Final = (1.0, 16.0)
PRIOR_STRENGTH: Final = 1.0


@dataclass(frozen=True, slots=True)
class Cost:
    """A batch of n audio-seconds (its count times its longest item) takes a + b·n seconds."""

    fixed_s: float
    per_audio_s: float

    def batch_s(self, work: float) -> float:
        """Seconds a batch of `work` padded audio-seconds takes."""
        return self.fixed_s + self.per_audio_s * work


class CostModel:
    """An online robust regression of batch seconds on audio-seconds.

    Least squares over exponentially forgotten batches, in three parts:
    - robust: a batch further off than 1.5 typical errors counts by Huber's weight (Huber 1964),
      so that one pause for compilation or a page fault hardly moves the line, while a lasting
      change widens the typical error within some twenty batches and is then believed;
    - regularised: two phantom batches of 1 and 16 audio-seconds never fade, so that the slope
      stays defined while every batch has the same size; they cost what the prior says, times
      how much faster or slower than the prior this machine has lately been;
    - plausible: neither a nor b goes below zero; the other is then fitted alone.
    """

    def __init__(self, prior: Cost) -> None:
        self._prior = prior
        self._cost = prior
        self._scale = 0.0
        self._pace = 0.0
        self._n = self._x = self._xx = self._y = self._xy = 0.0
        self.observations = 0

    @property
    def cost(self) -> Cost:
        """The line as it is believed now."""
        return self._cost

    def batch_s(self, work: float) -> float:
        """Predicted seconds of a batch of `work` padded audio-seconds."""
        cost = self._cost
        return cost.fixed_s + cost.per_audio_s * work

    def observe(self, work: float, took_s: float) -> None:
        """Learn from one batch. A non-positive duration (a clock that jumped) teaches nothing."""
        if took_s <= 0.0 or work <= 0.0:
            return
        predicted = self.batch_s(work)
        error = abs(took_s - predicted)
        scale = self._scale or max(0.5 * predicted, 1e-3)
        weight = 1.0 if error <= HUBER_WIDTH * scale else HUBER_WIDTH * scale / error
        self._scale = max(
            scale + SCALE_STEP * (1.25 * min(error, 3.0 * scale) - scale), 0.02 * predicted, 1e-5
        )
        self._n = self._n * FORGETTING + weight
        self._x = self._x * FORGETTING + weight * work
        self._xx = self._xx * FORGETTING + weight * work * work
        self._y = self._y * FORGETTING + weight * took_s
        self._xy = self._xy * FORGETTING + weight * work * took_s
        self.observations += 1
        expected = self._prior.batch_s(work)
        if expected > 0.0:
            self._pace += PACE_STEP * (log(took_s / expected) - self._pace)
        self._cost = self._solve()

    def _solve(self) -> Cost:
        pace = exp(self._pace)
        n, x, xx, y, xy = self._n, self._x, self._xx, self._y, self._xy
        for phantom in PRIOR_WORK:
            seconds = pace * self._prior.batch_s(phantom)
            n += PRIOR_STRENGTH
            x += PRIOR_STRENGTH * phantom
            xx += PRIOR_STRENGTH * phantom * phantom
            y += PRIOR_STRENGTH * seconds
            xy += PRIOR_STRENGTH * phantom * seconds
        slope = (n * xy - x * y) / (n * xx - x * x)
        fixed = (y - slope * x) / n
        if slope < 0.0:
            return Cost(y / n, 0.0)
        if fixed < 0.0:
            return Cost(0.0, xy / xx)
        return Cost(fixed, slope)


def fit(points: list[tuple[float, float]]) -> Cost:
    """The line through measured (audio-seconds, seconds) points, by Theil and Sen's medians.

    Needs two different sizes or more; raises ValueError otherwise. The median of all pairwise
    slopes ignores up to 29 % of wild points (Sen 1968), which suits few, noisy measurements.
    """
    slopes = sorted(
        (later[1] - earlier[1]) / (later[0] - earlier[0])
        for position, earlier in enumerate(points)
        for later in points[position + 1 :]
        if later[0] != earlier[0]
    )
    if not slopes:
        raise ValueError(f"a cost needs batches of two sizes, got {len(points)} of one size")
    slope = max(_median(slopes), 0.0)
    fixed = _median(sorted(seconds - slope * work for work, seconds in points))
    if fixed >= 0.0:
        return Cost(fixed, slope)
    return Cost(0.0, _median(sorted(seconds / work for work, seconds in points)))


def _median(ordered: list[float]) -> float:
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2
