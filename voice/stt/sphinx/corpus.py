"""Example sentences for the language model, grown from the templates in `data/`.

The same templates always give the same sentences: each line draws from its own seeded choice.
"""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

DATA: Final = Path(__file__).parent / "data"
READINGS: Final = 24
"""Most sentences one template line gives; lines with classes in them need that many."""

_DRAWS: Final = 60
_GROUP: Final = re.compile(r"\(([^()\[\]]*)\)|\[([^()\[\]]*)\]")
_CLASS: Final = re.compile(r"\{(\w+)\}")
_UNITS: Final = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_TEENS: Final = [
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS: Final = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"


@cache
def classes() -> Mapping[str, tuple[str, ...]]:
    """Values of each class, out of every data file that lists some."""
    found: dict[str, tuple[str, ...]] = {}
    for path in (DATA / "classes_en.txt", DATA / "names.txt", DATA / "streets.txt"):
        name = ""
        for line in _lines(path):
            if line.startswith("["):
                name = line.strip("[]")
            else:
                found[name] = _values(line)
    return found


def sentences() -> Iterator[str]:
    """Every example sentence, as often as it counts: lower-case words, no punctuation."""
    for line in _lines(DATA / "corpus_en.txt"):
        head, bar, rest = line.partition(" | ")
        weight, template = (int(head), rest) if bar and head.isdigit() else (1, line)
        chooser = random.Random(template)  # noqa: S311 - repeatable examples, not secrets
        readings = dict.fromkeys(read(template, chooser) for _ in range(_DRAWS))
        for reading in list(readings)[:READINGS]:
            yield from [reading] * weight


def read(template: str, chooser: random.Random) -> str:
    """One reading of a template."""
    while True:
        group = _GROUP.search(template)
        if group:
            inner = group[1] if group[1] is not None else group[2]
            chosen = chooser.choice(inner.split("|"))
            if group[2] is not None and chooser.random() < 0.5:
                chosen = ""
            template = f"{template[: group.start()]}{chosen}{template[group.end() :]}"
            continue
        place = _CLASS.search(template)
        if not place:
            return " ".join(template.split())
        value = _class_value(place[1], chooser)
        template = f"{template[: place.start()]}{value}{template[place.end() :]}"


def _class_value(name: str, chooser: random.Random) -> str:
    match name:
        case "full":
            return "{first} {last}"
        case "house":
            return house_number(chooser)
        case "phone":
            return digits(10, chooser)
        case "seven":
            return digits(7, chooser)
        case "four":
            return digits(4, chooser)
        case "zip":
            return digits(5, chooser)
        case "digits":
            return digits(16, chooser)
        case "spelled":
            return " ".join(f"{chooser.choice(_LETTERS)}." for _ in range(chooser.randint(3, 8)))
        case _:
            return chooser.choice(classes()[name])


def digits(count: int, chooser: random.Random) -> str:
    """So many digits as people say them one by one: "oh" is as good as "zero"."""
    return " ".join(chooser.choice(["zero", "zero", "oh", *_UNITS * 3]) for _ in range(count))


def house_number(chooser: random.Random) -> str:
    """A house number as people say it: in pairs, digit by digit, or short."""
    form = chooser.random()
    if form < 0.7:
        first = chooser.choice([*_TEENS, *(two_digits(n) for n in range(20, 100)), *_UNITS])
        second = chooser.choice([f"oh {chooser.choice(_UNITS)}", "hundred", *_TEENS, *_pairs()])
        return f"{first} {second}"
    if form < 0.85:
        return digits(chooser.choice([3, 4, 4, 4]), chooser)
    return chooser.choice([*_UNITS, *_TEENS, *_pairs()])


def two_digits(number: int) -> str:
    """A number from 10 to 99 in words."""
    if number < 20:
        return _TEENS[number - 10]
    tens, unit = divmod(number, 10)
    return f"{_TENS[tens - 2]} {_UNITS[unit - 1]}" if unit else _TENS[tens - 2]


def _pairs() -> Sequence[str]:
    return [two_digits(number) for number in range(20, 100)]


def _values(line: str) -> tuple[str, ...]:
    """Split at the bars outside brackets."""
    parts, depth, start = [], 0, 0
    for index, character in enumerate(line):
        depth += (character in "([") - (character in ")]")
        if character == "|" and depth == 0:
            parts.append(line[start:index].strip())
            start = index + 1
    return (*parts, line[start:].strip())


def _lines(path: Path) -> Iterator[str]:
    for line in path.read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            yield line.strip()
