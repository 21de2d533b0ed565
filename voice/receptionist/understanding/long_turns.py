"""A turn too long to be read whole: its beginning, its end, and every danger said between.

Reading ten thousand characters like a hundred would keep the caller waiting. What may not be
missed in them is a danger in so many words. Each wording is looked for around the rarest of the
words it needs, which for most of them occurs nowhere.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice
from typing import Final

from voice.receptionist.understanding.dictation import told_apart
from voice.receptionist.understanding.hazards import (
    Finding,
    Hazard,
    known_hazards,
    reading,
)
from voice.receptionist.understanding.meaning import HAZARDS
from voice.receptionist.understanding.patterns import Need, Pattern
from voice.receptionist.understanding.text import LONGEST, clauses_of, clean, tidy

MOST_SCANNED: Final = 20_000
"""Characters that are searched for dangers: the first and last halves of a longer turn."""

LEAST: Final = 150
"""Characters that are read whole of the longest turns; of shorter ones more, up to LONGEST."""

_MOST_DANGERS: Final = 2
_ROOM: Final = 66
_REACH: Final = 24
"""Words to either side of one: more than any wording is long."""
_BEFORE: Final = 8
"""Words before those: a "no" that governs a wording is at most five away."""
_AFTER: Final = 4
_TOLD: Final = (Finding.SAID, Finding.DOUBTFUL)
_TURNING: Final = frozenset({"but", "however", "although", "except", "pero", "aunque"})


def essence(text: str) -> str:
    """`text` cleaned: of one longer than LONGEST only what decides what is done about it."""
    if len(text) <= LONGEST:
        return told_apart(clean(text))
    dangers = _gravest(_dangers(_Spoken.of(_scanned(text))))
    between = f". {'. '.join(dangers)}. " if dangers else " "
    kept = max(LEAST, LONGEST - (len(text) - LONGEST) // 16)
    side = (kept - len(between)) // 2
    return clean(f"{text[:side]}{between}{text[-side:]}")


def _gravest(dangers: Iterator[tuple[str, Finding]]) -> Sequence[str]:
    """The gravest danger that is said, and one that is only asked about if it is graver."""
    told = []
    for stretch, finding in islice(dangers, _MOST_DANGERS):
        told.append(stretch)
        if finding is Finding.SAID:
            break
    return told


def _scanned(text: str) -> str:
    if len(text) <= MOST_SCANNED:
        return text
    return f"{text[: MOST_SCANNED // 2]}. {text[-MOST_SCANNED // 2 :]}"


@dataclass(frozen=True, slots=True)
class _Spoken:
    """The words of a text, where its clauses begin, and where each word of a danger occurs."""

    words: Sequence[str]
    places: Mapping[str, Sequence[int]]
    beginnings: Sequence[int]

    @classmethod
    def of(cls, text: str) -> "_Spoken":
        words, beginnings = clauses_of(tidy(text))
        places: dict[str, list[int]] = {word: [] for word in set(words) if _is_sign(word)}
        for at, word in enumerate(words):
            if word in places:
                places[word].append(at)
        turning = (at for word in _TURNING if word in places for at in places[word])
        clauses = sorted({*beginnings, *turning, len(words)})
        return cls(words, places, clauses)

    def around(self, at: int) -> Sequence[str]:
        """The words about the one at `at`, within its clause."""
        clause = bisect_right(self.beginnings, at)
        start, end = self.beginnings[clause - 1], self.beginnings[clause]
        return self.words[max(start, at - _REACH - _BEFORE) : min(end, at + _REACH)]


@lru_cache(maxsize=8192)
def _is_sign(word: str) -> bool:
    """Whether a danger's wording may need the word, or the word ends a clause."""
    words, beginnings = _needed()
    if word in words or word in _TURNING:
        return True
    return any(word[:size] in begun for size, begun in beginnings)


