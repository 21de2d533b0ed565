"""What the embedded recogniser makes of a simulated caller's words, as over a telephone.

Both sides are synthetic: the figures say how the whole chain copes, not how it would hear people.
"""

from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

import numpy as np

from voice.audio import float_to_ulaw, resample, ulaw_to_float
from voice.stt import ANYTHING, RECOGNITION_HZ, Expectation, RecognitionRequest
from voice.stt.embedded import EmbeddedRecognizer
from voice.tts import SpeechRequest
from voice.tts.espeak import EspeakSynthesizer

TELEPHONE_HZ: Final = 8000
_PAUSE: Final = b"\xff" * (TELEPHONE_HZ * 3 // 10)

Speaker = Callable[[str, int], bytes]
"""Words as 8 kHz µ-law, in the voice of the caller of that number."""


class EmbeddedHearing:
    """Has each line spoken, and hears it again; a context manager around the recogniser."""

    def __init__(self, speak: Speaker | None = None) -> None:
        """Without `speak` the embedded synthesiser is the caller, the hardest voice there is."""
        self.caller = 0
        """Whose voice is heard next; speakers with several voices take turns by it."""
        self._speak = speak or _espeak()
        self._ear = EmbeddedRecognizer()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ear.close()

    def __call__(self, words: str, expectation: Expectation = ANYTHING) -> str:
        """What was heard; "" when nothing was made out."""
        line = ulaw_to_float(_PAUSE + self._speak(words, self.caller) + _PAUSE)
        wide = resample(line, TELEPHONE_HZ, RECOGNITION_HZ).astype(np.float32)
        return self._ear.transcribe([RecognitionRequest(wide, expectation)])[0].text


def _espeak() -> Speaker:
    voice = EspeakSynthesizer()

    def speak(words: str, caller: int) -> bytes:
        speech = voice.synthesize([SpeechRequest(words)])[0]
        return float_to_ulaw(resample(speech.samples, speech.sample_rate_hz, TELEPHONE_HZ))

    return speak
