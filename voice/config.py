"""What the operator chose for the voice worker, as one frozen value."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VoiceSettings:
    """Engines and their options. An empty string means the engine's own default.

    Each field is the environment variable of the same name in capitals (`VOICE_FALLBACK` for
    `fallback`). A model may be a name the engine knows, or a path.
    """

    stt_engine: str = "embedded"
    stt_model: str = ""
    stt_replicas: int = 1
    stt_devices: tuple[str, ...] = ()
    """One device a replica, "cuda:0" or "cpu"; reused in turn when there are more replicas."""

    llm_engine: str = "none"
    llm_model: str = ""
    llm_url: str = ""
    llm_api_key: str = ""
    llm_gpu_share: float = 0.3
    """Part of the GPU's memory vLLM may take, of 1."""

    tts_engine: str = "espeak"
    tts_model: str = ""
    tts_voice: str = ""
    tts_device: str = ""

    vad_engine: str = "silero"

    turn_model: str = ""
    """Path of smart-turn's .onnx; without it the words alone tell when a caller has finished."""

    deepgram_api_key: str = ""
    deepgram_url: str = ""
    assemblyai_api_key: str = ""
    assemblyai_url: str = ""

    fallback: bool = False
    """Start with the embedded engines when a chosen one is unavailable, instead of failing."""

    speech_cache_bytes: int = 64 * 1024 * 1024
    stt_queue_limit: int = 512
    tts_queue_limit: int = 512
    profile: str = ""
    """Path of a calibrated profile, whose costs the batchers start from."""

    @property
    def stt_device(self) -> str:
        """The device of the one replica an engine's `build` makes; "" lets the engine choose."""
        return self.stt_devices[0] if self.stt_devices else ""
