"""Numbers the way people say them: digits, pairs, hundreds, oh, double, triple; two languages."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

UNITS: Final = {
    **{"zero": 0, "oh": 0, "o": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5},
    **{"six": 6, "seven": 7, "eight": 8, "nine": 9, "niner": 9, "nought": 0, "ought": 0},
    **{"aught": 0, "naught": 0},
    **{"cero": 0, "uno": 1, "un": 1, "una": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5},
    **{"seis": 6, "siete": 7, "ocho": 8, "nueve": 9},
}
TEENS: Final = {
    **{"ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15},
    **{"sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19},
    **{"diez": 10, "once": 11, "doce": 12, "trece": 13, "catorce": 14, "quince": 15},
    **{"dieciséis": 16, "dieciseis": 16, "diecisiete": 17, "dieciocho": 18, "diecinueve": 19},
    **{"veintiuno": 21, "veintiún": 21, "veintidós": 22, "veintidos": 22, "veintitrés": 23},
    **{"veintitres": 23, "veinticuatro": 24, "veinticinco": 25, "veintiséis": 26},
    **{"veintiseis": 26, "veintisiete": 27, "veintiocho": 28, "veintinueve": 29},
}
TENS: Final = {
    **{"twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50, "sixty": 60},
    **{"seventy": 70, "eighty": 80, "ninety": 90, "veinte": 20, "treinta": 30, "cuarenta": 40},
    **{"cincuenta": 50, "sesenta": 60, "setenta": 70, "ochenta": 80, "noventa": 90},
}
HUNDREDS: Final = {
    **{"cien": 100, "ciento": 100, "doscientos": 200, "trescientos": 300, "cuatrocientos": 400},
    **{"quinientos": 500, "seiscientos": 600, "setecientos": 700, "ochocientos": 800},
    **{"novecientos": 900},
}
SCALES: Final = {"hundred": 100, "thousand": 1000, "mil": 1000}
REPEATS: Final = {"double": 2, "triple": 3, "doble": 2}
HOMOPHONES: Final = {
    **{"to": 2, "too": 2, "for": 4, "fore": 4, "ate": 8, "won": 1, "owe": 0, "tree": 3, "sex": 6},
    **{"sicks": 6, "ait": 8, "nickel": 5},
}
"""Words a recogniser writes for a digit; believed only between digits."""
PLURALS: Final = {
    **{"zeros": 0, "zeroes": 0, "ohs": 0, "ones": 1, "twos": 2, "threes": 3, "fours": 4},
    **{"fives": 5, "sixes": 6, "sevens": 7, "eights": 8, "nines": 9},
}
"""What follows a count: "three fives"."""
_MOST_READINGS: Final = 24
_COUNTS: Final = {"two": 2, "three": 3, "four": 4, "2": 2, "3": 3, "4": 4}
JOINERS: Final = frozenset({"and", "y"})

_SPOKEN: Final = {**UNITS, **TEENS, **TENS, **HUNDREDS}
_MISHEARD: Final = frozenset({"sex", "tree", "sicks"})
_BEGINNINGS: Final = frozenset({*_SPOKEN, *SCALES, *REPEATS, *_MISHEARD})
"""Words that a run of numbers may begin with."""


@dataclass(frozen=True, slots=True)
class NumberRun:
    """Neighbouring number words: tokens [start, end) and what they may stand for as digits."""

    start: int
    end: int
    readings: tuple[str, ...]

    def of_length(self, *lengths: int) -> str:
        """The first reading with one of these numbers of digits, or ""."""
        for length in lengths:
            for reading in self.readings:
                if len(reading) == length:
                    return reading
        return ""


def is_number_word(word: str) -> bool:
    return word.isdecimal() or word in _SPOKEN or word in SCALES


def runs(words: Sequence[str], *, dictated: bool = False) -> tuple[NumberRun, ...]:
    """Every run of number words. With `dictated` homophones between digits count as digits."""
    return _all_runs(tuple(words), dictated)


def run_at(words: Sequence[str], at: int, most: int) -> NumberRun | None:
    """The run of number words that begins at `at`, of which `most` words are read; or None."""
    return next((run for run in runs(words[at : at + most]) if run.start == 0), None)


@lru_cache(maxsize=64)
def _all_runs(words: tuple[str, ...], dictated: bool) -> tuple[NumberRun, ...]:
    """The same, found once for all who ask about one turn."""
    return tuple(_runs(words, dictated))


def _runs(words: Sequence[str], dictated: bool) -> Iterator[NumberRun]:
    start = 0
    while start < len(words):
        word = words[start]
        may_begin = word in _BEGINNINGS or word.isdecimal()
        end = _run_end(words, start, dictated) if may_begin else start
        if end > start:
            run = [w for w in words[start:end] if w not in JOINERS]
            found = tuple(reading for reading in readings(run) if reading)
            if found:
                yield NumberRun(start, end, found)
            start = end
        else:
            start += 1


def _run_end(words: Sequence[str], start: int, dictated: bool) -> int:
    end = start
    while end < len(words):
        word = words[end]
        if is_number_word(word) or (end == start and dictated and _misheard_first(words, at=end)):
            end += 1
        elif word in REPEATS and end + 1 < len(words) and _is_digit(words[end + 1], dictated):
            end += 2
        elif word in PLURALS and end > start and words[end - 1] in _COUNTS:
            end += 1
        elif end == start or not _joins(words, end, dictated):
            break
        else:
            end += 1
    if end - start == 1 and words[start] in ("o", "un", "una", "hundred", "thousand", "once"):
        return start
    return end


def _misheard_first(words: Sequence[str], at: int) -> bool:
    """ "sex oh six one four": a homophone before a row of digits is the first of them."""
    return words[at] in _MISHEARD and all(
        is_number_word(word) for word in words[at + 1 : at + 4]
    ) and len(words) > at + 3  # fmt: skip


def _is_digit(word: str, dictated: bool) -> bool:
    return is_number_word(word) or (dictated and word in HOMOPHONES)


def _joins(words: Sequence[str], at: int, dictated: bool) -> bool:
    following = words[at + 1] if at + 1 < len(words) else ""
    if dictated and words[at] in HOMOPHONES and following in HOMOPHONES:
        return True
    if not is_number_word(following):
        return dictated and not following and words[at] in ("to", "for", "ate", "tree", "won")
    before = words[at - 1]
    if words[at] in JOINERS:
        return before in SCALES or before in HUNDREDS or (before in TENS and words[at] == "y")
    return dictated and words[at] in HOMOPHONES


def readings(words: Sequence[str]) -> tuple[str, ...]:
    """The digit strings that number words may stand for, the likeliest first.

    "eighteen forty seven" is 1847; "sixty six forty" is 6640 or 60640.
    """
    return _readings(tuple(word for word in words if word not in JOINERS))


@lru_cache(maxsize=256)
def _readings(words: tuple[str, ...]) -> tuple[str, ...]:
    kinds = (True,) if "thousand" in words or "mil" in words else (True, False)
    found = ["".join(_chunks(words, merge=merge, add=add)) for merge in kinds for add in kinds]
    if len(kinds) == 2:
        found += _mixed(words)
    return tuple(dict.fromkeys(found))[:_MOST_READINGS]


def _mixed(words: Sequence[str]) -> list[str]:
    """Readings in which some tens take the digit after them and some do not ("sixty six / ten")."""
    places = [
        at
        for at in range(len(words) - 1)
        if words[at] in TENS and 0 < (_small(words[at + 1]) or 0) < 10
    ]
    if not 2 <= len(places) <= 4:
        return []
    found = []
    for choice in range(1, 2 ** len(places) - 1):
        split = {place for index, place in enumerate(places) if choice >> index & 1}
        parts: list[list[str]] = [[]]
        for at, word in enumerate(words):
            parts[-1].append(word)
            if at in split:
                parts.append([])
        found.append("".join("".join(_chunks(p, merge=True, add=False)) for p in parts if p))
    return found


def _chunks(words: Sequence[str], *, merge: bool, add: bool) -> list[str]:
    chunks: list[str] = []
    at = 0
    while at < len(words):
        word = words[at]
        following = words[at + 1] if at + 1 < len(words) else ""
        if word in REPEATS and following:
            value = _small(following)
            if value is not None:
                chunks.append(str(value) * REPEATS[word])
            at += 1 if value is None else 2
            continue
        if word in _COUNTS and following in PLURALS:
            chunks.append(str(PLURALS[following]) * _COUNTS[word])
            at += 2
            continue
        if word.isdecimal() and not (at + 1 < len(words) and words[at + 1] in SCALES):
            chunks.append(word)
            at += 1
            continue
        text, at = _cardinal(words, at, merge, add)
        chunks.append(text)
    return chunks


def _cardinal(words: Sequence[str], at: int, merge: bool, add: bool) -> tuple[str, int]:
    """One spoken number from `at`: "forty seven", "three thousand three hundred forty"."""
    total, at, spoken_zero = _below_hundred(words, at, merge)
    if spoken_zero:
        return "0", at
    while at < len(words):
        word = words[at]
        if word in SCALES:
            total, at = max(1, total) * SCALES[word], at + 1
        elif word in HUNDREDS and total % 1000 == 0:  # "mil quinientos", not "setenta quinientos"
            total, at = total + HUNDREDS[word], at + 1
        elif add and total >= 100 and total % 100 == 0 and words[at - 1] in _ROUND:
            more, after, zero = _below_hundred(words, at, merge)
            if zero or more == 0:
                break
            if after < len(words) and words[after] == "hundred" and total % 1000 == 0:
                more, after = more * 100, after + 1
            total, at = total + more, after
        else:
            break
    return str(total), at


_ROUND: Final = frozenset({*SCALES, *HUNDREDS})


def _below_hundred(words: Sequence[str], at: int, merge: bool) -> tuple[int, int, bool]:
    """(value, next position, whether it was a spoken zero)."""
    word = words[at]
    if word in TENS:
        following = _small(words[at + 1]) if at + 1 < len(words) else None
        if merge and following is not None and 0 < following < 10:
            return TENS[word] + following, at + 2, False
        return TENS[word], at + 1, False
    if word in HUNDREDS:
        return HUNDREDS[word], at + 1, False
    if word in SCALES:
        return 0, at, False
    value = _small(word)
    return value or 0, at + 1, value == 0


def _small(word: str) -> int | None:
    """The value of a digit or teen word, in digits or letters; None for anything else."""
    if word.isdecimal():
        return int(word) if len(word) <= 4 else None
    for values in (UNITS, TEENS, HOMOPHONES):
        if word in values:
            return values[word]
    return None
