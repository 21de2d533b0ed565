"""The problem as it is kept for the plumber: the caller's words, and of many those that tell it."""

import re
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from voice.receptionist.draft import Draft
from voice.receptionist.understanding.meaning import Meaning

LONGEST: Final = 200
"""Characters that are kept."""
_SENTENCE: Final = re.compile(r"(?<=[.!?;…])\s+")
_STRETCH_WORDS: Final = 18


def problem_of(meaning: Meaning) -> str:
    """At most LONGEST characters: all that was said, or the sentence with the fault and those
    about it."""
    text = meaning.text
    if len(text) <= LONGEST or meaning.has_card:
        return text[:LONGEST]
    parts = [stretch for part in _SENTENCE.split(text) for stretch in _stretches(part)]
    told = text[: meaning.utterance.tokens[meaning.fault].end].split()
    counted = accumulate(len(part.split()) for part in parts)
    return _around(parts, next(at for at, words in enumerate(counted) if words >= len(told)))


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


def keep_problem(draft: Draft, meaning: Meaning) -> None:
    """Keep the words that told of an emergency, and whether somebody there is frail."""
    if not draft.state.problem:
        draft.put(problem=problem_of(meaning))
    if meaning.means("vulnerable", 2.0):
        draft.fill("vulnerable", "yes")
