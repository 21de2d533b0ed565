"""Speak the bundled scenarios' callers with flite into calls/simulator/audio.

Run after editing its manifest.json: `.venv/bin/python scripts/make_caller_audio.py`. Needs flite
(`apt-get install flite`); the WAV files are committed, so nothing else does.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import wave
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.signal import resample_poly

AUDIO: Final = Path(__file__).resolve().parents[1] / "calls/simulator/audio"
SAMPLE_RATE_HZ: Final = 8000
LEVEL: Final = 0.1
"""Root mean square of the speech: about -20 dBFS, as a caller close to the telephone."""
QUIET: Final = 0.015
BEFORE_MS, AFTER_MS, LONGEST_PAUSE_MS = 80, 160, 180
"""Silence kept around the words, and most silence kept between two of them."""

Samples = npt.NDArray[np.float64]


def main() -> None:
    """Write every file the manifest names, and remove those it no longer names."""
    if shutil.which("flite") is None:
        sys.exit("flite is not on PATH: run `apt-get install flite` first")
    manifest = json.loads((AUDIO / "manifest.json").read_text())
    wanted: dict[Path, tuple[str, str]] = {}
    for scenario in manifest["scenarios"].values():
        for answer in scenario["answers"].values():
            text = answer.get("say", answer["words"])
            wanted[AUDIO / answer["file"]] = (scenario["voice"], text)
    for path in set(AUDIO.rglob("*.wav")) - set(wanted):
        path.unlink()
    for path, (voice, text) in wanted.items():
        path.parent.mkdir(exist_ok=True)
        _write(path, _telephone(_flite(text, voice)))
    size = sum(path.stat().st_size for path in wanted)
    sys.stdout.write(f"{len(wanted)} files, {size / 1e6:.1f} MB in {AUDIO}\n")


def _flite(text: str, voice: str) -> Samples:
    """Samples in [-1, 1] at the telephone's rate."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "said.wav"
        command = ["flite", "-voice", voice, "-t", text, "-o", str(target)]
        subprocess.run(command, check=True, timeout=60)
        with wave.open(str(target)) as file:
            rate_hz = file.getframerate()
            pcm = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    samples = pcm.astype(np.float64) / 32768.0
    if rate_hz == SAMPLE_RATE_HZ:
        return samples
    return np.asarray(resample_poly(samples, SAMPLE_RATE_HZ, rate_hz), np.float64)


def _telephone(samples: Samples) -> Samples:
    """At an even level, with short silence around the words and between them."""
    per_ms = SAMPLE_RATE_HZ // 1000
    loud = np.flatnonzero(np.abs(samples) > QUIET * np.max(np.abs(samples)) / 0.5)
    pieces = []
    for end, start in pairwise(loud):
        if start - end > LONGEST_PAUSE_MS * per_ms:
            cut = LONGEST_PAUSE_MS * per_ms // 2
            pieces.append((end + cut, start - cut))
    keep = np.ones(len(samples), bool)
    for start, end in pieces:
        keep[start:end] = False
    keep[: max(0, loud[0] - BEFORE_MS * per_ms)] = False
    keep[loud[-1] + AFTER_MS * per_ms :] = False
    kept = samples[keep]
    speech = kept[np.abs(kept) > QUIET]
    gain = LEVEL / float(np.sqrt(np.mean(speech**2)))
    return np.asarray(np.clip(kept * gain, -0.95, 0.95), np.float64)


def _write(path: Path, samples: Samples) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes((samples * 32767).astype("<i2").tobytes())


if __name__ == "__main__":
    main()
