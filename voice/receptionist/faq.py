"""The tenant's own answers, found by likeness of words: a small embedded retrieval."""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from math import log, sqrt
from typing import Final

from voice.receptionist.rules import FaqEntry
from voice.receptionist.understanding.text import read, without_accents

ALIKE: Final = 0.34
"""Cosine of question and entry from which an answer is given."""
_COMMON: Final = frozenset(
    {"a", "an", "the", "do", "you", "i", "we", "is", "are", "it", "to", "of", "for", "in", "on"}
    | {"and", "or", "my", "your", "can", "what", "how", "does", "be", "have", "with", "if", "me"}
    | {"there", "will", "would", "that", "this", "at", "by", "guys", "just", "want", "know", "el"}
    | {"la", "los", "de", "que", "y", "en", "un", "una", "su", "por", "es", "hi", "hello", "please"}
)


def best_answer(entries: Sequence[FaqEntry], question: str) -> FaqEntry | None:
    """The entry that answers `question`, or None when none is alike enough."""
    if not entries:
        return None
    asked = _vector(question)
    if not asked:
        return None
    weights = _weights(tuple(entries))
    best = max(entries, key=lambda entry: _likeness(asked, entry, weights))
    return best if _likeness(asked, best, weights) >= ALIKE else None


def _likeness(asked: Counter[str], entry: FaqEntry, weights: dict[str, float]) -> float:
    by_question = _cosine(asked, _vector(entry.question), weights)
    by_both = _cosine(asked, _vector(f"{entry.question} {entry.answer}"), weights)
    return max(by_question, 0.9 * by_both)


def _cosine(one: Counter[str], other: Counter[str], weights: dict[str, float]) -> float:
    def length(vector: Counter[str]) -> float:
        return sqrt(sum((count * weights.get(word, 2.0)) ** 2 for word, count in vector.items()))

    shared = sum(count * other[word] * weights.get(word, 2.0) ** 2 for word, count in one.items())
    norm = length(one) * length(other)
    return shared / norm if norm else 0.0


@lru_cache(maxsize=64)
def _weights(entries: tuple[FaqEntry, ...]) -> dict[str, float]:
    """Rare words tell more: inverse document frequency over the tenant's entries."""
    seen: Counter[str] = Counter()
    for entry in entries:
        seen.update(set(_vector(f"{entry.question} {entry.answer}")))
    return {word: 1.0 + log((1 + len(entries)) / (1 + count)) for word, count in seen.items()}


@lru_cache(maxsize=1024)
def _vector(text: str) -> Counter[str]:
    words = without_accents(read(text).plain).split()
    return Counter(_stem(word) for word in words if word not in _COMMON)


def _stem(word: str) -> str:
    for ending in ("ings", "ing", "ies", "ied", "ers", "ed", "er", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word
