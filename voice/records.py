"""What a finished call leaves behind, as plain values that any store can keep."""

from dataclasses import dataclass
from enum import StrEnum

from voice.receptionist.dialogue import Ground, LeadRecord


class Speaker(StrEnum):
    CALLER = "caller"
    RECEPTIONIST = "receptionist"


class EndReason(StrEnum):
    """Why a call ended; a call has exactly one."""

    COMPLETED = "completed"
    CALLER_HUNG_UP = "caller_hung_up"
    TRANSFERRED = "transferred"
    SPAM = "spam"
    SILENCE = "silence"
    MAX_DURATION = "max_duration"
    CARRIER_LOST = "carrier_lost"
    PROTOCOL_ERROR = "protocol_error"
    ENGINE_FAILED = "engine_failed"
    DRAINED = "drained"
    SERVER_LOST = "server_lost"


@dataclass(frozen=True, slots=True)
class TurnLatency:
    """Milliseconds from the end of the caller's speech to each stage; None if not reached."""

    endpoint_ms: int | None = None
    transcript_ms: int | None = None
    first_token_ms: int | None = None
    first_sentence_ms: int | None = None
    first_audio_ms: int | None = None
    first_frame_ms: int | None = None
    mark_ms: int | None = None
    held: bool = False


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """One side's turn. Times are milliseconds on the call's media timeline (0: stream start).

    A receptionist's text holds only what the caller heard; `latency` is the reply's.
    """

    index: int
    speaker: Speaker
    text: str
    started_ms: int
    ended_ms: int
    confidence: float | None = None
    interrupted: bool = False
    latency: TurnLatency | None = None
    grounds: tuple[Ground, ...] = ()
    asked: str | None = None


@dataclass(frozen=True, slots=True)
class CallAudio:
    """Both sides as G.711 µ-law at 8 kHz on one timeline, the receptionist's where it was heard."""

    caller_ulaw: bytes
    receptionist_ulaw: bytes


@dataclass(frozen=True, slots=True)
class CallRecord:
    """A finished conversation. `audio` is None when nothing may be kept.

    `late_frames` came later than the caller's ear needed them.
    `access_codes` are the caller's words on how to get in, once they are taken out of the rest
    (voice.keeping).
    """

    reason: EndReason
    duration_ms: int
    turns: tuple[TurnRecord, ...]
    lead: LeadRecord
    audio: CallAudio | None
    keep_transcript: bool = True
    error: str = ""
    late_frames: int = 0
    access_codes: tuple[str, ...] = ()
