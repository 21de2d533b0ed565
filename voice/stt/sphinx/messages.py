"""What the recogniser's parent and its child processes tell each other."""

import msgspec


class Utterance(msgspec.Struct, array_like=True):
    """Audio to recognise: 16-bit mono samples at 16 kHz, and what is expected in it."""

    pcm: bytes
    kind: str
    phrases: list[str]


class Answer(msgspec.Struct, array_like=True):
    """The words heard with their milliseconds; `error` is set instead when decoding failed."""

    text: str = ""
    words: list[tuple[str, int, int]] = []
    confidence: float | None = None
    alternatives: list[str] = []
    error: str = ""
