"""What the batcher does, case by case, in virtual time."""

import asyncio
from math import inf, nan

import pytest

from tests.voice.batching.engines import COST, FakeEngine, Job, batcher_of
from voice.costs import Cost
from voice.errors import Overloaded
from voice.simulation.clock import run_virtual
from voice.workqueue import BatchLimits


def names(engine: FakeEngine) -> list[list[int]]:
    return [[job.name for job in ran.jobs] for ran in engine.log]


def now() -> float:
    return asyncio.get_running_loop().time()


def test_a_batch_is_what_piled_up_while_the_lane_was_busy() -> None:
    async def main() -> list[list[int]]:
        engine = FakeEngine()
        batcher = batcher_of(engine.execute)
        first = batcher.submit(Job(0), deadline=inf, weight=1.0, tenant_id=1)
        await asyncio.sleep(0.01)
        rest = [batcher.submit(Job(n), deadline=inf, weight=1.0, tenant_id=n) for n in (1, 2, 3)]
        assert await asyncio.gather(first, *rest) == [0, 1, 2, 3]
        await batcher.close()
        return names(engine)

    assert run_virtual(main()) == [[0], [1, 2, 3]]


def test_an_idle_lane_starts_at_once() -> None:
    async def main() -> float:
        batcher = batcher_of(FakeEngine().execute)
        await batcher.submit(Job(0), deadline=inf, weight=1.0, tenant_id=1)
        took = now()
        await batcher.close()
        return took

    assert run_virtual(main()) == pytest.approx(COST.batch_s(1.0))


def test_two_lanes_pull_from_one_queue() -> None:
    async def main() -> tuple[float, list[int]]:
        engines = [FakeEngine(), FakeEngine()]
        limits = BatchLimits(max_items=2)
        batcher = batcher_of(*(engine.execute for engine in engines), limits=limits)
        futures = [batcher.submit(Job(n), deadline=inf, weight=1.0, tenant_id=1) for n in range(8)]
        await asyncio.gather(*futures)
        took = now()
        await batcher.close()
        return took, [len(engine.log) for engine in engines]

    took, batches = run_virtual(main())
    assert took == pytest.approx(2 * COST.batch_s(2.0))
    assert batches == [2, 2]


def test_unequal_lengths_are_not_mixed() -> None:
    async def main() -> list[list[int]]:
        engine = FakeEngine()
        batcher = batcher_of(engine.execute)
        lengths = {0: 1.0, 1: 1.0, 2: 4.0, 3: 1.4, 4: 5.9}
        futures = [batcher.submit(Job(9), deadline=inf, weight=1.0, tenant_id=1)]
        await asyncio.sleep(0.01)
        futures += [
            batcher.submit(Job(n, weight), deadline=inf, weight=weight, tenant_id=1)
            for n, weight in lengths.items()
        ]
        await asyncio.gather(*futures)
        await batcher.close()
        return names(engine)

    assert run_virtual(main()) == [[9], [0, 1, 3], [2, 4]]


def test_a_batch_mate_is_left_behind_when_it_would_make_another_late() -> None:
    async def main() -> list[list[int]]:
        engine = FakeEngine(Cost(0.05, 0.1))
        batcher = batcher_of(engine.execute, cost=engine.cost)
        futures = [batcher.submit(Job(9), deadline=inf, weight=1.0, tenant_id=1)]
        await asyncio.sleep(0.05)
        urgent = now() + 0.1 + 0.27
        futures.append(batcher.submit(Job(0), deadline=urgent, weight=1.0, tenant_id=1))
        futures += [
            batcher.submit(Job(n), deadline=inf, weight=1.0, tenant_id=1) for n in (1, 2, 3)
        ]
        await asyncio.gather(*futures)
        await batcher.close()
        return names(engine)

    assert run_virtual(main()) == [[9], [0, 1], [2, 3]]


def test_hopeless_work_is_refused_while_the_lane_is_busy() -> None:
    async def main() -> int:
        batcher = batcher_of(FakeEngine().execute)
        running = batcher.submit(Job(0), deadline=inf, weight=1.0, tenant_id=1)
        await asyncio.sleep(0.01)
        with pytest.raises(Overloaded, match=r"would answer 65 ms after the deadline"):
            batcher.submit(Job(1), deadline=now() + 0.065, weight=1.0, tenant_id=1)
        assert await running == 0
        refused = batcher.snapshot().refused_hopeless
        await batcher.close()
        return refused

    assert run_virtual(main()) == 1


def test_a_wrong_prediction_heals_because_an_idle_lane_takes_what_looks_late() -> None:
    async def main() -> tuple[int, float]:
        engine = FakeEngine(Cost(0.01, 0.0))
        batcher = batcher_of(engine.execute, cost=Cost(5.0, 1.0))
        for number in range(60):
            deadline = now() + 0.05
            assert await batcher.submit(
                Job(number), deadline=deadline, weight=1.0, tenant_id=1
            ) == number  # fmt: skip
        learned = batcher.cost.batch_s(1.0)
        await batcher.close()
        return len(engine.log), learned

    served, learned = run_virtual(main())
    assert served == 60
    assert learned < 0.6


