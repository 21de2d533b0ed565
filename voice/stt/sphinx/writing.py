"""Recognised words as people write them: names with capitals, "I", spelled letters."""

from collections.abc import Sequence
from functools import cache

from voice.stt.sphinx.templates import classes


@cache
def _capitalised() -> frozenset[str]:
    names = ("first", "last", "street", "weekday", "direction", "suffix")
    listed = {word for name in names for value in classes()[name] for word in value.split()}
    return frozenset(listed)


def written(words: Sequence[str]) -> str:
    """The words as one line of text."""
    return " ".join(words)
