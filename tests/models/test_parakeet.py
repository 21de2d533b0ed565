"""Parakeet's architecture in small: batches, silence, boosting, the whole lane, clear errors."""

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from scripts.tiny_models.tones import by_telephone, random_clip, say
from voice.audio import float_to_ulaw, resample, ulaw_to_float
from voice.config import VoiceSettings
from voice.errors import EngineError, EngineUnavailable
from voice.stt import Expectation, Expecting, RecognitionRequest, SpeechRecognizer, Transcript
from voice.stt.parakeet import ParakeetRecognizer
from voice.stt.registry import build_recognizers


def _recognizer(path: Path, **settings: Any) -> ParakeetRecognizer:
    built = build_recognizers(
        VoiceSettings(stt_engine="parakeet", stt_model=str(path), stt_devices=("cpu",), **settings)
    )
    assert isinstance(built, tuple)
    assert isinstance(built[0], ParakeetRecognizer)
    return built[0]


@pytest.fixture(scope="module")
def tones(tone_words: Path) -> ParakeetRecognizer:
    return _recognizer(tone_words)


def _requests(seed: int, count: int) -> list[tuple[str, RecognitionRequest]]:
    rng = np.random.default_rng(seed)
    clips = [random_clip(rng) for _ in range(count)]
    return [(clip.text, RecognitionRequest(clip.samples)) for clip in clips]


def _assert_same(together: list[Transcript], alone: list[Transcript]) -> None:
    """Equal words and times; confidences to within float32's rounding."""
    assert [heard.words for heard in together] == [heard.words for heard in alone]
    assert [heard.text for heard in together] == [heard.text for heard in alone]
    for one, other in zip(together, alone, strict=True):
        assert one.confidence == pytest.approx(other.confidence, abs=1e-4)


def test_random_model_batch_equals_one_by_one(tiny_parakeet: Path) -> None:
    engine = _recognizer(tiny_parakeet)
    requests = [request for _, request in _requests(1, 8)]

    together = engine.transcribe(requests)

    _assert_same(together, [engine.transcribe([request])[0] for request in requests])
    assert len({len(request.samples) for request in requests}) == 8


def test_held_out_clips_are_transcribed_word_for_word(tones: ParakeetRecognizer) -> None:
    clips = _requests(2024, 48)

    heard = tones.transcribe([request for _, request in clips])

    exact = sum(transcript.text == text for transcript, (text, _) in zip(heard, clips, strict=True))
    assert exact >= 46


def test_batch_of_unequal_lengths_equals_one_by_one(tones: ParakeetRecognizer) -> None:
    requests = [request for _, request in _requests(3, 12)]

    _assert_same(tones.transcribe(requests), [tones.transcribe([r])[0] for r in requests])


def test_words_carry_times_and_confidence(tones: ParakeetRecognizer) -> None:
    (heard,) = tones.transcribe([RecognitionRequest(say(("bip", "zap"), gap_s=0.4))])

    assert [word.text for word in heard.words] == ["bip", "zap"]
    assert [
        abs(word.start_ms - middle) <= 120
        for word, middle in zip(heard.words, (500, 1100), strict=True)
    ] == [True, True]
    assert heard.confidence is not None
    assert 0.5 < heard.confidence <= 1.0


def test_silence_and_the_shortest_clip_have_no_words(tones: ParakeetRecognizer) -> None:
    quiet = RecognitionRequest(np.zeros(16_000, np.float32))
    short = RecognitionRequest(np.zeros(400, np.float32))

    assert [heard.text for heard in tones.transcribe([quiet, short])] == ["", ""]
    assert tones.transcribe([]) == []


def test_expected_phrase_wins_where_the_sound_is_unclear(tones: ParakeetRecognizer) -> None:
    """Two words over one another: each is heard when it is the one that is expected."""
    flipped = 0
    for share in np.linspace(0.35, 0.65, 13):
        for first, second in (("bip", "zap"), ("dot", "ping"), ("hum", "tock")):
            blend = share * say((first,)) + (1 - share) * say((second,))
            samples = blend.astype(np.float32)
            asked = [
                RecognitionRequest(samples, Expectation(phrases=(w,))) for w in (first, second)
            ]
            texts = [heard.text for heard in tones.transcribe(asked)]
            flipped += texts == [first, second]
    assert flipped >= 1


def test_rows_with_and_without_expectations_share_a_batch(tones: ParakeetRecognizer) -> None:
    clips = _requests(4, 6)
    expectations = (Expectation(), Expectation(Expecting.YES_NO), Expectation(phrases=("hum",)))
    asked = [
        RecognitionRequest(request.samples, expectations[index % 3])
        for index, (_, request) in enumerate(clips)
    ]

    assert [heard.text for heard in tones.transcribe(asked)] == [text for text, _ in clips]


