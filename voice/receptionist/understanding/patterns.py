"""The little pattern language of our data files, turned into regular expressions once.

Words in order; `(a|b c)` chooses, groups nest, an empty choice makes it optional; `..` is up to
four other words; `word*` is a beginning, `*` alone any word; `{name}` stands for a class of the
file; `^` and `$` pin the start and the end of the clause.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_GAP: Final = r"(?:\S+ ){0,4}?"
_PIECE: Final = re.compile(r"[()|]|[^\s()|]+")


@dataclass(frozen=True, slots=True)
class Need:
    """Words of which a text must hold one, or the beginning of one, for a pattern to match."""

    words: frozenset[str] = frozenset()
    beginnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern of the data files. A text without the words it needs is dismissed at once.

    Of some three hundred patterns all but a few are, which costs a tenth of searching for each.
    """

    expression: re.Pattern[str]
    needs: tuple[Need, ...]

    def search(self, text: str) -> re.Match[str] | None:
        """Where it occurs first in ` word word word `."""
        return self.expression.search(text) if self.is_possible(text) else None

    def blanked(self, text: str) -> tuple[str, int]:
        """The text with a dash for each word of every match, and how many matches there were."""
        if not self.is_possible(text):
            return text, 0
        return self.expression.subn(lambda match: "- " * len(match.group().split()), text)

    def is_possible(self, text: str) -> bool:
        """Whether the words it needs are there, in whatever order."""
        words = _words(text)
        for need in self.needs:  # written for speed: a turn asks this a thousand times
            if need.words.isdisjoint(words):
                if not need.beginnings:
                    return False
                if not any(part in text for part in need.beginnings):
                    return False
        return True


@lru_cache(maxsize=64)
def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def compile_pattern(pattern: str, classes: Mapping[str, str]) -> Pattern:
    """The pattern, to be searched for in ` word word word ` (single spaces, one at each end).

    Raises ValueError for brackets that do not match.
    """
    for name, values in classes.items():
        pattern = pattern.replace("{" + name + "}", f"({values})")
    pieces = _PIECE.findall(pattern.replace("^", " ^ ").replace("$", " $ "))
    body, rest = _choices(pieces)
    if rest:
        raise ValueError(f"the pattern has a bracket too many: {pattern!r}")
    start = "" if pieces[:1] == ["^"] else r"(?<= )"
    return Pattern(re.compile(start + body), _needs(pieces)[0])


def _needs(pieces: Sequence[str]) -> tuple[tuple[Need, ...], Sequence[str]]:
    """What every match of `pieces` holds, up to an unmatched closing bracket, and what follows."""
    choices: list[list[Need]] = [[]]
    while pieces:
        piece, pieces = pieces[0], pieces[1:]
        if piece == ")":
            return _common(choices), [piece, *pieces]
        if piece == "|":
            choices.append([])
        elif piece == "(":
            inner, rest = _needs(pieces)
            choices[-1] += inner
            pieces = rest[1:]
        elif piece not in ("..", "^", "$", "*"):
            choices[-1] += [_need_of(word) for word in piece.split("-") if word]
    return _common(choices), []


def _common(choices: Sequence[Sequence[Need]]) -> tuple[Need, ...]:
    """What holds whichever is chosen: all needs of the only choice, else one of each."""
    if len(choices) == 1:
        return tuple(choices[0])
    if not all(choices):
        return ()
    chosen = [min(needs, key=lambda need: len(need.words)) for needs in choices]
    words = frozenset().union(*(need.words for need in chosen))
    return (Need(words, tuple(b for need in chosen for b in need.beginnings)),)


def _need_of(word: str) -> Need:
    """A word of a pattern, or what a word begins with."""
    return Need(beginnings=(f" {word[:-1]}",)) if word.endswith("*") else Need(frozenset({word}))


def _choices(pieces: list[str]) -> tuple[str, list[str]]:
    """The regular expression of `pieces` up to an unmatched closing bracket, and what follows."""
    choices: list[str] = [""]
    while pieces:
        piece, pieces = pieces[0], pieces[1:]
        if piece == ")":
            return f"(?:{'|'.join(choices)})", [piece, *pieces]
        if piece == "|":
            choices.append("")
        elif piece == "(":
            inner, pieces = _choices(pieces)
            if pieces[:1] != [")"]:
                raise ValueError(f"a bracket is never closed, after {choices[-1]!r}")
            choices[-1] += inner
            pieces = pieces[1:]
        else:
            choices[-1] += _word(piece)
    return (choices[0] if len(choices) == 1 else f"(?:{'|'.join(choices)})"), []


def _word(piece: str) -> str:
    match piece:
        case "..":
            return _GAP
        case "^":
            return "^ "
        case "$":
            return "$"
        case "*":
            return r"\S+ "
    words = piece.split("-")
    last = words.pop()
    ending = re.escape(last[:-1]) + r"\S* " if last.endswith("*") else re.escape(last) + " "
    return "".join(re.escape(word) + " " for word in words) + ending
