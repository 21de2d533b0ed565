"""A turn too long to be read whole: its beginning, its end, and every danger said between.

Reading ten thousand characters like a hundred would keep the caller waiting. What may not be
missed in them is a danger in so many words. Each wording is looked for around the rarest of the
words it needs, which for most of them occurs nowhere.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Final

from voice.receptionist.understanding.hazards import (
    Finding,
    Hazard,
    known_hazards,
    reading,
)
from voice.receptionist.understanding.meaning import HAZARDS
from voice.receptionist.understanding.patterns import Need, Pattern
from voice.receptionist.understanding.text import LONGEST, clean, full_words, tidy

MOST_SCANNED: Final = 20_000
"""Characters that are searched for dangers: the first and last halves of a longer turn."""

LEAST: Final = 320
"""Characters that are read whole of the longest turns; of shorter ones more, up to LONGEST."""

_MOST_DANGERS: Final = 2
_ROOM: Final = LEAST // 3
_REACH: Final = 24
"""Words to either side of one: more than any wording is long."""
_BEFORE: Final = 8
"""Words before those: a "no" that governs a wording is at most five away."""
_AFTER: Final = 4
_PUNCTUATION: Final = re.compile(r"[.,;!?…]+")
_TURNING: Final = frozenset({"but", "however", "although", "except", "pero", "aunque"})


def essence(text: str) -> str:
    """`text` cleaned: of one longer than LONGEST only what decides what is done about it."""
    if len(text) <= LONGEST:
        return clean(text)
    dangers = list(islice(_dangers(_Spoken.of(_scanned(text))), _MOST_DANGERS))
    between = f". {'. '.join(dangers)}. " if dangers else " "
    kept = max(LEAST, LONGEST - (len(text) - LONGEST) // 13)
    side = (kept - len(between)) // 2
    return clean(f"{text[:side]}{between}{text[-side:]}")


def _scanned(text: str) -> str:
    if len(text) <= MOST_SCANNED:
        return text
    return f"{text[: MOST_SCANNED // 2]}. {text[-MOST_SCANNED // 2 :]}"


@dataclass(frozen=True, slots=True)
class _Spoken:
    """The words of a text, where each occurs, and where its clauses begin."""

    words: Sequence[str]
    places: Mapping[str, Sequence[int]]
    beginnings: Sequence[int]

    @classmethod
    def of(cls, text: str) -> "_Spoken":
        words: list[str] = []
        beginnings: list[int] = []
        for part in _PUNCTUATION.split(tidy(text)):
            beginnings.append(len(words))
            words += full_words(part)
        places: dict[str, list[int]] = {word: [] for word in words}
        for at, word in enumerate(words):
            places[word].append(at)
        turning = (at for word in _TURNING if word in places for at in places[word])
        return cls(words, places, sorted({*beginnings, *turning, len(words)}))

    def around(self, at: int) -> Sequence[str]:
        """The words about the one at `at`, within its clause."""
        clause = bisect_right(self.beginnings, at)
        start, end = self.beginnings[clause - 1], self.beginnings[clause]
        return self.words[max(start, at - _REACH - _BEFORE) : min(end, at + _REACH)]


def _dangers(spoken: _Spoken) -> Iterator[str]:
    """The stretches that tell of a danger, one for each danger, the gravest first."""
    for hazard in _gravest_first():
        stretch = next(_stretches(hazard, spoken), None)
        if stretch is not None:
            yield stretch


def _stretches(hazard: Hazard, spoken: _Spoken) -> Iterator[str]:
    """The words where the danger is said or left in doubt; the same words are read once."""
    seen: set[str] = set()
    for pattern in hazard.patterns:
        for at in _spots(pattern, spoken.places):
            clause = _clause(spoken.around(at))
            if clause in seen or (match := pattern.search(clause)) is None:
                continue
            seen.add(clause)
            if _tells(hazard, clause):
                yield _shortened(hazard, clause, match)


def _spots(pattern: Pattern, places: Mapping[str, Sequence[int]]) -> Sequence[int]:
    """Where the rarest of the words that a pattern needs occurs; nowhere if one is missing.

    Every wording of a danger needs some word.
    """
    rarest: Sequence[int] | None = None
    for need in pattern.needs:
        spots = [at for word in _named(need, places) for at in places[word]]
        if not spots:
            return ()
        if rarest is None or len(spots) < len(rarest):
            rarest = spots
    return (
        sorted(rarest) if rarest is not None else range(0, sum(map(len, places.values())), _REACH)
    )


def _named(need: Need, places: Mapping[str, object]) -> Sequence[str]:
    """The words of the text that fill a need."""
    found = [word for word in need.words if word in places]
    if need.beginnings:
        beginnings = tuple(beginning.strip() for beginning in need.beginnings)
        found += [w for w in places if w.startswith(beginnings) and w not in need.words]
    return found


def _shortened(hazard: Hazard, clause: str, match: re.Match[str]) -> str:
    """The words about the match, as many as the danger needs to be understood the same way."""
    before = clause[: match.start()].split()[-_BEFORE:]
    after = clause[match.end() :].split()[:_AFTER]
    near = " ".join([*before, match.group().strip(), *after])
    return near[:_ROOM] if _tells(hazard, f" {near} ") else match.group().strip()[:_ROOM]


def _tells(hazard: Hazard, clause: str) -> bool:
    return reading(hazard, clause) in (Finding.SAID, Finding.DOUBTFUL)


def _clause(words: Sequence[str]) -> str:
    return f" {' '.join(words)} "


@cache
def _gravest_first() -> Sequence[Hazard]:
    return sorted(known_hazards(), key=lambda hazard: HAZARDS.index(hazard.name))
