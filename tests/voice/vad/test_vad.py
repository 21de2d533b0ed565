"""The shared tick, its bounds, and the two models."""

import asyncio
import sys

import numpy as np
import pytest

from voice import audio
from voice.errors import EngineUnavailable
from voice.simulation.clock import run_virtual
from voice.stt import Samples
from voice.vad import BACKLOG_CHUNKS, CHUNK, EnergyVad, SileroVad, Slots, VadTicker, build_vad

TICK_S = 0.1


class FirstSample:
    """Answers with each chunk's first sample, and keeps the size of every batch."""

    releases_gil = False

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.resets: list[int] = []
        self.error: Exception | None = None

    def probabilities(self, slots: Slots, chunks: Samples) -> Samples:
        if self.error is not None:
            raise self.error
        self.batches.append(slots.tolist())
        return chunks[:, 0].copy()

    def reset(self, slot: int) -> None:
        self.resets.append(slot)


def chunk(value: float, count: int = 1) -> Samples:
    return np.full(CHUNK * count, value, np.float32)


def test_all_waiting_calls_share_one_batch_and_ragged_ones_wait() -> None:
    async def scene() -> None:
        model = FirstSample()
        ticker = VadTicker(model)
        await ticker.start()
        heard: list[list[float]] = [[], [], []]
        streams = [ticker.open(answers.append) for answers in heard]
        streams[0].push(chunk(0.25, 2))
        streams[1].push(chunk(0.5))
        streams[2].push(chunk(0.75)[:255])
        await asyncio.sleep(TICK_S)
        assert model.batches == [[0, 1], [0]]
        assert heard == [[0.25, 0.25], [0.5], []]
        streams[2].push(chunk(0.0)[:1])
        await asyncio.sleep(TICK_S)
        assert heard[2] == [0.75]
        await ticker.close()

    run_virtual(scene())


def test_a_call_that_piles_up_loses_its_oldest_audio_and_keeps_its_place_in_time() -> None:
    async def scene() -> None:
        ticker = VadTicker(FirstSample())
        heard: list[float] = []
        stream = ticker.open(heard.append)
        for index in range(BACKLOG_CHUNKS + 8):
            stream.push(chunk(index))
        assert stream.dropped == ticker.dropped_chunks == 8
        await ticker.start()
        await asyncio.sleep(TICK_S)
        assert len(heard) == BACKLOG_CHUNKS + 8
        assert heard[:8] == [0.0] * 8
        assert heard[8:] == [float(index) for index in range(8, BACKLOG_CHUNKS + 8)]
        await ticker.close()

    run_virtual(scene())


def test_samples_come_out_in_order_whatever_the_sizes_pushed() -> None:
    async def scene() -> None:
        ticker = VadTicker(FirstSample())
        await ticker.start()
        heard: list[float] = []
        stream = ticker.open(heard.append)
        samples = np.arange(CHUNK * 300, dtype=np.float32)
        position = 0
        for size in np.random.default_rng(3).integers(1, 700, 400):
            stream.push(samples[position : position + size])
            position += int(size)
            await asyncio.sleep(0.02)
        whole = min(position, len(samples)) // CHUNK
        assert heard == [float(index * CHUNK) for index in range(whole)]
        await ticker.close()

    run_virtual(scene())


def test_a_slot_is_used_again_with_its_state_reset() -> None:
    model = FirstSample()

    async def scene() -> None:
        ticker = VadTicker(model)
        first, _second = ticker.open(lambda _: None), ticker.open(lambda _: None)
        first.close()
        first.close()
        assert ticker.open(lambda _: None).slot == 0

    run_virtual(scene())
    assert model.resets == [0, 1, 0]


def test_one_broken_callback_and_a_failing_model_leave_the_others_listening() -> None:
    async def scene() -> None:
        model = FirstSample()
        ticker = VadTicker(model)
        await ticker.start()
        heard: list[float] = []

        def broken(_: float) -> None:
            raise ValueError("this call is broken")

        bad, good = ticker.open(broken), ticker.open(heard.append)
        for value in (0.25, 0.5):
            bad.push(chunk(value))
            good.push(chunk(value))
            await asyncio.sleep(TICK_S)
            model.error = RuntimeError("out of memory")
        model.error = None
        good.push(chunk(0.75))
        await asyncio.sleep(TICK_S)
        assert heard == [0.25, 0.25, 0.75]
        await ticker.close()

    run_virtual(scene())


def test_silero_answers_the_same_alone_and_in_a_ragged_batch() -> None:
    noise = np.random.default_rng(1).standard_normal((3, 4, CHUNK)).astype(np.float32) * 0.1
    alone = []
    for stream in noise:
        model = SileroVad()
        model.reset(0)
        alone.append([float(model.probabilities(np.array([0]), row[None])[0]) for row in stream])
    together = SileroVad()
    for slot in (0, 1, 40):
        together.reset(slot)
    slots = np.array([0, 1, 40])
    got = [together.probabilities(slots[:2], noise[:2, 0]).tolist()]
    got[0].append(float(together.probabilities(slots[2:], noise[2:, 0])[0]))
    got += [together.probabilities(slots, noise[:, step]).tolist() for step in (1, 2, 3)]
    np.testing.assert_allclose(np.array(got).T, np.array(alone), atol=1e-6)


def test_silero_hears_nothing_in_silence_and_does_not_import_torch() -> None:
    model = SileroVad()
    model.reset(0)
    slots = np.array([0])
    answers = [float(model.probabilities(slots, np.zeros((1, CHUNK), np.float32))[0])] * 20
    assert max(answers) < 0.1
    assert "torch" not in sys.modules


def test_energy_finds_a_tone_above_the_noise_of_its_own_line() -> None:
    model = EnergyVad()
    model.reset(0)
    model.reset(1)
    slots = np.array([0, 1])
    rng = np.random.default_rng(2)
    quiet, loud = 0.0005, 0.01

    def hear(tone: float) -> list[float]:
        rows = np.stack([rng.standard_normal(CHUNK) * level + tone for level in (quiet, loud)])
        answers: list[float] = model.probabilities(slots, rows.astype(np.float32)).tolist()
        return answers

    settled = [hear(0.0) for _ in range(900)][-1]
    assert max(settled) < 0.1
    assert min(hear(0.2)) > 0.9
    assert max(hear(0.0)) < 0.1
    long_tone = [hear(0.2) for _ in range(300)][-1]
    assert min(long_tone) > 0.9


def test_an_unknown_engine_is_named_with_what_to_do() -> None:
    with pytest.raises(EngineUnavailable, match="VAD_ENGINE=magic names no engine: set VAD"):
        build_vad("magic")


def test_chunks_are_thirty_two_milliseconds_of_telephone_audio() -> None:
    assert CHUNK * 1000 == 32 * audio.TELEPHONE_HZ
