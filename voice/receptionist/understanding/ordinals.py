"""Numbered streets and floors: "21st", "twenty first", "one hundred third"."""

from collections.abc import Sequence
from typing import Final

_ORDINALS: Final = {
    **{"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7},
    **{"eighth": 8, "ninth": 9, "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13},
    **{"fourteenth": 14, "fifteenth": 15, "sixteenth": 16, "seventeenth": 17, "eighteenth": 18},
    **{"nineteenth": 19, "twentieth": 20, "thirtieth": 30, "fortieth": 40, "fiftieth": 50},
    **{"primer": 1, "primero": 1, "segundo": 2, "tercer": 3, "tercero": 3, "cuarto": 4},
    **{"sixtieth": 60, "seventieth": 70, "eightieth": 80, "ninetieth": 90, "hundredth": 100},
}
ORDINAL_WORDS: Final = frozenset(_ORDINALS)
_TENS: Final = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60}
_TENS.update({"seventy": 70, "eighty": 80, "ninety": 90})


def ordinal(words: Sequence[str], at: int) -> tuple[str, int]:
    """A numbered street: "21st", "twenty first"."""
    word = words[at]
    if word[:-2].isdecimal() and word[-2:] in ("st", "nd", "rd", "th"):
        return word, at + 1
    if word in _ORDINALS:
        return with_ending(_ORDINALS[word]), at + 1
    if word in _TENS and at + 1 < len(words) and _ORDINALS.get(words[at + 1], 99) < 10:
        return with_ending(_TENS[word] + _ORDINALS[words[at + 1]]), at + 2
    return _beyond_hundred(words, at)


def _beyond_hundred(words: Sequence[str], at: int) -> tuple[str, int]:
    """ "One hundred third", "one oh third", "one twenty third", "two eleventh"."""
    front = {"one": 100, "two": 200, "three": 300}.get(words[at])
    if front is None:
        return "", at
    rest = at + 1
    said = words[rest : rest + 1] in (("hundred",), ("oh",), ("o",))
    rest += said
    rest += said and words[rest : rest + 1] == ("and",)
    if rest >= len(words) or words[rest] in ("one", "two", "three"):
        return "", at
    numbered, end = ordinal(words, rest)
    number = int(numbered[:-2]) if numbered else 0
    if not 0 < number < 100 or (number < 10 and not said):
        return "", at
    return with_ending(front + number), end


def with_ending(number: int) -> str:
    if 10 <= number % 100 <= 20:
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"
