"""The language models by name. `LLM_ENGINE` chooses; each is imported only when chosen."""

from typing import Final, cast

from voice.config import VoiceSettings
from voice.engines import INSTALL, INSTALL_GPU, EngineEntry, build_engine
from voice.llm import LanguageModel

NONE: Final = "none"
ENGINES: Final = {
    NONE: EngineEntry("voice.llm.registry:no_model", INSTALL),
    "vllm": EngineEntry("voice.llm.vllm_engine:build", INSTALL_GPU),
    "openai": EngineEntry("voice.llm.openai_compatible:build", INSTALL_GPU),
    "transformers": EngineEntry("voice.llm.transformers_engine:build", INSTALL_GPU),
}


def build_language_model(settings: VoiceSettings) -> LanguageModel | None:
    """The model LLM_ENGINE names; None for "none", where replies are templates only.

    Blocks while it loads; raises EngineUnavailable.
    """
    return cast(
        LanguageModel | None,
        build_engine(ENGINES, settings.llm_engine, setting="LLM_ENGINE", settings=settings),
    )


def no_model(settings: VoiceSettings) -> None:
    """What LLM_ENGINE=none builds: nothing."""
