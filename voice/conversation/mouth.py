"""Text to telephone audio: synthesis with a second try, conversion, trimming between chunks."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from voice.audio import BYTES_PER_MS, TELEPHONE_HZ, Floats, float_to_ulaw, resample
from voice.conversation.chunks import Chunk, chunks_of
from voice.conversation.lines import Line, line_text
from voice.errors import EngineError, VoiceError
from voice.ledger import Clip, make_clip
from voice.ports import CallContext, Voice
from voice.receptionist.dialogue import Sentence
from voice.timing import TimedWord
from voice.tts import Speech, SpeechRequest

FIRST_TRY_S: Final = 1.2
SECOND_TRY_S: Final = 1.2
LEISURE_S: Final = 10.0
_QUIET: Final = 0.003
_COMMA_MS: Final = 100
_JOIN_MS: Final = 20
"""Silence left at a cut, at punctuation and elsewhere; synthesisers end with far more."""


class Mouth:
    """Makes clips for one call, in its tenant's voice."""

    def __init__(self, voice: Voice, context: CallContext) -> None:
        self._voice = voice
        self._context = context
        self._lines: dict[Line, tuple[str, bytes, tuple[TimedWord, ...]]] = {}
        self.language = "en"

    async def clip(self, chunk: Chunk, *, deadline: float, language: str = "") -> Clip:
        """The chunk's audio, wanted by `deadline` (loop time). Tries twice.

        Raises EngineError, EngineUnavailable or Overloaded when both failed, within 2.4 s.
        """
        request = self._request(chunk.text, language)
        loop = asyncio.get_running_loop()
        try:
            limit = min(max(deadline, loop.time() + 0.3), loop.time() + FIRST_TRY_S)
            speech = await self._synthesize(request, deadline=limit, timeout_s=FIRST_TRY_S)
        except VoiceError:
            limit = loop.time() + SECOND_TRY_S
            speech = await self._synthesize(request, deadline=limit, timeout_s=SECOND_TRY_S)
        return _clip(chunk, speech)

    async def warm_lines(self) -> None:
        """Make the session's own lines in the background, for when an engine is not there."""
        for line in Line:
            sentence = Sentence(line_text(line, self.language))
            audio, words = bytearray(), list[TimedWord]()
            try:
                for chunk in chunks_of(sentence):
                    request = self._request(chunk.text, "")
                    deadline = asyncio.get_running_loop().time() + LEISURE_S
                    speech = await self._synthesize(request, deadline=deadline, timeout_s=LEISURE_S)
                    clip = _clip(chunk, speech)
                    words += _later(clip.words, len(audio) // BYTES_PER_MS)
                    audio += clip.ulaw
            except VoiceError:
                continue
            self._lines[line] = (sentence.text, bytes(audio), tuple(words))

    def line(self, line: Line) -> Clip | None:
        """The line, if it could be made beforehand."""
        made = self._lines.get(line)
        return make_clip(*made) if made is not None else None

    def _request(self, text: str, language: str) -> SpeechRequest:
        voice = self._context.rules.voice
        return SpeechRequest(text, voice=voice, language=language or self.language)

    async def _synthesize(
        self, request: SpeechRequest, *, deadline: float, timeout_s: float
    ) -> Speech:
        try:
            async with asyncio.timeout(timeout_s):
                return await self._voice.synthesize(
                    request, deadline=deadline, tenant_id=self._context.tenant_id
                )
        except TimeoutError:
            raise EngineError(f"speech synthesis gave nothing within {timeout_s} s") from None
        except VoiceError:
            raise
        except Exception as error:
            raise EngineError(f"speech synthesis broke: {error!r}") from error


def _clip(chunk: Chunk, speech: Speech) -> Clip:
    pause_ms = None
    if not chunk.last:
        pause_ms = _COMMA_MS if chunk.text[-1:] in ",;:.!?" else _JOIN_MS
    samples, words = _converted(speech, pause_ms)
    return make_clip(
        chunk.text,
        float_to_ulaw(samples),
        _own_words(chunk.text, words),
        interruptible=chunk.sentence.interruptible,
        grounds=chunk.sentence.grounds,
    )


def _later(words: Sequence[TimedWord], by_ms: int) -> Iterator[TimedWord]:
    return (TimedWord(word.text, word.start_ms + by_ms, word.end_ms + by_ms) for word in words)


def _converted(speech: Speech, pause_ms: int | None) -> tuple[Floats, tuple[TimedWord, ...]]:
    """8 kHz samples, ended by so much silence unless None, and the words' times in them."""
    samples = resample(speech.samples, speech.sample_rate_hz, TELEPHONE_HZ)
    if pause_ms is None or not len(samples):
        return samples, speech.words
    loud = np.flatnonzero(np.abs(samples) > _QUIET)
    if not len(loud):
        return samples, speech.words
    end = min(int(loud[-1]) + pause_ms * TELEPHONE_HZ // 1000, len(samples))
    end_ms = end * 1000 // TELEPHONE_HZ
    words = tuple(
        TimedWord(word.text, min(word.start_ms, end_ms), min(word.end_ms, end_ms))
        for word in speech.words
    )
    return samples[:end], words


def _own_words(text: str, words: tuple[TimedWord, ...]) -> tuple[TimedWord, ...]:
    """The text's own spelling on the engine's times, where the two have as many words."""
    tokens = text.split()
    if len(tokens) != len(words):
        return words
    return tuple(
        TimedWord(token, word.start_ms, word.end_ms)
        for token, word in zip(tokens, words, strict=True)
    )
