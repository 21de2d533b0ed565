"""Dangers in a caller's words by exact wordings: said, denied, or in doubt."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from typing import Final, cast

from voice.receptionist.understanding.lexicon import document
from voice.receptionist.understanding.patterns import compile_pattern
from voice.receptionist.understanding.text import read


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
    {"i", "we", "i'm", "there's", "there", "but", "because", "he", "she", "they", "so", "it's"}
    | {"pero", "hay", "since", "when", "maybe", "actually", "though", "know", "sure", "idea"}
)
_THINKING: Final = frozenset({"think", "believe", "notice", "suspect", "creo", "say", "guess"})
_REACH: Final = 5
_BREAKS: Final = re.compile(r"[.,;!?…]+|\b(?:but|however|although|except|pero|aunque)\b", re.I)
_LONGEST_CLAUSE: Final = 400


@dataclass(frozen=True, slots=True)
class _Hazard:
    name: str
    keys: tuple[str, ...]
    patterns: tuple[re.Pattern[str], ...]
    unless: tuple[re.Pattern[str], ...]
    doubt: tuple[re.Pattern[str], ...]


@lru_cache(maxsize=512)
def hazards_in(text: str) -> Mapping[str, Finding]:
    """Each danger that `text` mentions, the graver reading where it is mentioned twice."""
    found: dict[str, Finding] = {}
    for clause in clauses(text):
        for hazard in _hazards():
            finding = _reading(hazard, clause)
            if finding is None or found.get(hazard.name) is Finding.SAID:
                continue
            if finding is Finding.DENIED and hazard.name in found:
                continue
            found[hazard.name] = finding
    return found


def clauses(text: str) -> Iterator[str]:
    """The parts of a text between punctuation and "but", as ` plain words ` with outer spaces."""
    for part in _BREAKS.split(read(text).raw):
        words = read(part).full.split()
        for start in range(0, len(words), 60):
            piece = " ".join(words[start : start + 70])[:_LONGEST_CLAUSE]
            if piece:
                yield f" {piece} "


def _reading(hazard: _Hazard, clause: str) -> Finding | None:
    if not any(key in clause for key in hazard.keys):
        return None
    harmless = [match for pattern in hazard.unless if (match := pattern.search(clause))]
    for match in harmless:  # what is left may still be a danger: "won't stop running, overflows"
        clause = clause.replace(match.group(), "- " * len(match.group().split()))
    if not any(pattern.search(clause) for pattern in hazard.patterns):
        return Finding.DENIED if harmless else None
    if all(_is_denied(clause, m) for p in hazard.patterns if (m := p.search(clause))):
        return Finding.DENIED
    if any(pattern.search(clause) for pattern in hazard.doubt):
        return Finding.DOUBTFUL
    return Finding.SAID


def _is_denied(clause: str, match: re.Match[str]) -> bool:
    """A no governs the match: it comes shortly before it, or inside it, with nothing restarting.

    "No, I smell gas", "I don't know, I smell gas" and "can't stop the water" deny nothing.
    """
    inside = match.group().split()
    if set(inside[1:]) & {"not", "don't", "doesn't", "no", "isn't"} - {inside[0]}:
        return inside[0] not in ("can't", "cannot", "couldn't", "unable", "won't")
    if inside and inside[0] in _NEGATORS:
        return False
    before = clause[: match.start()].split()[-_REACH:]
    for distance, word in enumerate(reversed(before)):
        between = before[len(before) - distance :]
        if word in _NEGATORS:
            thinking = bool(set(between) & _THINKING)
            restarted = set(between) & _RESTARTS
            if not restarted or (thinking and restarted <= {"i", "it's", "there's", "we"}):
                return word != "no" or bool(set(between) <= _SMALL)
            if word == "no" and {"i", "we"} & restarted:
                continue
    return False


_SMALL: Final = frozenset(
    {"more", "any", "a", "strong", "real", "obvious", "gas", "water", "signs", "sign", "of", "the"}
    | {"it", "longer", "smell", "noticeable", "sewage", "leak", "active", "such", "one", "big"}
)


@cache
def _hazards() -> tuple[_Hazard, ...]:
    data = document("hazards")
    classes = cast(Mapping[str, str], data["classes"])
    entries = cast(Mapping[str, Mapping[str, list[str]]], data["hazards"])
    return tuple(
        _Hazard(
            name,
            tuple(entry["keys"]),
            *(
                tuple(compile_pattern(pattern, classes) for pattern in entry[kind])
                for kind in ("patterns", "unless", "doubt")
            ),
        )
        for name, entry in entries.items()
    )
