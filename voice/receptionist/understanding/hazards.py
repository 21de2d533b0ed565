"""Dangers in a caller's words by exact wordings: said, denied, or in doubt."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from itertools import chain
from typing import Final, cast

from voice.receptionist.understanding.lexicon import document
from voice.receptionist.understanding.patterns import Pattern, PatternBook, compile_pattern
from voice.receptionist.understanding.people import without_surname
from voice.receptionist.understanding.text import PUNCTUATION, full_words, read


class Finding(StrEnum):
    """How a danger was mentioned."""

    SAID = "said"
    DOUBTFUL = "doubtful"
    DENIED = "denied"


_NEGATORS: Final = frozenset(
    {"no", "not", "don't", "dont", "doesn't", "doesnt", "didn't", "isn't", "aren't", "without"}
    | {"never", "nobody", "neither", "cannot", "can't", "wasn't", "haven't", "hasn't", "nothing"}
    | {"nor", "sin", "nunca", "ningún", "ninguna", "tampoco", "ain't", "wouldn't", "weren't"}
)
_RESTARTS: Final = frozenset(
    {
        "i",
        "we",
        "i'm",
        "there's",
        "there",
        "and",
        "but",
        "because",
        "he",
        "she",
        "they",
        "so",
        "it's",
    }
    | {"pero", "hay", "since", "when", "maybe", "actually", "though", "know", "sure", "idea"}
)
_THINKING: Final = frozenset({"think", "believe", "notice", "suspect", "creo", "say", "guess"})
LIFE: Final = ("gas", "co", "spark")
"""Dangers to life; the others damage property."""
_ONLY_GAS: Final = frozenset(
    {"gas", "gas leak", "it's gas", "it is gas", "there's gas", "help gas"}
)
_REACH: Final = 5
_BREAKS: Final = re.compile(
    rf"[{re.escape(PUNCTUATION)}]+|\b(?:but|however|although|except|pero|aunque)\b", re.I
)
_LONGEST_CLAUSE: Final = 400


@dataclass(frozen=True, slots=True)
class Hazard:
    """A danger's wordings, what makes them harmless and what makes them a question."""

    name: str
    keys: tuple[str, ...]
    patterns: tuple[Pattern, ...]
    unless: tuple[Pattern, ...]
    doubt: tuple[Pattern, ...]
    together: tuple[tuple[Pattern, ...], ...]
    wordings: frozenset[Pattern]
    """All but those of doubt: without any of them it was not mentioned."""


@lru_cache(maxsize=512)
def hazards_in(text: str) -> Mapping[str, Finding]:
    """Each danger that `text` mentions, the graver reading where it is mentioned twice."""
    found: dict[str, Finding] = {}
    text = without_surname(text)
    if read(text).plain in _ONLY_GAS:
        found["gas"] = Finding.SAID
    settled = _is_settled(text)
    for clause in clauses(text):
        for hazard in known_hazards():
            finding = reading(hazard, clause, settled=settled)
            if finding is None or found.get(hazard.name) is Finding.SAID:
                continue
            if finding is Finding.DENIED and hazard.name in found:
                continue
            found[hazard.name] = finding
    for hazard in known_hazards():
        if hazard.name in LIFE and hazard.name not in found and _across(hazard, text):
            found[hazard.name] = Finding.DOUBTFUL if settled else Finding.SAID
    return found


def _across(hazard: Hazard, text: str) -> bool:
    """Whether the signs of a danger to life are spread over several clauses of a short text."""
    words = read(text).full.split()
    if len(words) > _LONGEST_SPREAD or not any(
        key in f" {' '.join(words)} " for key in hazard.keys
    ):
        return False
    whole = f" {' '.join(words)} "
    for pattern in hazard.unless:
        whole, _ = pattern.blanked(whole)
    found = _together(hazard, whole)
    return any(not _is_denied(whole, match) for match in found) and not _is_framed(whole)


_LONGEST_SPREAD: Final = 45


def is_imagined(text: str) -> bool:
    """Whether the text asks about what might be ("if a pipe bursts, do you come?")."""
    whole = f" {read(text).full[:_LONGEST_CLAUSE]} "
    return _speaks_of("hypothetical", whole) and not _speaks_of("ongoing", whole)


def is_past(text: str) -> bool:
    """Whether the text tells of something that was or is settled, and of nothing going on."""
    whole = f" {read(text).full[:_LONGEST_CLAUSE]} "
    before = any(_speaks_of(frame, whole) for frame in ("past", "resolved"))
    return before and not _speaks_of("ongoing", whole)


@lru_cache(maxsize=64)
def clauses(text: str) -> Sequence[str]:
    """The parts of a text between punctuation and "but", as ` plain words ` with outer spaces."""
    found = []
    for part in _BREAKS.split(read(text).raw):
        words = full_words(part)
        for start in range(0, len(words), 60):
            piece = " ".join(words[start : start + 70])[:_LONGEST_CLAUSE]
            if piece:
                found.append(f" {piece} ")
    return found


def _is_settled(text: str) -> bool:
    """Whether the whole tells of something past that is over: "a flood last year, all dry now"."""
    whole = f" {read(text).full[:_LONGEST_CLAUSE]} "
    before = _speaks_of("past", whole) or _speaks_of("recent", whole)
    return before and _speaks_of("resolved", whole) and not _speaks_of("ongoing", whole)


