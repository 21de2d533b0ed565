"""Whisper's batch with a small random model: the same as one by one, prompts and errors."""

from pathlib import Path

import numpy as np
import pytest

from voice.config import VoiceSettings
from voice.errors import EngineUnavailable
from voice.stt import Expectation, RecognitionRequest
from voice.stt.registry import build_recognizers
from voice.stt.whisper import WhisperRecognizer


@pytest.fixture(scope="module")
def engine(tiny_whisper: Path) -> WhisperRecognizer:
    built = build_recognizers(
        VoiceSettings(stt_engine="whisper", stt_model=str(tiny_whisper), stt_devices=("cpu",))
    )
    assert isinstance(built, tuple)
    assert isinstance(built[0], WhisperRecognizer)
    return built[0]


def _noise(seed: int, seconds: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    rng = np.random.default_rng(seed)
    return (0.1 * rng.standard_normal(int(seconds * 16_000))).astype(np.float32)


def test_batch_with_different_expectations_equals_one_by_one(engine: WhisperRecognizer) -> None:
    expectations = (Expectation(), Expectation(phrases=("Elm Street", "Oak Lane")))
    requests = [
        RecognitionRequest(_noise(seed, 0.5 + seed / 2), expectations[seed % 2])
        for seed in range(5)
    ]

    together = engine.transcribe(requests)

    assert [heard.text for heard in together] == [
        engine.transcribe([request])[0].text for request in requests
    ]
    assert all(0.0 <= (heard.confidence or 0.0) <= 1.0 for heard in together)


def test_expected_phrases_are_in_the_prompt(engine: WhisperRecognizer) -> None:
    plain, hinted = (
        engine._windows(0, RecognitionRequest(_noise(1, 1.0), expectation))[0].prompt
        for expectation in (Expectation(), Expectation(phrases=("Elm", "Oak")))
    )
    before = engine._tokenizer("en").decode(hinted[1 : len(hinted) - len(plain)])

    assert before == " Elm, Oak"
    assert hinted[-len(plain) :] == plain


def test_longer_utterance_is_heard_in_several_windows(engine: WhisperRecognizer) -> None:
    assert len(engine._windows(0, RecognitionRequest(_noise(2, 61.0)))) == 3


def test_missing_weights_name_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path))

    with pytest.raises(EngineUnavailable, match=r"run `manage.py fetch_models whisper`"):
        build_recognizers(VoiceSettings(stt_engine="whisper"))


def test_device_that_is_not_there_is_one_clear_sentence(tiny_whisper: Path) -> None:
    with pytest.raises(EngineUnavailable, match=r"STT_DEVICES=tpu"):
        build_recognizers(
            VoiceSettings(stt_engine="whisper", stt_model=str(tiny_whisper), stt_devices=("tpu",))
        )
