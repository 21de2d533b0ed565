"""Recognised words as people write them: "I", names with capitals, spelled letters."""

from collections.abc import Sequence
from functools import cache
from typing import Final

from voice.stt.sphinx.templates import LETTERS, classes, lines, split

_PROPER: Final = ("first", "last", "street")
_PROPER_IN_ADDRESSES: Final = ("direction", "suffix")


def written(words: Sequence[str], kind: str) -> tuple[str, ...]:
    """Each word as it is written in an answer of this kind; joined by spaces they are the text."""
    proper = (
        _names()
        if kind in ("name", "street")
        else _names() - _everyday_words() | _values(("weekday",))
    )
    if kind == "street":
        proper |= _values(_PROPER_IN_ADDRESSES)
    shown = [_shown(word, proper) for word in words]
    if shown:
        shown[0] = shown[0][:1].upper() + shown[0][1:]
    return tuple(shown)


def _shown(word: str, proper: frozenset[str]) -> str:
    if word in LETTERS:
        return word[0].upper()
    if word in proper or word == "i" or word.startswith("i'"):
        return word[:1].upper() + word[1:]
    return word


@cache
def _names() -> frozenset[str]:
    return _values(_PROPER)


@cache
def _everyday_words() -> frozenset[str]:
    """Words of the corpus itself: "will", "grace" or "lake" need no capital there."""
    templates = " ".join(lines("corpus_en.txt"))
    for mark in "()[]{}|":
        templates = templates.replace(mark, " ")
    return frozenset(templates.split())


def _values(names: Sequence[str]) -> frozenset[str]:
    values = (
        value for name in names for alternative in classes()[name] for value in split(alternative)
    )
    return frozenset(word for value in values for word in value.split())
