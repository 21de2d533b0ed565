"""Figures put in the place of others: "2214, not 2240", "I said 2240, it's 2214"."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from voice.receptionist.understanding.numbers import NumberRun, runs
from voice.receptionist.understanding.text import Token, Utterance

_SAID: Final = frozenset({"said", "say", "gave", "told", "put", "wrote", "have", "dije", "puso"})
_MEANT: Final = frozenset({"it's", "is", "meant", "mean", "actually", "should", "supposed", "es"})
_NOT: Final = frozenset({"not", "isn't", "ain't", "wasn't"})
_SOUNDS: Final = frozenset({"uh", "um", "the", "a", "number", "oh", "el", "la"})
_FURTHEST: Final = 6
"""Words between the wrong figure and the right one."""


@dataclass(frozen=True, slots=True)
class Replacement:
    """What the figures may be read as, those that are right and those that were wrong.

    `wrong` is empty where the caller did not repeat it. Tokens [start, end) hold both.
    """

    right: tuple[str, ...]
    wrong: tuple[str, ...]
    start: int
    end: int


def replacement_in(utterance: Utterance) -> Replacement | None:
    """The figures that are put in the place of others, the last of them; None where none are."""
    words = utterance.words
    found: Replacement | None = None
    for one, other in pairwise(_apart(words, runs(words, dictated=True))):
        between = [w for w in words[one.end : other.start] if w not in _SOUNDS]
        before = words[max(0, one.start - 3) : one.start]
        if len(between) > _FURTHEST:
            continue
        if between in (["not"], ["instead", "of"], ["no"], ["y", "no"]) or between[-1:] == ["not"]:
            right, wrong = one, other
        elif _NOT & {*before} or (_SAID & {*before} and _MEANT & {*between}):
            right, wrong = other, one
        else:
            continue
        found = Replacement(right.readings, wrong.readings, one.start, other.end)
    return found


def _apart(words: Sequence[str], found: Sequence[NumberRun]) -> Sequence[NumberRun]:
    """The runs, two figures after a "not" apart: "not 2240, 2214"."""
    apart: list[NumberRun] = []
    for run in found:
        said = words[run.start : run.end]
        denied = words[max(0, run.start - 1) : run.start] == ("not",)
        if denied and len(said) == 2 and all(word.isdecimal() for word in said):
            apart += [NumberRun(run.start + at, run.start + at + 1, (said[at],)) for at in (0, 1)]
        else:
            apart.append(run)
    return apart


def only_figures(utterance: Utterance) -> Replacement | None:
    """The one figure of a turn that says nothing else: "no, it's 2214", "… and my name is Jane"."""
    words = utterance.words
    found = runs(words, dictated=True)
    if len(found) != 1:
        return None
    rest = words[found[0].end :]
    beside = found[0].start + next(
        (at for at, w in enumerate(rest) if w in ("and", "y")), len(rest)
    )
    if beside > _FURTHEST:
        return None
    return Replacement(found[0].readings, (), found[0].start, found[0].end)


def without(utterance: Utterance, start: int, end: int) -> Utterance:
    """The utterance with a marker in place of tokens [start, end), so neighbours stay apart."""
    gap = Token("·", 0, 0, "·")
    return Utterance(utterance.raw, (*utterance.tokens[:start], gap, *utterance.tokens[end:]))


def closeness(one: str, other: str) -> float:
    """How alike two figures are, digit by digit: 1.0 the same, 0.0 of different lengths."""
    if not one or len(one) != len(other):
        return 0.0
    return sum(a == b for a, b in zip(one, other, strict=True)) / len(one)
