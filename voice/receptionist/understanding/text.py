"""A caller's words as tokens, whatever wrote them down."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final, NamedTuple

LONGEST: Final = 430
"""Characters of one turn that are read: the first and last halves of a longer one."""

_TOKEN: Final = re.compile(r"\d+(?:st|nd|rd|th)\b|\d+|[^\W\d_]+(?:'[^\W\d_]+)*|[#$]")
PUNCTUATION: Final = ".,;!?…"
"""What ends a clause."""
_SHORT: Final = frozenset(
    {"it's", "there's", "that's", "what's", "let's", "he's", "she's", "who's", "where's", "how's"}
    | {"here's", "name's", "one's", "today's", "tomorrow's", "when's", "everyone's", "everybody's"}
)
_QUOTES: Final = "\u2019\u2018\u00b4"


class Token(NamedTuple):
    """One word or number, lower case; [start, end) in the text it was read from."""

    word: str
    start: int
    end: int
    raw: str


@dataclass(frozen=True)
class Utterance:
    """What was said, ready to be read: `plain` is lower case, single-spaced words.

    Without slots: its words are asked for often and made once.
    """

    raw: str
    tokens: tuple[Token, ...]

    @cached_property
    def words(self) -> tuple[str, ...]:
        return tuple(token.word for token in self.tokens)

    @cached_property
    def plain(self) -> str:
        return " ".join(self.words)

    @cached_property
    def full(self) -> str:
        """`plain` with "ceiling's" written "ceiling is", for matching wordings."""
        return " ".join(_full(self.words))


def full_words(cleaned: str) -> Sequence[str]:
    """The words of `Utterance.full` of a text that is clean."""
    return _full(plain_words(cleaned.lower()))


def plain_words(lower: str) -> list[str]:
    """The words of `Utterance.plain` of a lower-case text. Mere letters need no reading."""
    words: list[str] = []
    for chunk in lower.split():
        if chunk.isalpha():
            words.append(chunk)
        else:
            words += _tokens(chunk)
    return words


def clauses_of(tidied: str) -> tuple[list[str], list[int]]:
    """The words of `Utterance.full` of a text of any length, and where its clauses begin."""
    words: list[str] = []
    beginnings = [0]
    for chunk in tidied.lower().split():
        if chunk.isalpha():
            words.append(chunk)
            continue
        for piece in _pieces(chunk):
            if piece[0] in PUNCTUATION:
                beginnings.append(len(words))
            else:
                words.append(piece)
    return words, beginnings


@lru_cache(maxsize=2048)
def _tokens(chunk: str) -> tuple[str, ...]:
    return tuple(_TOKEN.findall(chunk))


@lru_cache(maxsize=2048)
def _pieces(chunk: str) -> tuple[str, ...]:
    """The words and the punctuation of what is written without a space."""
    found = re.findall(f"{_TOKEN.pattern}|[{re.escape(PUNCTUATION)}]+", chunk)
    return tuple(_full(found))


def _full(words: Sequence[str]) -> Sequence[str]:
    shortened = {word for word in words if word.endswith("'s")} - _SHORT
    if not shortened:
        return words
    return [part for w in words for part in ((w[:-2], "is") if w in shortened else (w,))]


def clean(text: str) -> str:
    """`text` without control characters, composed, at most LONGEST characters."""
    if len(text) > LONGEST:
        text = f"{text[: LONGEST // 2]} {text[-LONGEST // 2 :]}"
    return tidy(text)[: LONGEST + 64]


def tidy(text: str) -> str:
    """`text` composed, on one line, with a space for whatever cannot be seen."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        for quote in _QUOTES:
            text = text.replace(quote, "'")
    text = text.replace("`", "'")
    if not text.isprintable():
        text = "".join(
            " " if unicodedata.category(character)[0] in "CZ" else character for character in text
        )
    return " ".join(text.split())


@lru_cache(maxsize=256)
def read(text: str) -> Utterance:
    """The utterance in `text`. Never fails; text without a word has no tokens."""
    raw = clean(text)
    tokens: list[Token] = []
    for match in _TOKEN.finditer(raw):
        word = match.group().lower()
        tokens.append(Token(word, match.start(), match.end(), match.group()))
    return Utterance(raw, tuple(tokens))


@lru_cache(maxsize=8192)
def plain(text: str) -> str:
    """A phrase of our data the way `Utterance.plain` writes it."""
    return read(text).plain


def unaccented(words: Sequence[str]) -> Sequence[str]:
    """The words as somebody types them who leaves accents out."""
    if all(map(str.isascii, words)):
        return words
    return [without_accents(word) for word in words]


@lru_cache(maxsize=8192)
def without_accents(text: str) -> str:
    """ASCII look-alike of `text`, for comparing names and Spanish words typed without accents."""
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(character for character in decomposed if not unicodedata.combining(character))
