"""What a caller really said, to hold a model's sentences against."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final

from voice.receptionist.understanding.lexicon import document
from voice.receptionist.understanding.numbers import is_number_word, runs
from voice.receptionist.understanding.patterns import Pattern, compile_pattern
from voice.receptionist.understanding.text import read, tidy, without_accents

_CAPITALISED: Final = re.compile(r"\b[^\W\d_a-z][^\W\d_]+")
_SUBJECTS: Final = frozenset(
    {"the", "a", "an", "caller", "customer", "homeowner", "tenant", "landlord", "client", "person"}
    | {"resident", "someone", "he", "she", "they", "there", "el", "la", "un", "una", "cliente"}
)
"""How a sentence begins that names nobody."""
_STEM: Final = 4
"""Letters that have to be the same: "leaking" is what "leaks" said."""
_NEVER: Final = frozenset(
    {"free", "discount", "refund", "guarantee", "guaranteed", "promise", "promised", "waive"}
    | {"waived", "gratis", "descuento", "reembolso", "owe", "owes", "owed", "paid", "password"}
)
"""What nobody's words make true, a caller's least of all."""


@dataclass(frozen=True, slots=True)
class CallersWords:
    """A caller's words by their stems, and every number they may have said."""

    stems: frozenset[str]
    numbers: tuple[str, ...]

    @classmethod
    def of(cls, texts: Iterable[str]) -> "CallersWords":
        """Those of these turns, and of what was taken down from them."""
        stems: set[str] = set()
        numbers: list[str] = []
        for text in texts:
            words = read(text).words
            stems |= {_stem(word) for word in words}
            numbers += [digits for run in runs(words, dictated=True) for digits in run.readings]
            numbers += re.findall(r"\d+", re.sub(r"(?<=\d)[-. ](?=\d)", "", tidy(text)))
        return cls(frozenset(stems), tuple(numbers))

    def hold_number(self, digits: str) -> bool:
        """Whether the caller said it: in whole, or as a part of three digits or more."""
        return any(digits == said or (len(digits) >= 3 and digits in said) for said in self.numbers)

    def hold_figures(self, text: str) -> bool:
        """Whether the caller said every number in the text, written as digits or as words."""
        words = read(text).words
        figures = [run.readings for run in runs(words) if not _is_article(words[run.start])]
        return all(any(self.hold_number(each) for each in readings) for readings in figures)

    def hold_names(self, text: str) -> bool:
        """Whether the caller said every capitalised word, words like "Caller" apart."""
        names = [name.lower() for name in _CAPITALISED.findall(text)]
        return all(name in _SUBJECTS or _stem(name) in self.stems for name in names)

    def hold_all(self, text: str) -> bool:
        """Whether the caller said every word of it that carries meaning."""
        words = (word for word in read(text).words if len(word) > 3 and not is_number_word(word))
        return self.hold_figures(text) and all(_stem(word) in self.stems for word in words)


def promises(text: str) -> bool:
    """Whether it speaks of money, secrets or what is never promised."""
    padded = f" {read(text).full} "
    if re.search(r"[$€£%]|https?:|www\.|@", text) or set(padded.split()) & _NEVER:
        return True
    return any(pattern.search(padded) for pattern in _forbidden())


def _stem(word: str) -> str:
    plain = without_accents(word)
    return plain if len(plain) <= _STEM else plain[:_STEM]


def _is_article(word: str) -> bool:
    return word in ("one", "un", "una", "uno", "oh", "o")


@cache
def _forbidden() -> tuple[Pattern, ...]:
    listed = document("forbidden")["patterns"]
    assert isinstance(listed, list)  # noqa: S101 - our own data file
    return tuple(compile_pattern(str(pattern), {}) for pattern in listed)
