"""The tenant's own answers, found by likeness of words: a small embedded retrieval.

A question is a bag of stems, where words that mean the same are one (`data/faq_words.json`). Two
questions are alike when each one's words are mostly covered by the other: "do you do water
heaters" is not answered by the brands of heaters, since nobody asked about brands.
"""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from functools import cache, lru_cache
from math import log, sqrt
from typing import Final, cast

from voice.receptionist.rules import FaqEntry
from voice.receptionist.understanding.lexicon import document
from voice.receptionist.understanding.text import plain, read, without_accents

ALIKE: Final = 0.62
"""Likeness of a caller's question and an entry from which its answer is given."""
SAME: Final = 0.75
"""Likeness of two callers' questions from which they are shown as one."""
_WEAK: Final = 0.25
_IN_ANSWER: Final = 0.7
"""A word that only the answer has shows less that this was meant."""
_LONGEST_PHRASE: Final = 3

Weights = Mapping[str, float]


def best_answer(entries: Sequence[FaqEntry], question: str) -> FaqEntry | None:
    """The entry that answers `question`, or None when none is alike enough."""
    asked = _concepts(question)
    if not entries or not asked:
        return None
    rarity = _rarity(tuple(entries))
    best = max(entries, key=lambda entry: _fit(asked, entry, rarity))
    return best if _fit(asked, best, rarity) >= ALIKE else None


def same_question(one: str, other: str) -> bool:
    """Whether two callers asked the same, in nearly the same words."""
    a, b = _concepts(one), _concepts(other)
    if not a or not b:
        return plain(one) == plain(other)
    return sqrt(_covered(a, b.keys()) * _covered(b, a.keys())) >= SAME


def _fit(asked: Weights, entry: FaqEntry, rarity: Weights) -> float:
    """How well the entry fits what was asked, from 0 to 1."""
    question = _concepts(entry.question)
    answer = _concepts(entry.answer).keys() - question.keys()
    of_asked = _covered(asked, question.keys(), rarity)
    of_asked += _IN_ANSWER * _covered(asked, answer, rarity)
    return sqrt(of_asked * _covered(question, asked.keys(), rarity))


def _covered(words: Weights, by: Set[str], rarity: Weights | None = None) -> float:
    """How much of the weight of `words` is found in `by`, from 0 to 1."""
    weighed = {word: weight * (rarity or {}).get(word, 1.0) for word, weight in words.items()}
    total = sum(weighed.values())
    found = sum(weight for word, weight in weighed.items() if word in by)
    return found / total if total else 0.0


@lru_cache(maxsize=64)
def _rarity(entries: tuple[FaqEntry, ...]) -> Weights:
    """A word that many entries have tells them apart less; 1 for one that a single entry has."""
    seen = Counter(word for entry in entries for word in _concepts(entry.question))
    return {word: 1.0 / (1.0 + log(count)) for word, count in seen.items()}


@lru_cache(maxsize=2048)
def _concepts(text: str) -> Weights:
    """What a text speaks of, each with its weight."""
    words = without_accents(read(text).plain).split()
    same, empty, weak = _same(), _words("empty"), _words("weak")
    found: dict[str, float] = {}
    at = 0
    while at < len(words):
        for length in range(min(_LONGEST_PHRASE, len(words) - at), 0, -1):
            phrase = " ".join(words[at : at + length])
            concept = same.get(phrase) or (same.get(_stem(phrase)) if length == 1 else None)
            if concept or length == 1:
                break
        at += length
        if concept:
            found[concept] = 1.0
        elif phrase not in empty:
            stem = _stem(phrase)
            found[stem] = _WEAK if phrase in weak or stem in weak else 1.0
    return found


def _stem(word: str) -> str:
    for ending in ("ings", "ing", "ies", "ied", "ers", "ed", "er", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


@cache
def _same() -> Mapping[str, str]:
    """Every phrase that stands for a concept, and which."""
    lines = cast(Sequence[str], document("faq_words")["same"])
    return {
        without_accents(plain(phrase)): line.partition("|")[0]
        for line in lines
        for phrase in line.split("|")
    }


@cache
def _words(kind: str) -> frozenset[str]:
    listed = str(document("faq_words")[kind]).split("|")
    written = {without_accents(plain(word)) for word in listed}
    return frozenset(written | ({_stem(word) for word in written} if kind == "weak" else set()))
