"""Wordings so plain that no classifier is needed: data in `data/cues.json`."""

from collections.abc import Mapping
from functools import cache
from typing import cast

from voice.receptionist.understanding.lexicon import document
from voice.receptionist.understanding.patterns import Pattern, PatternBook, compile_pattern
from voice.receptionist.understanding.text import Utterance


def cues_in(utterance: Utterance) -> frozenset[str]:
    """The labels whose wordings occur; `not_X` where one rules X out."""
    text = f" {utterance.full[:3000]} "
    book, labels = _cues()
    return frozenset(
        labels[pattern] for pattern in book.possible(text) if pattern.expression.search(text)
    )


@cache
def _cues() -> tuple[PatternBook, Mapping[Pattern, str]]:
    """All wordings, and the label of each."""
    data = document("cues")
    classes = cast(Mapping[str, str], data["classes"])
    labels = {
        compile_pattern(pattern, classes): label
        for label, patterns in cast(Mapping[str, list[str]], data["cues"]).items()
        for pattern in patterns
    }
    return PatternBook(labels), labels
