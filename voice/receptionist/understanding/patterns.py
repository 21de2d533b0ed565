"""The little pattern language of our data files, turned into regular expressions once.

Words in order; `(a|b c)` chooses, groups nest, an empty choice makes it optional; `..` is up to
four other words; `word*` is a beginning, `*` alone any word; `{name}` stands for a class of the
file; `^` and `$` pin the start and the end of the clause.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Final

_GAP: Final = r"(?:\S+ ){0,4}?"
_PIECE: Final = re.compile(r"[()|]|[^\s()|]+")


@dataclass(frozen=True, slots=True)
class Need:
    """Words of which a text must hold one, or the beginning of one, for a pattern to match."""

    words: frozenset[str] = frozenset()
    beginnings: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[str]:
        return chain(self.words, self.beginnings)


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """A pattern of the data files. A text without the words it needs is dismissed at once.

    A match begins with the space before its first word: the engine need only try the spaces.
    """

    expression: re.Pattern[str]
    needs: tuple[Need, ...]

    def search(self, text: str) -> re.Match[str] | None:
        """Where it occurs first in ` word word word `."""
        return self.expression.search(text) if self.is_possible(text) else None

    def blanked(self, text: str) -> tuple[str, int]:
        """The text with a dash for each word of every match, and how many matches there were."""
        count, match = 0, self.search(text)
        while match is not None:
            dashes = " -" * len(match.group().split())
            text = f"{text[: match.start()]}{dashes} {text[match.end() :]}"
            count, after = count + 1, match.start() + len(dashes)
            match = self.expression.search(text, after) if dashes else None
        return text, count

    def is_possible(self, text: str) -> bool:
        """Whether the words it needs are there, in whatever order."""
        return self.fits(_words(text), text)

    def fits(self, words: frozenset[str], text: str) -> bool:
        """The same of a text whose words are known."""
        for need in self.needs:
            if need.words.isdisjoint(words):
                if not need.beginnings:
                    return False
                if not any(part in text for part in need.beginnings):
                    return False
        return True


class PatternBook:
    """Many patterns, looked up by the words of a text, so that a turn need not try each.

    Of a thousand patterns some twenty have the words they need in a caller's turn.
    """

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self._always: list[Pattern] = []
        self._by_word: dict[str, list[Pattern]] = {}
        self._by_beginning: dict[str, list[Pattern]] = {}
        patterns = tuple(patterns)
        usual = Counter(word for pattern in patterns for need in pattern.needs for word in need)
        for pattern in patterns:
            need = min(pattern.needs, key=lambda n: sum(usual[w] for w in n), default=None)
            if need is None:
                self._always.append(pattern)
                continue
            for word in need.words:
                self._by_word.setdefault(word, []).append(pattern)
            for beginning in need.beginnings:
                self._by_beginning.setdefault(beginning.strip(), []).append(pattern)
        self._called_by = lru_cache(maxsize=4096)(self._find)
        self.possible = lru_cache(maxsize=64)(self._possible)
        """Those whose needed words are all in ` word word word `, a frozenset."""

    def _possible(self, text: str) -> frozenset[Pattern]:
        words = _words(text)
        called = set(self._always).union(*map(self._called_by, words))
        return frozenset(pattern for pattern in called if pattern.fits(words, text))

    def _find(self, word: str) -> tuple[Pattern, ...]:
        beginnings = (word[:size] for size in range(1, len(word) + 1))
        begun = [p for part in beginnings for p in self._by_beginning.get(part, ())]
        return (*self._by_word.get(word, ()), *begun)


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
    start = "" if pieces[:1] == ["^"] else " "
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
