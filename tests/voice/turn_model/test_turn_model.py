"""The turn model: its features, its file, and the queue that never keeps a call waiting."""

import asyncio
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.voice.turn_model.onnx_file import write_model
from tests.voice.worker.engines import FakeRecognizer, FakeSynthesizer
from voice.config import VoiceSettings
from voice.costs import Cost
from voice.engines import EngineEntry
from voice.errors import EngineError, EngineUnavailable
from voice.lanes import AsyncLane
from voice.log_mel import log_mel
from voice.simulation.clock import run_virtual
from voice.stt import RECOGNITION_HZ, Samples
from voice.stt import registry as stt_registry
from voice.tts import registry as tts_registry
from voice.turn_model import SmartTurn, TurnJudge, build_turn_judge, features
from voice.worker import VoiceWorker

SECOND = np.ones(RECOGNITION_HZ, np.float32)


def tone(hz: float, seconds: float = 1.0) -> Samples:
    times = np.arange(int(seconds * RECOGNITION_HZ)) / RECOGNITION_HZ
    return np.asarray(0.5 * np.sin(2 * np.pi * hz * times), np.float32)


@pytest.mark.parametrize(
    ("hz", "mel"), [(200.0, 4), (440.0, 11), (1_000.0, 26), (2_000.0, 44), (6_000.0, 72)]
)
def test_a_tone_is_loudest_in_the_mel_bin_of_its_frequency(hz: float, mel: int) -> None:
    assert int(log_mel(tone(hz)).mean(axis=1).argmax()) == mel


def test_ten_milliseconds_are_a_frame_and_silence_is_the_floor() -> None:
    assert log_mel(tone(500.0)).shape == (80, 100)
    assert np.all(log_mel(np.zeros(1_600, np.float32)) == -1.5)


def test_what_is_fainter_than_eight_decades_is_cut_off_at_two_below_the_loudest() -> None:
    bins = log_mel(tone(500.0))
    assert bins.max() - bins.min() == pytest.approx(2.0)


def test_the_model_hears_the_last_eight_seconds_with_silence_before_what_is_short() -> None:
    long = np.concatenate([tone(3_000.0, 4.0), tone(300.0, 8.0)])
    assert features(long).shape == (80, 800)
    assert np.array_equal(features(long), features(long[-8 * RECOGNITION_HZ :]))
    short = features(tone(300.0, 1.0))
    assert short[:, :690].max() < short[:, 710:].max() - 1.5


def test_loudness_makes_no_difference() -> None:
    assert features(tone(300.0)) == pytest.approx(features(0.1 * tone(300.0)), abs=1e-4)


def test_the_file_is_run_on_the_features_of_each_utterance(tmp_path: Path) -> None:
    model = SmartTurn(str(write_model(tmp_path / "turn.onnx")))
    utterances = [tone(300.0), tone(3_000.0, 9.0), np.zeros(0, np.float32)]
    means = np.array([features(each).mean(dtype=np.float64) for each in utterances])
    assert model.finished(utterances) == pytest.approx(1 / (1 + np.exp(-means)), abs=1e-5)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"inputs": 2}, "it has 2 inputs instead of one"),
        ({"bins": 64}, "it does not take 80 x 800 features"),
        ({"sigmoid": False}, "it answers 1.5, which is no probability"),
    ],
)
def test_another_model_is_refused_in_one_sentence(
    changes: dict[str, int], why: str, tmp_path: Path
) -> None:
    path = write_model(tmp_path / "turn.onnx", **changes)  # type: ignore[arg-type]
    with pytest.raises(EngineUnavailable, match=re.escape(f"(TURN_MODEL={path}) cannot be used")):
        SmartTurn(str(path))
    with pytest.raises(EngineUnavailable, match=re.escape(why)):
        SmartTurn(str(path))


@pytest.mark.parametrize(
    ("content", "why"), [(None, "there is no such file"), (b"<html>", "onnxruntime cannot read it")]
)
async def test_a_missing_or_broken_file_stops_the_start_and_says_what_to_do(
    content: bytes | None, why: str, tmp_path: Path
) -> None:
    path = tmp_path / "turn.onnx"
    if content is not None:
        path.write_bytes(content)
    settings = chosen(str(path))
    with pytest.raises(EngineUnavailable) as raised:
        await VoiceWorker.start(settings)
    message = str(raised.value)
    assert message.startswith(f"The turn model (TURN_MODEL={path}) cannot be used: {why}")
    assert message.endswith("; name the .onnx file of smart-turn v3, or leave TURN_MODEL empty.")
    assert "\n" not in message


