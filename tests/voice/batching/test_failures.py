"""What engines, callers and clocks may do to the batcher, and how it comes out of it."""

import asyncio
import logging
from math import inf

import pytest

from tests.voice.batching.engines import COST, FakeEngine, Job, batcher_of
from voice.costs import Cost
from voice.errors import EngineError, EngineUnavailable, Overloaded
from voice.guarded_lane import LaneHealth
from voice.simulation.clock import VirtualLoop, run_virtual
from voice.workqueue import BatchLimits


def names(engine: FakeEngine) -> list[list[int]]:
    return [[job.name for job in ran.jobs] for ran in engine.log]


def now() -> float:
    return asyncio.get_running_loop().time()


def test_work_past_its_deadline_is_refused_even_while_the_engine_is_stuck() -> None:
    async def main() -> tuple[float, int]:
        batcher = batcher_of(FakeEngine().execute)
        stuck = batcher.submit(Job(0, fate="hang"), deadline=inf, weight=1.0, tenant_id=1)
        await asyncio.sleep(0.01)
        with pytest.raises(Overloaded, match="missed the deadline after 1000 ms waiting"):
            await batcher.submit(Job(1), deadline=now() + 1.0, weight=1.0, tenant_id=1)
        refused_at = now()
        with pytest.raises(EngineError):
            await stuck
        expired = batcher.snapshot().expired
        await batcher.close()
        return refused_at, expired

    refused_at, expired = run_virtual(main())
    assert refused_at == pytest.approx(1.01)
    assert expired == 1


def test_a_hung_engine_fails_its_batch_and_the_lane_comes_back() -> None:
    async def main() -> tuple[float, float, list[LaneHealth]]:
        batcher = batcher_of(FakeEngine().execute, watchdog_s=2.0)
        states = []
        hung = [
            batcher.submit(Job(n, fate=fate), deadline=inf, weight=1.0, tenant_id=1)
            for n, fate in enumerate(("hang", "ok"))
        ]
        answers = await asyncio.gather(*hung, return_exceptions=True)
        failed_at = now()
        assert [str(answer) for answer in answers] == [
            "Engine lane0 gave no answer within 2.0 s to a batch of 2."
        ] * 2
        states.append(batcher.snapshot().lanes[0].health)
        await batcher.submit(Job(2), deadline=now() + 5.0, weight=1.0, tenant_id=1)
        states.append(batcher.snapshot().lanes[0].health)
        answered_at = now()
        await batcher.close()
        return failed_at, answered_at - failed_at, states

    failed_at, until_answer, states = run_virtual(main())
    assert failed_at == pytest.approx(2.05)
    assert until_answer == pytest.approx(0.25 + COST.batch_s(1.0))
    assert states == [LaneHealth.FAILED, LaneHealth.READY]


def test_restarts_back_off_and_work_that_cannot_wait_is_told_so() -> None:
    async def main() -> list[float]:
        batcher = batcher_of(FakeEngine().execute, watchdog_s=1.0)
        downs = []
        for number in range(6):
            with pytest.raises(EngineError):
                await batcher.submit(
                    Job(number, fate="hang"), deadline=inf, weight=1.0, tenant_id=1
                )
            failed_at = now()
            await asyncio.sleep(0.0)
            with pytest.raises(EngineUnavailable, match="Every fake lane is being restarted"):
                batcher.submit(Job(9), deadline=now() + 0.1, weight=1.0, tenant_id=1)
            while batcher.snapshot().lanes[0].health is LaneHealth.FAILED:  # noqa: ASYNC110
                await asyncio.sleep(0.001)
            downs.append(now() - failed_at)
        await batcher.close()
        return downs

    assert run_virtual(main()) == pytest.approx([0.25, 0.5, 1.0, 2.0, 4.0, 8.0], abs=0.01)


def test_a_second_lane_serves_on_while_the_first_hangs() -> None:
    async def main() -> list[int]:
        sick, well = FakeEngine(), FakeEngine()
        batcher = batcher_of(sick.execute, well.execute, watchdog_s=3.0)
        hung = batcher.submit(Job(-1, fate="hang"), deadline=inf, weight=1.0, tenant_id=1)
        await asyncio.sleep(0.1)
        answers = [
            await batcher.submit(Job(n), deadline=now() + 1.0, weight=1.0, tenant_id=1)
            for n in range(5)
        ]
        with pytest.raises(EngineError):
            await hung
        await batcher.close()
        return answers

    assert run_virtual(main()) == [0, 1, 2, 3, 4]


