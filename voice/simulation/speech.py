"""Synthetic speech that carries its own words: two levels a word, read back without a model.

A word is 20 ms at a boundary level, then one constant level for half of it and another for the
rest. Constant levels pass µ-law and resampling unharmed, so what was cut off is really gone.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from voice.audio import BYTES_PER_MS, SILENT_FRAME, decode_ulaw, float_to_ulaw, ulaw_to_float
from voice.completeness import tokens_of
from voice.stt import Samples
from voice.timing import TimedWord
from voice.vad import Slots

LEVELS: Final = bytes([*range(0x80, 0xA0), *range(0x00, 0x20)])
BOUNDARY: Final = 0xA8
NOISE: Final = 0xA2
BOUNDARY_MS: Final = 20
SHORTEST_WORD_MS: Final = 120
LOUD: Final = 0.005

_EDGE_SAMPLES: Final = 64
"""A run shorter than 8 ms is the slope between two levels."""


class Vocabulary:
    """Numbers for words, shared by who speaks and who listens; room for 4,032 words."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._words: list[str] = []

    def code(self, word: str) -> tuple[int, int]:
        """The word's two levels."""
        number = self._numbers.get(word)
        if number is None:
            number = self._numbers[word] = len(self._words)
            self._words.append(word)
        first, second = divmod(number, len(LEVELS) - 1)
        return LEVELS[first], LEVELS[second + (second >= first)]

    def word(self, first: int, second: int) -> str | None:
        """The word of two levels; None if nobody ever said it."""
        if first not in LEVELS or second not in LEVELS:
            return None
        row, column = LEVELS.index(first), LEVELS.index(second)
        number = row * (len(LEVELS) - 1) + column - (column > row)
        return self._words[number] if number < len(self._words) else None


def say(vocabulary: Vocabulary, text: str, *, word_ms: int | None = None) -> bytes:
    """µ-law speech of the words, back to back."""
    return b"".join(
        say_word(vocabulary, word, word_ms or natural_ms(word)) for word in text.split()
    )


def natural_ms(word: str) -> int:
    """How long a word takes, in whole frames: 300 ms for four letters."""
    return max(SHORTEST_WORD_MS, (100 + 50 * len(word)) // 20 * 20)


def say_word(vocabulary: Vocabulary, word: str, duration_ms: int) -> bytes:
    """µ-law speech of one word; tokens are kept as they are spoken, in lower case."""
    first, second = vocabulary.code(" ".join(tokens_of(word)) or word)
    body = (duration_ms - BOUNDARY_MS) * BYTES_PER_MS
    return (
        bytes([BOUNDARY]) * (BOUNDARY_MS * BYTES_PER_MS)
        + bytes([first]) * (body // 2)
        + bytes([second]) * (body - body // 2)
    )


def noise(duration_ms: int) -> bytes:
    """A sound that is taken for a voice and has no words in it."""
    return bytes([NOISE]) * (duration_ms * BYTES_PER_MS)


def read(vocabulary: Vocabulary, samples: Samples, sample_rate_hz: int) -> tuple[TimedWord, ...]:
    """The whole words in the samples."""
    edge = _EDGE_SAMPLES * sample_rate_hz // 8_000
    levels = np.frombuffer(float_to_ulaw(samples), np.uint8)
    bounds = np.flatnonzero(np.diff(levels)) + 1
    starts = np.concatenate(([0], bounds))
    ends = np.concatenate((bounds, [len(levels)]))
    runs = [
        (int(levels[start]), int(start), int(end))
        for start, end in zip(starts, ends, strict=True)
        if end - start >= edge
    ]
    words = []
    for (mark, start, _), (first, _, _), (second, _, end) in zip(
        runs, runs[1:], runs[2:], strict=False
    ):
        word = vocabulary.word(first, second) if mark == BOUNDARY else None
        if word is not None:
            words.append(
                TimedWord(word, start * 1000 // sample_rate_hz, end * 1000 // sample_rate_hz)
            )
    return tuple(words)


def speech_of(
    vocabulary: Vocabulary, text: str, *, tail_ms: int = 80
) -> tuple[Samples, tuple[TimedWord, ...]]:
    """8 kHz samples of the text with its words' times: a synthesiser's answer."""
    words: list[TimedWord] = []
    at_ms = 0
    for token in text.split():
        end_ms = at_ms + natural_ms(token)
        words.append(TimedWord(token, at_ms, end_ms))
        at_ms = end_ms
    ulaw = say(vocabulary, text) + bytes([SILENT_FRAME[0]]) * (tail_ms * BYTES_PER_MS)
    return ulaw_to_float(ulaw), tuple(words)


class LevelVad:
    """Voice activity of synthetic speech: how much of the 32 ms is loud, half of it suffices."""

    releases_gil = False

    def probabilities(self, slots: Slots, chunks: Samples) -> Samples:
        part = (np.abs(chunks) > LOUD).mean(axis=1)
        answers: Samples = np.where(part >= 0.5, 0.95, 0.02 + 0.5 * part).astype(np.float32)
        return answers

    def reset(self, slot: int) -> None:
        """It has no state."""


def is_loud(ulaw: bytes) -> npt.NDArray[np.bool_]:
    """Which of the samples are sound."""
    return np.abs(decode_ulaw(ulaw)) > LOUD * 32_768


def joined(words: Sequence[TimedWord]) -> str:
    return " ".join(word.text for word in words)
