"""The little pattern language of our data files, turned into regular expressions once.

Words in order; `(a|b c)` chooses, groups nest, an empty choice makes it optional; `..` is up to
four other words; `word*` is a beginning, `*` alone any word; `{name}` stands for a class of the
file; `^` and `$` pin the start and the end of the clause.
"""

import re
from collections.abc import Mapping
from typing import Final

_GAP: Final = r"(?:\S+ ){0,4}?"
_PIECE: Final = re.compile(r"[()|]|[^\s()|]+")


def compile_pattern(pattern: str, classes: Mapping[str, str]) -> re.Pattern[str]:
    """A regular expression over ` word word word ` (single spaces, one at each end).

    Raises ValueError for brackets that do not match.
    """
    for name, values in classes.items():
        pattern = pattern.replace("{" + name + "}", f"({values})")
    pieces = _PIECE.findall(pattern.replace("^", " ^ ").replace("$", " $ "))
    body, rest = _choices(pieces)
    if rest:
        raise ValueError(f"the pattern has a bracket too many: {pattern!r}")
    start = "" if pieces[:1] == ["^"] else r"(?<= )"
    return re.compile(start + body)


def _choices(pieces: list[str]) -> tuple[str, list[str]]:
    """The regular expression of `pieces` up to an unmatched closing bracket, and what follows."""
    choices: list[str] = [""]
    while pieces:
        piece, pieces = pieces[0], pieces[1:]
        if piece == ")":
            return f"(?:{'|'.join(choices)})", [piece, *pieces]
        if piece == "|":
            choices.append("")
        elif piece == "(":
            inner, pieces = _choices(pieces)
            if pieces[:1] != [")"]:
                raise ValueError(f"a bracket is never closed, after {choices[-1]!r}")
            choices[-1] += inner
            pieces = pieces[1:]
        else:
            choices[-1] += _word(piece)
    return (choices[0] if len(choices) == 1 else f"(?:{'|'.join(choices)})"), []


def _word(piece: str) -> str:
    match piece:
        case "..":
            return _GAP
        case "^":
            return "^ "
        case "$":
            return "$"
        case "*":
            return r"\S+ "
    words = piece.split("-")
    last = words.pop()
    ending = re.escape(last[:-1]) + r"\S* " if last.endswith("*") else re.escape(last) + " "
    return "".join(re.escape(word) + " " for word in words) + ending
