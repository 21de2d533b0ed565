"""The embedded recogniser on the bundled callers, on odd audio, and when its processes die."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from benchmarks.recognition import AUDIO, on_the_line
from voice.config import VoiceSettings
from voice.errors import EngineError, EngineUnavailable
from voice.stt import ANYTHING, Expectation, Expecting, RecognitionRequest, Samples, embedded
from voice.stt.embedded import EmbeddedRecognizer, build
from voice.stt.registry import build_recognizers

ROOT: Final = Path(__file__).resolve().parents[3]
MANIFEST: Final = json.loads((AUDIO / "manifest.json").read_text())["scenarios"]
HEARD: Final = {
    ("1", "opening", Expecting.OPEN): "There's water pouring through my kitchen ceiling",
    ("1", "name", Expecting.NAME): "Dana Kowalczyk",
    ("1", "phone", Expecting.PHONE): "Seven seven three five five five zero one two one",
    ("1", "street", Expecting.STREET): "Eighteen forty seven West Ainslie Street apartment two",
    ("1", "zip", Expecting.ZIP): "Six zero six four zero",
    ("1", "shutoff", Expecting.YES_NO): "No I don't know where it is",
    ("1", "problem", Expecting.OPEN): "The supply line burst and the water is still running",
    ("2", "opening", Expecting.OPEN): "I smell gas by the water heater can you send someone",
    ("2", "outside", Expecting.YES_NO): "Yes we're outside",
    ("2", "name", Expecting.NAME): "Marcus Bell",
    ("2", "phone", Expecting.PHONE): "Seven seven three five five five zero one two two",
    ("2", "street", Expecting.STREET): "Twenty two ten North Halsted Street",
    ("2", "zip", Expecting.ZIP): "Six zero six one four",
    ("8", "opening", Expecting.OPEN): "Bathroom sink drains slow how much to clear it",
    ("8", "name", Expecting.NAME): "Chris Adeyemi",
    ("8", "phone", Expecting.PHONE): "Seven seven three five five five zero one two eight",
    ("8", "street", Expecting.STREET): "One zero one nine West Armitage Avenue",
    ("8", "zip", Expecting.ZIP): "Six zero six one four",
    ("8", "window", Expecting.WINDOW): "The first one please",
    ("8", "confirm_yes", Expecting.YES_NO): "Yes that's right",
    ("8", "anything_else", Expecting.OPEN): "No that's all thanks",
    ("15", "opening", Expecting.OPEN): "Representative real person now",
    ("15", "phone", Expecting.PHONE): "Seven seven three five five five zero one three five",
}
"""What must come out of a bundled recording; asked as the receptionist asks it."""


@pytest.fixture(scope="module")
def recogniser() -> Iterator[EmbeddedRecognizer]:
    engine = build(VoiceSettings())
    yield engine
    engine.close()


def recording(scenario: str, key: str, line: str = "clean") -> Samples:
    return on_the_line(AUDIO / MANIFEST[scenario]["answers"][key]["file"], line)


@pytest.mark.parametrize("line", ["clean", "soft"])
def test_the_bundled_callers_facts_come_out_right(
    recogniser: EmbeddedRecognizer, line: str
) -> None:
    requests = [
        RecognitionRequest(recording(scenario, key, line), Expectation(kind))
        for scenario, key, kind in HEARD
    ]
    heard = recogniser.transcribe(requests)
    assert [transcript.text for transcript in heard] == list(HEARD.values())
    assert all((transcript.confidence or 0) > 0.6 for transcript in heard)


@pytest.mark.parametrize(
    ("scenario", "key", "kind"),
    [
        ("2", "opening", Expecting.PHONE),
        ("2", "human", Expecting.STREET),
        ("1", "repeat", Expecting.ZIP),
        ("8", "phone", Expecting.YES_NO),
        ("8", "street", Expecting.NAME),
    ],
)
def test_a_caller_may_say_something_else_than_was_asked(
    recogniser: EmbeddedRecognizer, scenario: str, key: str, kind: Expecting
) -> None:
    (heard,) = recogniser.transcribe(
        [RecognitionRequest(recording(scenario, key), Expectation(kind))]
    )
    said = MANIFEST[scenario]["answers"][key]["words"]
    assert heard.text.lower() == said.lower().replace(",", "").rstrip(".?!")


def test_words_lie_in_the_audio_in_order_and_are_the_text(recogniser: EmbeddedRecognizer) -> None:
    request = RecognitionRequest(recording("1", "opening"))
    (heard,) = recogniser.transcribe([request])
    assert " ".join(word.text for word in heard.words) == heard.text
    times = [time for word in heard.words for time in (word.start_ms, word.end_ms)]
    assert times == sorted(times)
    assert 0 <= times[0] < times[-1] <= request.duration_ms + 20


def test_other_readings_come_along_without_the_text_itself(recogniser: EmbeddedRecognizer) -> None:
    (heard,) = recogniser.transcribe(
        [RecognitionRequest(recording("1", "street"), Expectation(Expecting.STREET))]
    )
    assert 1 <= len(heard.alternatives) <= 4
    assert heard.text not in heard.alternatives


def test_nothing_carries_over_from_one_utterance_to_the_next() -> None:
    engine = EmbeddedRecognizer(1)
    try:
        request = RecognitionRequest(recording("8", "name"), Expectation(Expecting.NAME))
        (first,) = engine.transcribe([request])
        loud = RecognitionRequest(np.clip(recording("15", "opening") * 8, -1, 1))
        assert engine.transcribe([loud, request])[1] == first
    finally:
        engine.close()


def test_phrases_teach_it_new_words_and_odd_ones_do_no_harm(recogniser: EmbeddedRecognizer) -> None:
    phrases = ("Zwickelbaum Heights", "日本語", "", "a" * 300)
    (heard,) = recogniser.transcribe(
        [RecognitionRequest(recording("1", "name"), Expectation(Expecting.NAME, phrases))]
    )
    assert heard.text == "Dana Kowalczyk"


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(0, np.float32),
        np.zeros(16_000, np.float32),
        np.ones(100, np.float32),
        np.full(16_000, np.nan, np.float32),
        np.full(16_000, np.inf, np.float32),
        np.zeros((2, 16_000), np.float32),
    ],
    ids=["empty", "silent", "short", "nan", "infinite", "stereo"],
)
def test_audio_without_speech_in_it_gives_an_empty_transcript(
    recogniser: EmbeddedRecognizer, samples: Samples
) -> None:
    (heard,) = recogniser.transcribe([RecognitionRequest(samples)])
    assert (heard.text, heard.words) == ("", ())


@pytest.mark.parametrize("kind", list(Expecting))
def test_noise_and_overdriven_audio_never_raise(
    recogniser: EmbeddedRecognizer, kind: Expecting
) -> None:
    noise = np.random.default_rng(5).normal(0, 0.1, 16_000).astype(np.float32)
    overdriven = recording("1", "opening") * 50
    heard = recogniser.transcribe(
        [RecognitionRequest(samples, Expectation(kind)) for samples in (noise, overdriven)]
    )
    assert len(heard) == 2


def test_a_process_found_dead_is_replaced_unnoticed() -> None:
    engine = EmbeddedRecognizer(1)
    try:
        (before,) = engine.process_ids
        os.kill(before, signal.SIGKILL)
        _wait_until_gone(before)
        (heard,) = engine.transcribe([RecognitionRequest(recording("15", "opening"))])
        assert heard.text == HEARD["15", "opening", Expecting.OPEN]
        assert engine.process_ids != (before,)
    finally:
        engine.close()


def test_a_process_that_hangs_or_dies_fails_its_request_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine = EmbeddedRecognizer(1)
    request = RecognitionRequest(recording("15", "opening"))
    try:
        monkeypatch.setattr(embedded, "PATIENCE_SECONDS", -request.duration_ms / 1000 + 0.01)
        os.kill(engine.process_ids[0], signal.SIGSTOP)
        with pytest.raises(EngineError, match="took too long"):
            engine.transcribe([request])
        monkeypatch.undo()
        (heard,) = engine.transcribe([request])
        assert heard.text == HEARD["15", "opening", Expecting.OPEN]
    finally:
        engine.close()


def test_processes_end_with_the_engine() -> None:
    engine = EmbeddedRecognizer(2)
    processes = engine.process_ids
    engine.close()
    assert len(set(processes)) == 2
    for process in processes:
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)


def test_processes_end_when_their_owner_is_killed() -> None:
    script = (
        "import sys; from voice.stt.embedded import EmbeddedRecognizer as E; e = E(1);"
        "print(*e.process_ids, flush=True); sys.stdin.read()"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert owner.stdout is not None
    assert owner.stdin is not None
    child = int(owner.stdout.readline())
    watch = os.pidfd_open(child)
    owner.kill()
    owner.wait()
    owner.stdout.close()
    owner.stdin.close()
    assert select.select([watch], [], [], 30)[0] == [watch]
    os.close(watch)


def test_a_recogniser_that_cannot_start_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    with pytest.raises(EngineUnavailable, match="STT_ENGINE=embedded"):
        build(VoiceSettings())


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "find_spec", lambda name: None)
    with pytest.raises(EngineUnavailable, match="package pocketsphinx is missing: run"):
        build_recognizers(VoiceSettings())


def test_a_request_expects_anything_unless_told() -> None:
    assert RecognitionRequest(np.zeros(1, np.float32)).expectation == ANYTHING


def _wait_until_gone(process: int) -> None:
    watch = os.pidfd_open(process)
    select.select([watch], [], [], 30)
    os.close(watch)
