"""Real batches through an engine before the first call: it is warm, and its cost is known."""

import time
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

import numpy as np

from voice.costs import Cost, fit
from voice.stt import RECOGNITION_HZ, RecognitionRequest, SpeechRecognizer
from voice.tts import SpeechRequest, SpeechSynthesizer

A = TypeVar("A")

WARM_SIZES: Final = (1, 4)
UTTERANCE_S: Final = 1.0
SENTENCE: Final = "Thanks for calling, what can we help you with today?"
CHARACTERS_PER_SECOND: Final = 15.0
"""English read aloud at 165 words a minute, five letters and a space a word, and pauses."""


def warm_recognizer(engine: SpeechRecognizer) -> Cost:
    """What the recogniser's batches cost, after a first cold one. Raises what it raises."""
    return measure(
        lambda size: engine.transcribe([utterance(UTTERANCE_S)] * size),
        item_s=UTTERANCE_S,
        sizes=WARM_SIZES,
    )


def warm_synthesizer(engine: SpeechSynthesizer) -> Cost:
    """What the synthesiser's batches cost, after a first cold one. Raises what it raises."""
    return measure(
        lambda size: engine.synthesize([SpeechRequest(SENTENCE)] * size),
        item_s=spoken_s(SpeechRequest(SENTENCE)),
        sizes=WARM_SIZES,
    )


def measure(run: Callable[[int], object], *, item_s: float, sizes: Sequence[int]) -> Cost:
    """a and b of `run(size)`, a batch of `size` items of `item_s` audio-seconds each.

    Each size runs twice and only the second counts: the first may compile, tune or allocate.
    """
    return fit([(size * item_s, second_time(run, size)) for size in sizes])


def second_time(run: Callable[[A], object], work: A) -> float:
    """Seconds the work takes once it has been done before."""
    run(work)
    began = time.perf_counter()
    run(work)
    return time.perf_counter() - began


def spoken_s(request: SpeechRequest) -> float:
    """About how long the text takes to say, in seconds; never less than a quarter second."""
    return max(0.25, len(request.text) / CHARACTERS_PER_SECOND / max(request.speed, 0.1))


def utterance(seconds: float) -> RecognitionRequest:
    """Noise that rises and falls four times a second, as syllables do; the same every time."""
    count = int(seconds * RECOGNITION_HZ)
    noise = np.random.default_rng(7).standard_normal(count)
    syllables = np.sin(np.linspace(0.0, 8.0 * np.pi * seconds, count)) ** 2
    return RecognitionRequest(np.asarray(0.1 * noise * syllables, dtype=np.float32))
