"""The problem as it is kept for the plumber: the caller's words, and of many those that tell it."""

import re
from collections.abc import Sequence
from typing import Final

from voice.receptionist.understanding.classifier import labels, probabilities
from voice.receptionist.understanding.meaning import HAZARDS, Meaning

LONGEST: Final = 200
"""Characters that are kept."""
_SENTENCE: Final = re.compile(r"(?<=[.!?;…])\s+")
_STRETCH_WORDS: Final = 18
_WORK: Final = (
    *("drain", "heater", "heater_install", "leak", "toilet", "sewer", "gasline", "other_job"),
    *HAZARDS,
)


def problem_of(meaning: Meaning) -> str:
    """At most LONGEST characters: all that was said, or the sentence with the fault and those
    about it."""
    text = meaning.text
    if len(text) <= LONGEST:
        return text
    parts = [stretch for part in _SENTENCE.split(text) for stretch in _stretches(part)]
    columns = [labels().index(label) for label in _WORK]
    telling = probabilities(parts)[:, columns].max(axis=1)
    return _around(parts, int(telling.argmax()))


def _stretches(sentence: str) -> Sequence[str]:
    """The sentence, or pieces of one that goes on and on, as a recogniser writes them."""
    words = sentence.split()
    if len(words) <= 2 * _STRETCH_WORDS:
        return [sentence]
    return [
        " ".join(words[start : start + _STRETCH_WORDS])
        for start in range(0, len(words), _STRETCH_WORDS)
    ]


def _around(parts: Sequence[str], best: int) -> str:
    """The best part with as many of its neighbours as there is room for, those after it first."""
    first = last = best
    while True:
        if last + 1 < len(parts) and len(" ".join(parts[first : last + 2])) <= LONGEST:
            last += 1
        elif first > 0 and len(" ".join(parts[first - 1 : last + 1])) <= LONGEST:
            first -= 1
        else:
            return " ".join(parts[first : last + 1])[:LONGEST]
