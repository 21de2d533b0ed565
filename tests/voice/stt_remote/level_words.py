"""Speech that a test server can recognise: a constant level a tenth apart for each word."""

from dataclasses import dataclass

import numpy as np

from voice.stt import RECOGNITION_HZ, Samples

WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
BLOCK = RECOGNITION_HZ // 100
WORD_MS = 200
GAP_MS = 200


def say(text: str) -> Samples:
    """The words, each 200 ms, with 200 ms of silence before each and after the last."""
    parts = [np.zeros(GAP_MS * 16, np.float32)]
    for word in text.split():
        level = (WORDS.index(word) + 1) / 10
        parts += [np.full(WORD_MS * 16, level, np.float32), np.zeros(GAP_MS * 16, np.float32)]
    return np.concatenate(parts)


@dataclass(frozen=True, slots=True)
class Word:
    text: str
    start_ms: int
    end_ms: int


class LevelRecognizer:
    """Finds the words in 16-bit samples at 16 kHz as they come."""

    def __init__(self) -> None:
        self._rest = b""
        self.heard_ms = 0
        self.words: list[Word] = []
        self._level = 0

    def push(self, pcm: bytes) -> None:
        """Take any whole number of samples."""
        assert len(pcm) % 2 == 0
        pcm = self._rest + pcm
        whole = len(pcm) // (2 * BLOCK) * 2 * BLOCK
        self._rest = pcm[whole:]
        for block in np.frombuffer(pcm[:whole], "<i2").reshape(-1, BLOCK):
            self._take(round(float(np.abs(block.astype(np.float64)).mean()) / 3276.7))
            self.heard_ms += 10

    def since(self, start_ms: int) -> list[Word]:
        """The words that begin at or after `start_ms`; half-heard ones too."""
        return [word for word in self.words if word.start_ms >= start_ms]

    def _take(self, level: int) -> None:
        if level and level == self._level:
            last = self.words.pop()
            self.words.append(Word(last.text, last.start_ms, self.heard_ms + 10))
        elif level:
            self.words.append(Word(WORDS[level - 1], self.heard_ms, self.heard_ms + 10))
        self._level = level
