"""What a call needs from outside: a line to send audio on, and hands that carry actions out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from voice.llm import LanguageModel
from voice.receptionist.dialogue import Action, Event, LeadRecord, Scene
from voice.receptionist.rules import TenantRules
from voice.records import TurnRecord
from voice.stt import Samples, Transcriber
from voice.tts import Speech, SpeechRequest


class MediaSink(Protocol):
    """The carrier's line. Each method returns once the message is on its way; may raise OSError."""

    async def send_audio(self, ulaw: bytes) -> None:
        """Exactly 160 bytes of 8 kHz µ-law: 20 ms."""
        ...

    async def send_mark(self, name: str) -> None:
        """A mark the carrier returns once everything sent before it has been played."""
        ...

    async def send_clear(self) -> None:
        """Drop what is buffered and not yet played; all pending marks come back at once."""
        ...


class FrontDesk(Protocol):
    """Carries out what the conversation decided and keeps what it says, as it goes on."""

    async def perform(self, action: Action) -> Event | None:
        """Do it; the event, if any, tells the receptionist how it went. Raises on failure."""
        ...

    def note_turn(self, turn: TurnRecord, lead: LeadRecord) -> None:
        """Keep a finished turn at once, so that a crash loses nothing; never blocks."""
        ...


@dataclass(frozen=True, slots=True)
class CallContext:
    """Who is called, by whom, under which rules."""

    call_id: str
    tenant_id: int
    rules: TenantRules
    scene: Scene


class VadStream(Protocol):
    """One call's place in the shared voice activity tick."""

    def push(self, samples: Samples) -> None:
        """Take the next 8 kHz samples, any number of them; never blocks."""
        ...

    def close(self) -> None: ...


class TurnJudge(Protocol):
    """Judges by its sound whether an utterance was the whole of a turn."""

    async def finished(self, utterance: Samples, *, tenant_id: int) -> float | None:
        """P(the caller has finished), of 16 kHz audio up to now; None if that took too long."""
        ...


class Voice(Protocol):
    """What a session uses of the voice worker. Deadlines are event loop time in seconds."""

    @property
    def language_model(self) -> LanguageModel | None:
        """None where replies are templates only."""
        ...

    @property
    def turn_judge(self) -> TurnJudge | None:
        """None where the words alone tell whether a caller has finished."""
        ...

    def open_vad(self, on_probability: Callable[[float], None]) -> VadStream:
        """Voice activity for one call: called back with P(speech) once per 32 ms of its audio."""
        ...

    def open_transcriber(self, *, call_id: str, tenant_id: int) -> Transcriber: ...

    async def synthesize(
        self, request: SpeechRequest, *, deadline: float, tenant_id: int
    ) -> Speech:
        """Speech for one sentence, from the cache or the engine.

        Raises EngineError, EngineUnavailable or Overloaded.
        """
        ...
