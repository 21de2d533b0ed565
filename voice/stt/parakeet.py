"""Parakeet-TDT through NeMo: many callers' utterances in one batch.

The batch goes through preprocessor, encoder and greedy TDT decoding directly. NeMo's own
`transcribe()` is not used: it writes temporary files, builds a data loader for each call and is
not safe with threads. On CUDA the networks run in bfloat16 and the decoder as CUDA graphs.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from nemo.collections.asr.models import ASRModel
from nemo.utils import logging as nemo_logging
from omegaconf import open_dict

from voice.config import VoiceSettings
from voice.devices import fitting, pick_device
from voice.errors import EngineUnavailable
from voice.models_store import locate
from voice.stt import RECOGNITION_HZ, RecognitionRequest, Transcript
from voice.stt.phrase_boost import PhraseBooster
from voice.timing import TimedWord

SHORTEST_SAMPLES: Final = RECOGNITION_HZ // 10
"""Shorter utterances are padded with silence: feature normalisation needs several frames."""


class ParakeetRecognizer:
    """One model on one device. Not thread-safe: its lane's thread owns it."""

    name = "parakeet"

    def __init__(self, model: Any, device: torch.device) -> None:
        self._device = device
        self._dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
        self._model = _prepared(model, device, self._dtype)
        stride_s = float(self._model.cfg.preprocessor.window_stride)
        self._frame_ms = stride_s * 1000 * int(self._model.encoder.subsampling_factor)
        self._booster = PhraseBooster(self._model)

    def transcribe(self, requests: Sequence[RecognitionRequest]) -> list[Transcript]:
        """One transcript per request, in order; the same as one by one.

        A batch that does not fit into memory is split until it does. Raises EngineError.
        """
        return fitting(self._decode, requests, engine=self.name, setting="STT_DEVICES")

    def close(self) -> None:
        """Give the model's memory back."""
        self._model = None
        if self._device.type == "cuda":
            torch.cuda.empty_cache()

    def _decode(self, requests: Sequence[RecognitionRequest]) -> list[Transcript]:
        if self._model is None:
            raise EngineUnavailable("This Parakeet instance is closed: build a new one.")
        with torch.inference_mode():
            hypotheses = self._hypotheses(requests)
        return [self._transcript(hypothesis) for hypothesis in hypotheses]

    def _hypotheses(self, requests: Sequence[RecognitionRequest]) -> list[Any]:
        audio, lengths = self._padded(requests)
        features, feature_lengths = self._model.preprocessor(input_signal=audio, length=lengths)
        encoded, encoded_lengths = self._model.encoder(
            audio_signal=features.to(self._dtype), length=feature_lengths
        )
        hypotheses: list[Any] = self._model.decoding.rnnt_decoder_predictions_tensor(
            encoder_output=encoded,
            encoded_lengths=encoded_lengths,
            return_hypotheses=True,
            partial_hypotheses=self._booster.requests(requests),
        )
        return hypotheses

    def _padded(self, requests: Sequence[RecognitionRequest]) -> tuple[torch.Tensor, torch.Tensor]:
        lengths = [max(len(request.samples), SHORTEST_SAMPLES) for request in requests]
        audio = np.zeros((len(requests), max(lengths)), dtype=np.float32)
        for row, request in enumerate(requests):
            audio[row, : len(request.samples)] = request.samples
        return (
            torch.from_numpy(audio).to(self._device),
            torch.tensor(lengths, device=self._device),
        )

    def _transcript(self, hypothesis: Any) -> Transcript:
        text = str(hypothesis.text).strip()
        if not text:
            return Transcript("")
        confidences = hypothesis.word_confidence or []
        confidence = float(min(confidences)) if len(confidences) else None
        return Transcript(
            text=text,
            words=self._words(hypothesis),
            confidence=None if confidence is None else min(1.0, max(0.0, confidence)),
        )

    def _words(self, hypothesis: Any) -> tuple[TimedWord, ...]:
        """The words with their places, from the frame at which each piece was emitted."""
        ids = [int(token) for token in hypothesis.y_sequence]
        frames = [int(frame) for frame in hypothesis.timestamp]
        words: list[TimedWord] = []
        for piece, frame in zip(self._model.tokenizer.ids_to_tokens(ids), frames, strict=True):
            start, end = round(frame * self._frame_ms), round((frame + 1) * self._frame_ms)
            letters = piece.removeprefix("▁")
            if piece.startswith("▁") or not words:
                words.append(TimedWord(letters, start, end))
            else:
                words[-1] = TimedWord(words[-1].text + letters, words[-1].start_ms, end)
        return tuple(word for word in words if word.text)


def build(settings: VoiceSettings) -> ParakeetRecognizer:
    """The recogniser for the first of `settings.stt_devices`.

    STT_MODEL may be a .nemo file or a folder that holds one; empty means the fetched weights.
    Raises EngineUnavailable when the weights or the device are missing.
    """
    device = pick_device(settings.stt_device, engine="parakeet", setting="STT_DEVICES")
    path = _nemo_file(settings.stt_model)
    nemo_logging.setLevel(nemo_logging.ERROR)
    try:
        model = ASRModel.restore_from(str(path), map_location=torch.device("cpu"))
    except Exception as error:
        raise EngineUnavailable(
            f"The parakeet engine cannot read STT_MODEL={path}, {type(error).__name__}: fetch it "
            "again with `manage.py fetch_models parakeet --again`."
        ) from error
    return fitting(
        lambda _: [ParakeetRecognizer(model, device)],
        [model],
        engine="parakeet",
        setting="STT_DEVICES",
    )[0]


def _nemo_file(setting: str) -> Path:
    place = locate("parakeet", setting, engine="parakeet", setting="STT_MODEL")
    if place.is_file():
        return place
    found = sorted(place.glob("*.nemo"))
    if not found:
        raise EngineUnavailable(
            f"The parakeet engine finds no .nemo file in STT_MODEL={place}: fetch the weights "
            "with `manage.py fetch_models parakeet`."
        )
    return found[0]


def _prepared(model: Any, device: torch.device, dtype: torch.dtype) -> Any:
    """The model on its device, without dither, decoding greedily in batches with confidence."""
    decoding = model.cfg.decoding
    with open_dict(decoding):
        decoding.strategy = "greedy_batch"
        decoding.compute_timestamps = False
        decoding.greedy.max_symbols = 10
        decoding.greedy.loop_labels = True
        decoding.greedy.use_cuda_graph_decoder = device.type == "cuda"
        decoding.greedy.enable_per_stream_biasing = True
        decoding.confidence_cfg = {
            "preserve_frame_confidence": True,
            "preserve_token_confidence": True,
            "preserve_word_confidence": True,
            "exclude_blank": True,
            "aggregation": "min",
            "method_cfg": {"name": "max_prob"},
        }
    model.change_decoding_strategy(decoding, verbose=False)
    model.preprocessor.featurizer.dither = 0.0
    model.preprocessor.featurizer.pad_to = 0
    model.freeze()
    model.to(device)
    for part in (model.encoder, model.decoder, model.joint):
        part.to(dtype)
    return model
