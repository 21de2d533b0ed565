"""Short answers: yes, no, don't know, hold on; and what is left once the stalling is gone."""

import re
from collections.abc import Sequence
from enum import StrEnum
from functools import cache, lru_cache
from typing import Final

from voice.receptionist.understanding.lexicon import lexicon, words_of
from voice.receptionist.understanding.numbers import is_number_word
from voice.receptionist.understanding.text import PUNCTUATION, Utterance


class Answer(StrEnum):
    """What a yes-or-no question was answered with."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"
    NONE = "none"


def without_hesitation(utterance: Utterance) -> tuple[str, ...]:
    """The words without leading, trailing and inner stalling."""
    return _without_hesitation(utterance.words)


@lru_cache(maxsize=64)
def _without_hesitation(words: tuple[str, ...]) -> tuple[str, ...]:
    kept: list[str] = []
    at = 0
    while at < len(words):
        length = _phrase_at(words, at, "hesitation")
        if length:
            at += length
        else:
            kept.append(words[at])
            at += 1
    return tuple(kept)


def is_bare(utterance: Utterance) -> bool:
    """Nothing but yes, no and stalling: such words are about what was asked, and nothing else."""
    words = without_hesitation(utterance)
    at = 0
    while at < len(words):
        length = _phrase_at(words, at, "yes") or _phrase_at(words, at, "no")
        if not length:
            return False
        at += length
    return bool(words)


def is_only_hesitation(utterance: Utterance) -> bool:
    """Nothing was said yet: the caller is thinking or looking something up."""
    return bool(utterance.tokens) and not without_hesitation(utterance)


def added_to_answer(utterance: Utterance) -> Sequence[tuple[str, ...]]:
    """What a short turn adds to an answer: "no thanks, my toddler drank it", "60614 and it burst".

    What is denied is left out: it would be read without its no.
    """
    words = utterance.words
    if not 2 < len(words) <= _LONGEST_ANSWER:
        return ()
    pieces = _pieces(utterance)
    answer = max(_phrase_at(words, 0, "yes"), _phrase_at(words, 0, "no"))
    found = [words[answer:]] if answer else []
    if pieces and _answers(pieces[0]):
        found += pieces[1:]
    return [each for each in found if len(each) > 1 and not _DENYING.intersection(each)]


def _answers(piece: tuple[str, ...]) -> bool:
    """Whether it is no more than a yes or no, a number, or a name."""
    answer = max(_phrase_at(piece, 0, "yes"), _phrase_at(piece, 0, "no"))
    named = piece[0] in words_of("first_names") and len(piece) <= _LONGEST_NAME
    return answer >= len(piece) - 1 or named or all(map(is_number_word, piece))


def _pieces(utterance: Utterance) -> list[tuple[str, ...]]:
    """The words between punctuation and "and" or "but"."""
    pieces: list[list[str]] = [[]]
    end = 0
    for token in utterance.tokens:
        parted = bool(_PARTING.search(utterance.raw, end, token.start))
        if token.word in _JOINING or parted:
            pieces.append([])
        if token.word not in _JOINING:
            pieces[-1].append(token.word)
        end = token.end
    return [tuple(piece) for piece in pieces if piece]


_LONGEST_ANSWER: Final = 18
_LONGEST_NAME: Final = 3
_PARTING: Final = re.compile(rf"[{re.escape(PUNCTUATION)}]")
_JOINING: Final = frozenset({"and", "but", "well", "oh", "though", "y", "pero"})
_DENYING: Final = frozenset(
    {"no", "not", "don't", "doesn't", "didn't", "isn't", "never", "without", "none", "nothing"}
    | {"sin", "ni", "nunca"}
)


def answer_in(utterance: Utterance) -> Answer:
    """Yes, no or unsure, as the turn begins; a correction ("yes. no wait, no") counts last."""
    words = without_hesitation(utterance) or utterance.words
    text = " ".join(words)
    if _contains(text, "unsure"):
        return Answer.UNSURE
    raw = utterance.words
    no = max(_phrase_at(words, 0, "no"), _phrase_at(raw, 0, "no"))
    yes = max(_phrase_at(words, 0, "yes"), _phrase_at(raw, 0, "yes"))
    if no or yes:
        first = Answer.NO if no >= yes else Answer.YES
        rest = words[max(no, yes) :]
        return _turned(first, rest)
    if len(words) > 2 and _phrase_at(words, len(words) - 1, "yes") and words[-1] in ("yes", "yeah"):
        return Answer.YES
    if len(words) > 2 and words[-1] in ("no", "nope"):
        return Answer.NO
    return Answer.NONE


def _turned(first: Answer, rest: tuple[str, ...]) -> Answer:
    """ "No no, that's right" means yes; "yeah no" and "okay, not that I can see" mean no."""
    if first is Answer.YES and _phrase_at(rest, 0, "no") and not _phrase_at(rest, 0, "yes"):
        return Answer.NO
    while rest and rest[0] in ("no", "yes", "yeah", "wait", "sorry"):
        if rest[0] == "no" and first is Answer.YES and len(rest) <= 3:
            first = Answer.NO
        rest = rest[1:]
    text = " ".join(rest[:4])
    if first is Answer.NO and text.startswith(
        (
            "that's right",
            "that's correct",
            "that's fine",
            "it's right",
            "that's good",
            "you're right",
            "go ahead",
            "go right ahead",
            "do that",
            "do it",
            "please do",
        )
    ):
        return Answer.YES
    return first


def _contains(text: str, name: str) -> bool:
    padded = f" {text} "
    return any(f" {phrase} " in padded for phrase in lexicon(name))


def _phrase_at(words: tuple[str, ...] | list[str], at: int, name: str) -> int:
    """How many words the longest phrase of a lexicon takes from position `at`; 0 if none does."""
    if at >= len(words) or words[at] not in _beginnings(name):
        return 0
    phrases = words_of(name)
    for length in range(min(5, len(words) - at), 0, -1):
        if " ".join(words[at : at + length]) in phrases:
            return length
    return 0


@cache
def _beginnings(name: str) -> frozenset[str]:
    """The first word of each phrase of a lexicon."""
    return frozenset(phrase.partition(" ")[0] for phrase in lexicon(name))
