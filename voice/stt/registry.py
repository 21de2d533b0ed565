"""The recognisers by name. `STT_ENGINE` chooses; each is imported only when chosen."""

from dataclasses import replace
from typing import Final, cast

from voice.config import VoiceSettings
from voice.engines import INSTALL, INSTALL_GPU, EngineEntry, build_engine
from voice.errors import EngineUnavailable
from voice.stt import SpeechRecognizer, StreamingRecognizer

EMBEDDED: Final = "embedded"
STREAMING: Final = frozenset({"deepgram", "assemblyai"})
ENGINES: Final = {
    EMBEDDED: EngineEntry("voice.stt.embedded:build", INSTALL),
    "parakeet": EngineEntry("voice.stt.parakeet:build", INSTALL_GPU),
    "whisper": EngineEntry("voice.stt.whisper:build", INSTALL_GPU),
    "deepgram": EngineEntry("voice.stt.deepgram:build", INSTALL),
    "assemblyai": EngineEntry("voice.stt.assemblyai:build", INSTALL),
}


def build_recognizers(
    settings: VoiceSettings,
) -> tuple[SpeechRecognizer, ...] | StreamingRecognizer:
    """`stt_replicas` batch recognisers, each on its own device, or one streaming recogniser.

    An engine's `build` makes one replica and finds its device in `settings.stt_device`.
    Blocks while models load. Raises EngineUnavailable.
    """
    if settings.stt_replicas < 1:
        raise EngineUnavailable(
            f"STT_REPLICAS={settings.stt_replicas} leaves {settings.stt_engine} without an "
            "instance: set STT_REPLICAS to 1 or more."
        )
    if settings.stt_engine in STREAMING:
        return cast(StreamingRecognizer, _build(settings))
    devices = settings.stt_devices or ("",)
    return tuple(
        cast(
            SpeechRecognizer,
            _build(replace(settings, stt_devices=(devices[replica % len(devices)],))),
        )
        for replica in range(settings.stt_replicas)
    )


def _build(settings: VoiceSettings) -> object:
    return build_engine(ENGINES, settings.stt_engine, setting="STT_ENGINE", settings=settings)
