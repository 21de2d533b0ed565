"""From a stretch of the caller's audio to words for the turn machine and the receptionist."""

from collections.abc import Sequence
from typing import Final

from voice.completeness import tokens_of
from voice.conversation.ear import Ear
from voice.errors import VoiceError
from voice.ledger import Clip
from voice.receptionist.dialogue import CallerSaid
from voice.stt import Expectation, Transcript
from voice.turn_types import (
    PartTranscribed,
    Transcribe,
    Transcribed,
    TranscribePart,
    TranscriptFailed,
)

ECHO_REACH_WORDS: Final = 24


class Hearing:
    """Keeps the last transcript, so that its confidence and word times go on with its words."""

    def __init__(self, ear: Ear) -> None:
        self._ear = ear
        self._transcript = Transcript("")
        self._generation = -1
        self.known_ms: float | None = None
        """When the words in hand became known, on the call's clock."""

    async def listen(
        self, wanted: Transcribe, expectation: Expectation, *, spoken: Sequence[Clip]
    ) -> Transcribed | TranscriptFailed:
        """The words of that stretch. `spoken` is what we said meanwhile, to know our own echo."""
        self._generation = wanted.generation
        try:
            transcript = await self._ear.transcribe(wanted.start_ms, wanted.end_ms, expectation)
        except VoiceError:
            return TranscriptFailed(wanted.generation)
        if wanted.generation == self._generation:
            self._transcript, self.known_ms = transcript, self._ear.now_ms()
        return Transcribed(
            wanted.generation,
            transcript.text,
            echo=is_echo(transcript.text, spoken),
            level_db=self._ear.level_db(wanted.start_ms, wanted.end_ms),
        )

    async def listen_part(
        self, wanted: TranscribePart, expectation: Expectation
    ) -> PartTranscribed:
        """The words of an early part of a very long utterance."""
        try:
            transcript = await self._ear.transcribe(wanted.start_ms, wanted.end_ms, expectation)
        except VoiceError:
            return PartTranscribed(wanted.index, wanted.started_ms, "")
        return PartTranscribed(wanted.index, wanted.started_ms, transcript.text)

    def forget(self) -> None:
        """The caller goes on: the words in hand are out of date."""
        self._generation += 1
        self.known_ms = None

    def said(self, text: str) -> CallerSaid:
        """The event for these words, with what the recogniser knew about them."""
        transcript = self._transcript
        if transcript.text.strip() != text:
            return CallerSaid(text, confidence=transcript.confidence)
        return CallerSaid(
            text,
            confidence=transcript.confidence,
            words=transcript.words,
            alternatives=transcript.alternatives,
        )


def is_echo(text: str, spoken: Sequence[Clip]) -> bool:
    """Whether these are our own last words coming back over the line."""
    heard = tokens_of(text)
    said = [token for clip in spoken if clip.sent for token in tokens_of(clip.text)]
    said = said[-ECHO_REACH_WORDS:]
    if len(heard) < 2:
        return False
    width = len(heard)
    return any(said[start : start + width] == heard for start in range(len(said) - width + 1))
