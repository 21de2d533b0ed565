"""Short answers: yes, no, don't know, hold on; and what is left once the stalling is gone."""

from enum import StrEnum
from functools import cache, lru_cache

from voice.receptionist.understanding.lexicon import lexicon, words_of
from voice.receptionist.understanding.text import Utterance


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
