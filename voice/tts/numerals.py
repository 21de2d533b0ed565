"""Numbers as words, in the languages the voices speak: no hyphens, no "and" within a number."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from num2words import num2words

_DIGITS: Final[Mapping[str, tuple[str, ...]]] = {
    "en": ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    "es": ("cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"),
}
_POINT: Final = {"en": "point", "es": "punto"}
_LONGEST: Final = 6
"""Numbers with more digits than this are said digit by digit."""


@dataclass(frozen=True, slots=True)
class Numerals:
    """Number words of one language ("en" or "es")."""

    language: str

    def digits(self, written: str) -> str:
        """Each digit by itself: "60640" is "six zero six four zero"."""
        return " ".join(_DIGITS[self.language][int(d)] for d in written if d.isdigit())

    def cardinal(self, number: int) -> str:
        """How many: 189 is "one hundred eighty nine"."""
        return self._plain(num2words(number, lang=self.language))

    def ordinal(self, number: int) -> str:
        """Which one: 24 is "twenty fourth"."""
        return self._plain(num2words(number, lang=self.language, to="ordinal"))

    def number(self, written: str) -> str:
        """A number as it stands: "1,850", "2.5", "08"."""
        whole, _, fraction = written.replace(",", "").partition(".")
        said = self.digits(whole)
        if len(whole) <= _LONGEST and (not whole.startswith("0") or whole == "0"):
            said = self.cardinal(int(whole))
        return f"{said} {_POINT[self.language]} {self.digits(fraction)}" if fraction else said

    def pairs(self, written: str) -> str:
        """A house number or year: 1847 "eighteen forty seven", 1905 "nineteen oh five"."""
        if self.language != "en" or len(written) > 4 or written.startswith("0"):
            return self.digits(written) if len(written) > 4 else self.cardinal(int(written))
        head, tail = int(written[:-2] or "0"), int(written[-2:])
        if head == 0 or (tail == 0 and head % 10 == 0):
            return self.cardinal(int(written))
        first = self.cardinal(head)
        if tail == 0:
            return f"{first} hundred"
        return f"{first} {'oh ' if tail < 10 else ''}{self.cardinal(tail)}"

    def _plain(self, words: str) -> str:
        words = words.replace("-", " ").replace(",", "")
        return words.replace(" and ", " ") if self.language == "en" else words
