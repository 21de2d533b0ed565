"""The data files' little language: (a|b) chooses, [x] may be missing, {class} takes a value."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from voice.tts.normalise import normalise

DATA: Final = Path(__file__).parent / "data"
UNITS: Final = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
TEENS: Final = (
    *("ten", "eleven", "twelve", "thirteen", "fourteen"),
    *("fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
TENS: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
ZEROS: Final = ("zero", "oh")
LETTERS: Final = tuple(f"{letter}." for letter in "abcdefghijklmnopqrstuvwxyz")
DIGIT_COUNTS: Final[Mapping[str, int]] = {
    "ten": 10, "phone": 10, "seven": 7, "five": 5, "zip": 5, "four": 4, "digits": 16,
}  # fmt: skip
ANYTIME: Final = "ANYTIME"

_PART: Final = re.compile(r"\{\w+\}|\(|\[|[^\s(){}\[\]]+")
_SECTION: Final = re.compile(r"\[\w+\]")
_LITERAL: Final = re.compile(r"(?<![{\w'.])[a-z][\w'.]*(?!\})(?=[\s|()\[\]]|$)")
_WORD: Final = re.compile(r"[a-z]+(?:'[a-z]+)*")

Weighted = tuple[float, str]


@cache
def classes() -> Mapping[str, tuple[str, ...]]:
    """The values of each class, which may be templates themselves, out of all data files."""
    found: dict[str, list[str]] = {}
    for name in ("classes_en.txt", "names.txt", "streets.txt"):
        for section, line in _sectioned(name):
            found.setdefault(section, []).extend(split(line))
    for section, weighted in grammars().items():
        if section.islower():
            found[section] = [template for _, template in weighted]
    return {name: tuple(values) for name, values in found.items()}


@cache
def grammars() -> Mapping[str, tuple[Weighted, ...]]:
    """The weighted templates of each section of the grammar file."""
    found: dict[str, list[Weighted]] = {}
    for section, line in _sectioned("grammars_en.txt"):
        weight, template = weighted(line)
        some = [template] if section.isupper() else split(template)
        found.setdefault(section, []).extend((weight, part) for part in some)
    return {name: tuple(templates) for name, templates in found.items()}


def weighted(line: str) -> Weighted:
    """A line's weight, 1 where none is given, and its template: "6 | the (first|second) one"."""
    head, bar, rest = line.partition(" | ")
    return (float(head), rest) if bar and head.isdigit() else (1.0, line)


@cache
def split(template: str) -> tuple[str, ...]:
    """The alternatives of a template: what stands between the bars outside all brackets."""
    found, depth, start = [], 0, 0
    for index, character in enumerate(template):
        depth += (character in "([") - (character in ")]")
        if character == "|" and depth == 0:
            found.append(template[start:index].strip())
            start = index + 1
    return (*found, template[start:].strip())


@cache
def parts(template: str) -> tuple[str, ...]:
    """A template's parts in order: words, {classes}, and (groups) or [groups] whole."""
    found, at = [], 0
    while match := _PART.search(template, at):
        at = match.end()
        if match.group() in "([":
            depth = 1
            while depth:
                depth += (template[at] in "([") - (template[at] in ")]")
                at += 1
        found.append(template[match.start() : at])
    return tuple(found)


@cache
def all_words() -> frozenset[str]:
    """Every word that any of the templates can give."""
    found = {*UNITS, *TEENS, *TENS, *ZEROS, *LETTERS, "hundred", "double", "triple"}
    for name in ("corpus_en.txt", "classes_en.txt", "names.txt", "streets.txt", "grammars_en.txt"):
        for line in lines(name):
            if not _SECTION.fullmatch(line):
                found.update(_LITERAL.findall(weighted(line)[1]))
    return frozenset(found)


def phrase_words(phrase: str) -> str:
    """Any written phrase as words the recogniser can hear: "W Main St" is "west main street"."""
    return " ".join(_WORD.findall(normalise(phrase).text.lower()))


def lines(name: str) -> Iterator[str]:
    """The lines of a data file that are neither empty nor comments."""
    for line in (DATA / name).read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            yield line.strip()


def _sectioned(name: str) -> Iterator[tuple[str, str]]:
    section = ""
    for line in lines(name):
        if _SECTION.fullmatch(line):
            section = line.strip("[]")
        else:
            yield section, line
