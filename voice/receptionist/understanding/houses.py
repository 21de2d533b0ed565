"""House numbers: said in pairs or digit by digit, with a half, and those with a dash in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from voice.receptionist.understanding.numbers import TENS, NumberRun, readings, runs
from voice.receptionist.understanding.text import Utterance

_DASHES: Final = frozenset({"dash", "hyphen", "guión", "guion"})
_SKIPPED: Final = frozenset({"de", "la", "en", "uh", "um", "eh", *_DASHES})
_HALVES: Final = (("and", "a", "half"), ("and", "one", "half"), ("y", "medio"))
_LINKS: Final = (
    ("and", "the", "street", "is"), ("and", "street", "is"), ("the", "street", "is"),
    ("and", "it's"), ("on",), ("the", "street's"), ("y", "la", "calle", "es"),
)  # fmt: skip
"""What comes between a house number and its street."""
_SLASHES: Final = "/\u2044"


@dataclass(frozen=True, slots=True)
class House:
    """A house number as it is written ("41-16", "618 1/2"); what follows begins at token `end`."""

    number: str
    end: int


def house_at(utterance: Utterance, run: NumberRun, ordinals: frozenset[str]) -> House | None:
    """The house number that a run of number words stands for, or None.

    `ordinals`: words such as "first"; tens before one belong to the street, "fifth / two hundred
    twenty first street".
    """
    words = utterance.words
    if (written := _written(utterance, run)) is not None:
        return written
    said, end = _without_street(words, run, ordinals)
    if not said:
        return None  # "twenty first street" alone
    if said[0].isdecimal() and len(said[0]) >= 2 and not any(w.isdecimal() for w in said[1:]):
        said, end = said[:1], run.start + 1  # "6914 Six Mile Lane": the six is the street's
    number = likeliest(said)
    if not number:
        return None
    if words[end : end + 1] and words[end] in _DASHES and end == run.end:
        after = next((other for other in runs(words) if other.start == end + 1), None)
        if after is not None and len(number) <= 3:
            said, end = _without_street(words, after, ordinals)
            tail = next((reading for reading in readings(said) if len(reading) <= 2), "")
            number = f"{number}-{tail:0>2}" if tail else number
    return _with_half(words, number, end)


def likeliest(words: Sequence[str]) -> str:
    """The likeliest house number in number words; "" if there is none."""
    for reading in readings(words):
        if 1 <= len(reading) <= 5 and not reading.startswith("0"):
            return reading
    return ""


def _without_street(
    words: Sequence[str], run: NumberRun, ordinals: frozenset[str]
) -> tuple[Sequence[str], int]:
    """The words of the run that are the house's, and where the street begins."""
    said, end = words[run.start : run.end], run.end
    if end < len(words) and words[end] in ordinals and said[-1] in TENS:
        return said[:-1], end - 1
    return said, end


def _with_half(words: Sequence[str], number: str, end: int) -> House:
    for half in _HALVES:
        if tuple(words[end : end + len(half)]) == half:
            return House(f"{number} 1/2", end + len(half))
    for link in _LINKS:
        if tuple(words[end : end + len(link)]) == link:
            end += len(link)
    while end < len(words) and words[end] in _SKIPPED:
        end += 1
    return House(number, end)


def _written(utterance: Utterance, run: NumberRun) -> House | None:
    """Figures with a dash or a fraction, "41-16" or "618 1/2"; they are written as they came."""
    tokens = utterance.tokens[run.start : run.end]
    figures = [token.word for token in tokens]
    between = [utterance.raw[one.end : other.start] for one, other in pairwise(tokens)]
    if not all(figure.isdecimal() for figure in figures) or len(figures) > 4:
        return None
    number, used = figures[0], 1
    if between[:1] == ["-"] and len(figures[0]) <= 3 and len(figures[1]) == 2:
        number, used = f"{figures[0]}-{figures[1]}", 2
    if figures[used:] == ["1", "2"] and between[-1] in _SLASHES:
        return House(f"{number} 1/2", run.end)
    return _with_half(utterance.words, number, run.end) if used == 2 == len(figures) else None
