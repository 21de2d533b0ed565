"""What a media stream says, whichever carrier it comes from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

MAX_PAYLOAD_BYTES = 8_000
"""One second of µ-law audio; carriers send 20 ms at a time."""


class EnvelopeError(ValueError):
    """A message that no carrier sends; the text says what was wrong, without its content."""


@dataclass(frozen=True, slots=True)
class StreamStarted:
    """The stream's identity and what our own TwiML gave along."""

    stream_sid: str
    call_sid: str
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AudioReceived:
    """µ-law audio at 8 kHz; `chunk` counts messages, `timestamp_ms` is the stream's time."""

    ulaw: bytes
    chunk: int
    timestamp_ms: int


@dataclass(frozen=True, slots=True)
class MarkReturned:
    """Everything sent before this mark was played, or dropped by a clear."""

    name: str


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """A DTMF key: one of 0-9, * and #."""

    key: str


@dataclass(frozen=True, slots=True)
class StreamStopped:
    """The carrier ends the stream: the caller hung up, or the call was redirected."""


@dataclass(frozen=True, slots=True)
class NothingToDo:
    """A message that carries nothing for us."""


Inbound = StreamStarted | AudioReceived | MarkReturned | KeyPressed | StreamStopped | NothingToDo


class MediaCodec(Protocol):
    """Reads and writes one carrier's messages. Stateless: one serves all calls."""

    def decode(self, text: str) -> Inbound:
        """What the message says. Raises EnvelopeError."""
        ...

    def audio(self, stream_sid: str, ulaw: bytes) -> str: ...

    def mark(self, stream_sid: str, name: str) -> str: ...

    def clear(self, stream_sid: str) -> str: ...