@cache
def _needed() -> tuple[frozenset[str], Sequence[tuple[int, frozenset[str]]]]:
    """Every word, and every beginning of a word by its length, that some wording needs."""
    needs = [
        need
        for hazard in known_hazards()
        for patterns in (hazard.patterns, *hazard.together)
        for pattern in patterns
        for need in pattern.needs
    ]
    words = frozenset().union(*(need.words for need in needs))
    begun = {beginning.strip() for need in needs for beginning in need.beginnings}
    sizes = sorted({len(beginning) for beginning in begun})
    return words, [(size, frozenset(b for b in begun if len(b) == size)) for size in sizes]


def _dangers(spoken: _Spoken) -> Iterator[tuple[str, Finding]]:
    """The stretches that tell of a danger, one for each danger, the gravest first."""
    signs, whole = frozenset(spoken.places), f" {' '.join(spoken.places)} "
    for hazard in _gravest_first():
        alone = ((pattern,) for pattern in hazard.patterns)
        told = [
            patterns
            for patterns in (*alone, *hazard.together)
            if all(pattern.fits(signs, whole) for pattern in patterns)
        ]
        stretch = next(_stretches(hazard, told, spoken), None)
        if stretch is not None:
            yield stretch


def _stretches(
    hazard: Hazard, told: Sequence[Sequence[Pattern]], spoken: _Spoken
) -> Iterator[tuple[str, Finding]]:
    """The words where the danger is said or left in doubt; the same words are read once."""
    seen: set[str] = set()
    for patterns in told:
        for at in _rarest(patterns, spoken):
            clause = _clause(spoken.around(at))
            if clause in seen or (match := patterns[0].search(clause)) is None:
                continue
            if not all(pattern.is_possible(clause) for pattern in patterns):
                continue
            seen.add(clause)
            finding = reading(hazard, clause)
            if finding in _TOLD:
                yield _shortened(hazard, clause, match), finding


def _rarest(patterns: Sequence[Pattern], spoken: _Spoken) -> Sequence[int]:
    """Where the rarest of the words occurs that all these patterns need; each needs some word."""
    needs = [need for pattern in patterns for need in pattern.needs]
    whole = [need for need in needs if not need.beginnings]  # quicker to find
    named = [_named(need, spoken) for need in whole or needs]
    rarest = min(named, key=lambda words: sum(len(spoken.places[word]) for word in words))
    return sorted(at for word in rarest for at in spoken.places[word])


def _named(need: Need, spoken: _Spoken) -> Sequence[str]:
    """The words of the text that fill a need."""
    begun = tuple(beginning.strip() for beginning in need.beginnings)
    if not begun:
        return [word for word in need.words if word in spoken.places]
    return [word for word in spoken.places if word in need.words or word.startswith(begun)]


def _shortened(hazard: Hazard, clause: str, match: re.Match[str]) -> str:
    """The words about the match, as many as the danger needs to be understood the same way."""
    before = clause[: match.start()].split()[-_BEFORE:]
    after = clause[match.end() :].split()[:_AFTER]
    near = " ".join([*before, match.group().strip(), *after])
    if _tells(hazard, f" {near} "):
        return near[:_ROOM]
    return clause.strip()[:_ROOM] if len(clause) <= _ROOM + 2 else _cut(hazard, clause)


def _cut(hazard: Hazard, clause: str) -> str:
    """As many words of a long clause as there is room for, those that still tell of the danger."""
    words = clause.split()
    while len(" ".join(words)) > _ROOM and len(words) > 1:
        words = words[1:] if _tells(hazard, _clause(words[1:])) else words[:-1]
    return " ".join(words)[:_ROOM]


def _tells(hazard: Hazard, clause: str) -> bool:
    return reading(hazard, clause) in _TOLD


def _clause(words: Sequence[str]) -> str:
    return f" {' '.join(words)} "


@cache
def _gravest_first() -> Sequence[Hazard]:
    return sorted(known_hazards(), key=lambda hazard: HAZARDS.index(hazard.name))
