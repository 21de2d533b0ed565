"""Written text as a voice should say it, with the way back from each spoken word.

A synthesiser reads "1847 W Ainslie St Apt 2" or "773-555-0121" wrongly; `normalise` writes them
out. It changes wording only, never meaning, and remembers which part of the original each spoken
word stands for, so that speech cut off at a word is a cut of the original text.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from voice.timing import TimedWord
from voice.tts.speakable import RULES, Rule

_TOKEN = re.compile(r"\S+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Span:
    """Characters [start, end) of the original text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Spoken:
    """Text to say. `spans[i]` is what its i-th whitespace-separated word stands for."""

    text: str
    spans: tuple[Span, ...]
    original: str

    def word_at(self, position: int) -> int:
        """Index of the spoken word that holds or precedes character `position` of `text`."""
        return max(0, len(self.text[: position + 1].split()) - 1)

    def time_original(self, spoken: Sequence[TimedWord]) -> tuple[TimedWord, ...]:
        """The original's words (as `original.split()`) with times.

        `spoken` holds one TimedWord per spoken word, in order. An original word begins with the
        first spoken word that stands for any of it and ends with the last one: a phone number
        counts as heard only once its last digit was.
        """
        timed: list[TimedWord] = []
        clock_ms = spoken[0].start_ms if spoken else 0
        for token in _TOKEN.finditer(self.original):
            mine = [
                word
                for word, span in zip(spoken, self.spans, strict=False)
                if span.start < token.end() and token.start() < span.end
            ]
            start_ms = mine[0].start_ms if mine else clock_ms
            clock_ms = max(word.end_ms for word in mine) if mine else clock_ms
            timed.append(TimedWord(token.group(), start_ms, clock_ms))
        return tuple(timed)


def normalise(text: str, language: str = "en") -> Spoken:
    """`text` written out for a voice in `language` ("en", "es", or a tag such as "en-US").

    Text without anything to write out comes back as it is, but for control characters and
    repeated whitespace. A language without rules is left unchanged.
    """
    readable = _CONTROL.sub(" ", text)
    pieces: list[str] = []
    spans: list[Span] = []
    at = 0
    for start, end, said in _rewrites(readable, RULES.get(language[:2].lower(), ())):
        _keep(readable, at, start, pieces, spans)
        _replace(said, start, end, pieces, spans)
        at = end
    _keep(readable, at, len(readable), pieces, spans)
    return Spoken(" ".join(pieces), tuple(spans), text)


def _rewrites(text: str, rules: Sequence[Rule]) -> list[tuple[int, int, str]]:
    """Non-overlapping (start, end, words): the earliest match wins, then the earlier rule."""
    found: list[tuple[int, int, str]] = []
    at = 0
    while True:
        best: tuple[int, int, re.Match[str], Rule] | None = None
        for order, rule in enumerate(rules):
            match = rule.pattern.search(text, at)
            if match and (best is None or (match.start(), order) < best[:2]):
                best = (match.start(), order, match, rule)
        if best is None:
            return found
        match, rule = best[2], best[3]
        found.append((match.start(), match.end(), rule.say(match)))
        at = match.end()


def _keep(text: str, start: int, end: int, pieces: list[str], spans: list[Span]) -> None:
    """Take over words that no rule touched; what touches a rewritten piece sticks to it."""
    for token in _TOKEN.finditer(text, start, end):
        span = Span(token.start(), token.end())
        glued = bool(pieces) and token.start() == start and start > 0 and text[start - 1] != " "
        if glued:
            pieces[-1] += token.group()
            spans[-1] = Span(spans[-1].start, span.end)
        else:
            pieces.append(token.group())
            spans.append(span)


def _replace(said: str, start: int, end: int, pieces: list[str], spans: list[Span]) -> None:
    for word in said.split():
        pieces.append(word)
        spans.append(Span(start, end))
