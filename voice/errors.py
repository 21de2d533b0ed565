"""What can go wrong between the call and the models, as types the callers can tell apart."""


class VoiceError(Exception):
    """Base of every error that `voice` raises on purpose."""


class EngineError(VoiceError):
    """An engine could not answer this request; others may still succeed."""


class EngineUnavailable(VoiceError):
    """An engine cannot be used here: package, weights, device or key missing.

    The message is one sentence naming the engine, the setting and the command that fixes it.
    """


class Overloaded(VoiceError):
    """A bounded queue is full, or the work could not meet its deadline; the work was refused."""
