"""How well the embedded recogniser hears the bundled callers, over a telephone line.

`.venv/bin/python -m benchmarks.recognition [--json]`. Every recording goes through 8 kHz µ-law and
up to 16 kHz, and is recognised with the expectation it meets in a call; then again 6 dB softer,
with noise, and as an answer to an open question; "stranger" is eSpeak saying the same words, a
voice the recordings were not chosen for. A word counts as wrong when it was replaced, left out or
added.
"""

import argparse
import json
import re
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np

from voice.audio import Floats, encode_ulaw, int16_to_float, read_wav, resample, ulaw_to_float
from voice.config import VoiceSettings
from voice.stt import Expectation, Expecting, RecognitionRequest
from voice.stt.embedded import EmbeddedRecognizer, build
from voice.tts import SpeechRequest
from voice.tts.espeak import EspeakSynthesizer

AUDIO: Final = Path(__file__).resolve().parents[1] / "calls/simulator/audio"
KINDS: Final = {
    "name": Expecting.NAME, "name_full": Expecting.NAME, "phone": Expecting.PHONE,
    "phone_correction": Expecting.PHONE, "caller_id": Expecting.PHONE, "zip": Expecting.ZIP,
    "street": Expecting.STREET, "street_only": Expecting.STREET, "unit": Expecting.STREET,
    "yes": Expecting.YES_NO, "no": Expecting.YES_NO, "confirm_yes": Expecting.YES_NO,
    "confirm_no": Expecting.YES_NO, "accept": Expecting.YES_NO, "electric": Expecting.YES_NO,
    "gas": Expecting.YES_NO,
    "leak": Expecting.YES_NO, "outside": Expecting.YES_NO, "running_water": Expecting.YES_NO,
    "vulnerable": Expecting.YES_NO, "still_inside": Expecting.YES_NO, "window": Expecting.WINDOW,
    "window_second": Expecting.WINDOW, "day": Expecting.WINDOW, "human": Expecting.PHONE,
    "repeat": Expecting.STREET,
}  # fmt: skip
"""What a question about a slot waits for; everything else is an open question."""
LINES: Final = {"clean": (0.0, None), "soft": (-6.0, None), "noise": (0.0, 30.0)}
"""Gain in dB and signal-to-noise ratio in dB."""


@dataclass(frozen=True, slots=True)
class Score:
    """Words in all, words wrong, utterances in all, utterances without a wrong word."""

    words: int
    wrong_words: int
    utterances: int
    right_utterances: int


def main() -> None:
    """Print the scores by scenario and line, and what was misheard."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="one JSON object, nothing else")
    as_json = parser.parse_args().json
    recogniser = build(VoiceSettings())
    scores: dict[str, dict[str, dict[str, int]]] = {}
    began, audio_seconds = time.perf_counter(), 0.0
    manifest = json.loads((AUDIO / "manifest.json").read_text())["scenarios"]
    for line in (*LINES, "open", "stranger"):
        for scenario, entry in manifest.items():
            score, seconds, errors = _score(recogniser, entry["answers"], line)
            audio_seconds += seconds
            scores.setdefault(line, {})[scenario] = asdict(score)
            if not as_json:
                print(f"{line:6} scenario {scenario:3} {entry['voice']:6} {score}")
                print(*(f"    {error}\n" for error in errors), sep="", end="")
    recogniser.close()
    speed = (time.perf_counter() - began) / audio_seconds
    totals = {line: _total(by_scenario) for line, by_scenario in scores.items()}
    result = {"totals": totals, "scores": scores, "seconds_per_audio_second": round(speed, 3)}
    print(json.dumps(result if as_json else totals))


def _total(scores: dict[str, dict[str, int]]) -> dict[str, float]:
    total = {
        name: sum(score[name] for score in scores.values())
        for name in ("words", "wrong_words", "utterances", "right_utterances")
    }
    return {**total, "word_error_rate": round(total["wrong_words"] / total["words"], 4)}


def _score(
    recogniser: EmbeddedRecognizer, answers: dict[str, dict[str, str]], line: str
) -> tuple[Score, float, list[str]]:
    once = {entry["file"]: (key, entry["words"]) for key, entry in reversed(answers.items())}
    requests = []
    for file, (key, said) in once.items():
        kind = Expecting.OPEN if line == "open" else KINDS.get(key, Expecting.OPEN)
        if line == "stranger":
            (speech,) = EspeakSynthesizer("male").synthesize([SpeechRequest(said)])
            samples = over_the_line(resample(speech.samples, speech.sample_rate_hz, 8000))
        else:
            samples = on_the_line(AUDIO / file, line)
        requests.append(RecognitionRequest(samples, Expectation(kind)))
    heard = recogniser.transcribe(requests)
    errors, words, wrong, right = [], 0, 0, 0
    for (key, said), transcript in zip(once.values(), heard, strict=True):
        distance = word_errors(said, transcript.text)
        words += len(plain_words(said))
        wrong += distance
        right += distance == 0
        if distance:
            errors.append(f"{key}: {said!r} heard as {transcript.text!r} ({transcript.confidence})")
    seconds = sum(request.duration_ms for request in requests) / 1000
    return Score(words, wrong, len(once), right), seconds, errors


def on_the_line(path: Path, line: str) -> Floats:
    """A recording as the recogniser gets it: µ-law at 8 kHz, then 16 kHz."""
    samples, rate_hz = read_wav(path)
    gain_db, ratio_db = LINES.get(line, LINES["clean"])
    speech = resample(int16_to_float(samples), rate_hz, 8000) * 10 ** (gain_db / 20)
    if ratio_db is not None:
        level = np.sqrt(np.mean(speech**2)) / 10 ** (ratio_db / 20)
        speech = speech + np.random.default_rng(1).normal(0.0, level, len(speech))
    return over_the_line(speech)


def over_the_line(speech: Floats) -> Floats:
    """Speech at 8 kHz through µ-law, then at 16 kHz."""
    coded = encode_ulaw((np.clip(speech, -1, 1) * 32767).astype(np.int16))
    return resample(ulaw_to_float(coded), 8000, 16000)


def plain_words(text: str) -> list[str]:
    """Small letters without punctuation; "oh" and "zero" are the same digit."""
    words = re.findall(r"[a-z']+", text.lower())
    return ["zero" if word == "oh" else word for word in words]


def word_errors(said: str, heard: str) -> int:
    """Words replaced, left out or added: the edit distance over words."""
    row = list(range(len(plain_words(heard)) + 1))
    for i, expected in enumerate(plain_words(said), 1):
        previous, row[0] = row[0], i
        for j, got in enumerate(plain_words(heard), 1):
            change = previous + (expected != got)
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, change)
    return row[-1]


if __name__ == "__main__":
    main()
