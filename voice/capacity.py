"""How many calls a machine carries, and how many lines and machines N plumbers need.

Blocking follows Erlang's loss formula (A. K. Erlang, 1917): callers arrive independently, lines
are shared, and a call that finds none free is turned away. See docs/CAPACITY.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Final

from voice.profiles import Profile
from voice.simulation.load import Workload, most_calls

PEAK_SHARE: Final = 0.6
PEAK_HOURS: Final = 4.0
"""60 % of a day's calls come from 8 to 10 and from 12 to 14 (the concurrency analysis)."""

CALL_MINUTES: Final = 3.0
"""The analysis says two to four."""

POD_MONTH_USD: Final = 137.0
"""The analysis' pod: $4.56 a day."""


@dataclass(frozen=True, slots=True)
class BusinessSize:
    """A kind of plumber by its calls a day, the upper end of the analysis' range."""

    name: str
    calls_per_day: float

    @property
    def busy_hour_calls(self) -> float:
        """Calls in one of the day's four peak hours."""
        return self.calls_per_day * PEAK_SHARE / PEAK_HOURS

    def busy_hour_erlangs(self, call_minutes: float = CALL_MINUTES) -> float:
        """Mean calls in progress in a peak hour."""
        return offered_erlangs(self.busy_hour_calls, call_minutes)


SIZES: Final = {
    size.name: size
    for size in (
        BusinessSize("solo", 5.0),
        BusinessSize("small", 15.0),
        BusinessSize("medium", 30.0),
        BusinessSize("large", 75.0),
    )
}


@dataclass(frozen=True, slots=True)
class CapacityPlan:
    """What a mix of businesses needs in its busiest hours. Money is per month, in dollars."""

    clients: int
    erlangs: float
    channels: int
    blocking: float
    pods: int
    usd_per_month: float
    usd_per_client: float


def offered_erlangs(calls_per_hour: float, call_minutes: float) -> float:
    """The offered load: calls in progress at once, on average, if none were turned away."""
    return calls_per_hour * call_minutes / 60.0


def erlang_b(erlangs: float, channels: int) -> float:
    """The part of calls that find every one of `channels` lines taken, in [0, 1].

    B(0) = 1, B(n) = A·B(n-1) / (n + A·B(n-1)): the recurrence never overflows, unlike the
    formula's powers and factorials (Angus 2001, "An Introduction to Erlang B and Erlang C").
    Raises ValueError for a negative load or number of lines.
    """
    if erlangs < 0.0 or channels < 0:
        raise ValueError(f"load {erlangs} and lines {channels} must not be negative")
    blocking = 1.0
    for line in range(1, channels + 1):
        blocking = erlangs * blocking / (line + erlangs * blocking)
    return blocking


def channels_for(erlangs: float, target: float) -> int:
    """The fewest lines on which at most `target` of the calls are turned away."""
    if not 0.0 < target <= 1.0:
        raise ValueError(f"a blocking target of {target} is not in (0, 1]")
    channels, blocking = 0, 1.0
    while blocking > target:
        channels += 1
        blocking = erlangs * blocking / (channels + erlangs * blocking)
    return channels


def carried_calls(profile: Profile, workload: Workload | None = None) -> int:
    """Calls at once that a machine of this profile carries at pipeline p95 ≤ 300 ms.

    No late audio either; by simulation with the real batcher, see `simulation.load`.
    """
    return most_calls(profile, "ours", workload or Workload())


def small_business_equivalents(mix: Mapping[str, int]) -> float:
    """The mix of business sizes as that many small businesses of the same load."""
    small = SIZES["small"].calls_per_day
    return sum(count * SIZES[name].calls_per_day for name, count in mix.items()) / small


def plan(
    mix: Mapping[str, int],
    *,
    calls_per_pod: int,
    blocking_target: float = 0.01,
    call_minutes: float = CALL_MINUTES,
    pod_month_usd: float = POD_MONTH_USD,
) -> CapacityPlan:
    """Lines, pods and cost for so many businesses of each size (names of SIZES).

    All lines are one pool: any pod may take any tenant's call.
    Raises ValueError for an unknown size, no client at all or a pod without lines.
    """
    unknown = sorted(set(mix) - set(SIZES))
    if unknown:
        raise ValueError(f"unknown business sizes {unknown}: use {', '.join(SIZES)}")
    clients = sum(mix.values())
    if clients < 1 or calls_per_pod < 1:
        raise ValueError(f"{clients} clients on pods of {calls_per_pod} lines cannot be planned")
    erlangs = sum(
        count * SIZES[name].busy_hour_erlangs(call_minutes) for name, count in mix.items()
    )
    channels = channels_for(erlangs, blocking_target)
    pods = ceil(channels / calls_per_pod)
    usd = pods * pod_month_usd
    return CapacityPlan(
        clients=clients,
        erlangs=erlangs,
        channels=channels,
        blocking=erlang_b(erlangs, pods * calls_per_pod),
        pods=pods,
        usd_per_month=usd,
        usd_per_client=usd / clients,
    )


def clients_carried(
    size: BusinessSize, channels: int, *, target: float = 0.01, call_minutes: float = CALL_MINUTES
) -> int:
    """How many businesses of one size so many lines serve at the blocking target."""
    each = size.busy_hour_erlangs(call_minutes)
    clients = 0
    while erlang_b((clients + 1) * each, channels) <= target:
        clients += 1
    return clients


@dataclass(frozen=True, slots=True)
class Claim:
    """A figure of the concurrency analysis beside the one that Erlang's formula gives."""

    what: str
    analysis: str
    corrected: str


def claims(batched_lines: int) -> tuple[Claim, ...]:
    """The analysis' capacity figures and ours, for a batched pod of so many lines."""
    solo, small = SIZES["solo"], SIZES["small"]
    ten_solo = [erlang_b(10 * solo.busy_hour_erlangs(minutes), 1) for minutes in (2.0, 4.0)]
    before = clients_carried(solo, 2)
    after = clients_carried(solo, batched_lines)
    return (
        Claim(
            "a solo plumber's peak call meets another of his own",
            f"{(solo.calls_per_day / 96) ** 2:.2%} (p squared)",
            f"{erlang_b(solo.busy_hour_erlangs(), 1):.1%}",
        ),
        Claim(
            "a small business' peak call meets another of its own",
            f"{(small.calls_per_day / 96) ** 2:.1%} (p squared)",
            f"{erlang_b(small.busy_hour_erlangs(), 1):.1%}",
        ),
        Claim(
            "ten solo plumbers on one line, peak calls turned away",
            "under 1 %",
            f"{ten_solo[0]:.0%} to {ten_solo[1]:.0%} (calls of 2 to 4 minutes)",
        ),
        Claim(
            "solo plumbers on 1 to 2 lines at 1 % turned away",
            "10 to 20",
            f"{clients_carried(solo, 1)} to {before}",
        ),
        Claim(
            "small businesses on 2 to 3 lines at 1 % turned away",
            "5 to 10",
            f"{clients_carried(small, 2)} to {clients_carried(small, 3)}",
        ),
        Claim(
            "pod cost per solo plumber a month",
            f"${POD_MONTH_USD / 20:.2f} to ${POD_MONTH_USD / 10:.2f}",
            f"${POD_MONTH_USD / before:.2f} on two lines, "
            f"${POD_MONTH_USD / after:.2f} on {batched_lines}",
        ),
    )