def test_a_full_queue_refuses_the_tenant_that_fills_it() -> None:
    async def main() -> tuple[list[str], int]:
        batcher = batcher_of(FakeEngine().execute, queue_limit=4)
        running = batcher.submit(Job(0), deadline=inf, weight=1.0, tenant_id=1)
        await asyncio.sleep(0.01)
        greedy = [
            batcher.submit(Job(n), deadline=100.0 + n, weight=1.0, tenant_id=1) for n in range(1, 5)
        ]
        with pytest.raises(Overloaded, match="has 4 items waiting: its limit"):
            batcher.submit(Job(5), deadline=50.0, weight=1.0, tenant_id=1)
        modest = batcher.submit(Job(6), deadline=200.0, weight=1.0, tenant_id=2)
        answers = await asyncio.gather(running, *greedy, modest, return_exceptions=True)
        refused = batcher.snapshot().refused_full
        await batcher.close()
        return [type(answer).__name__ for answer in answers], refused

    answers, refused = run_virtual(main())
    assert answers == ["int", "int", "int", "int", "Overloaded", "int"]
    assert refused == 2


def test_cancelled_work_makes_room_in_a_full_queue() -> None:
    async def main() -> int:
        batcher = batcher_of(FakeEngine().execute, queue_limit=2)
        batcher.submit(Job(0), deadline=inf, weight=1.0, tenant_id=1)
        await asyncio.sleep(0.01)
        for number in (1, 2):
            batcher.submit(Job(number), deadline=inf, weight=1.0, tenant_id=1).cancel()
        answer = await batcher.submit(Job(3), deadline=inf, weight=1.0, tenant_id=1)
        await batcher.close()
        return answer

    assert run_virtual(main()) == 3


def test_cancelling_in_flight_leaves_the_batch_mates_their_answers() -> None:
    async def main() -> tuple[list[int], int]:
        batcher = batcher_of(FakeEngine().execute)
        futures = [batcher.submit(Job(n), deadline=inf, weight=1.0, tenant_id=1) for n in range(3)]
        await asyncio.sleep(0.03)
        futures[1].cancel()
        answers = [await futures[0], await futures[2]]
        cancelled = batcher.snapshot().cancelled
        await batcher.close()
        return answers, cancelled

    assert run_virtual(main()) == ([0, 2], 1)


@pytest.mark.parametrize(
    ("weight", "deadline"), [(0.0, inf), (-1.0, inf), (inf, inf), (nan, inf), (1.0, nan)]
)
def test_weights_and_deadlines_that_are_no_numbers_are_refused(
    weight: float, deadline: float
) -> None:
    async def main() -> None:
        batcher = batcher_of(FakeEngine().execute)
        with pytest.raises(ValueError, match="must be real"):
            batcher.submit(Job(0), deadline=deadline, weight=weight, tenant_id=1)
        await batcher.close()

    run_virtual(main())


def test_a_batcher_needs_a_lane() -> None:
    async def main() -> None:
        with pytest.raises(ValueError, match="has no lane"):
            batcher_of()

    run_virtual(main())


def test_work_that_waits_for_ever_is_served_before_newer_urgent_work() -> None:
    async def main() -> float:
        engine = FakeEngine(Cost(0.1, 0.0))
        batcher = batcher_of(engine.execute, limits=BatchLimits(max_items=1), cost=engine.cost)
        patient = batcher.submit(Job(-1), deadline=inf, weight=1.0, tenant_id=1)
        patient_done = asyncio.get_running_loop().create_future()
        patient.add_done_callback(lambda _: patient_done.set_result(now()))

        async def urgent() -> None:
            while not patient_done.done():
                batcher.submit(Job(1), deadline=now() + 5.0, weight=1.0, tenant_id=1)
                await asyncio.sleep(0.1)

        batcher.submit(Job(0), deadline=0.2, weight=1.0, tenant_id=1)
        await urgent()
        served_at: float = await patient_done
        await batcher.close(drain=False)
        return served_at

    assert run_virtual(main()) < 10.5


def test_the_snapshot_counts_what_happened() -> None:
    async def main() -> None:
        batcher = batcher_of(FakeEngine().execute)
        futures = [
            batcher.submit(Job(n, 1.0 + n / 10), deadline=inf, weight=1.0 + n / 10, tenant_id=1)
            for n in range(4)
        ]
        await asyncio.gather(*futures)
        await asyncio.sleep(COST.batch_s(4 * 1.3))
        seen = batcher.snapshot()
        assert (seen.submitted, seen.completed, seen.batches) == (4, 4, 1)
        assert (seen.batch_mean, seen.batch_max, seen.depth) == (4.0, 4, 0)
        assert seen.audio_seconds == pytest.approx(4.6)
        assert seen.lanes[0].utilisation == pytest.approx(0.5)
        await batcher.close()

    run_virtual(main())
