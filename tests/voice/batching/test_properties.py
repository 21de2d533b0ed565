"""What must hold for the batcher whatever arrives, fails, hangs or is cancelled."""

import asyncio
from collections import Counter
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.voice.batching.engines import FakeEngine, Job, Ran, batcher_of
from voice.batch_stats import BatcherSnapshot
from voice.errors import EngineError, EngineUnavailable, Overloaded
from voice.simulation.clock import run_virtual
from voice.workqueue import BatchLimits

LIMITS = BatchLimits(max_items=6, max_audio_s=20.0, shortest_s=0.5)


@dataclass(frozen=True)
class Order:
    """One submission: when, with how much patience, by whom, and when it is given up."""

    job: Job
    at: float
    patience: float
    tenant_id: int
    cancel_after: float | None


@dataclass
class Outcome:
    results: dict[int, list[object]]
    batches: list[Ran]
    snapshot: BatcherSnapshot
    afterwards: int


def orders(*fates: str, cancels: bool = True) -> st.SearchStrategy[list[Order]]:
    cancel = st.none() | st.floats(0.0, 0.5) if cancels else st.none()
    one = st.builds(
        Order,
        job=st.builds(
            Job, name=st.just(0), weight=st.floats(0.05, 12.0), fate=st.sampled_from(fates)
        ),
        at=st.floats(0.0, 2.0),
        patience=st.floats(0.01, 6.0) | st.just(float("inf")),
        tenant_id=st.integers(1, 4),
        cancel_after=cancel,
    )
    return st.lists(one, min_size=1, max_size=40).map(
        lambda found: [
            Order(
                Job(number, order.job.weight, order.job.fate),
                order.at,
                order.patience,
                order.tenant_id,
                order.cancel_after,
            )
            for number, order in enumerate(found)
        ]
    )


def play(plan: list[Order], *, lanes: int = 1, queue_limit: int = 512) -> Outcome:
    """Run the plan in virtual time; then send one more item, which must be answered."""

    async def main() -> Outcome:
        engines = [FakeEngine() for _ in range(lanes)]
        batcher = batcher_of(
            *(engine.execute for engine in engines),
            limits=LIMITS,
            queue_limit=queue_limit,
            watchdog_s=2.0,
        )
        results: dict[int, list[object]] = {order.job.name: [] for order in plan}

        async def submit(order: Order) -> None:
            loop = asyncio.get_running_loop()
            await asyncio.sleep(order.at)
            try:
                future = batcher.submit(
                    order.job,
                    deadline=loop.time() + order.patience,
                    weight=order.job.weight,
                    tenant_id=order.tenant_id,
                )
                if order.cancel_after is not None:
                    loop.call_later(order.cancel_after, future.cancel)
                results[order.job.name].append(await future)
            except (EngineError, EngineUnavailable, Overloaded) as error:
                results[order.job.name].append(error)
            except asyncio.CancelledError:
                results[order.job.name].append("cancelled")

        await asyncio.gather(*(submit(order) for order in plan))
        await asyncio.sleep(400.0)
        afterwards = await batcher.submit(
            Job(-1), deadline=asyncio.get_running_loop().time() + 60.0, weight=1.0, tenant_id=9
        )
        snapshot = batcher.snapshot()
        await batcher.close()
        batches = [ran for engine in engines for ran in engine.log]
        return Outcome(results, batches, snapshot, afterwards)

    return run_virtual(main())


def assert_every_item_is_accounted_for(plan: list[Order], outcome: Outcome) -> None:
    assert [len(answers) for answers in outcome.results.values()] == [1] * len(plan)
    assert outcome.afterwards == -1
    seen = outcome.snapshot
    ends = (
        seen.completed
        + seen.failed
        + seen.cancelled
        + seen.refused_full
        + seen.refused_hopeless
        + seen.refused_down
        + seen.expired
    )
    assert (ends, seen.submitted, seen.depth, seen.in_flight) == (
        len(plan) + 1,
        len(plan) + 1,
        0,
        0,
    )


@settings(max_examples=150, deadline=None)
@given(orders("ok", "poison", "hang", "short"), st.integers(1, 3), st.sampled_from([4, 512]))
def test_nothing_is_lost_or_answered_twice_and_no_lane_is_wedged(
    plan: list[Order], lanes: int, queue_limit: int
) -> None:
    outcome = play(plan, lanes=lanes, queue_limit=queue_limit)
    assert_every_item_is_accounted_for(plan, outcome)
    for order in plan:
        (answer,) = outcome.results[order.job.name]
        if isinstance(answer, int):
            assert answer == order.job.name
            assert order.job.fate == "ok"