def test_the_items_of_a_failed_batch_are_tried_again_alone() -> None:
    async def main() -> tuple[list[list[int]], list[object]]:
        engine = FakeEngine()
        batcher = batcher_of(engine.execute)
        fates = ("ok", "poison", "ok")
        futures = [
            batcher.submit(Job(n, fate=fate), deadline=inf, weight=1.0, tenant_id=1)
            for n, fate in enumerate(fates)
        ]
        answers = await asyncio.gather(*futures, return_exceptions=True)
        await batcher.close()
        return names(engine), [
            answer if isinstance(answer, int) else str(answer) for answer in answers
        ]

    batches, answers = run_virtual(main())
    assert batches == [[0, 1, 2], [0], [1], [2]]
    assert answers == [0, "fake failed on this item, ArithmeticError: a poisoned item", 2]


def test_an_engine_that_only_ever_fails_is_restarted() -> None:
    async def main() -> int:
        batcher = batcher_of(FakeEngine().execute)
        for number in range(8):
            with pytest.raises(EngineError):
                await batcher.submit(
                    Job(number, fate="poison"), deadline=inf, weight=1.0, tenant_id=1
                )
        await asyncio.sleep(1.0)
        restarts = batcher.snapshot().lanes[0].restarts
        await batcher.close()
        return restarts

    assert run_virtual(main()) == 1


