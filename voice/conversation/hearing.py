"""From a stretch of the caller's audio to words for the turn machine and the receptionist."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final

from voice.completeness import tokens_of
from voice.conversation.ear import Ear
from voice.errors import VoiceError
from voice.receptionist.dialogue import CallerSaid
from voice.stt import Expectation, Transcript
from voice.turn_limits import PREROLL_MS
from voice.turn_types import (
    Answer,
    PartTranscribed,
    Phase,
    Transcribe,
    Transcribed,
    TranscribePart,
    TranscriptFailed,
    TurnState,
)
from voice.turn_words import PENDING, joined

LAST_WORDS_S: Final = 1.5
LAST_WORDS_MS: Final = 300
ECHO_SHARE: Final = 0.75
ECHO_DELAY_MS: Final = 600.0
"""An echo comes back over the line within this time."""


class Hearing:
    """Keeps the last transcript, so that its confidence and word times go on with its words."""

    def __init__(self, ear: Ear) -> None:
        self._ear = ear
        self._transcript = Transcript("")
        self._generation = -1
        self.known_ms: float | None = None
        """When the words in hand became known, on the call's clock."""

    async def listen(
        self,
        wanted: Transcribe,
        expectation: Expectation,
        *,
        aired: Callable[[float, float], str],
    ) -> Transcribed | TranscriptFailed:
        """The words of that stretch. `aired` tells our own words of a time, to know our echo."""
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
            echo=is_echo(
                transcript.text,
                aired(wanted.start_ms + PREROLL_MS - ECHO_DELAY_MS, wanted.end_ms),
            ),
            level_db=self._ear.level_db(wanted.start_ms, wanted.end_ms),
        )

    async def last_words(self, turn: TurnState) -> Answer | None:
        """What the caller was saying when the line went, if it can be had within LAST_WORDS_S."""
        if turn.started_ms is None or turn.phase not in (*PENDING, Phase.LISTENING):
            return None
        text = turn.text
        if text is None and turn.voiced_ms >= LAST_WORDS_MS:
            start_ms = turn.segment_ms - PREROLL_MS
            wanted = Transcribe(turn.generation, start_ms, turn.now_ms)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LAST_WORDS_S):
                    heard = await self.listen(wanted, turn.expectation, aired=lambda *_: "")
                    if isinstance(heard, Transcribed):
                        text = joined(turn.parts, heard.text.strip())
        if not text:
            return None
        return Answer(turn.generation, text, turn.started_ms, turn.ended_ms, held=False)

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


def is_echo(text: str, aired: str) -> bool:
    """Whether these are the very words that were in the caller's ear just then."""
    heard, ours = tokens_of(text), tokens_of(aired)
    if not heard or not ours:
        return False
    width = len(heard)
    if any(ours[start : start + width] == heard for start in range(len(ours) - width + 1)):
        return True
    same = sum(token in ours for token in heard)
    return width >= 3 and same >= ECHO_SHARE * width