@settings(max_examples=100, deadline=None)
@given(orders("ok", "poison", "short"))
def test_a_poisoned_item_fails_alone(plan: list[Order]) -> None:
    outcome = play(plan)
    for order in plan:
        (answer,) = outcome.results[order.job.name]
        if order.job.fate == "ok":
            assert not isinstance(answer, EngineError)
        else:
            refused = isinstance(answer, EngineError | EngineUnavailable | Overloaded)
            assert refused or answer == "cancelled"
    tries = Counter(job.name for ran in outcome.batches for job in ran.jobs)
    assert max(tries.values()) <= 2


@settings(max_examples=100, deadline=None)
@given(orders("ok"))
def test_cancelling_any_of_them_never_disturbs_the_rest(plan: list[Order]) -> None:
    patient = [
        Order(order.job, order.at, float("inf"), order.tenant_id, order.cancel_after)
        for order in plan
    ]
    outcome = play(patient)
    for order in patient:
        (answer,) = outcome.results[order.job.name]
        expected = {order.job.name} if order.cancel_after is None else {order.job.name, "cancelled"}
        assert answer in expected


@settings(max_examples=100, deadline=None)
@given(orders("ok", "poison"))
def test_a_batch_keeps_every_limit(plan: list[Order]) -> None:
    for ran in play(plan).batches:
        lengths = [max(job.weight, LIMITS.shortest_s) for job in ran.jobs]
        assert len(lengths) <= LIMITS.max_items
        assert max(lengths) <= LIMITS.length_ratio * min(lengths)
        assert len(lengths) == 1 or len(lengths) * max(lengths) <= LIMITS.max_audio_s


@settings(max_examples=100, deadline=None)
@given(orders("ok", cancels=False))
def test_a_lane_never_idles_while_work_waits(plan: list[Order]) -> None:
    patient = [Order(order.job, order.at, float("inf"), 1, None) for order in plan]
    outcome = play(patient)
    arrivals = sorted(order.at for order in patient)
    taken = 0
    free_at = 0.0
    for ran in outcome.batches[:-1]:
        assert ran.started == pytest.approx(max(free_at, arrivals[taken]), abs=1e-9)
        taken += len(ran.jobs)
        assert ran.ended is not None
        free_at = ran.ended


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(1.0, 9.0, allow_subnormal=False), min_size=2, max_size=60))
def test_equal_work_is_served_in_the_order_of_its_deadlines(deadlines: list[float]) -> None:
    async def main() -> list[int]:
        engine = FakeEngine()
        batcher = batcher_of(engine.execute, limits=BatchLimits(max_items=4))
        first = batcher.submit(Job(-1), deadline=50.0, weight=1.0, tenant_id=1)
        await asyncio.sleep(0.01)
        waiting = [
            batcher.submit(Job(number), deadline=patience, weight=1.0, tenant_id=1)
            for number, patience in enumerate(deadlines)
        ]
        await asyncio.gather(first, *waiting)
        await batcher.close()
        return [job.name for ran in engine.log[1:] for job in ran.jobs]

    served = run_virtual(main())
    assert [deadlines[name] for name in served] == sorted(deadlines)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 400),
    st.integers(1, 20),
    st.floats(0.5, 4.0),
    st.integers(1, 8),
)
def test_one_tenants_burst_does_not_starve_another(
    burst: int, few: int, weight: float, max_items: int
) -> None:
    """Two waiting tenants never differ by more than a round's grant and one item."""

    async def main() -> list[Ran]:
        engine = FakeEngine()
        batcher = batcher_of(engine.execute, limits=BatchLimits(max_items=max_items))
        greedy = [
            batcher.submit(Job(1, weight), deadline=1000.0, weight=weight, tenant_id=1)
            for _ in range(burst)
        ]
        modest = [
            batcher.submit(Job(2, weight), deadline=2000.0, weight=weight, tenant_id=2)
            for _ in range(few)
        ]
        await asyncio.gather(*greedy, *modest)
        await batcher.close()
        return engine.log

    served = {1: 0.0, 2: 0.0}
    waiting = few
    for job in (job for ran in run_virtual(main()) for job in ran.jobs):
        if waiting:
            served[job.name] += job.weight
            waiting -= job.name == 2
            assert served[1] - served[2] <= 2.0 + weight + 1e-6
