"""How words sound, in the phones of the acoustic model, for words its dictionary lacks."""

from collections.abc import Mapping
from functools import cache

from voice.errors import EngineError
from voice.stt.sphinx.templates import DATA
from voice.tts.espeak import ipa


@cache
def _symbols() -> Mapping[str, str]:
    """Phones by phonetic symbol, longer symbols first."""
    lines = (DATA / "ipa.txt").read_text().splitlines()
    pairs = [line.split("\t") for line in lines if not line.startswith("#")]
    return dict(sorted(pairs, key=lambda pair: len(pair[0]), reverse=True))


@cache
def listed() -> Mapping[str, tuple[str, ...]]:
    """The pronunciations we wrote down ourselves, by word."""
    found: dict[str, tuple[str, ...]] = {}
    for line in (DATA / "pronunciations.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            word, phones = line.split(maxsplit=1)
            found[word] = (*found.get(word, ()), phones)
    return found


@cache
def guess(word: str) -> str | None:
    """The likely phones of a word by rule, None when it cannot be spoken."""
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
