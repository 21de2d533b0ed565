"""Eight made-up words, each a pair of tones: speech that a tiny recogniser can truly learn."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from voice.audio import float_to_ulaw, resample, ulaw_to_float

Samples = npt.NDArray[np.float32]

SAMPLE_RATE_HZ: Final = 16_000
TONE_S: Final = 0.10
"""One tone; a word is two of them, all inside the telephone band (300 to 3400 Hz)."""

WORDS: Final = {
    "bip": (500.0, 900.0),
    "dot": (900.0, 500.0),
    "zap": (500.0, 1600.0),
    "hum": (1600.0, 500.0),
    "ping": (900.0, 1600.0),
    "tock": (1600.0, 900.0),
    "whir": (700.0, 2400.0),
    "clik": (2400.0, 700.0),
}
NAMES: Final = tuple(WORDS)


@dataclass(frozen=True, slots=True)
class Clip:
    """Tone words in noise. `centres_s` are the middles of the words, in seconds."""

    samples: Samples
    words: tuple[str, ...]
    centres_s: tuple[float, ...]

    @property
    def text(self) -> str:
        return " ".join(self.words)


def say(words: tuple[str, ...], *, gap_s: float = 0.25, level: float = 0.3) -> Samples:
    """The words at 16 kHz, with `gap_s` of silence before, between and after them."""
    gap = np.zeros(int(gap_s * SAMPLE_RATE_HZ), dtype=np.float32)
    parts = [gap]
    for word in words:
        parts += [_word(word, level), gap]
    return np.concatenate(parts)


def random_clip(rng: np.random.Generator, *, most_words: int = 5) -> Clip:
    """Up to `most_words` words at random places and levels, in noise; half by telephone.

    One clip in seven has no word at all, so that a model learns to say nothing.
    """
    count = int(rng.integers(0, most_words + 1)) if rng.random() > 1 / 12 else 0
    position, parts, words, centres = 0.0, [], [], []
    for _ in range(count):
        gap = float(rng.uniform(0.12, 0.6))
        word = NAMES[int(rng.integers(len(NAMES)))]
        parts += [np.zeros(int(gap * SAMPLE_RATE_HZ), np.float32), _random_word(rng, word)]
        centres.append(position + gap + TONE_S)
        words.append(word)
        position += (len(parts[-2]) + len(parts[-1])) / SAMPLE_RATE_HZ
    parts.append(np.zeros(int(rng.uniform(0.2, 0.7) * SAMPLE_RATE_HZ), np.float32))
    samples = np.concatenate(parts)
    noise = rng.standard_normal(len(samples)) * 10 ** rng.uniform(-5, -2)
    samples = (samples + noise).astype(np.float32)
    if rng.random() < 0.5:
        samples = by_telephone(samples)
    return Clip(samples, tuple(words), tuple(centres))


def by_telephone(samples: Samples) -> Samples:
    """The same sound after 8 kHz µ-law, back at 16 kHz, as a carrier delivers it."""
    narrow = ulaw_to_float(float_to_ulaw(resample(samples, SAMPLE_RATE_HZ, 8_000)))
    wide = resample(narrow, 8_000, SAMPLE_RATE_HZ)
    return wide[: len(samples)]


def _random_word(rng: np.random.Generator, word: str) -> Samples:
    return _word(word, float(rng.uniform(0.05, 0.6)), bend=float(rng.uniform(0.98, 1.02)))


def _word(word: str, level: float, bend: float = 1.0) -> Samples:
    return np.concatenate([_tone(pitch * bend, level) for pitch in WORDS[word]])


def _tone(pitch_hz: float, level: float) -> Samples:
    time = np.arange(int(TONE_S * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    edge = np.minimum(1.0, np.minimum(time, TONE_S - time) / 0.008)
    tone: Samples = (level * edge * np.sin(2 * np.pi * pitch_hz * time)).astype(np.float32)
    return tone
