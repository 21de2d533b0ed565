"""A caller's words as tokens, whatever wrote them down."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

LONGEST: Final = 1_000
"""Characters of one turn that are read: the first and last halves of a longer one."""

_TOKEN: Final = re.compile(r"\d+(?:st|nd|rd|th)\b|\d+|[^\W\d_]+(?:'[^\W\d_]+)*|[#$]")
_SHORT: Final = frozenset(
    {"it's", "there's", "that's", "what's", "let's", "he's", "she's", "who's", "where's", "how's"}
    | {"here's", "name's", "one's", "today's", "tomorrow's", "when's", "everyone's", "everybody's"}
)
_QUOTES: Final = str.maketrans({"\u2019": "'", "\u2018": "'", "\u00b4": "'", "`": "'"})


@dataclass(frozen=True, slots=True)
class Token:
    """One word or number, lower case; [start, end) in the text it was read from."""

    word: str
    start: int
    end: int
    raw: str


@dataclass(frozen=True, slots=True)
class Utterance:
    """What was said, ready to be read: `plain` is lower case, single-spaced words."""

    raw: str
    tokens: tuple[Token, ...]

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(token.word for token in self.tokens)

    @property
    def plain(self) -> str:
        return " ".join(token.word for token in self.tokens)

    @property
    def full(self) -> str:
        """`plain` with "ceiling's" written "ceiling is", for matching wordings."""
        return " ".join(
            f"{word[:-2]} is" if word.endswith("'s") and word not in _SHORT else word
            for word in self.words
        )


def clean(text: str) -> str:
    """`text` without control characters, composed, at most LONGEST characters."""
    if len(text) > LONGEST:
        text = f"{text[: LONGEST // 2]} {text[-LONGEST // 2 :]}"
    text = unicodedata.normalize("NFKC", text).translate(_QUOTES)
    text = "".join(
        " " if unicodedata.category(character)[0] in "CZ" else character for character in text
    )
    return " ".join(text.split())[: LONGEST + 64]


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


def without_accents(text: str) -> str:
    """ASCII look-alike of `text`, for comparing names and Spanish words typed without accents."""
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(character for character in decomposed if not unicodedata.combining(character))
