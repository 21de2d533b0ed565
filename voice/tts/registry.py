"""The synthesisers by name. `TTS_ENGINE` chooses; each is imported only when chosen."""

from typing import Final, cast

from voice.config import VoiceSettings
from voice.engines import INSTALL, INSTALL_GPU, EngineEntry, build_engine
from voice.tts import SpeechSynthesizer

ESPEAK: Final = "espeak"
ENGINES: Final = {
    ESPEAK: EngineEntry("voice.tts.espeak:build", INSTALL),
    "kokoro": EngineEntry("voice.tts.kokoro:build", INSTALL_GPU),
}


def build_synthesizer(settings: VoiceSettings) -> SpeechSynthesizer:
    """The synthesiser that TTS_ENGINE names. Blocks while it loads; raises EngineUnavailable."""
    return cast(
        SpeechSynthesizer,
        build_engine(ENGINES, settings.tts_engine, setting="TTS_ENGINE", settings=settings),
    )
