"""Text to Kokoro's phonemes without any download: a dictionary, tags by rule, eSpeak for the rest.

Kokoro was trained on misaki's dictionary. misaki itself wants a spaCy model for part-of-speech
tags, which no package index carries; the few words whose sound depends on them are told apart
here by their neighbours.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import spacy
from misaki import en, espeak

from voice.errors import EngineError

TAGS: Final = {
    **dict.fromkeys(("a", "an", "the", "this", "that", "these", "those", "every", "no"), "DT"),
    **dict.fromkeys(("in", "on", "at", "of", "for", "from", "with", "by", "vs", "into"), "IN"),
    **dict.fromkeys(("i", "you", "he", "she", "it", "we", "they"), "PRP"),
    **dict.fromkeys(("my", "your", "his", "her", "its", "our", "their"), "PRP$"),
    **dict.fromkeys(("can", "could", "will", "would", "should", "shall", "may", "might"), "MD"),
    **dict.fromkeys(("and", "or", "but"), "CC"),
    "to": "TO",
    ".": ".",
    "?": ".",
    "!": ".",
    ",": ",",
    ";": ":",
    ":": ":",
    "—": ":",
    "\u2013": ":",
    "-": ":",
    "…": ":",
    "(": "-LRB-",
    ")": "-RRB-",
    '"': "''",
    "“": "``",
    "”": "''",
    "$": "$",
}
BEFORE_VERBS: Final = frozenset({"TO", "MD", "PRP"})
BEFORE_NOUNS: Final = frozenset({"DT", "PRP$", "IN"})
ESPEAK_LANGUAGES: Final = {"es": "es"}


@dataclass(frozen=True, slots=True)
class Phonemes:
    """Phonemes of a text; each word of it with its [start, end) among them."""

    text: str
    words: tuple[tuple[str, tuple[int, int]], ...]

    def parts(self, longest: int) -> Iterator["Phonemes"]:
        """The same in stretches of at most `longest` phonemes, cut between words."""
        if not self.text.strip():
            return
        start = first = 0
        for index, (_, (begin, end)) in enumerate(self.words):
            if end - start > longest and begin > start:
                yield self._cut(start, begin, first, index)
                start, first = begin, index
        yield self._cut(start, len(self.text), first, len(self.words))

    def _cut(self, start: int, end: int, first: int, last: int) -> "Phonemes":
        words = tuple(
            (word, (min(begin, end) - start, min(stop, end) - start))
            for word, (begin, stop) in self.words[first:last]
        )
        return Phonemes(self.text[start:end], words)


class Pronouncer:
    """Phonemes of English by dictionary, of Spanish by eSpeak; all of it offline."""

    def __init__(self, known: set[str]) -> None:
        self._known = known
        self._english = _English(fallback=espeak.EspeakFallback(british=False))
        self._others: dict[str, Any] = {}

    def __call__(self, text: str, language: str) -> Phonemes:
        """The text's phonemes, those the model knows. Raises EngineError for the language."""
        base = language[:2].lower()
        words = text.split()
        sounds = self._sounds(text, words, base)
        out, places = "", []
        for word, sound in zip(words, sounds, strict=True):
            out += " " if out else ""
            start = len(out)
            out += "".join(symbol for symbol in sound if symbol in self._known)
            places.append((word, (start, len(out))))
        return Phonemes(out, tuple(places))

    def _sounds(self, text: str, words: list[str], language: str) -> list[str]:
        """One sound per whitespace-separated word."""
        if language == "en":
            return self._english.by_word(text, len(words))
        if language not in ESPEAK_LANGUAGES:
            raise EngineError(f"kokoro speaks en and es here, not {language!r}")
        if language not in self._others:
            self._others[language] = espeak.EspeakG2P(ESPEAK_LANGUAGES[language])
        return [self._others[language](word)[0] for word in words]


class _English(en.G2P):  # type: ignore[misc]  # misaki has no types
    """misaki's English with a blank pipeline in place of a downloaded one."""

    def __init__(self, fallback: Any) -> None:
        # misaki's own constructor would download a spaCy model: set what it sets, but that.
        self.version = None
        self.british = False
        self.nlp = spacy.blank("en")
        self.lexicon = en.Lexicon(False)
        self.fallback = fallback
        self.unk = ""

    def tokenize(self, text: str, tokens: Any, features: Any) -> list[Any]:
        made: list[Any] = super().tokenize(text, tokens, features)
        before = ""
        for token in made:
            token.tag = _tag(token.text, before)
            before = token.tag
        return made

    def by_word(self, text: str, count: int) -> list[str]:
        """The sounds of each of the text's `count` whitespace-separated words."""
        _, tokens = self(text)
        sounds = [""]
        for token in tokens:
            sounds[-1] += token.phonemes or ""
            if token.whitespace:
                sounds.append("")
        sounds = [sound.strip() for sound in sounds]
        return (sounds + [""] * count)[:count]


def _tag(word: str, before: str) -> str:
    """The Penn tag that matters for a word's sound, guessed from it and the tag before it."""
    low = word.lower()
    if low in TAGS:
        return TAGS[low]
    if word.isdigit():
        return "CD"
    if before in BEFORE_VERBS:
        return "VB"
    if low.endswith("ly"):
        return "RB"
    if before not in BEFORE_NOUNS:
        if low.endswith("ed"):
            return "VBD"
        if low.endswith("ing"):
            return "VBG"
    return "NN"