def test_an_exception_in_a_callers_callback_stays_the_callers(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def main() -> list[int]:
        batcher = batcher_of(FakeEngine().execute)
        futures = [batcher.submit(Job(n), deadline=inf, weight=1.0, tenant_id=1) for n in range(2)]

        def broken(_: object) -> None:
            raise LookupError("a caller's own mistake")

        futures[0].add_done_callback(broken)
        answers = list(await asyncio.gather(*futures))
        answers.append(await batcher.submit(Job(2), deadline=inf, weight=1.0, tenant_id=1))
        await batcher.close()
        return answers

    with caplog.at_level(logging.ERROR):
        assert run_virtual(main()) == [0, 1, 2]
    assert "a caller's own mistake" in caplog.text


def test_closing_finishes_what_waits() -> None:
    async def main() -> list[int]:
        batcher = batcher_of(FakeEngine().execute, limits=BatchLimits(max_items=1))
        futures = [batcher.submit(Job(n), deadline=inf, weight=1.0, tenant_id=1) for n in range(3)]
        await asyncio.sleep(0.01)
        await asyncio.gather(batcher.close(), batcher.close())
        with pytest.raises(EngineUnavailable, match="Batcher fake is closed"):
            batcher.submit(Job(9), deadline=inf, weight=1.0, tenant_id=1)
        return [future.result() for future in futures]

    assert run_virtual(main()) == [0, 1, 2]


def test_closing_without_draining_refuses_what_waits_but_not_what_runs() -> None:
    async def main() -> list[str]:
        batcher = batcher_of(FakeEngine().execute, limits=BatchLimits(max_items=1))
        futures = [batcher.submit(Job(n), deadline=inf, weight=1.0, tenant_id=1) for n in range(3)]
        await asyncio.sleep(0.01)
        await batcher.close(drain=False)
        answers = await asyncio.gather(*futures, return_exceptions=True)
        return [type(answer).__name__ for answer in answers]

    assert run_virtual(main()) == ["int", "EngineUnavailable", "EngineUnavailable"]


def test_closing_during_a_hang_answers_everybody_in_bounded_time() -> None:
    async def main() -> tuple[float, list[str]]:
        batcher = batcher_of(
            FakeEngine().execute, limits=BatchLimits(max_items=1), watchdog_s=3600.0
        )
        futures = [
            batcher.submit(Job(n, fate="hang"), deadline=inf, weight=1.0, tenant_id=1)
            for n in range(3)
        ]
        await asyncio.sleep(1.0)
        await batcher.close()
        answers = await asyncio.gather(*futures, return_exceptions=True)
        return now(), [type(answer).__name__ for answer in answers]

    closed_at, answers = run_virtual(main())
    assert closed_at == pytest.approx(11.0)
    assert answers == ["EngineUnavailable"] * 3


def test_an_engine_that_ignores_its_cancellation_does_not_hold_the_lane() -> None:
    async def main() -> int:
        async def deaf(jobs: list[Job]) -> list[int]:
            for _ in range(100):
                try:
                    await asyncio.sleep(1000.0)
                except asyncio.CancelledError:
                    if jobs[0].name != 0:
                        raise
            return []

        async def engine(jobs: list[Job]) -> list[int]:
            return await deaf(jobs) if jobs[0].name == 0 else [job.name for job in jobs]

        batcher = batcher_of(engine, watchdog_s=1.0)
        with pytest.raises(EngineError, match="no answer within"):
            await batcher.submit(Job(0), deadline=inf, weight=1.0, tenant_id=1)
        answer = await batcher.submit(Job(1), deadline=inf, weight=1.0, tenant_id=1)
        await batcher.close()
        return answer

    assert run_virtual(main()) == 1


def test_an_engine_cancelled_from_within_fails_only_its_own_work() -> None:
    async def main() -> int:
        async def engine(jobs: list[Job]) -> list[int]:
            if jobs[0].name == 0:
                raise asyncio.CancelledError
            return [job.name for job in jobs]

        batcher = batcher_of(engine)
        with pytest.raises(EngineError, match="was cancelled from within"):
            await batcher.submit(Job(0), deadline=inf, weight=1.0, tenant_id=1)
        answer = await batcher.submit(Job(1), deadline=inf, weight=1.0, tenant_id=1)
        await batcher.close()
        return answer

    assert run_virtual(main()) == 1


def test_a_clock_that_jumps_ahead_does_not_look_like_a_hang() -> None:
    async def main() -> tuple[int, int]:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        answered = loop.create_future()

        async def engine(jobs: list[Job]) -> list[int]:
            await answered
            return [job.name for job in jobs]

        batcher = batcher_of(engine, watchdog_s=2.0)
        future = batcher.submit(Job(7), deadline=inf, weight=1.0, tenant_id=1)
        await asyncio.sleep(0.01)
        loop.now += 3600.0
        answered.set_result(None)
        answer = await future
        restarts = batcher.snapshot().lanes[0].restarts
        await batcher.close()
        return answer, restarts

    assert run_virtual(main()) == (7, 0)


def test_the_lane_says_when_it_has_become_slow() -> None:
    async def main() -> list[LaneHealth]:
        engine = FakeEngine(Cost(0.1, 0.0))
        batcher = batcher_of(engine.execute, cost=Cost(0.1, 0.0))
        states = []
        for cost in (Cost(0.1, 0.0), Cost(0.5, 0.0), Cost(0.1, 0.0)):
            engine.cost = cost
            for number in range(12):
                await batcher.submit(Job(number), deadline=inf, weight=1.0, tenant_id=1)
            states.append(batcher.snapshot().lanes[0].health)
        await batcher.close()
        return states

    assert run_virtual(main()) == [LaneHealth.READY, LaneHealth.SLOW, LaneHealth.READY]


def test_a_lane_that_cannot_even_be_called_fails_its_items_only() -> None:
    async def main() -> tuple[int, bool]:
        broken = True

        def execute(jobs: list[Job]) -> "asyncio.Future[list[int]]":
            if broken:
                raise OSError("no such device")
            answer: asyncio.Future[list[int]] = asyncio.get_running_loop().create_future()
            answer.set_result([job.name for job in jobs])
            return answer

        batcher = batcher_of(execute)
        with pytest.raises(EngineError, match="OSError: no such device"):
            await batcher.submit(Job(0), deadline=inf, weight=1.0, tenant_id=1)
        broken = False
        answer = await batcher.submit(Job(1), deadline=inf, weight=1.0, tenant_id=1)
        serving = batcher.serving
        await batcher.close()
        return answer, serving and not batcher.serving

    assert run_virtual(main()) == (1, True)


def test_no_prediction_makes_the_watchdog_wait_longer_than_a_minute() -> None:
    async def main() -> float:
        batcher = batcher_of(FakeEngine(Cost(0.0, 0.0)).execute)
        with pytest.raises(EngineError, match=r"no answer within 60\.0 s"):
            await batcher.submit(Job(0, fate="hang"), deadline=inf, weight=1_000_000.0, tenant_id=1)
        failed_at = now()
        await batcher.close()
        return failed_at

    assert run_virtual(main()) == pytest.approx(60.05)
