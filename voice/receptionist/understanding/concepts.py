"""What a caller's words stand for: concepts of `data/concepts.json`, and which stand together."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import islice
from typing import Final, NamedTuple, cast

from voice.receptionist.understanding.lexicon import document
from voice.receptionist.understanding.text import unaccented, without_accents

NEAR: Final = 12
"""Words within which two concepts stand together."""

_NO: Final = frozenset(
    {"no", "not", "don't", "dont", "doesn't", "doesnt", "didn't", "didnt", "isn't", "isnt"}
    | {"aren't", "never", "without", "nor", "neither", "nothing", "ain't", "wasn't", "haven't"}
    | {"hasn't", "sin", "ni", "nunca", "tampoco", "ningun"}
)
_REACH: Final = 3


class Mention(NamedTuple):
    """A concept at words [start, end); `no` is where a no before it stands, -1 without one."""

    start: int
    end: int
    name: str
    no: int

    def is_denied(self, since: int = 0) -> bool:
        """Whether the no belongs to the words from `since` on."""
        return self.no >= since


def features_of(found: Sequence[Mention], start: int, end: int) -> Iterator[str]:
    """Names of the concepts in words [start, end), of those denied, and of each pair near."""
    within = [each for each in found if start <= each.start and each.end <= end]
    for each in within:
        yield f"k:{'not ' if each.is_denied(start) else ''}{each.name}"
    for one, other in _pairs([each for each in within if not each.is_denied(start)]):
        yield f"p:{one}+{other}"


def concepts_together(words: Sequence[str]) -> frozenset[tuple[str, str]]:
    """The pairs of concepts that stand near each other and are not denied, each in order."""
    return frozenset(_pairs([each for each in mentions(words) if not each.is_denied()]))


def concepts_in(words: Sequence[str]) -> frozenset[str]:
    """The concepts in these words that are not denied."""
    return frozenset(each.name for each in mentions(words) if not each.is_denied())


@cache
def suspicious_pairs() -> Mapping[str, frozenset[tuple[str, str]]]:
    """Pairs of concepts that make one ask about a danger."""
    data = cast(Mapping[str, list[list[str]]], document("concepts")["suspicious"])
    return {
        hazard: frozenset((min(pair), max(pair)) for pair in pairs)
        for hazard, pairs in data.items()
    }


def _pairs(told: Sequence[Mention]) -> Iterator[tuple[str, str]]:
    for index, one in enumerate(told):
        for other in islice(told, index + 1, None):
            if other.start - one.start > NEAR:
                break
            if one.name != other.name:
                yield min(one.name, other.name), max(one.name, other.name)


def mentions(words: Sequence[str]) -> list[Mention]:
    """Every concept these words stand for, in order."""
    found: list[Mention] = []
    plain = unaccented(words)
    no = -1
    for at, word in enumerate(plain):
        names, phrases = _concepts_of(word)
        if names or phrases:
            near = no if at - no <= _REACH else -1
            found += [Mention(at, at + 1, name, near) for name in names]
            for phrase, name in phrases:
                end = at + len(phrase)
                if name not in names and (*plain[at:end],) == phrase:
                    found.append(Mention(at, end, name, near))
        if word in _NO:
            no = at
    return found


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
