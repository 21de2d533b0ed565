"""Apartments, floors and other parts of a building, said after a street or alone."""

from collections.abc import Sequence
from typing import Final

from voice.receptionist.understanding.houses import likeliest
from voice.receptionist.understanding.numbers import readings, run_at, runs
from voice.receptionist.understanding.ordinals import ordinal, with_ending
from voice.receptionist.understanding.text import Utterance

UNITS: Final = frozenset(
    {"apartment", "apt", "unit", "suite", "ste", "#", "number", "apartamento", "departamento"}
    | {"depto", "flat", "condo"}
)
INDOORS: Final = UNITS | {"store", "shop", "lot", "space", "trailer", "room", "building", "bldg"}
"""What a unit is called right after a street; elsewhere "shop" and "room" are only words."""
SIDES: Final = {
    **{"north": "North", "south": "South", "east": "East", "west": "West", "n": "N", "s": "S"},
    **{"e": "E", "w": "W", "front": "Front", "rear": "Rear", "back": "Rear"},
}
FLOORS: Final = frozenset({"floor", "fl", "piso", "story"})
_PLACES: Final = frozenset({"basement", "garden", "rear", "coach", "penthouse"})


def unit_in(utterance: Utterance, *, asked: bool) -> str:
    """An apartment or suite said without the street: "apartment two b", or asked: "two b"."""
    words = utterance.words
    for at, word in enumerate(words):
        if word in UNITS and word != "number":
            unit, end = _unit_value(words, at + 1)
            if unit and end > at + 1:
                return unit
    for at in range(1, len(words) - 2):  # "two is the apartment"
        if words[at] == "is" and words[at + 1] == "the" and words[at + 2] in UNITS:
            return _unit_value(words, at - 1)[0]
    floor = _floor(words, 0)
    if floor[0]:
        return floor[0]
    if asked:
        words = tuple(w for w in words if w not in ("it's", "its", "number", "the", "yes", "uh"))
        unit, end = _unit_value(words, 0)
        return unit if end == len(words) and len(words) <= 3 else ""
    return ""


def unit_after(words: Sequence[str], at: int) -> tuple[str, int]:
    skip = at
    while skip < len(words) and words[skip] in ("and", "it's", "in", "uh", "um", "the", "that's"):
        skip += 1
    if words[skip : skip + 1] == ("units",):
        return _several(words, skip + 1)
    if skip < len(words) and words[skip] in INDOORS:
        unit, end = _unit_value(words, skip + 1)
        if unit:
            return unit, end
    floor, end = _floor(words[: skip + 4], skip)
    if floor:
        return floor, end
    if skip < len(words) and words[skip] in _PLACES:
        return words[skip].capitalize(), skip + 1
    bare, end = _unit_value(words, skip)
    last = end >= len(words) or words[end] in ("and", "zip", "in", "please", "chicago")
    if bare[:1].isdecimal() and len(bare) <= 8 and last and not is_zip_start(words, skip):
        return bare, end
    return "", at


def _several(words: Sequence[str], at: int) -> tuple[str, int]:
    """Units of one house: "two, four and six" as "2, 4, 6"."""
    found: list[str] = []
    while at < len(words) and (unit := _unit_value(words[: at + 1], at)[0]):
        found.append(unit)
        at += 1 + (words[at + 1 : at + 2] == ("and",))
    return ", ".join(found), at


def is_zip_start(words: Sequence[str], at: int) -> bool:
    """Whether the number at `at` has the five digits of a ZIP code."""
    return any(
        run.start == 0 and run.of_length(5, 7, 9, 10)
        for run in runs(words[at : at + 12], dictated=True)
    )


def _floor(words: Sequence[str], at: int) -> tuple[str, int]:
    for position in range(at, len(words) - 1):
        if words[position] == "top" and words[position + 1] in FLOORS:
            return "Top Floor", position + 2
        numbered, after = ordinal(words, position)
        if numbered and after < len(words) and words[after] in FLOORS:
            side = SIDES.get(words[after + 1], "") if after + 1 < len(words) else ""
            end = after + 2 if side else after + 1
            return f"{numbered} Floor{' ' + side if side else ''}", end
        if words[position] in FLOORS and (level := likeliest(words[position + 1 : position + 2])):
            return f"{with_ending(int(level))} Floor", position + 2
    return "", at


def _unit_value(words: Sequence[str], at: int) -> tuple[str, int]:
    while at < len(words) and words[at] in ("number", "#", "is"):
        at += 1
    digits, letter = "", ""
    end = at
    if run := run_at(words, at, 4):
        digits, end = run.readings[0], at + run.end
    if digits and len(digits) > 4:
        digits, end = readings(words[at : at + 1])[0], at + 1
    letter_first = at + 1 < len(words) and len(words[at]) == 1 and words[at].isalpha()
    if letter_first and words[at + 1].isdecimal() and len(words[at + 1]) <= 4:  # "apartment B6"
        return f"{words[at].upper()}{words[at + 1]}", at + 2
    if end < len(words) and len(words[end]) == 1 and words[end].isalpha():
        joined = not digits or words[end] not in "iaynsew" or end + 1 == len(words)
        if joined or words[end] == "a":
            letter, end = words[end].upper(), end + 1
            if end + 1 < len(words) and words[end] == "as" and words[end + 1] == "in":
                end = min(len(words), end + 3)
    if digits and not letter and end < len(words) and words[end] in SIDES:
        side = SIDES[words[end]]
        return (f"{digits}{side}" if len(side) == 1 else f"{digits} {side}"), end + 1
    return f"{digits}{letter}", end
