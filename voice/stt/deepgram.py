"""Deepgram's streaming recogniser (Nova): `wss://…/v1/listen`, 16-bit samples at 16 kHz."""

import json
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from voice.config import VoiceSettings
from voice.errors import EngineError, EngineUnavailable, Overloaded, VoiceError
from voice.stt import RECOGNITION_HZ
from voice.stt.heard import Heard, HeardWord
from voice.stt.remote import Hints, RemoteRecognizer

URL: Final = "wss://api.deepgram.com"
MODEL: Final = "nova-3"


class DeepgramDialect:
    """Documented messages: Results, Metadata, ConfigureSuccess, ConfigureFailure, Error;
    KeepAlive, Finalize, Configure, CloseStream."""

    name = "deepgram"
    shortest_chunk_ms = 20
    settle = json.dumps({"type": "Finalize"})
    finish = json.dumps({"type": "CloseStream"})
    keep_alive = json.dumps({"type": "KeepAlive"})

    def __init__(self, *, api_key: str, url: str = URL, model: str = MODEL) -> None:
        self._api_key = api_key
        self._url = url.rstrip("/")
        self._model = model

    def url(self, hints: Hints) -> str:
        """Interim results on, formatting off: our own rules read numbers. One keyterm each."""
        query = [
            ("model", self._model),
            ("language", "multi" if hints.language == "es" else hints.language),
            ("encoding", "linear16"),
            ("sample_rate", str(RECOGNITION_HZ)),
            ("channels", "1"),
            ("interim_results", "true"),
            ("punctuate", "true"),
            ("endpointing", "false"),
            *(("keyterm", term) for term in hints.terms),
        ]
        return f"{self._url}/v1/listen?{urlencode(query)}"

    def headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Token {self._api_key}"}

    def update(self, old: Hints, new: Hints) -> str | None:
        """Keyterms change in the running session, the language with a new connection only."""
        if old.language != new.language:
            return None
        return json.dumps({"type": "Configure", "keyterms": list(new.terms)})

    def read(self, message: str) -> Heard | None:
        """The words of a Results message; None for the others. Raises EngineError."""
        said = json.loads(message)
        if said.get("type") == "Error":
            raise EngineError(f"deepgram: {said.get('description') or said.get('message')}")
        if said.get("type") != "Results":
            return None
        start_ms = round(said["start"] * 1000)
        best = said["channel"]["alternatives"][0]
        return Heard(
            segment=start_ms,
            words=tuple(
                HeardWord(
                    word.get("punctuated_word") or word["word"],
                    round(word["start"] * 1000),
                    round(word["end"] * 1000),
                    float(word["confidence"]),
                )
                for word in best.get("words", [])
            ),
            final=bool(said["is_final"]),
            forced=bool(said.get("from_finalize")),
            covered_ms=start_ms + round(said["duration"] * 1000),
        )

    def refusal(self, code: int, reason: str) -> VoiceError | None:
        """HTTP statuses of the handshake and close codes of the session."""
        if code in {401, 403}:
            return EngineUnavailable(
                f"The deepgram engine's key was refused (HTTP {code}): set DEEPGRAM_API_KEY to a "
                "valid key."
            )
        if code == 402:
            return EngineUnavailable(
                "The deepgram engine's account is out of credit (HTTP 402): top it up, or choose "
                "another STT_ENGINE."
            )
        if code == 429:
            return Overloaded(f"deepgram takes no more sessions at once (HTTP 429): {reason}")
        if code in {400, 404, 1008}:
            return EngineError(f"deepgram refused the session ({code}): {reason}")
        return None


def build(settings: VoiceSettings) -> RemoteRecognizer:
    """Deepgram with DEEPGRAM_API_KEY. Raises EngineUnavailable without one."""
    if not settings.deepgram_api_key:
        raise EngineUnavailable(
            "The deepgram engine (STT_ENGINE=deepgram) has no key: set DEEPGRAM_API_KEY."
        )
    return RemoteRecognizer(
        DeepgramDialect(
            api_key=settings.deepgram_api_key,
            url=settings.deepgram_url or URL,
            model=settings.stt_model or MODEL,
        )
    )
