"""Wordings so plain that no classifier is needed: data in `data/cues.json`."""

from collections.abc import Mapping
from functools import cache
from typing import cast

from voice.receptionist.understanding.lexicon import document
from voice.receptionist.understanding.patterns import Pattern, compile_pattern
from voice.receptionist.understanding.text import Utterance


def cues_in(utterance: Utterance) -> frozenset[str]:
    """The labels whose wordings occur; `not_X` where one rules X out."""
    text = f" {utterance.full[:3000]} "
    return frozenset(
        label
        for label, patterns in _cues().items()
        if any(pattern.search(text) for pattern in patterns)
    )


@cache
def _cues() -> Mapping[str, tuple[Pattern, ...]]:
    data = document("cues")
    classes = cast(Mapping[str, str], data["classes"])
    labels = cast(Mapping[str, list[str]], data["cues"])
    return {
        label: tuple(compile_pattern(pattern, classes) for pattern in patterns)
        for label, patterns in labels.items()
    }
