"""Where the caller's words come from: committed recordings, WAV files, or flite when installed."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from calls.simulator.caller import Spoken
from voice.audio import float_to_ulaw, int16_to_float, read_wav, resample

AUDIO_DIR = Path(__file__).parent / "audio"
TELEPHONE_HZ = 8000
FLITE_TIMEOUT_SECONDS = 60
OPENINGS = 3


class SpeechMissing(Exception):
    """Something the caller should say has no audio; the message names it and the way out."""


def load_wav(path: Path, words: str = "") -> Spoken:
    """A WAV file of any rate as telephone audio. Raises SpeechMissing when it cannot be read."""
    try:
        samples, rate_hz = read_wav(path)
    except (OSError, ValueError, EOFError) as error:
        raise SpeechMissing(f"{path} cannot be read as WAV: {error}") from error
    floats = int16_to_float(samples)
    mono = floats if floats.ndim == 1 else floats.mean(axis=1, dtype=np.float32)
    return Spoken(words or path.name, float_to_ulaw(resample(mono, rate_hz, TELEPHONE_HZ)))


def say(words: str, *, voice: str = "slt") -> Spoken:
    """Speak any words with flite. Raises SpeechMissing when flite is not installed."""
    flite = shutil.which("flite")
    if flite is None:
        raise SpeechMissing(
            f"nothing can speak {words!r}: flite is not on PATH; "
            "install it (apt-get install flite) or pass --wav FILE"
        )
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "said.wav"
        done = subprocess.run(  # noqa: S603 - fixed program, text as one argument
            [flite, "-voice", voice, "-t", words, "-o", str(target)],
            capture_output=True,
            timeout=FLITE_TIMEOUT_SECONDS,
            check=False,
        )
        if done.returncode != 0 or not target.exists():
            raise SpeechMissing(f"flite could not speak {words!r}: {done.stderr.decode()[:200]}")
        return load_wav(target, words)


class SequenceScript:
    """Says one thing after another, whatever is asked."""

    def __init__(self, lines: Sequence[Spoken]) -> None:
        self._lines = list(lines)

    def answer(self, asked: str | None) -> Spoken | None:
        return self._lines.pop(0) if self._lines else None


class ScenarioScript:
    """Answers what is asked from a scenario's recordings; says the opening first.

    Asked to repeat before anything else was asked, it says the opening again, twice at most. A
    question it has no answer to gets the scenario's `anything_else`.
    """

    def __init__(self, recordings: Mapping[str, Spoken]) -> None:
        self._recordings = recordings
        self._openings_left = OPENINGS

    def answer(self, asked: str | None) -> Spoken | None:
        if self._openings_left == OPENINGS or (asked is None and self._openings_left > 0):
            self._openings_left -= 1
            return self._recordings["opening"]
        self._openings_left = 0
        if asked is None:
            return None
        return self._recordings.get(asked) or self._recordings["anything_else"]


def scenario_script(scenario: str) -> ScenarioScript:
    """The bundled scenario's caller. Raises SpeechMissing listing the bundled ones."""
    manifest = json.loads((AUDIO_DIR / "manifest.json").read_text())
    scenarios = manifest["scenarios"]
    if scenario not in scenarios:
        known = ", ".join(sorted(scenarios, key=int))
        raise SpeechMissing(
            f"scenario {scenario!r} has no recordings; bundled: {known}. "
            "Use --say or --wav for anything else"
        )
    entries = scenarios[scenario]["answers"]
    return ScenarioScript(
        {key: load_wav(AUDIO_DIR / entry["file"], entry["words"]) for key, entry in entries.items()}
    )
