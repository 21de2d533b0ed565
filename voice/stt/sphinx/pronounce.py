"""How words sound, in the phones of the acoustic model."""

from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from voice.errors import EngineError
from voice.stt.sphinx.templates import DATA
from voice.tts.espeak import ipa

LONGEST_WORD: Final = 40

Pronunciations = dict[str, tuple[str, ...]]


def pronunciations(words: Collection[str], dictionary: Path) -> Pronunciations:
    """Every way to say each word: our own list, the model's dictionary, else by rule.

    A word nobody could pronounce is left out.
    """
    found: dict[str, list[str]] = {word: [] for word in words}
    with dictionary.open(encoding="utf-8") as file:
        for line in file:
            entry, _, phones = line.partition(" ")
            word = entry.partition("(")[0]
            if word in found:
                found[word].append(phones.strip())
    for word, known in found.items():
        known.extend(phones for phones in _listed().get(word, ()) if phones not in known)
        guessed = None if known else guess(word)
        if guessed:
            known.append(guessed)
    return {word: tuple(known) for word, known in found.items() if known}


@cache
def guess(word: str) -> str | None:
    """The likely phones of a word by rule, None when it cannot be spoken."""
    if len(word) > LONGEST_WORD:
        return None
    try:
        left = ipa(word)
    except EngineError:
        return None
    phones: list[str] = []
    while left:
        symbol = next((symbol for symbol in _symbols() if left.startswith(symbol)), "")
        if symbol:
            phones.append(_symbols()[symbol])
        left = left[len(symbol) or 1 :]
    return " ".join(phones) or None


@cache
def _symbols() -> Mapping[str, str]:
    """Phones by phonetic symbol, longer symbols first."""
    lines = (DATA / "ipa.txt").read_text().splitlines()
    pairs = [line.split("\t") for line in lines if not line.startswith("#")]
    return dict(sorted(pairs, key=lambda pair: len(pair[0]), reverse=True))


@cache
def _listed() -> Mapping[str, tuple[str, ...]]:
    """The pronunciations we wrote down ourselves, by word."""
    found: dict[str, tuple[str, ...]] = {}
    for line in (DATA / "pronunciations.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            word, phones = line.split(maxsplit=1)
            found[word] = (*found.get(word, ()), phones)
    return found
