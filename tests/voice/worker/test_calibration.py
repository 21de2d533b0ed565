"""Calibration measures the configured engines and gives a profile that can be used."""

import json
from collections.abc import Sequence
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from calls.management.commands import calibrate as command
from voice import calibration, warmup
from voice.calibration import BatchTime, calibrate
from voice.config import VoiceSettings
from voice.engines import EngineEntry
from voice.errors import EngineUnavailable
from voice.profiles import load_profile
from voice.stt import RecognitionRequest, Transcript
from voice.stt import registry as stt_registry
from voice.tts import Speech, SpeechRequest
from voice.tts import registry as tts_registry

CHOSEN = VoiceSettings(stt_engine="timed", tts_engine="timed", vad_engine="energy")


class Clock:
    """The only clock of these tests: engines move it, perf_counter reads it."""

    now = 0.0

    def perf_counter(self) -> float:
        return self.now


clock = Clock()


class TimedRecognizer:
    """Takes 62 ms a batch and 2 ms an audio-second of the test's clock."""

    name = "timed-ears"

    def transcribe(self, requests: Sequence[RecognitionRequest]) -> list[Transcript]:
        longest_s = max(request.duration_ms for request in requests) / 1000
        clock.now += 0.062 + 0.002 * len(requests) * longest_s
        return [Transcript("") for _ in requests]

    def close(self) -> None:
        """Nothing to close."""


class TimedSynthesizer:
    name = "timed-mouth"

    def synthesize(self, requests: Sequence[SpeechRequest]) -> list[Speech]:
        clock.now += 0.065 + 0.0146 * len(requests) * warmup.spoken_s(requests[0])
        return [Speech(np.zeros(3 * 24_000, np.float32), 24_000) for _ in requests]

    def close(self) -> None:
        """Nothing to close."""


def build_ears(settings: VoiceSettings) -> TimedRecognizer:
    return TimedRecognizer()


def build_mouth(settings: VoiceSettings) -> TimedSynthesizer:
    return TimedSynthesizer()


@pytest.fixture(autouse=True)
def engines(monkeypatch: pytest.MonkeyPatch) -> None:
    here = "tests.voice.worker.test_calibration"
    monkeypatch.setitem(stt_registry.ENGINES, "timed", EngineEntry(f"{here}:build_ears", "pip"))
    monkeypatch.setitem(tts_registry.ENGINES, "timed", EngineEntry(f"{here}:build_mouth", "pip"))
    monkeypatch.setattr(calibration, "time", clock)
    monkeypatch.setattr(warmup, "time", clock)
    monkeypatch.setattr(command, "carried_calls", lambda profile, workload: 93)


async def test_it_finds_what_each_lane_costs() -> None:
    seen: list[BatchTime] = []
    profile = await calibrate(CHOSEN, name="bench", largest=16, on_batch=seen.append)
    assert [(batch.lane, batch.items) for batch in seen] == [
        (lane, items) for lane in ("timed-0", "timed") for items in (1, 2, 4, 8, 16)
    ]
    assert profile.recognition.engine == "timed-ears"
    assert profile.recognition.fixed_ms == pytest.approx(62.0)
    assert profile.recognition.per_audio_second_ms == pytest.approx(2.0)
    assert profile.synthesis.fixed_ms == pytest.approx(65.0)
    assert profile.synthesis.per_audio_second_ms == pytest.approx(14.6)
    assert not profile.modelled
    assert profile.reply.first_sentence_ms == 0.0
    assert profile.versions["numpy"] == np.__version__


async def test_recognition_elsewhere_cannot_be_calibrated(monkeypatch: pytest.MonkeyPatch) -> None:
    here = "tests.voice.worker.test_worker"
    monkeypatch.setitem(
        stt_registry.ENGINES, "deepgram", EngineEntry(f"{here}:build_remote", "pip")
    )
    with pytest.raises(EngineUnavailable, match="STT_ENGINE=deepgram recognises elsewhere"):
        await calibrate(replace(CHOSEN, stt_engine="deepgram"), name="bench")


def test_the_command_stores_a_profile_and_says_what_the_machine_carries(
    tmp_path: Path, settings: Settings
) -> None:
    settings.VOICE = CHOSEN
    said = StringIO()
    out = tmp_path / "here.json"
    call_command("calibrate", "--out", str(out), "--largest", "4", "--json", stdout=said)
    report: dict[str, Any] = json.loads(said.getvalue())
    assert report["file"] == str(out)
    assert report["profile"]["recognition"]["fixed_ms"] == pytest.approx(62.0)
    assert report["calls"] == 93
    stored = load_profile(str(out))
    assert stored.carried_calls == 93
    assert stored.synthesis.per_audio_second_ms == pytest.approx(14.6)


def test_the_command_talks_to_people_too(tmp_path: Path, settings: Settings) -> None:
    settings.VOICE = CHOSEN
    said = StringIO()
    call_command("calibrate", "--out", str(tmp_path / "p.json"), "--largest", "2", stdout=said)
    text = said.getvalue()
    assert "timed-0          batch of   2:" in text
    assert "timed-ears: 62.0 ms a batch + 2.00 ms an audio-second" in text
    assert "carries 93 calls at 2 turns a minute each: pipeline p95 within 300 ms" in text


@pytest.mark.parametrize("wrong", [["--largest", "1"], ["--turns-per-minute", "0"]])
def test_the_command_refuses_what_makes_no_sense(wrong: list[str]) -> None:
    with pytest.raises(CommandError, match="must be 2 or more"):
        call_command("calibrate", *wrong)


def test_an_engine_that_is_missing_is_one_sentence(settings: Settings) -> None:
    settings.VOICE = replace(CHOSEN, tts_engine="none")
    with pytest.raises(CommandError, match="TTS_ENGINE=none names no engine"):
        call_command("calibrate")
