"""The little pattern language of our data files, turned into regular expressions once.

Words in order; `(a|b c)` chooses; `..` is up to four other words; `word*` is a beginning; `{name}`
stands for a class of the file; `^` and `$` pin the start and the end of the clause.
"""

import re
from collections.abc import Mapping
from typing import Final

_GAP: Final = r"(?:\S+ ){0,4}?"
_PART: Final = re.compile(r"\([^()]*\)|\{\w+\}|\S+")


def compile_pattern(pattern: str, classes: Mapping[str, str]) -> re.Pattern[str]:
    """A regular expression over ` word word word ` (single spaces, one at each end)."""
    for name, values in classes.items():
        inside = re.compile(r"\(([^()]*)\{" + name + r"\}([^()]*)\)")
        pattern = inside.sub(rf"(\1{values}\2)", pattern)
        pattern = pattern.replace("{" + name + "}", f"({values})")
    pieces: list[str] = []
    at_start, at_end = pattern.startswith("^"), pattern.endswith("$")
    for part in _PART.findall(pattern.strip("^$")):
        if part == "..":
            pieces.append(_GAP)
        elif part.startswith("("):
            choices = part[1:-1].split("|")
            body = "|".join(_word(choice.strip()) for choice in choices if choice.strip())
            optional = "?" if any(not choice.strip() for choice in choices) else ""
            pieces.append(f"(?:{body}){optional}")
        else:
            pieces.append(_word(part))
    start = "^ " if at_start else r"(?<= )"
    return re.compile(start + "".join(pieces) + ("$" if at_end else ""))


def _word(text: str) -> str:
    words = []
    for word in text.replace("-", " ").split():
        if word == "..":
            words.append(_GAP)
        elif word.endswith("*"):
            words.append(re.escape(word[:-1]) + r"\S* ")
        else:
            words.append(re.escape(word) + " ")
    return "".join(words)
