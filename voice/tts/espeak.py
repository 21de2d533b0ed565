"""Embedded speech synthesis: eSpeak NG, the library and its data out of a Python package.

Needs no download and no GPU, and takes a few milliseconds a sentence. It sounds like a machine.
The library (GPLv3) is loaded at run time from `espeakng-loader`. It keeps one state per process,
so one lock serialises every use of it; ctypes lets go of the GIL while it works.
"""

import ctypes
import math
import re
import threading
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from voice.config import VoiceSettings
from voice.errors import EngineError, EngineUnavailable
from voice.timing import TimedWord
from voice.tts import Samples, Speech, SpeechRequest
from voice.tts.normalise import Spoken, normalise

SAMPLE_RATE_HZ: Final = 22_050
WORDS_PER_MINUTE: Final = 165
SLOWEST_WPM, FASTEST_WPM = 80, 450
LONGEST_TEXT: Final = 4_000
LEVEL: Final = 0.12
"""Root mean square of the speech we hand out: about -18 dBFS, loud and clear on a telephone."""
PEAK: Final = 0.9
TRAILING_SILENCE_MS: Final = 120

LANGUAGES: Final = {"en": "en-us", "es": "es-419"}
VARIANTS: Final = {"": "f3", "female": "f3", "male": "m3"}
_OTHER_ENGINES_VOICE: Final = re.compile(r"[a-z]([fm])_\w+")

_SYNCHRONOUS, _DONT_EXIT, _UTF8, _CHARACTER = 2, 0x8000, 1, 1
_RATE, _PITCH, _RANGE, _WORD_GAP = 1, 3, 4, 7
_WORD_EVENT: Final = 1
_IPA: Final = 2


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position_ms", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    )


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


class _Library:
    """The process's one eSpeak NG. `lock` must be held around `say`."""

    def __init__(self) -> None:
        import espeakng_loader

        self.lock = threading.Lock()
        self._pcm = bytearray()
        self._words: list[tuple[int, int]] = []
        self.variants = frozenset(
            path.name for path in (Path(espeakng_loader.get_data_path()) / "voices/!v").iterdir()
        )
        self._c = ctypes.CDLL(espeakng_loader.get_library_path())
        size, number, pointer = ctypes.c_size_t, ctypes.c_uint, ctypes.c_void_p
        self._c.espeak_Synth.argtypes = (
            ctypes.c_char_p, size, number, ctypes.c_int, number, number, pointer, pointer
        )  # fmt: skip
        self._c.espeak_TextToPhonemes.argtypes = (pointer, ctypes.c_int, ctypes.c_int)
        self._c.espeak_TextToPhonemes.restype = ctypes.c_char_p
        data = espeakng_loader.get_data_path().encode()
        rate_hz = self._c.espeak_Initialize(_SYNCHRONOUS, 0, data, _DONT_EXIT)
        if rate_hz != SAMPLE_RATE_HZ:
            raise EngineUnavailable(
                f"The espeak engine (TTS_ENGINE=espeak) did not start (code {rate_hz}): "
                "run `.venv/bin/python -m pip install --force-reinstall espeakng-loader`."
            )
        self._callback = _Callback(self._on_audio)
        self._c.espeak_SetSynthCallback(self._callback)

    def say(
        self, text: str, voice: str, words_per_minute: int
    ) -> tuple[bytes, list[tuple[int, int]]]:
        """16-bit PCM and (character position, milliseconds) of each word as it begins."""
        self._pcm, self._words = bytearray(), []
        if self._c.espeak_SetVoiceByName(voice.encode()) != 0:
            raise EngineError(f"espeak has no voice {voice!r}")
        self._c.espeak_SetParameter(_RATE, words_per_minute, 0)
        raw = text.encode() + b"\0"
        status = self._c.espeak_Synth(raw, len(raw), 0, _CHARACTER, 0, _UTF8, None, None)
        if status != 0:
            raise EngineError(f"espeak could not speak {text[:60]!r} (code {status})")
        return bytes(self._pcm), self._words

    def ipa(self, text: str, voice: str) -> str:
        """The first clause of `text` in the phonetic alphabet, with stress marks."""
        if self._c.espeak_SetVoiceByName(voice.encode()) != 0:
            raise EngineError(f"espeak has no voice {voice!r}")
        raw = ctypes.c_char_p(text.encode())
        phonemes: bytes = self._c.espeak_TextToPhonemes(ctypes.byref(raw), _UTF8, _IPA)
        return phonemes.decode()

    def _on_audio(
        self,
        samples: "ctypes._Pointer[ctypes.c_short]",
        count: int,
        events: "ctypes._Pointer[_Event]",
    ) -> int:
        if count > 0:
            self._pcm += ctypes.string_at(samples, count * 2)
        index = 0
        while events[index].type != 0:
            event = events[index]
            if event.type == _WORD_EVENT:
                self._words.append((event.text_position - 1, event.audio_position_ms))
            index += 1
        return 0


