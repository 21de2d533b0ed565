"""AssemblyAI's Universal-Streaming: `wss://…/v3/ws`, 16-bit samples at 16 kHz."""

import json
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from voice.config import VoiceSettings
from voice.errors import EngineError, EngineUnavailable, Overloaded, VoiceError
from voice.stt import RECOGNITION_HZ
from voice.stt.heard import Heard, HeardWord
from voice.stt.remote import Hints, RemoteRecognizer

URL: Final = "wss://streaming.assemblyai.com"
ENGLISH: Final = "universal-streaming-english"
MULTILINGUAL: Final = "universal-streaming-multilingual"
UNAUTHORISED: Final = frozenset({401, 403, 1008, 4001})
UNPAID: Final = frozenset({402, 4002, 4003})
BUSY: Final = frozenset({429, 3009, 4102})


class AssemblyAiDialect:
    """Documented messages: Begin, Turn, Termination, Error; ForceEndpoint, UpdateConfiguration,
    KeepAlive, Terminate."""

    name = "assemblyai"
    shortest_chunk_ms = 50
    settle = json.dumps({"type": "ForceEndpoint"})
    finish = json.dumps({"type": "Terminate"})
    keep_alive = json.dumps({"type": "KeepAlive"})

    def __init__(self, *, api_key: str, url: str = URL, model: str = "") -> None:
        self._api_key = api_key
        self._url = url.rstrip("/")
        self._model = model

    def url(self, hints: Hints) -> str:
        """Turns come unformatted: formatting would send each of them twice, the second later."""
        query = {
            "sample_rate": RECOGNITION_HZ,
            "encoding": "pcm_s16le",
            "format_turns": "false",
            "speech_model": self._model or (MULTILINGUAL if hints.language == "es" else ENGLISH),
        }
        if hints.terms:
            query["keyterms_prompt"] = json.dumps(hints.terms)
        return f"{self._url}/v3/ws?{urlencode(query)}"

    def headers(self) -> Mapping[str, str]:
        return {"Authorization": self._api_key}

    def update(self, old: Hints, new: Hints) -> str | None:
        """Keyterms of the turns to come; another language needs another model, so a new
        connection."""
        if old.language != new.language and not self._model:
            return None
        return json.dumps({"type": "UpdateConfiguration", "keyterms_prompt": list(new.terms)})

    def read(self, message: str) -> Heard | None:
        """The words of a Turn; None for the others. Raises VoiceError for an Error."""
        said = json.loads(message)
        if said.get("type") == "Error":
            code = int(said.get("error_code") or 0)
            reason = str(said.get("error"))
            raise self.refusal(code, reason) or EngineError(f"assemblyai: {reason}")
        if said.get("type") != "Turn":
            return None
        words = tuple(
            HeardWord(word["text"], word["start"], word["end"], float(word["confidence"]))
            for word in said["words"]
        )
        final = bool(said["end_of_turn"])
        return Heard(
            segment=said["turn_order"],
            words=words,
            final=final,
            forced=final,
            covered_ms=words[-1].end_ms if words else 0,
        )

    def refusal(self, code: int, reason: str) -> VoiceError | None:
        """HTTP statuses, close codes and error codes of the service."""
        if code in UNAUTHORISED:
            return EngineUnavailable(
                f"The assemblyai engine's key was refused ({code}): set ASSEMBLYAI_API_KEY to a "
                "valid key."
            )
        if code in UNPAID:
            return EngineUnavailable(
                f"The assemblyai engine's account is out of credit ({code}): top it up, or choose "
                "another STT_ENGINE."
            )
        if code in BUSY:
            return Overloaded(f"assemblyai takes no more sessions at once ({code}): {reason}")
        if code in {400, 404, 3006, 3007, 4000, 4100, 4101}:
            return EngineError(f"assemblyai refused the session ({code}): {reason}")
        return None


def build(settings: VoiceSettings) -> RemoteRecognizer:
    """AssemblyAI with ASSEMBLYAI_API_KEY. Raises EngineUnavailable without one."""
    if not settings.assemblyai_api_key:
        raise EngineUnavailable(
            "The assemblyai engine (STT_ENGINE=assemblyai) has no key: set ASSEMBLYAI_API_KEY."
        )
    return RemoteRecognizer(
        AssemblyAiDialect(
            api_key=settings.assemblyai_api_key,
            url=settings.assemblyai_url or URL,
            model=settings.stt_model,
        )
    )
