"""Cutting a sentence where a voice would breathe, so that its first words are heard soon."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from voice.receptionist.dialogue import Sentence

CHUNK_S: Final = 1.6
LETTERS_PER_S: Final = 17.0
"""Spoken English at 170 words a minute of 5 letters and a space."""

CHUNK_LETTERS: Final = int(CHUNK_S * LETTERS_PER_S)
SHORTEST_LETTERS: Final = 9
"""A clause shorter than this is not worth a breath of its own."""

DETOUR_LETTERS: Final = 8
_CLAUSE: Final = re.compile(r"(?<=[,;:\u2014])\s+|(?<=[.!?])\s+")
_LINKING: Final = (
    "and or but so because if when while that which who to at in on for with from before after"
    " between until then than as is are y o pero porque si cuando que para por con en a"
)
_BREATHS: Final = frozenset(_LINKING.split())


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch of a sentence that is synthesised in one go; `last` ends the sentence."""

    text: str
    sentence: Sentence
    last: bool


def chunks_of(sentence: Sentence) -> Iterator[Chunk]:
    """The sentence in stretches of about CHUNK_S or less, cut at clauses where possible."""
    texts = [piece for clause in _clauses(sentence.text) for piece in _pieces(clause)]
    for index, text in enumerate(texts):
        yield Chunk(text, sentence, index == len(texts) - 1)


def _clauses(text: str) -> Iterator[str]:
    """Clauses, very short ones joined to the next."""
    waiting = ""
    for clause in _CLAUSE.split(text.strip()):
        joined = f"{waiting} {clause}".strip()
        if len(waiting) >= SHORTEST_LETTERS and len(joined) > CHUNK_LETTERS:
            yield waiting
            waiting = clause
        else:
            waiting = joined
    if waiting:
        yield waiting


def _pieces(clause: str) -> Iterator[str]:
    """A clause in about equal parts of at most CHUNK_LETTERS, rather before words that link."""
    words = clause.split()
    while words:
        left = len(" ".join(words))
        parts = -(-left // CHUNK_LETTERS)
        count = len(words) if parts == 1 else _best_cut(words, left / parts)
        yield " ".join(words[:count])
        words = words[count:]


def _best_cut(words: list[str], target: float) -> int:
    """After how many words to cut: near the target, a linking word is worth a detour."""
    best, best_score, size = 1, float("inf"), -1
    for count, word in enumerate(words[:-1], start=1):
        size += 1 + len(word)
        if size > CHUNK_LETTERS:
            break
        linked = words[count].lower() in _BREATHS and word.lower() not in _BREATHS
        score = abs(size - target) - (DETOUR_LETTERS if linked else 0)
        if score < best_score:
            best, best_score = count, score
    return best
