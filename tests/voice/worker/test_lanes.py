"""A lane on a real thread: one engine, one thread, and a way back from a hang."""

import asyncio
import threading
from collections.abc import Callable

import pytest

from tests.voice.worker.engines import FakeRecognizer, utterance
from voice.batching import DeadlineBatcher
from voice.costs import Cost, CostModel
from voice.errors import EngineError, EngineUnavailable
from voice.lanes import ABANDONED_LIMIT, ThreadLane
from voice.stt import RecognitionRequest, Transcript

Lane = ThreadLane[FakeRecognizer, RecognitionRequest, Transcript]
PATIENCE_S = 20.0


def lane_of(build: Callable[[], FakeRecognizer] = FakeRecognizer) -> Lane:
    return ThreadLane("fake-0", build, lambda engine, requests: engine.transcribe(requests))


def engine_of(lane: Lane) -> FakeRecognizer:
    assert lane.engine is not None
    return lane.engine


async def test_the_engine_is_built_and_called_on_the_lanes_own_thread() -> None:
    built_on: list[str] = []

    def build() -> FakeRecognizer:
        built_on.append(threading.current_thread().name)
        return FakeRecognizer()

    lane = lane_of(build)
    await lane.start()
    answers = await lane.execute([utterance(100), utterance(250)])
    assert [answer.text for answer in answers] == ["100 ms", "250 ms"]
    assert built_on == ["lane-fake-0"]
    assert engine_of(lane).threads == {"lane-fake-0"}
    await lane.close()


async def test_closing_closes_the_engine_and_ends_the_thread() -> None:
    lane = lane_of()
    await lane.start()
    engine = engine_of(lane)
    await lane.close()
    await lane.close()
    assert engine.closed.is_set()
    with pytest.raises(EngineUnavailable, match="has no engine"):
        await lane.execute([utterance(100)])


async def test_an_engine_that_cannot_be_built_leaves_no_thread() -> None:
    def build() -> FakeRecognizer:
        raise EngineUnavailable("no weights")

    before = threading.active_count()
    lane = lane_of(build)
    with pytest.raises(EngineUnavailable, match="no weights"):
        await lane.start()
    for thread in threading.enumerate():
        if thread.name == "lane-fake-0":
            thread.join(PATIENCE_S)
    assert threading.active_count() == before


@pytest.mark.parametrize("raised", [SystemExit(3), KeyboardInterrupt(), StopIteration()])
async def test_whatever_an_engine_raises_the_thread_lives_on(raised: BaseException) -> None:
    lane = lane_of()
    await lane.start()
    engine_of(lane).raises = raised
    with pytest.raises(EngineUnavailable, match=f"the engine raised {type(raised).__name__}"):
        await lane.execute([utterance(100)])
    engine_of(lane).raises = None
    assert await lane.execute([utterance(100)]) == [Transcript("100 ms")]
    await lane.close()


async def test_a_hung_thread_is_left_behind_and_its_engine_closed_when_it_returns() -> None:
    lane = lane_of()
    await lane.start()
    hung = engine_of(lane)
    hung.hanging = True
    call = asyncio.ensure_future(lane.execute([utterance(100)]))
    await asyncio.sleep(0)
    await lane.restart()
    assert engine_of(lane) is not hung
    assert await lane.execute([utterance(300)]) == [Transcript("300 ms")]
    assert not hung.closed.is_set()
    hung.let_go.set()
    assert hung.closed.wait(PATIENCE_S)
    call.cancel()
    await lane.close()


async def test_only_so_many_hung_threads_are_left_behind() -> None:
    lane = lane_of()
    await lane.start()
    hung: list[FakeRecognizer] = []
    calls = []
    for _ in range(ABANDONED_LIMIT + 1):
        hung.append(engine_of(lane))
        hung[-1].hanging = True
        calls.append(asyncio.ensure_future(lane.execute([utterance(100)])))
        await asyncio.sleep(0)
        if len(hung) <= ABANDONED_LIMIT:
            await lane.restart()
    with pytest.raises(EngineUnavailable, match="has 4 hung threads, each holding a model"):
        await lane.restart()
    for engine in hung:
        engine.let_go.set()
        assert engine.closed.wait(PATIENCE_S)
    for thread in threading.enumerate():
        if thread.name == "lane-fake-0":
            thread.join(PATIENCE_S)
    await lane.restart()
    assert await lane.execute([utterance(100)]) == [Transcript("100 ms")]
    for call in calls:
        call.cancel()
    await lane.close()


async def test_the_batcher_survives_an_engine_that_hangs_on_a_real_thread() -> None:
    FakeRecognizer.built.clear()
    lane = lane_of()
    await lane.start()
    batcher: DeadlineBatcher[RecognitionRequest, Transcript] = DeadlineBatcher(
        [lane], name="fake", cost=CostModel(Cost(0.001, 0.0)), watchdog_s=0.05
    )
    hung = engine_of(lane)
    hung.hanging = True
    loop = asyncio.get_running_loop()
    with pytest.raises(EngineError, match="no answer within"):
        await batcher.submit(
            utterance(100), deadline=loop.time() + PATIENCE_S, weight=0.1, tenant_id=1
        )
    answer = await batcher.submit(
        utterance(200), deadline=loop.time() + PATIENCE_S, weight=0.2, tenant_id=1
    )
    assert answer == Transcript("200 ms")
    assert len(FakeRecognizer.built) == 2
    hung.let_go.set()
    await batcher.close()
