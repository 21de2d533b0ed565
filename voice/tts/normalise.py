"""Written text as a voice should say it, with the way back from each spoken word.

A synthesiser reads "1847 W Ainslie St Apt 2" or "773-555-0121" wrongly; `normalise` writes them
out. It changes wording only, never meaning, and remembers which part of the original each spoken
word stands for, so that speech cut off at a word is a cut of the original text.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from voice.timing import TimedWord
from voice.tts.speakable import Piece, Rule, rules

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
    words: list[_Word] = []
    at = 0
    for piece in _pieces(readable, rules(language[:2].lower())):
        _keep(readable, at, piece.start, words)
        _say(piece, readable, words)
        at = piece.end
    _keep(readable, at, len(readable), words)
    said = " ".join(word.text for word in words)
    return Spoken(said, tuple(Span(word.start, word.end) for word in words), text)


@dataclass(slots=True)
class _Word:
    """A spoken word, what it stands for, and whether more may be written onto it."""

    text: str
    start: int
    end: int
    is_open: bool = True


def _pieces(text: str, some: Sequence[Rule]) -> list[Piece]:
    """What to replace, in order: the earliest match wins, then the earlier rule."""
    found: list[Piece] = []
    matches = ((order, rule.pattern.search(text)) for order, rule in enumerate(some))
    upcoming = {order: match for order, match in matches if match}
    at = 0
    while upcoming:
        order = min(upcoming, key=lambda order: (upcoming[order].start(), order))
        match = upcoming[order]
        if match.start() >= at:
            pieces = some[order].say(match)
            found.extend(pieces)
            at = pieces[-1].end if pieces else at
        following = some[order].pattern.search(text, max(at, match.start() + 1))
        if following:
            upcoming[order] = following
        else:
            del upcoming[order]
    return found


def _keep(text: str, start: int, end: int, words: list[_Word]) -> None:
    """Take over what no rule touched; what touches a rewritten word sticks to it."""
    for token in _TOKEN.finditer(text, start, end):
        touches = bool(words) and words[-1].end == token.start() and words[-1].is_open
        is_mark = not any(character.isalnum() for character in token.group())
        if words and (touches or (is_mark and words[-1].end == token.start())):
            words[-1].text += token.group()
            words[-1].end = token.end()
            words[-1].is_open = True
        else:
            words.append(_Word(token.group(), token.start(), token.end()))


def _say(piece: Piece, text: str, words: list[_Word]) -> None:
    """Add a piece's words; a quote or bracket right before it stays with the first one."""
    before = ""
    if words and words[-1].end == piece.start and words[-1].is_open:
        if any(character.isalnum() for character in words[-1].text):
            words[-1].is_open = False
        else:
            before = words.pop().text
    said = piece.said.split()
    for index, word in enumerate(said):
        start = piece.start - len(before) if index == 0 else piece.start
        words.append(_Word(before + word if index == 0 else word, start, piece.end))
    if said:
        words[-1].is_open = not piece.said.endswith(" ")
