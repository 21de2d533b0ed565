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


def replicas_of(settings: VoiceSettings) -> tuple[VoiceSettings, ...]:
    """Settings for each of `stt_replicas` instances, each with its own `stt_device`.

    Raises EngineUnavailable when there would be none.
    """
    if settings.stt_replicas < 1:
        raise EngineUnavailable(
            f"STT_REPLICAS={settings.stt_replicas} leaves {settings.stt_engine} without an "
            "instance: set STT_REPLICAS to 1 or more."
        )
    devices = settings.stt_devices or ("",)
    return tuple(
        replace(settings, stt_replicas=1, stt_devices=(devices[number % len(devices)],))
        for number in range(settings.stt_replicas)
    )


def build_recognizer(replica: VoiceSettings) -> SpeechRecognizer:
    """One instance of a batch recogniser, on `replica.stt_device`.

    Blocks while its model loads; raises EngineUnavailable.
    """
    return cast(SpeechRecognizer, _build(replica))


def build_streaming(settings: VoiceSettings) -> StreamingRecognizer:
    """The streaming recogniser that STT_ENGINE names. Raises EngineUnavailable."""
    return cast(StreamingRecognizer, _build(settings))


def build_recognizers(
    settings: VoiceSettings,
) -> tuple[SpeechRecognizer, ...] | StreamingRecognizer:
    """Every instance of the chosen batch recogniser, or the one streaming recogniser."""
    if settings.stt_engine in STREAMING:
        return build_streaming(settings)
    return tuple(build_recognizer(replica) for replica in replicas_of(settings))


def _build(settings: VoiceSettings) -> object:
    return build_engine(ENGINES, settings.stt_engine, setting="STT_ENGINE", settings=settings)
