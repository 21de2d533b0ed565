"""Kokoro-82M behind the common promise: batches of sentences, voices by name or file.

The batch equals one-by-one synthesis (`kokoro_batch`). Group sentences of like length before
they come here: a batch costs as much as its longest row times its rows.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from kokoro import KModel
from torch.nn.utils import remove_weight_norm

from voice.config import VoiceSettings
from voice.devices import fitting, pick_device
from voice.errors import EngineError, EngineUnavailable
from voice.models_store import locate
from voice.timing import TimedWord
from voice.tts import Speech, SpeechRequest
from voice.tts.kokoro_batch import SAMPLE_RATE_HZ, SAMPLES_PER_FRAME, KokoroBatch
from voice.tts.kokoro_phonemes import Phonemes, Pronouncer
from voice.tts.normalise import Spoken, normalise

DEFAULT_VOICE: Final = "af_heart"
BY_SEX: Final = {"female": "af_heart", "male": "am_michael"}
LONGEST_PHONEMES: Final = 510
"""The model's context is 512 with a pause before and after; longer text is cut at a word."""

FRAME_MS: Final = SAMPLES_PER_FRAME * 1000 / SAMPLE_RATE_HZ


@dataclass(frozen=True, slots=True)
class _Row:
    """A stretch of one request that fits into the model."""

    request: int
    phonemes: Phonemes
    tokens: list[int]


class KokoroSynthesizer:
    """One model on one device. Not thread-safe: its lane's thread owns it."""

    name = "kokoro"

    def __init__(
        self, model: Any, device: torch.device, voices: Path, *, default_voice: str = ""
    ) -> None:
        self._model = without_weight_norm(model).to(device).eval()
        self._device = device
        self._batch = KokoroBatch(self._model)
        self._voices = voices
        self._packs: dict[str, torch.Tensor] = {}
        self._pronouncer = Pronouncer(set(model.vocab))
        self._default_voice = default_voice or DEFAULT_VOICE
        self._pack(self._default_voice)

    def synthesize(self, requests: Sequence[SpeechRequest]) -> list[Speech]:
        """One Speech per request, in order, at 24 kHz, with the request's own words timed.

        A batch that does not fit into memory is split until it does. Raises EngineError for an
        unknown voice or language, or a speed outside (0, 10].
        """
        spoken = [normalise(request.text, request.language) for request in requests]
        rows = [
            row
            for index, (request, said) in enumerate(zip(requests, spoken, strict=True))
            for row in self._rows(index, request, said)
        ]
        heard = fitting(
            lambda part: self._run(part, requests), rows, engine=self.name, setting="TTS_DEVICE"
        )
        return [
            _joined(
                said,
                [(row, *out) for row, out in zip(rows, heard, strict=True) if row.request == i],
            )
            for i, said in enumerate(spoken)
        ]

    def close(self) -> None:
        """Give the model's memory back."""
        self._packs.clear()
        self._batch = KokoroBatch(None)
        self._model = None
        if self._device.type == "cuda":
            torch.cuda.empty_cache()

    def _rows(self, index: int, request: SpeechRequest, said: Spoken) -> list[_Row]:
        if not (math.isfinite(request.speed) and 0 < request.speed <= 10):
            raise EngineError(f"kokoro cannot speak at speed {request.speed}: give 0.5 to 2.0")
        if self._model is None:
            raise EngineUnavailable("This Kokoro instance is closed: build a new one.")
        self._pack(request.voice or self._default_voice)
        vocabulary = self._model.vocab
        return [
            _Row(index, part, [0, *(vocabulary[symbol] for symbol in part.text), 0])
            for part in self._pronouncer(said.text, request.language).parts(LONGEST_PHONEMES)
        ]

    def _run(
        self, rows: Sequence[_Row], requests: Sequence[SpeechRequest]
    ) -> list[tuple[np.ndarray[Any, Any], list[int]]]:
        asked = [requests[row.request] for row in rows]
        packs = [self._pack(request.voice or self._default_voice) for request in asked]
        styles = torch.stack(
            [
                pack[min(len(row.phonemes.text), len(pack)) - 1].reshape(-1)
                for pack, row in zip(packs, rows, strict=True)
            ]
        ).to(self._device)
        audio, frames = self._batch(
            [row.tokens for row in rows], styles, [request.speed for request in asked]
        )
        return [
            (samples.clamp(-1.0, 1.0).float().cpu().numpy(), counts.tolist())
            for samples, counts in zip(audio, frames, strict=True)
        ]

    def _pack(self, name: str) -> torch.Tensor:
        """A voice's style vectors by phoneme count, [510, 1, 256]."""
        if name not in self._packs:
            path = Path(name) if name.endswith(".pt") else self._voice_file(name)
            if not path.is_file():
                known = ", ".join(sorted(file.stem for file in self._voices.glob("*.pt")))
                raise EngineError(f"kokoro has no voice {name!r} (TTS_VOICE): use one of {known}")
            self._packs[name] = torch.load(path, map_location="cpu", weights_only=True)
        return self._packs[name]

    def _voice_file(self, name: str) -> Path:
        return self._voices / f"{Path(BY_SEX.get(name, name)).name}.pt"


def build(settings: VoiceSettings) -> KokoroSynthesizer:
    """The synthesiser on `settings.tts_device`.

    TTS_MODEL is a folder with config.json, a .pth file and voices/; empty means the fetched
    weights. Raises EngineUnavailable when something of it is missing.
    """
    device = pick_device(settings.tts_device, engine="kokoro", setting="TTS_DEVICE")
    place = locate("kokoro", settings.tts_model, engine="kokoro", setting="TTS_MODEL")
    weights = sorted(place.glob("*.pth"))
    config = place / "config.json"
    if not weights or not config.is_file():
        raise EngineUnavailable(
            f"The kokoro engine finds no config.json and .pth file in TTS_MODEL={place}: fetch "
            "them with `manage.py fetch_models kokoro`."
        )
    model = KModel(repo_id="hexgrad/Kokoro-82M", config=str(config), model=str(weights[0]))
    try:
        return fitting(
            lambda _: [
                KokoroSynthesizer(model, device, place / "voices", default_voice=settings.tts_voice)
            ],
            [model],
            engine="kokoro",
            setting="TTS_DEVICE",
        )[0]
    except EngineError as error:
        raise EngineUnavailable(f"TTS_VOICE={settings.tts_voice}: {error}.") from error


def without_weight_norm(model: Any) -> Any:
    """The model with its weight norms folded in: as hooks they are recomputed at every call."""
    for module in model.modules():
        if hasattr(module, "weight_g"):
            remove_weight_norm(module)
    return model


def _joined(said: Spoken, parts: Sequence[tuple[_Row, np.ndarray[Any, Any], list[int]]]) -> Speech:
    """The parts of one request in one Speech, its words timed from the tokens' frames."""
    if not parts:
        return Speech(np.zeros(0, np.float32), SAMPLE_RATE_HZ)
    words: list[TimedWord] = []
    offset_ms = 0.0
    for row, samples, frames in parts:
        edges = np.concatenate([[0], np.cumsum(frames)]) * FRAME_MS + offset_ms
        for word, (start, end) in row.phonemes.words:
            words.append(TimedWord(word, round(edges[start + 1]), round(edges[end + 1])))
        offset_ms += len(samples) * 1000 / SAMPLE_RATE_HZ
    samples = np.concatenate([part[1] for part in parts])
    return Speech(samples, SAMPLE_RATE_HZ, said.time_original(words))
