"""The voice worker: engines, their lanes and what a call uses of them."""

from voice.config import VoiceSettings

__all__ = ["VoiceSettings"]
