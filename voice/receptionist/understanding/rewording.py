"""A name or a street that was taken down wrong, put right in words: "Hermitage, not Halsted"."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, Literal

from voice.receptionist.understanding.address import DIRECTIONS, SUFFIXES
from voice.receptionist.understanding.lexicon import words_of
from voice.receptionist.understanding.numbers import is_number_word
from voice.receptionist.understanding.text import Utterance

_FRAME: Final = frozenset(
    {"no", "nope", "not", "it's", "its", "it", "is", "i", "i'm", "said", "say", "says", "meant"}
    | {"mean", "the", "a", "an", "my", "name", "name's", "names", "first", "last", "street"}
    | {"actually", "sorry", "wait", "should", "be", "was", "instead", "of", "isn't", "that's"}
    | {"that", "this", "spelled", "spelt", "spell", "called", "supposed", "to", "wrong", "and"}
    | {"but", "you", "got", "have", "put", "on", "at", "we", "please", "again", "address", "well"}
    | {"oh", "uh", "um", "yes", "yeah", "right", "correct", "live", "for", "under", "would"}
    | {"es", "la", "el", "mi", "se", "calle", "nombre", "apellido", "llamo", "llama", "dije"}
    | {"quite", "exactly", "really", "almost", "close"}
    | {"sino", "y", "perdón", "está", "mal", "in", "incorrect", "misspelled", "changed", "change"}
)
_NEGATED: Final = frozenset({"not", "isn't", "wasn't", "of", "ain't", "no", "sino", "than"})
_LETTER_REMARK: Final = re.compile(
    r" (?P<how>with|without|con|sin|no) (?:an?|one|una|la|the|silent )? ?(?P<letter>[^\W\d_])(?= )"
)
_SWAPS: Final = {
    **{"y": ("i",), "i": ("y",), "k": ("ch", "c"), "c": ("k",), "z": ("s",), "s": ("z",)},
    **{"f": ("ph", "v"), "v": ("f", "w"), "w": ("v",), "g": ("j",), "j": ("g",)},
}
"""The letters one may be heard for."""
_SUFFIXED: Final = frozenset((suffix,) for suffix in SUFFIXES)
_LIKELY: Final = 0.6
_MOST_WORDS: Final = 3

Slot = Literal["name", "street"]


@dataclass(frozen=True, slots=True)
class Rewording:
    """The slot that was wrong and its right value; "" where that has to be spelled."""

    slot: Slot
    value: str


@dataclass(frozen=True, slots=True)
class _Remark:
    """ "With a y", "without an h"."""

    letter: str
    is_added: bool

    def applied(self, word: str) -> str:
        """`word` with the letter put in or left out; "" where it is not plain how."""
        if not self.is_added:
            return word.replace(self.letter, "") if word.count(self.letter) <= 1 else ""
        if self.letter in word:
            return word
        for sound in _SWAPS.get(self.letter, ()):
            if word.count(sound) == 1:
                return word.replace(sound, self.letter)
        return f"{word}e" if self.letter == "e" else ""


def rewording_in(utterance: Utterance, *, name: str, street: str) -> Rewording | None:
    """What the words put in the place of a name or street that was read back; None for nothing.

    `street` is as the post writes it, "2240 N Halsted St"; its number and direction stay.
    """
    words, remark = _without_remark(utterance)
    names, streets = tuple(name.lower().split()), _street_words(street)
    content = [
        (at, word)
        for at, word in enumerate(words)
        if word not in _FRAME and not is_number_word(word) and word not in DIRECTIONS
    ]
    wrong = {word for at, word in content if word in (*names, *streets) and _is_negated(words, at)}
    right = [
        word
        for at, word in content
        if word not in {*names, *streets} and not _is_negated(words, at)
    ]
    right = [word for word in right if word not in SUFFIXES]
    if len(right) > _MOST_WORDS or any(len(word) < 2 or not _is_word(word) for word in right):
        return None
    target = _target(words, tuple(right), wrong, names, streets)
    if target is None and right == [] and remark is not None:
        repeated = [names.index(word) for _, word in content if word in names]
        target = _Target("name", repeated[0] if repeated else len(names) - 1) if names else None
    if target is None or (not right and remark is None and not _speaks_of_spelling(words)):
        return None
    return _applied(target, right, remark, names, street)


@dataclass(frozen=True, slots=True)
class _Target:
    """Which slot is meant, and which word of a name; -1 for all of it."""

    slot: Slot
    at: int = -1


def unplaced_word(utterance: Utterance, *, name: str) -> str:
    """The one strange word of "no, Hermitage", which may be a street or a name; "" if none is."""
    words = utterance.words
    content = [word for word in words if word not in _FRAME and word not in SUFFIXES]
    if len(content) != 1 or len(words) > _MOST_FRAMED or content[0] in name.lower().split():
        return ""
    word = content[0]
    known = words_of("not_a_name") | words_of("english_words") | words_of("spanish_words")
    if word in known | _NO_VALUE or len(word) < 4 or not word.isalpha() or is_number_word(word):
        return ""
    framed = {"no", "said", "it's", "is", "not", "meant", "dije", "es"} & {*words}
    return _cased(word) if framed and not word.endswith(("ing", "ly")) else ""


_MOST_FRAMED: Final = 5
_NO_VALUE: Final = frozenset(
    {"everything", "nothing", "anything", "something", "later", "maybe", "cancel", "never", "stop"}
    | {"listen", "mistake", "huh", "none", "both", "either", "neither", "everyone", "idea", "sure"}
    | {"thanks", "thank", "know", "want", "need", "todo", "nada", "forget", "different", "better"}
    | {"time", "phone", "number", "unit", "apartment", "appointment", "window", "house", "code"}
)


def _target(
    words: Sequence[str],
    right: tuple[str, ...],
    wrong: set[str],
    names: tuple[str, ...],
    streets: tuple[str, ...],
) -> _Target | None:
    """What the words are about: by what was wrong, by what it was called, by what it is like."""
    said = f" {' '.join(words)} "
    if wrong & {*streets} and not wrong & {*names}:
        return _Target("street")
    if wrong & {*names}:
        return _Target("name", names.index(min(wrong & {*names}, key=names.index)))
    if names and any(f" {lead} " in said for lead in ("last name", "apellido", "surname")):
        return _Target("name", len(names) - 1)
    if names and " first name " in said:
        return _Target("name", 0)
    if names and {"name", "nombre", "name's"} & {*words}:
        return _Target("name", _most_alike(right, names))
    suffixed = any(words[words.index(word) + 1 :][:1] in _SUFFIXED for word in right)
    if streets and (suffixed or {"street", "address", "calle"} & {*words}):
        return _Target("street")
    return _likeliest(right, names, streets) if right else None


def _likeliest(
    right: tuple[str, ...], names: tuple[str, ...], streets: tuple[str, ...]
) -> _Target | None:
    joined = " ".join(right)
    alike = max((_likeness(joined, word) for word in names), default=0.0)
    if len(right) == 1 and alike >= _LIKELY:
        return _Target("name", _most_alike(right, names))
    known = joined in words_of("streets")
    if streets and (known or _likeness(joined, " ".join(streets)) >= _LIKELY):
        return _Target("street")
    if names and right[0] in words_of("first_names") and len(right) <= 2:
        return _Target("name", 0 if len(right) == 1 else -1)
    return None


def _most_alike(right: Sequence[str], names: Sequence[str]) -> int:
    """Which word of the name one new word stands for; -1, all of them, for several new ones."""
    if len(right) != 1:
        return -1
    likeness = [_likeness(right[0], word) for word in names]
    best = max(range(len(names)), key=likeness.__getitem__)
    return 0 if likeness[best] < _LIKELY and right[0] in words_of("first_names") else best


def _applied(
    target: _Target,
    right: Sequence[str],
    remark: _Remark | None,
    names: tuple[str, ...],
    street: str,
) -> Rewording:
    if target.slot == "street":
        return Rewording("street", renamed(street, right) if right else "")
    new = list(right) or ([names[target.at]] if target.at >= 0 and remark else [])
    if remark is not None and new:
        new[-1] = remark.applied(new[-1])
    if not new or not new[-1]:
        return Rewording("name", "")
    whole = new if target.at < 0 else [*names[: target.at], *new, *names[target.at + 1 :]]
    return Rewording("name", " ".join(_cased(word) for word in whole))


def renamed(street: str, words: Sequence[str]) -> str:
    """`street` under another name: "2240 N Halsted St" becomes "2240 N Hermitage St"."""
    parts, old = street.split(), _street_words(street)
    at = next((i for i, part in enumerate(parts) if i and part.lower() == old[0]), 1) if old else 1
    return " ".join((*parts[:at], *map(_cased, words), *parts[at + len(old) :]))


def _street_words(street: str) -> tuple[str, ...]:
    """The words of a street's own name, without number, direction and suffix."""
    parts = street.split()[1:]
    if parts and parts[0] in DIRECTIONS.values() and len(parts) > 1:
        parts = parts[1:]
    while len(parts) > 1 and (parts[-1] in SUFFIXES.values() or parts[-1] in DIRECTIONS.values()):
        parts = parts[:-1]
    return tuple(part.lower() for part in parts)


def _without_remark(utterance: Utterance) -> tuple[tuple[str, ...], _Remark | None]:
    """The words without "with a y", and what that says."""
    said = f" {utterance.plain} "
    match = _LETTER_REMARK.search(said)
    if match is None:
        return utterance.words, None
    rest = f"{said[: match.start()]} {said[match.end() :]}"
    added = match["how"] in ("with", "con")
    return tuple(rest.split()), _Remark(match["letter"], added)


def _is_negated(words: Sequence[str], at: int) -> bool:
    before = [word for word in words[max(0, at - 3) : at] if word not in ("the", "la", "mr", "on")]
    return bool(before) and before[-1] in _NEGATED


def _speaks_of_spelling(words: Sequence[str]) -> bool:
    return any(word.startswith(("spel", "misspel", "delet", "escrib")) for word in words)


def _is_word(word: str) -> bool:
    return all(part.isalpha() for part in word.replace("'", "-").split("-"))


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other).ratio()


def _cased(word: str) -> str:
    mac = word.startswith("mc") and len(word) > 3
    return f"Mc{word[2:].capitalize()}" if mac else word.capitalize()
