"""Text to speech: what every synthesiser promises, whatever engine is behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from voice.timing import TimedWord

Samples = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SpeechRequest:
    """A sentence or clause to say. `voice` is an engine's voice name, "" its default."""

    text: str
    voice: str = ""
    speed: float = 1.0
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Speech:
    """Mono float32 samples in [-1, 1], with word times where the engine knows them."""

    samples: Samples
    sample_rate_hz: int
    words: tuple[TimedWord, ...] = ()

    @property
    def duration_ms(self) -> int:
        return len(self.samples) * 1000 // self.sample_rate_hz


class SpeechSynthesizer(Protocol):
    """A batch synthesiser. Synchronous: its lane's own thread calls it, one batch at a time."""

    name: str

    def synthesize(self, requests: Sequence[SpeechRequest]) -> list[Speech]:
        """One Speech per request, in order. Raises EngineError when the batch failed."""
        ...

    def close(self) -> None: ...