def reading(hazard: Hazard, clause: str, *, settled: bool = False) -> Finding | None:
    """How ` plain words ` mention the danger; None if they do not. `settled`: the whole is over."""
    if not any(key in clause for key in hazard.keys):
        return None
    possible = wordings().possible(clause)
    if hazard.wordings.isdisjoint(possible):
        return None
    whole = clause
    harmless = False
    for pattern in hazard.unless:  # what is left may still be a danger: "runs on, and overflows"
        if pattern in possible:
            clause, count = pattern.blanked(clause)
            harmless = harmless or count > 0
    found = [m for p in hazard.patterns if p in possible and (m := p.search(clause))]
    found += _together(hazard, clause)
    if not found:
        return Finding.DENIED if harmless else None
    if all(_is_denied(clause, match) for match in found):
        return Finding.DENIED
    if any(pattern.search(clause) for pattern in hazard.doubt if pattern in possible):
        going_on = hazard.name not in LIFE and _speaks_of("ongoing", whole)
        return Finding.SAID if going_on else Finding.DOUBTFUL
    if settled or _is_framed(whole):
        return Finding.DOUBTFUL if hazard.name in LIFE else Finding.DENIED
    return Finding.SAID


def _together(hazard: Hazard, clause: str) -> list[re.Match[str]]:
    """A match for each set of words that means the danger in whatever order they come."""
    found = []
    possible = wordings().possible(clause)
    for patterns in hazard.together:
        if not possible.issuperset(patterns):
            continue
        matches = [match for pattern in patterns if (match := pattern.search(clause))]
        if len(matches) == len(patterns):
            denied = [match for match in matches if _is_denied(clause, match)]
            found.append((denied or matches)[0])
    return found


def _is_framed(clause: str) -> bool:
    """Whether the clause tells of something past, imagined or settled, and of nothing going on."""
    harmless = any(_speaks_of(kind, clause) for kind in _HARMLESS)
    return harmless and not _speaks_of("ongoing", clause)


def _speaks_of(frame: str, clause: str) -> bool:
    """Whether a wording of the frame occurs: of the past, of what is going on, of what might be."""
    if frame == "ongoing":
        for pattern in _frames()["not_ongoing"]:  # "and now it's gardening time"
            clause, _ = pattern.blanked(clause)
    possible = wordings().possible(clause)
    return any(pattern.search(clause) for pattern in _frames()[frame] if pattern in possible)


_HARMLESS: Final = ("past", "hypothetical", "resolved")


def _is_denied(clause: str, match: re.Match[str]) -> bool:
    """A no governs the match: it comes shortly before it, or inside it, with nothing restarting.

    "No, I smell gas", "I don't know, I smell gas" and "can't stop the water" deny nothing.
    """
    inside = match.group().split()
    noes = [at for at, word in enumerate(inside) if at and word in _INSIDE and word != inside[0]]
    if noes and not _RESTARTS & {*inside[noes[-1] + 1 :]}:
        return inside[0] not in ("can't", "cannot", "couldn't", "unable", "won't")
    if inside and inside[0] in _NEGATORS:
        return False
    before = clause[: match.start()].split()[-_REACH:]
    for distance, word in enumerate(reversed(before)):
        between = before[len(before) - distance :]
        if word in _NEGATORS:
            thinking = bool(set(between) & _THINKING)
            restarted = {*between, *inside[:1]} & _RESTARTS
            if not restarted or (thinking and restarted <= {"i", "it's", "there's", "we"}):
                return word != "no" or bool(set(between) <= _SMALL)
            if word == "no" and {"i", "we"} & restarted:
                continue
    return False


_INSIDE: Final = frozenset({"not", "don't", "doesn't", "no", "isn't"})
_SMALL: Final = frozenset(
    {"more", "any", "a", "strong", "real", "obvious", "gas", "water", "signs", "sign", "of", "the"}
    | {"it", "longer", "smell", "noticeable", "sewage", "leak", "active", "such", "one", "big"}
)


@cache
def _frames() -> Mapping[str, tuple[Pattern, ...]]:
    data = document("hazards")
    classes = cast(Mapping[str, str], data["classes"])
    frames = cast(Mapping[str, list[str]], data["frames"])
    return {kind: _compiled(patterns, classes) for kind, patterns in frames.items()}


@cache
def known_hazards() -> tuple[Hazard, ...]:
    """All of them, as the data file has them."""
    data = document("hazards")
    classes = cast(Mapping[str, str], data["classes"])
    entries = cast(Mapping[str, Mapping[str, list[str]]], data["hazards"])
    return tuple(_hazard(name, entry, classes) for name, entry in entries.items())


def _hazard(name: str, entry: Mapping[str, list[str]], classes: Mapping[str, str]) -> Hazard:
    patterns = _compiled(entry["patterns"], classes)
    unless = _compiled(entry["unless"], classes)
    sets = cast(Sequence[Sequence[str]], entry["together"])
    together = tuple(_compiled(each, classes) for each in sets)
    doubt = _compiled(entry["doubt"], classes)
    named = frozenset(chain(patterns, unless, *together))
    return Hazard(name, tuple(entry["keys"]), patterns, unless, doubt, together, named)


@cache
def wordings() -> PatternBook:
    """Every pattern of the data file."""
    found = [pattern for patterns in _frames().values() for pattern in patterns]
    for hazard in known_hazards():
        found += chain(hazard.wordings, hazard.doubt)
    return PatternBook(found)


def _compiled(patterns: Sequence[str], classes: Mapping[str, str]) -> tuple[Pattern, ...]:
    return tuple(compile_pattern(pattern, classes) for pattern in patterns)
