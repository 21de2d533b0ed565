"""Cutting a sentence where a voice would breathe, so that its first words are heard soon."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from voice.receptionist.dialogue import Sentence

CHUNK_S: Final = 1.6
LETTERS_PER_S: Final = 15.0
"""Spoken English: about 150 words a minute of 5 letters and a space."""

CHUNK_LETTERS: Final = int(CHUNK_S * LETTERS_PER_S)
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
        if waiting and len(joined) > CHUNK_LETTERS:
            yield waiting
            waiting = clause
        else:
            waiting = joined
    if waiting:
        yield waiting


def _pieces(clause: str) -> Iterator[str]:
    """A clause in equal parts of at most CHUNK_LETTERS, cut before words that link."""
    words = clause.split()
    left = len(clause)
    piece: list[str] = []
    size = 0
    for index, word in enumerate(words):
        parts = -(-left // CHUNK_LETTERS)
        target = left / parts
        full = size + len(word) > CHUNK_LETTERS
        breath = word.lower() in _BREATHS and size >= 0.6 * target and index < len(words) - 1
        if piece and parts > 1 and (full or breath):
            yield " ".join(piece)
            left -= size
            piece, size = [], 0
        piece.append(word)
        size += len(word) + 1
    if piece:
        yield " ".join(piece)
