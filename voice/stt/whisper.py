"""Whisper through faster-whisper's CTranslate2 model: many callers' utterances in one batch.

faster-whisper's own `transcribe` takes one recording at a time. Here the encoder takes all
utterances at once, and the decoder all those whose prompts are equally long, which is what
CTranslate2 asks for. What the conversation expects goes into the prompt as hotwords.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.audio import pad_or_trim
from faster_whisper.tokenizer import Tokenizer

from voice.config import VoiceSettings
from voice.errors import EngineError, EngineUnavailable
from voice.models_store import locate
from voice.stt import RECOGNITION_HZ, RecognitionRequest, Transcript

WINDOW_SAMPLES: Final = 30 * RECOGNITION_HZ
"""Whisper's window; a longer utterance is heard in several."""

SILENCE_ABOVE: Final = 0.6
"""No-speech probability above which a window without confident words is silence (as upstream)."""

UNSURE_BELOW: Final = -1.0
LONGEST_REPLY: Final = 224


@dataclass(frozen=True, slots=True)
class _Window:
    request: int
    features: Any
    prompt: list[int]


class WhisperRecognizer:
    """One model on one device. Not thread-safe: its lane's thread owns it."""

    name = "whisper"

    def __init__(self, model: Any) -> None:
        self._model = model
        self._tokenizers: dict[str, Any] = {}

    def transcribe(self, requests: Sequence[RecognitionRequest]) -> list[Transcript]:
        """One transcript per request, in order. Raises EngineError."""
        try:
            windows = [w for i, request in enumerate(requests) for w in self._windows(i, request)]
            heard = self._heard(windows)
        except (RuntimeError, ValueError) as error:
            raise EngineError(f"whisper failed on {len(requests)} utterances: {error}") from error
        return [
            _joined(
                [part for part, window in zip(heard, windows, strict=True) if window.request == i]
            )
            for i in range(len(requests))
        ]

    def close(self) -> None:
        """Give the model's memory back."""
        if self._model is not None:
            self._model.model.unload_model()
        self._model = None

    def _windows(self, index: int, request: RecognitionRequest) -> list[_Window]:
        if self._model is None:
            raise EngineUnavailable("This Whisper instance is closed: build a new one.")
        prompt = self._model.get_prompt(
            self._tokenizer(request.expectation.language),
            [],
            without_timestamps=True,
            hotwords=", ".join(request.expectation.phrases) or None,
        )
        starts = range(0, max(1, len(request.samples)), WINDOW_SAMPLES)
        return [
            _Window(index, self._features(request.samples[s : s + WINDOW_SAMPLES]), prompt)
            for s in starts
        ]

    def _features(self, samples: Any) -> Any:
        return pad_or_trim(self._model.feature_extractor(np.asarray(samples, np.float32)))

    def _heard(self, windows: Sequence[_Window]) -> list[tuple[str, float]]:
        """Text and mean log-probability of each window; empty where nothing was said."""
        out: list[tuple[str, float]] = [("", 0.0)] * len(windows)
        lengths = {len(window.prompt) for window in windows}
        for length in sorted(lengths):
            places = [i for i, window in enumerate(windows) if len(window.prompt) == length]
            encoded = self._model.encode(np.stack([windows[i].features for i in places]))
            results = self._model.model.generate(
                encoded,
                [windows[i].prompt for i in places],
                beam_size=1,
                max_length=length + LONGEST_REPLY,
                return_scores=True,
                return_no_speech_prob=True,
                suppress_blank=True,
            )
            for place, result in zip(places, results, strict=True):
                out[place] = self._read(result)
        return out

    def _read(self, result: Any) -> tuple[str, float]:
        score = float(result.scores[0])
        if result.no_speech_prob > SILENCE_ABOVE and score < UNSURE_BELOW:
            return "", 0.0
        tokens = [token for token in result.sequences_ids[0] if token < self._first_control]
        return self._tokenizer("en").decode(tokens).strip(), score

    @property
    def _first_control(self) -> int:
        return int(self._tokenizer("en").eot)

    def _tokenizer(self, language: str) -> Any:
        if language not in self._tokenizers:
            multilingual = self._model.model.is_multilingual
            self._tokenizers[language] = Tokenizer(
                self._model.hf_tokenizer,
                multilingual,
                task="transcribe",
                language=language if multilingual else "en",
            )
        return self._tokenizers[language]


def build(settings: VoiceSettings) -> WhisperRecognizer:
    """The recogniser for the first of `settings.stt_devices`; float16 on CUDA, int8 on a CPU.

    STT_MODEL is a folder in CTranslate2's format; empty means the fetched weights. Raises
    EngineUnavailable when the weights or the device are missing.
    """
    place = locate("whisper", settings.stt_model, engine="whisper", setting="STT_MODEL")
    device, _, index = (settings.stt_device or "auto").partition(":")
    try:
        model = WhisperModel(
            str(place),
            device=device,
            device_index=int(index or 0),
            compute_type="float16" if device == "cuda" else "default",
            local_files_only=True,
        )
    except (RuntimeError, ValueError) as error:
        raise EngineUnavailable(
            f"The whisper engine did not load STT_MODEL={place} on STT_DEVICES="
            f"{settings.stt_device or 'auto'} ({str(error).strip().rstrip('.')}): fetch it again "
            "with `manage.py fetch_models whisper --again`, or set STT_DEVICES=cpu."
        ) from error
    return WhisperRecognizer(model)


def _joined(parts: Sequence[tuple[str, float]]) -> Transcript:
    spoken = [(text, score) for text, score in parts if text]
    if not spoken:
        return Transcript("")
    confidence = math.exp(min(0.0, min(score for _, score in spoken)))
    return Transcript(" ".join(text for text, _ in spoken), confidence=confidence)
