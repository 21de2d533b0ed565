"""What a caller's words stand for: concepts of `data/concepts.json`, and which stand together."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import Final, cast

from voice.receptionist.understanding.lexicon import document
from voice.receptionist.understanding.text import without_accents

NEAR: Final = 12
"""Words within which two concepts stand together."""

_NO: Final = frozenset(
    {"no", "not", "don't", "dont", "doesn't", "doesnt", "didn't", "didnt", "isn't", "isnt"}
    | {"aren't", "never", "without", "nor", "neither", "nothing", "ain't", "wasn't", "haven't"}
    | {"hasn't", "sin", "ni", "nunca", "tampoco", "ningun"}
)
_REACH: Final = 3


def concept_features(words: Sequence[str]) -> Iterator[str]:
    """Names of the concepts in these words, of those denied, and of each pair that is near."""
    found = list(_concepts_in(words))
    yield from dict.fromkeys(f"k:{'not ' if denied else ''}{name}" for _, name, denied in found)
    yield from dict.fromkeys(f"p:{one}+{other}" for one, other in _pairs(found))


def concepts_together(words: Sequence[str]) -> frozenset[tuple[str, str]]:
    """The pairs of concepts that stand near each other and are not denied, each in order."""
    return frozenset(_pairs(list(_concepts_in(words))))


def concepts_in(words: Sequence[str]) -> frozenset[str]:
    """The concepts in these words that are not denied."""
    return frozenset(name for _, name, denied in _concepts_in(words) if not denied)


@cache
def suspicious_pairs() -> Mapping[str, frozenset[tuple[str, str]]]:
    """Pairs of concepts that make one ask about a danger."""
    data = cast(Mapping[str, list[list[str]]], document("concepts")["suspicious"])
    return {
        hazard: frozenset((min(pair), max(pair)) for pair in pairs)
        for hazard, pairs in data.items()
    }


def _pairs(found: Sequence[tuple[int, str, bool]]) -> Iterator[tuple[str, str]]:
    told = [(at, name) for at, name, denied in found if not denied]
    for index, (at, one) in enumerate(told):
        for beside, other in told[index + 1 :]:
            if beside - at <= NEAR and one != other:
                yield min(one, other), max(one, other)


def _concepts_in(words: Sequence[str]) -> Iterator[tuple[int, str, bool]]:
    """(position, concept, denied), in order."""
    plain = without_accents(" ".join(words)).split(" ")
    for at, word in enumerate(plain):
        names, phrases = _concepts_of(word)
        for phrase, name in phrases:
            if tuple(plain[at : at + len(phrase)]) == phrase and name not in names:
                names = (*names, name)
        if names:
            denied = not _NO.isdisjoint(plain[max(0, at - _REACH) : at])
            for name in names:
                yield at, name, denied


@lru_cache(maxsize=4096)
def _concepts_of(word: str) -> tuple[tuple[str, ...], Sequence[tuple[tuple[str, ...], str]]]:
    """What a word stands for by itself or by how it begins, and the phrases that it begins."""
    exact, beginnings, phrases = _concepts()
    begun = (name for size in range(2, len(word) + 1) for name in beginnings.get(word[:size], ()))
    return tuple(dict.fromkeys([*exact.get(word, ()), *begun])), phrases.get(word, ())


@cache
def _concepts() -> tuple[
    Mapping[str, tuple[str, ...]],
    Mapping[str, tuple[str, ...]],
    Mapping[str, tuple[tuple[tuple[str, ...], str], ...]],
]:
    """Concepts by whole word, by beginning, and by the first word of a phrase."""
    exact: dict[str, tuple[str, ...]] = {}
    beginnings: dict[str, tuple[str, ...]] = {}
    phrases: dict[str, tuple[tuple[tuple[str, ...], str], ...]] = {}
    for name, text in cast(Mapping[str, str], document("concepts")["concepts"]).items():
        for entry in without_accents(text).split():
            parts = tuple(entry.split("-"))
            if len(parts) > 1:
                phrases[parts[0]] = (*phrases.get(parts[0], ()), (parts, name))
            elif entry.endswith("*"):
                beginnings[entry[:-1]] = (*beginnings.get(entry[:-1], ()), name)
            else:
                exact[entry] = (*exact.get(entry, ()), name)
    return exact, beginnings, phrases