@cache
def _library() -> _Library:
    return _Library()


def ipa(word: str, language: str = "en") -> str:
    """How eSpeak would pronounce a word, in the phonetic alphabet. Raises EngineError."""
    library = _library()
    with library.lock:
        return library.ipa(word, LANGUAGES.get(language, LANGUAGES["en"]))


class EspeakSynthesizer:
    """eSpeak NG behind the common promise. Many instances share the process's one library."""

    name = "espeak"

    def __init__(self, default_voice: str = "") -> None:
        self._library = _library()
        self._default_voice = default_voice
        self._voice(default_voice, "en")

    def synthesize(self, requests: Sequence[SpeechRequest]) -> list[Speech]:
        """One Speech per request, in order; `words` are the request's own words with times.

        Text without a word in it gives no samples. Raises EngineError for an unknown voice or
        language, a speed outside (0, 10], or a text longer than `LONGEST_TEXT`.
        """
        return [self._synthesize(request) for request in requests]

    def close(self) -> None:
        """Nothing to give back: the library belongs to the process."""

    def _synthesize(self, request: SpeechRequest) -> Speech:
        if len(request.text) > LONGEST_TEXT:
            raise EngineError(
                f"espeak takes at most {LONGEST_TEXT} characters at once, got {len(request.text)}"
            )
        if not (math.isfinite(request.speed) and 0 < request.speed <= 10):
            raise EngineError(f"espeak cannot speak at speed {request.speed}: give 0.5 to 2.0")
        voice = self._voice(request.voice or self._default_voice, request.language)
        pace = round(WORDS_PER_MINUTE * request.speed)
        pace = min(FASTEST_WPM, max(SLOWEST_WPM, pace))
        spoken = normalise(request.text, request.language)
        if not any(letter.isalnum() for letter in spoken.text):
            return Speech(np.zeros(0, np.float32), SAMPLE_RATE_HZ)
        with self._library.lock:
            pcm, words = self._library.say(spoken.text, voice, pace)
        samples = _for_the_telephone(np.frombuffer(pcm, np.int16).astype(np.float32) / 32768.0)
        duration_ms = len(samples) * 1000 // SAMPLE_RATE_HZ
        return Speech(samples, SAMPLE_RATE_HZ, _timed_words(spoken, words, duration_ms))

    def _voice(self, name: str, language: str) -> str:
        """eSpeak's name for a voice: "", "female", "male", a variant's name, or another
        engine's name such as "af_heart", of which only the sex can be kept."""
        base = LANGUAGES.get(language[:2].lower())
        if base is None:
            known = ", ".join(LANGUAGES)
            raise EngineError(f"espeak speaks {known} here, not {language!r}")
        foreign = _OTHER_ENGINES_VOICE.fullmatch(name)
        if foreign:
            name = "female" if foreign[1] == "f" else "male"
        variant = VARIANTS.get(name, name)
        if variant not in self._library.variants:
            raise EngineError(
                f"espeak has no voice {name!r}: use female, male or one of its variants, "
                "such as f4 or Annie"
            )
        return f"{base}+{variant}"


def build(settings: VoiceSettings) -> EspeakSynthesizer:
    """The embedded synthesiser. Raises EngineUnavailable when TTS_VOICE names no voice of it."""
    try:
        return EspeakSynthesizer(settings.tts_voice)
    except EngineError as error:
        raise EngineUnavailable(
            f"TTS_VOICE={settings.tts_voice} cannot be used: {error}."
        ) from error


def _for_the_telephone(samples: Samples) -> Samples:
    """At an even level, without the long silence eSpeak leaves at the end."""
    loud = np.flatnonzero(np.abs(samples) > 0.01)
    if not len(loud):
        return samples[:0]
    samples = samples[: loud[-1] + SAMPLE_RATE_HZ * TRAILING_SILENCE_MS // 1000]
    speech = samples[np.abs(samples) > 0.01]
    gain = LEVEL / float(np.sqrt(np.mean(speech**2)))
    gain = min(gain, PEAK / float(np.max(np.abs(samples))))
    return (samples * gain).astype(np.float32)


def _timed_words(
    spoken: Spoken, starts: Sequence[tuple[int, int]], duration_ms: int
) -> tuple[TimedWord, ...]:
    """The original's words with times, from where each spoken word begins."""
    begins: dict[int, int] = {}
    for position, start_ms in starts:
        begins.setdefault(spoken.word_at(position), min(start_ms, duration_ms))
    timed: list[TimedWord] = []
    count = len(spoken.spans)
    next_ms = duration_ms
    for index in reversed(range(count)):
        start_ms = begins.get(index, next_ms)
        timed.append(TimedWord("", start_ms, max(start_ms, next_ms)))
        next_ms = start_ms
    return spoken.time_original(timed[::-1])
