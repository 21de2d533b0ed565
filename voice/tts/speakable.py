"""The rules by language."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """Where something has to be written out, and the words for it."""

    pattern: re.Pattern[str]
    say: Callable[[re.Match[str]], str]


RULES: Mapping[str, tuple[Rule, ...]] = {}
