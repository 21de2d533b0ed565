"""Which answers have the form their question asks for: exactly ten digits, a known street …

The language model of a kind of answer makes such answers likely; a grammar can also count. It is
matched against the decoder's readings, best first, and never forces speech into a form: what fits
no grammar stays as it was heard.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Final

from voice.stt.sphinx import templates
from voice.stt.sphinx.templates import LETTERS, TEENS, TENS, UNITS, ZEROS

_REPEATS: Final = {"double": 2, "triple": 3}

Ends = frozenset[int]
"""Positions in the words up to which something matched."""


class Grammar:
    """The answers to one kind of question, and what may be said at any time."""

    def __init__(self, kind: str, phrases: Sequence[str] = ()) -> None:
        """A phrase is one more answer; for names and streets also one more of them."""
        own = [template for _, template in templates.grammars()[kind.upper()]]
        anytime = [template for _, template in templates.grammars()[templates.ANYTIME]]
        self._extends = {"name": ("first", "last"), "street": ("street",)}.get(kind, ())
        self._phrases = tuple(phrases)
        self._answers = (*own, *phrases)
        self._anytime = tuple(anytime)

    def accepts(self, words: Sequence[str]) -> bool:
        """Whether the words as a whole are an answer of this kind."""
        return self._fits(words, self._answers) or self._fits(words, self._anytime)

    def _fits(self, words: Sequence[str], some: Sequence[str]) -> bool:
        start = frozenset({0})
        return any(len(words) in self._match(template, words, start) for template in some)

    def _match(self, template: str, words: Sequence[str], ends: Ends) -> Ends:
        for part in templates.parts(template):
            if part.startswith("("):
                ends = self._any(templates.split(part[1:-1]), words, ends)
            elif part.startswith("["):
                ends |= self._any(templates.split(part[1:-1]), words, ends)
            elif part.startswith("{"):
                ends = self._class(part[1:-1], words, ends)
            else:
                ends = _one_of((part,), words, ends)
            if not ends:
                return ends
        return ends

    def _any(self, some: Sequence[str], words: Sequence[str], ends: Ends) -> Ends:
        return frozenset().union(*(self._match(template, words, ends) for template in some))

    def _class(self, name: str, words: Sequence[str], ends: Ends) -> Ends:
        if name in templates.DIGIT_COUNTS:
            return _digits(templates.DIGIT_COUNTS[name], words, ends)
        if name in _SPECIAL:
            return _SPECIAL[name](words, ends)
        plain = _plain_values(name)
        if plain is None:
            return self._any(templates.classes()[name], words, ends)
        if name in self._extends:
            plain |= {tuple(phrase.split()) for phrase in self._phrases}
        longest = max(len(value) for value in plain)
        return frozenset(
            end + size
            for end in ends
            for size in range(1, longest + 1)
            if tuple(words[end : end + size]) in plain and end + size <= len(words)
        )


@cache
def _plain_values(name: str) -> frozenset[tuple[str, ...]] | None:
    """The values of a class without templates in them, as words; None for the others."""
    values = templates.classes()[name]
    if any(character in "([{" for value in values for character in value):
        return None
    return frozenset(tuple(value.split()) for value in values)


def _one_of(some: Sequence[str], words: Sequence[str], ends: Ends) -> Ends:
    return frozenset(end + 1 for end in ends if end < len(words) and words[end] in some)


def _digits(count: int, words: Sequence[str], ends: Ends) -> Ends:
    """Exactly `count` digits; "double five" counts two, "five hundred" three."""
    reached = {end: {0} for end in ends}
    found: set[int] = set()
    for end in range(min(ends, default=0), len(words) + 1):
        for counted in reached.get(end, ()):
            if counted == count:
                found.add(end)
                continue
            for size, worth in _digit_steps(words, end):
                reached.setdefault(end + size, set()).add(counted + worth)
    return frozenset(found)


def _digit_steps(words: Sequence[str], at: int) -> list[tuple[int, int]]:
    """(words, digits) that may come next."""
    here, following = [*words[at : at + 2], "", ""][:2]
    steps = [(1, 1)] if here in UNITS or here in ZEROS else []
    if here in _REPEATS and (following in UNITS or following in ZEROS):
        steps.append((2, _REPEATS[here]))
    if here in UNITS and following == "hundred":
        steps.append((2, 3))
    return steps


def _house(words: Sequence[str], ends: Ends) -> Ends:
    """A house number: digit by digit, in pairs, in hundreds, or below a hundred."""
    pair = _two_digits(words, ends)
    unit = _one_of(UNITS, words, ends)
    both = pair | unit
    oh = _one_of(UNITS, words, _one_of(("oh",), words, both))
    spelled = [_digits(count, words, ends) for count in (1, 2, 3, 4, 5)]
    hundreds = _one_of(("hundred",), words, both)
    return frozenset().union(both, _two_digits(words, both), oh, hundreds, *spelled)


def _two_digits(words: Sequence[str], ends: Ends) -> Ends:
    tens = _one_of(TENS, words, ends)
    return _one_of(TEENS, words, ends) | tens | _one_of(UNITS, words, tens)


def _letters(words: Sequence[str], ends: Ends) -> Ends:
    found: Ends = frozenset()
    ends = _one_of(LETTERS, words, ends)
    while ends:
        found |= ends
        ends = _one_of(LETTERS, words, ends)
    return found


_SPECIAL: Final[Mapping[str, Callable[[Sequence[str], Ends], Ends]]] = {
    "house": _house,
    "letters": _letters,
}
