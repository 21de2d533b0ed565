"""What the embedded recogniser makes of words spoken by the embedded synthesiser.

Both sides are synthetic and the caller's voice is a robot's: the figures say how the whole chain
copes, not how it would hear people.
"""

from typing import Final

import numpy as np

from voice.audio import float_to_ulaw, resample, ulaw_to_float
from voice.stt import ANYTHING, RECOGNITION_HZ, Expectation, RecognitionRequest
from voice.stt.embedded import EmbeddedRecognizer
from voice.tts import SpeechRequest
from voice.tts.espeak import EspeakSynthesizer

_TELEPHONE_HZ: Final = 8000
_PAUSE_S: Final = 0.3


class EmbeddedHearing:
    """Speaks a line, sends it through telephone audio, and hears it again."""

    def __init__(self) -> None:
        self._voice = EspeakSynthesizer()
        self._ear = EmbeddedRecognizer()

    def __call__(self, words: str, expectation: Expectation = ANYTHING) -> str:
        """What was heard; "" when nothing was made out."""
        speech = self._voice.synthesize([SpeechRequest(words, language=expectation.language)])[0]
        pause = np.zeros(int(_PAUSE_S * _TELEPHONE_HZ), np.float32)
        narrow = resample(speech.samples, speech.sample_rate_hz, _TELEPHONE_HZ)
        line = ulaw_to_float(float_to_ulaw(np.concatenate([pause, narrow, pause])))
        wide = resample(line, _TELEPHONE_HZ, RECOGNITION_HZ).astype(np.float32)
        return self._ear.transcribe([RecognitionRequest(wide, expectation)])[0].text

    def close(self) -> None:
        self._ear.close()