def test_more_phrase_lists_than_are_kept_still_decode(
    tones: ParakeetRecognizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voice.stt.phrase_boost.TREES_KEPT", 2)
    samples = say(("bip",))
    for word in ("dot", "zap", "hum", "ping"):
        request = RecognitionRequest(samples, Expectation(phrases=(word,)))
        assert tones.transcribe([request])[0].text == "bip"

    assert len(tones._booster._compiled) == 2


def test_batch_that_does_not_fit_is_split(
    tones: ParakeetRecognizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    clips = _requests(5, 8)
    real, sizes = tones._hypotheses, []

    def cramped(requests: Any) -> Any:
        sizes.append(len(requests))
        if len(requests) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return real(requests)

    monkeypatch.setattr(tones, "_hypotheses", cramped)

    heard = tones.transcribe([request for _, request in clips])

    assert [transcript.text for transcript in heard] == [text for text, _ in clips]
    assert sizes == [8, 4, 2, 2, 4, 2, 2]


def test_one_utterance_that_does_not_fit_names_the_remedy(
    tones: ParakeetRecognizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(requests: Any) -> Any:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(tones, "_hypotheses", full)

    with pytest.raises(
        EngineUnavailable, match=r"parakeet engine is out of GPU memory.*STT_DEVICES"
    ):
        tones.transcribe([RecognitionRequest(say(("bip",)))])


def test_failing_batch_is_an_engine_error(
    tones: ParakeetRecognizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(requests: Any) -> Any:
        raise ValueError("bad shape")

    monkeypatch.setattr(tones, "_hypotheses", broken)

    with pytest.raises(EngineError, match=r"parakeet failed on 1 items, ValueError: bad shape"):
        tones.transcribe([RecognitionRequest(say(("bip",)))])


def test_missing_cuda_is_one_clear_sentence(
    tiny_parakeet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)

    with pytest.raises(EngineUnavailable) as caught:
        build_recognizers(
            VoiceSettings(
                stt_engine="parakeet", stt_model=str(tiny_parakeet), stt_devices=("cuda:0",)
            )
        )
    assert str(caught.value) == (
        "The parakeet engine finds no CUDA device for STT_DEVICES=cuda:0: check the driver with "
        "`nvidia-smi`, or set STT_DEVICES=cpu."
    )


def test_missing_weights_name_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path))

    with pytest.raises(EngineUnavailable, match=r"run `manage.py fetch_models parakeet`"):
        build_recognizers(VoiceSettings(stt_engine="parakeet", stt_devices=("cpu",)))


def test_broken_weights_name_the_command(tmp_path: Path) -> None:
    (tmp_path / "broken.nemo").write_bytes(b"not a model")

    with pytest.raises(EngineUnavailable, match=r"cannot read STT_MODEL=.*broken.nemo"):
        _recognizer(tmp_path / "broken.nemo")


def test_replicas_are_instances_of_their_own(tiny_parakeet: Path) -> None:
    engines = build_recognizers(
        VoiceSettings(
            stt_engine="parakeet",
            stt_model=str(tiny_parakeet),
            stt_replicas=2,
            stt_devices=("cpu",),
        )
    )

    assert isinstance(engines, tuple)
    assert len({id(engine) for engine in engines}) == 2


async def test_whole_lane_transcribes_what_comes_as_mulaw_frames(tone_words: Path) -> None:
    """Four calls' 20 ms µ-law frames, decoded, resampled and batched in the real worker."""
    from voice.worker import VoiceWorker

    worker = await VoiceWorker.start(
        VoiceSettings(
            stt_engine="parakeet",
            stt_model=str(tone_words),
            stt_devices=("cpu",),
            vad_engine="energy",
        )
    )
    spoken = ("bip zap", "hum clik dot", "tock", "whir ping bip dot")
    try:
        heard = await asyncio.gather(
            *(_call(worker, index, text) for index, text in enumerate(spoken))
        )
    finally:
        await worker.close()

    assert tuple(heard) == spoken


async def _call(worker: Any, index: int, text: str) -> str:
    ulaw = float_to_ulaw(resample(say(tuple(text.split())), 16_000, 8_000))
    frames = [ulaw[start : start + 160] for start in range(0, len(ulaw), 160)]
    transcriber = worker.open_transcriber(call_id=f"CA{index}", tenant_id=index)
    samples = resample(np.concatenate([ulaw_to_float(f) for f in frames]), 8_000, 16_000)
    transcriber.push(samples)
    deadline = asyncio.get_running_loop().time() + 30
    try:
        transcript = await transcriber.transcribe(RecognitionRequest(samples), deadline=deadline)
    finally:
        await transcriber.close()
    return str(transcript.text)


def test_clips_sound_the_same_by_telephone(tones: ParakeetRecognizer) -> None:
    engine: SpeechRecognizer = tones
    (heard,) = engine.transcribe([RecognitionRequest(by_telephone(say(("clik", "hum"))))])

    assert heard.text == "clik hum"
