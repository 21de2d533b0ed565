"""The worker: its engines by settings, its fallback, and what a call gets from it."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.voice.worker.engines import FakeRecognizer, FakeSynthesizer, utterance
from voice.config import VoiceSettings
from voice.costs import Cost
from voice.engines import EngineEntry
from voice.errors import EngineError, EngineUnavailable, Overloaded
from voice.lanes import AsyncLane
from voice.llm import registry as llm_registry
from voice.profiles import load_profile, save_profile
from voice.simulation.clock import run_virtual
from voice.stt import (
    ANYTHING,
    RecognitionRequest,
    Samples,
    StreamingRecognizer,
    Transcriber,
    Transcript,
)
from voice.stt import registry as stt_registry
from voice.tts import Speech, SpeechRequest
from voice.tts import registry as tts_registry
from voice.vad import EnergyVad
from voice.worker import VoiceWorker

CHOSEN = VoiceSettings(stt_engine="fake", tts_engine="fake", vad_engine="energy")
PATIENCE_S = 20.0

recognizers: list[FakeRecognizer] = []
synthesizers: list[FakeSynthesizer] = []
devices: list[str] = []


def build_recognizer(settings: VoiceSettings) -> FakeRecognizer:
    devices.append(settings.stt_device)
    recognizers.append(FakeRecognizer())
    return recognizers[-1]


def build_synthesizer(settings: VoiceSettings) -> FakeSynthesizer:
    synthesizers.append(FakeSynthesizer())
    return synthesizers[-1]


def build_broken(settings: VoiceSettings) -> FakeSynthesizer:
    raise RuntimeError("CUDA out of memory. Tried to allocate 2 GiB\nand much more text")


def build_missing(settings: VoiceSettings) -> FakeSynthesizer:
    raise ModuleNotFoundError("No module named 'nemo'", name="nemo.collections")


class Remote:
    """A streaming recogniser: it opens a session a call."""

    name = "remote"

    def __init__(self) -> None:
        self.opened: list[str] = []
        self.closed = False

    def open(self, *, call_id: str) -> Transcriber:
        self.opened.append(call_id)
        return RemoteSession()

    async def close(self) -> None:
        self.closed = True


class RemoteSession:
    def push(self, samples: Samples) -> None:
        """Not looked at here."""

    async def transcribe(self, request: RecognitionRequest, *, deadline: float) -> Transcript:
        return Transcript("from afar")

    async def close(self) -> None:
        """Nothing to close."""


def build_remote(settings: VoiceSettings) -> Remote:
    return Remote()


@pytest.fixture(autouse=True)
def engines(monkeypatch: pytest.MonkeyPatch) -> None:
    for found in (recognizers, synthesizers, devices):
        found.clear()
    here = "tests.voice.worker.test_worker"
    monkeypatch.setitem(
        stt_registry.ENGINES, "fake", EngineEntry(f"{here}:build_recognizer", "pip")
    )
    monkeypatch.setitem(
        tts_registry.ENGINES, "fake", EngineEntry(f"{here}:build_synthesizer", "pip")
    )
    monkeypatch.setitem(tts_registry.ENGINES, "broken", EngineEntry(f"{here}:build_broken", "pip"))
    monkeypatch.setitem(
        stt_registry.ENGINES, "missing", EngineEntry(f"{here}:build_missing", "make it")
    )
    monkeypatch.setitem(
        stt_registry.ENGINES, "deepgram", EngineEntry(f"{here}:build_remote", "pip")
    )
    monkeypatch.setattr(sys, "setswitchinterval", lambda _: None)


@pytest.fixture
async def worker() -> AsyncIterator[VoiceWorker]:
    made = await VoiceWorker.start(CHOSEN)
    yield made
    await made.close()


def soon() -> float:
    return asyncio.get_running_loop().time() + PATIENCE_S


async def test_it_starts_warm_and_ready(worker: VoiceWorker) -> None:
    assert worker.ready
    assert worker.language_model is None
    assert worker.capacity is None
    assert recognizers[0].batches == [1, 1, 4, 4]
    assert [len(batch) for batch in synthesizers[0].said] == [1, 1, 4, 4]
    seen = worker.snapshot()
    assert (seen.ready, seen.degraded, seen.streaming_recognizer) == (True, (), None)
    assert seen.recognition is not None
    assert [lane.name for lane in seen.recognition.lanes] == ["fake-0"]


async def test_a_calibrated_profile_gives_costs_and_capacity(tmp_path: Path) -> None:
    path = tmp_path / "here.json"
    save_profile(replace(load_profile("a4000"), carried_calls=93), path)
    worker = await VoiceWorker.start(replace(CHOSEN, profile=str(path)))
    seen = worker.snapshot()
    assert worker.capacity == 93
    assert seen.synthesis.cost == Cost(0.065, 0.0146)
    assert seen.recognition is not None
    assert seen.recognition.cost == Cost(0.062, 0.002)
    await worker.close()


async def test_a_calls_utterance_comes_back_as_words(worker: VoiceWorker) -> None:
    ear = worker.open_transcriber(call_id="c1", tenant_id=1)
    ear.push(np.zeros(320, np.float32))
    assert await ear.transcribe(utterance(640), deadline=soon()) == Transcript("640 ms")
    assert await ear.transcribe(utterance(10), deadline=soon()) == Transcript("")
    await ear.close()
    with pytest.raises(EngineUnavailable, match="transcriber is closed"):
        await ear.transcribe(utterance(640), deadline=soon())


async def test_speech_is_made_once_for_a_tenant(worker: VoiceWorker) -> None:
    said = SpeechRequest("Harbor Plumbing, hello.")
    first, second = await asyncio.gather(
        worker.synthesize(said, deadline=soon(), tenant_id=1),
        worker.synthesize(said, deadline=soon(), tenant_id=1),
    )
    assert first is second
    assert first.duration_ms == len(said.text)
    await worker.synthesize(said, deadline=soon(), tenant_id=2)
    assert [batch for batch in synthesizers[0].said if said.text in batch] == [[said.text]] * 2


async def test_what_cannot_be_said_fails_alone(worker: VoiceWorker) -> None:
    async def say(text: str) -> Speech | BaseException:
        try:
            return await worker.synthesize(SpeechRequest(text), deadline=soon(), tenant_id=1)
        except EngineError as error:
            return error

    fine, bad = await asyncio.gather(say("fine words"), say("poison word"))
    assert isinstance(fine, Speech)
    assert str(bad) == "cannot say that"


async def test_several_instances_each_have_their_device() -> None:
    settings = replace(CHOSEN, stt_replicas=3, stt_devices=("cuda:0", "cuda:1"))
    worker = await VoiceWorker.start(settings)
    assert devices == ["cuda:0", "cuda:1", "cuda:0"]
    seen = worker.snapshot().recognition
    assert seen is not None
    assert [lane.name for lane in seen.lanes] == ["fake-0", "fake-1", "fake-2"]
    await worker.close()
    assert [engine.closed.is_set() for engine in recognizers] == [True, True, True]


async def test_a_remote_recogniser_opens_a_session_a_call() -> None:
    worker = await VoiceWorker.start(replace(CHOSEN, stt_engine="deepgram"))
    ear = worker.open_transcriber(call_id="c7", tenant_id=1)
    assert await ear.transcribe(utterance(500), deadline=soon()) == Transcript("from afar")
    seen = worker.snapshot()
    assert (seen.streaming_recognizer, seen.recognition, seen.ready) == ("remote", None, True)
    await worker.close()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"stt_engine": "missing"},
            "The missing engine (STT_ENGINE=missing) cannot be imported, package nemo is "
            "missing: run `make it`.",
        ),
        (
            {"tts_engine": "broken"},
            "The broken engine (TTS_ENGINE=broken) did not load, RuntimeError: CUDA out of "
            "memory. Tried to allocate 2 GiB: repair that or choose another engine with "
            "TTS_ENGINE.",
        ),
        (
            {"stt_engine": "siri"},
            "STT_ENGINE=siri names no engine: set STT_ENGINE to one of embedded, parakeet, "
            "whisper, deepgram, assemblyai, fake, missing.",
        ),
        (
            {"llm_engine": "gpt"},
            "LLM_ENGINE=gpt names no engine: set LLM_ENGINE to one of none, vllm, openai, "
            "transformers.",
        ),
        (
            {"stt_replicas": 0},
            "STT_REPLICAS=0 leaves fake without an instance: set STT_REPLICAS to 1 or more.",
        ),
        (
            {"vad_engine": "ears"},
            "VAD_ENGINE=ears names no engine: set VAD_ENGINE to one of silero, energy.",
        ),
    ],
)
async def test_what_is_missing_is_said_in_one_sentence(
    change: dict[str, object], message: str
) -> None:
    with pytest.raises(EngineUnavailable) as raised:
        await VoiceWorker.start(replace(CHOSEN, **change))  # type: ignore[arg-type]
    assert str(raised.value) == message
    assert all(engine.closed.wait(PATIENCE_S) for engine in recognizers)
    assert all(engine.closed.wait(PATIENCE_S) for engine in synthesizers)


async def test_the_embedded_engine_steps_in_only_where_the_operator_allowed_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(stt_registry.ENGINES, "embedded", stt_registry.ENGINES["fake"])
    worker = await VoiceWorker.start(replace(CHOSEN, stt_engine="missing", fallback=True))
    assert worker.ready
    assert worker.snapshot().degraded == (
        "The missing engine (STT_ENGINE=missing) cannot be imported, package nemo is missing: "
        "run `make it`.",
    )
    assert len(recognizers) == 1
    await worker.close()


async def test_a_fallback_that_fails_too_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(tts_registry.ENGINES, "espeak", tts_registry.ENGINES["broken"])
    with pytest.raises(EngineUnavailable, match=r"The espeak engine \(TTS_ENGINE=espeak\)"):
        await VoiceWorker.start(replace(CHOSEN, tts_engine="broken", fallback=True))


async def test_an_engine_that_fails_its_first_batch_is_not_opened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        FakeSynthesizer, "synthesize", lambda self, requests: (_ for _ in ()).throw(OSError("no"))
    )
    with pytest.raises(EngineUnavailable, match="failed its first batch, OSError: no"):
        await VoiceWorker.start(CHOSEN)
    assert synthesizers[0].closed.is_set()


async def test_closing_lets_every_engine_go_and_takes_no_more_work() -> None:
    worker = await VoiceWorker.start(CHOSEN)
    await worker.close()
    await worker.close()
    assert not worker.ready
    assert recognizers[0].closed.is_set()
    assert synthesizers[0].closed.is_set()
    with pytest.raises(EngineUnavailable):
        await worker.synthesize(SpeechRequest("Hello."), deadline=soon(), tenant_id=1)


def test_no_language_model_is_a_choice() -> None:
    assert llm_registry.build_language_model(VoiceSettings()) is None


def test_a_worker_of_simulated_lanes_lives_in_virtual_time() -> None:
    async def main() -> tuple[str, float, bool, bool]:
        async def hear(requests: list[RecognitionRequest]) -> list[Transcript]:
            if requests[0].duration_ms == 666:
                await asyncio.get_running_loop().create_future()
            await asyncio.sleep(0.066)
            return [Transcript("yes") for _ in requests]

        async def say(requests: list[SpeechRequest]) -> list[Speech]:
            await asyncio.sleep(0.1)
            return [Speech(np.zeros(2400, np.float32), 24_000) for _ in requests]

        worker = await VoiceWorker.from_lanes(
            recognizers=[AsyncLane("stt", hear)],
            recognition_cost=Cost(0.062, 0.002),
            synthesizers=[AsyncLane("tts", say)],
            synthesis_cost=Cost(0.065, 0.0146),
            vad=EnergyVad(),
        )
        ear = worker.open_transcriber(call_id="c", tenant_id=1)
        heard = await ear.transcribe(RecognitionRequest(_second(), ANYTHING), deadline=soon())
        await worker.synthesize(SpeechRequest("Hello there."), deadline=soon(), tenant_id=1)
        took = asyncio.get_running_loop().time()
        with pytest.raises((EngineError, Overloaded)):
            await ear.transcribe(utterance(666), deadline=soon())
        ready_while_down = worker.ready
        await asyncio.sleep(1.0)
        ready_again = worker.ready
        await worker.close()
        return heard.text, took, ready_while_down, ready_again

    text, took, ready_while_down, ready_again = run_virtual(main())
    assert text == "yes"
    assert took == pytest.approx(0.166)
    assert (ready_while_down, ready_again) == (False, True)


def _second() -> Samples:
    return np.zeros(16_000, np.float32)


def test_the_contracts_fit() -> None:
    remote: StreamingRecognizer = Remote()
    build: Callable[[VoiceSettings], Remote] = build_remote
    assert (remote.name, build(CHOSEN).name) == ("remote", "remote")