async def test_the_worker_asks_the_real_file_on_a_thread_of_its_own(tmp_path: Path) -> None:
    worker = await VoiceWorker.start(chosen(str(write_model(tmp_path / "turn.onnx"))))
    judge = worker.turn_judge
    assert judge is not None
    mean = float(features(tone(300.0)).mean(dtype=np.float64))
    answer = await judge.finished(tone(300.0), tenant_id=1)
    assert answer == pytest.approx(1 / (1 + np.exp(-mean)), abs=1e-5)
    queue = worker.snapshot().turn_model
    assert queue is not None
    assert (queue.submitted, queue.completed) == (1, 1)
    assert [lane.name for lane in queue.lanes] == ["turn-model"]
    await worker.close()


async def test_without_the_setting_there_is_no_judge() -> None:
    worker = await VoiceWorker.start(chosen(""))
    assert worker.turn_judge is None
    assert worker.snapshot().turn_model is None
    await worker.close()


async def test_a_bad_file_is_done_without_where_the_operator_allowed_it(tmp_path: Path) -> None:
    settings = chosen(str(tmp_path / "none.onnx"), fallback=True)
    worker = await VoiceWorker.start(settings)
    assert worker.turn_judge is None
    assert worker.snapshot().degraded[0].startswith("The turn model (TURN_MODEL=")
    await worker.close()


def test_a_busy_model_refuses_what_it_cannot_answer_in_time_and_counts_it() -> None:
    async def scene() -> None:
        async def run(utterances: list[Samples]) -> list[float]:
            await asyncio.sleep(0.1)
            return [0.5] * len(utterances)

        judge = TurnJudge(AsyncLane("turn-model", run), Cost(0.1, 0.0))
        loop = asyncio.get_running_loop()
        started = loop.time()
        answers = await asyncio.gather(
            *(judge.finished(SECOND, tenant_id=tenant) for tenant in range(12))
        )
        assert loop.time() - started == pytest.approx(0.4, abs=0.01)
        answered = [answer for answer in answers if answer is not None]
        assert 3 <= len(answered) <= 4
        seen = judge.snapshot()
        assert seen.completed == len(answered)
        assert seen.refused_hopeless + seen.expired == 12 - len(answered)
        assert seen.batch_max == 1
        await judge.close()

    run_virtual(scene())


def test_a_model_that_fails_or_hangs_answers_nothing_and_is_counted() -> None:
    async def scene() -> None:
        async def fail(utterances: list[Samples]) -> list[float]:
            raise EngineError("no")

        async def hang(utterances: list[Samples]) -> list[float]:
            await asyncio.get_running_loop().create_future()
            return []

        broken = TurnJudge(AsyncLane("turn-model", fail), Cost(0.1, 0.0))
        assert await broken.finished(SECOND, tenant_id=1) is None
        assert broken.snapshot().failed == 1
        hanging = TurnJudge(AsyncLane("turn-model", hang), Cost(0.1, 0.0))
        first = asyncio.create_task(hanging.finished(SECOND, tenant_id=1))
        await asyncio.sleep(0.01)
        started = asyncio.get_running_loop().time()
        assert await hanging.finished(SECOND, tenant_id=2) is None
        assert asyncio.get_running_loop().time() - started <= 0.4
        first.cancel()
        for judge in (broken, hanging):
            await judge.close()

    run_virtual(scene())


async def test_closing_lets_the_thread_go(tmp_path: Path) -> None:
    judge = await build_turn_judge(str(write_model(tmp_path / "turn.onnx")))
    await judge.close()
    assert await judge.finished(SECOND, tenant_id=1) is None


@pytest.fixture(autouse=True)
def fake_engines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Engines that need nothing, chosen as "fake"."""
    monkeypatch.setattr(sys, "setswitchinterval", lambda _: None)
    for registry, build in ((stt_registry, "build_ears"), (tts_registry, "build_mouth")):
        entry = EngineEntry(f"{__name__}:{build}", "make it")
        monkeypatch.setitem(registry.ENGINES, "fake", entry)


def build_mouth(settings: VoiceSettings) -> FakeSynthesizer:
    return FakeSynthesizer()


def build_ears(settings: VoiceSettings) -> FakeRecognizer:
    return FakeRecognizer()


def chosen(path: str, *, fallback: bool = False) -> VoiceSettings:
    return VoiceSettings(
        stt_engine="fake",
        tts_engine="fake",
        vad_engine="energy",
        turn_model=path,
        fallback=fallback,
    )
