"""Speech to text: what every recogniser promises, whatever engine is behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np
import numpy.typing as npt

from voice.timing import TimedWord

RECOGNITION_HZ = 16_000

Samples = npt.NDArray[np.float32]


class Expecting(StrEnum):
    """What kind of answer the conversation waits for."""

    OPEN = "open"
    PHONE = "phone"
    ZIP = "zip"
    STREET = "street"
    NAME = "name"
    YES_NO = "yes_no"
    WINDOW = "window"


@dataclass(frozen=True, slots=True)
class Expectation:
    """A hint for the recogniser: grammars, phrase boosting or keyterms, as the engine can."""

    kind: Expecting = Expecting.OPEN
    phrases: tuple[str, ...] = ()
    language: str = "en"


ANYTHING = Expectation()


@dataclass(frozen=True, slots=True)
class RecognitionRequest:
    """One utterance: float32 mono samples in [-1, 1] at 16 kHz, and what is expected in it."""

    samples: Samples
    expectation: Expectation = ANYTHING

    @property
    def duration_ms(self) -> int:
        return len(self.samples) * 1000 // RECOGNITION_HZ


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was said; `text` is empty when nothing was. Confidence in [0, 1], None if unknown.

    `alternatives` are other readings of the same audio, best first, without `text` itself.
    """

    text: str
    words: tuple[TimedWord, ...] = ()
    confidence: float | None = None
    alternatives: tuple[str, ...] = ()


class SpeechRecognizer(Protocol):
    """A batch recogniser. Synchronous: its lane's own thread calls it, one batch at a time."""

    name: str

    def transcribe(self, requests: Sequence[RecognitionRequest]) -> list[Transcript]:
        """One transcript per request, in order. Raises EngineError when the batch failed."""
        ...

    def close(self) -> None: ...


class Transcriber(Protocol):
    """One call's ear: batch engines work per utterance, remote ones on the running stream."""

    def push(self, samples: Samples) -> None:
        """Take the next 16 kHz samples of the caller's audio; never blocks, never raises."""
        ...

    async def transcribe(self, request: RecognitionRequest, *, deadline: float) -> Transcript:
        """The words of the utterance that just ended. `deadline` is event loop time, seconds.

        Raises EngineError, EngineUnavailable or Overloaded.
        """
        ...

    async def close(self) -> None: ...


class StreamingRecognizer(Protocol):
    """A remote recogniser that listens to each call as it goes on."""

    name: str

    def open(self, *, call_id: str) -> Transcriber:
        """A session for one call; never blocks. It connects as the first audio arrives."""
        ...

    async def close(self) -> None: ...
