"""Labelled utterances: grown from the templates in `data/examples`, one file a label, and said.

The same templates always give the same utterances: each line draws from its own seeded choice.
`said.tsv` holds whole utterances, each written for itself: labels, a tab, the words.
"""

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from voice.receptionist.understanding.lexicon import DATA
from voice.receptionist.understanding.text import read

EXAMPLES: Final = DATA / "examples"
NOTHING: Final = "none"
READINGS: Final = 14
COMBINATIONS: Final = 2000
SAID: Final = EXAMPLES / "said.tsv"
SAID_WEIGHT: Final = 3
"""How often an utterance that was written for itself counts beside those grown from templates."""

_DRAWS: Final = 48
_GROUP: Final = re.compile(r"\(([^()\[\]]*)\)|\[([^()\[\]]*)\]")
_CLASS: Final = re.compile(r"\{(\w+)\}")
_JOINS: Final = (" ", " and ", " so ", " also ", " but ", " um ", " because ")
_TOPICS: Final = (
    "drain", "heater", "heater_install", "leak", "toilet", "sewer", "gasline", "other_job",
    "flood", "sewage", "frozen", "gas", "co", "spark", "none", "warranty", "tenant", "manager",
)  # fmt: skip
_ASIDES: Final = (
    "price", "book", "fee", "hours", "area", "question", "human", "robot", "recording",
    "callback", "none", "offer", "spanish", "card", "abuse", "done",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Example:
    """One utterance as a recogniser writes it, and every label it carries."""

    text: str
    labels: frozenset[str]


@cache
def labels() -> tuple[str, ...]:
    """Every label but "none", sorted: the order of the classifier's outputs."""
    names = {path.stem for path in EXAMPLES.glob("*.txt")} - {"classes", NOTHING}
    return tuple(sorted(names))


def examples(*, seed: int = 7) -> list[Example]:
    """Every template's readings, combinations of two, some with a recogniser's slips; the said."""
    by_label = {name: list(readings_of(name)) for name in (*labels(), NOTHING)}
    found = [
        Example(text, _labels(name)) for name, texts in sorted(by_label.items()) for text in texts
    ]
    chooser = random.Random(seed)  # noqa: S311 - repeatable examples, not secrets
    for _ in range(COMBINATIONS):
        topic, aside = chooser.choice(_TOPICS), chooser.choice(_ASIDES)
        parts = [chooser.choice(by_label[topic]), chooser.choice(by_label[aside])]
        if chooser.random() < 0.3:
            parts.reverse()
        text = chooser.choice(_JOINS).join(parts)
        found.append(Example(text, _labels(topic) | _labels(aside)))
    slips = [Example(_slip(e.text, chooser), e.labels) for e in found if chooser.random() < 0.25]
    return found + slips + said(SAID) * SAID_WEIGHT


def said(path: Path) -> list[Example]:
    """The utterances of a file, `labels<TAB>words` a line. Raises ValueError naming a bad line."""
    known = {*labels(), NOTHING}
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        names, tab, words = line.partition("\t")
        unknown = set(names.split(",")) - known
        if not tab or not words.strip() or unknown:
            raise ValueError(f"{path.name}, line {number}: unknown label or no words in {line!r}")
        found.append(Example(words, frozenset(names.split(",")) - {NOTHING}))
    return found


def readings_of(name: str) -> Iterator[str]:
    """The distinct utterances of one label's file."""
    for line in _lines(name):
        chooser = random.Random(line)  # noqa: S311 - repeatable examples, not secrets
        distinct = dict.fromkeys(read(expand(line, chooser)).plain for _ in range(_DRAWS))
        yield from list(distinct)[:READINGS]


def expand(template: str, chooser: random.Random) -> str:
    """One reading of a template: (a|b) chooses, [x] may be missing, {class} takes a value."""
    while True:
        group = _GROUP.search(template)
        if group:
            inner = group[1] if group[1] is not None else group[2]
            chosen = chooser.choice(inner.split("|"))
            if group[2] is not None and chooser.random() < 0.5:
                chosen = ""
            template = f"{template[: group.start()]}{chosen}{template[group.end() :]}"
            continue
        place = _CLASS.search(template)
        if not place:
            return " ".join(template.split())
        value = chooser.choice(_classes()[place[1]])
        template = f"{template[: place.start()]}{value}{template[place.end() :]}"


@cache
def _classes() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for line in _lines("classes"):
        name, _, values = line.partition("]")
        found[name.strip("[ ")] = tuple(value.strip() for value in values.split("|"))
    return found


def _lines(name: str) -> list[str]:
    text = (EXAMPLES / f"{name}.txt").read_text(encoding="utf-8")
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _labels(name: str) -> frozenset[str]:
    return frozenset() if name == NOTHING else frozenset({name})


def _slip(text: str, chooser: random.Random) -> str:
    """The text with one recogniser's error: a word lost, doubled, cut short or run together."""
    words = text.split()
    if len(words) < 3:
        return text
    at = chooser.randrange(len(words))
    kind = chooser.randrange(4)
    if kind == 0:
        del words[at]
    elif kind == 1:
        words.insert(at, chooser.choice(("uh", "um", "the", "a", "like")))
    elif kind == 2 and len(words[at]) > 4:
        words[at] = words[at][:-1]
    elif at + 1 < len(words):
        words[at : at + 2] = [words[at] + words[at + 1]]
    return " ".join(words)
