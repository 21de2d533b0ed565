"""Word lists of `data/`, read once."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from voice.receptionist.understanding.text import plain

DATA: Final = Path(__file__).resolve().parent.parent / "data"


@cache
def lexicon(name: str) -> tuple[str, ...]:
    """The phrases of `data/lexicons/NAME.txt`, one a line or separated by bars, # comments."""
    found: dict[str, None] = {}
    for line in (DATA / "lexicons" / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        for phrase in line.partition("#")[0].split("|"):
            if phrase.strip():
                found[plain(phrase)] = None
    return tuple(found)


@cache
def words_of(name: str) -> frozenset[str]:
    """The same as a set."""
    return frozenset(lexicon(name))


@cache
def document(name: str) -> Mapping[str, object]:
    """The object in `data/NAME.json`."""
    loaded: Mapping[str, object] = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
    return loaded
