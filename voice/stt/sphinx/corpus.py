"""Example sentences for the language models, grown from the templates in `data/`.

The same templates always give the same sentences: every draw is seeded.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Final

from voice.stt.sphinx import templates
from voice.stt.sphinx.templates import TEENS, TENS, UNITS

READINGS: Final = 24
"""Most sentences that one line of the general corpus gives."""
ANSWERS: Final = 4_000
"""Sentences drawn from the grammar of one kind of answer."""
ANYTIME_SHARE: Final = 0.125
GENERAL_SHARE: Final = 0.25
"""Beside the answers: what may be said at any time, and a part of the general corpus."""
PHRASE_COUNT: Final = 12
"""How often a phrase that the conversation hands over counts."""
OPEN_CLASSES: Final[Mapping[str, tuple[str, ...]]] = {
    "open": ("first", "last", "street"),
    "name": ("first", "last"),
    "street": ("street",),
}
"""Classes whose every value must be in the vocabulary, drawn or not, by kind of answer."""

_DRAWS: Final = 60


@cache
def general() -> tuple[str, ...]:
    """What people say to a plumber's receptionist, each sentence as often as it counts."""
    found: list[str] = []
    for line in templates.lines("corpus_en.txt"):
        weight, template = templates.weighted(line)
        chooser = random.Random(template)  # noqa: S311 - repeatable examples, not secrets
        readings = dict.fromkeys(read(template, chooser) for _ in range(_DRAWS))
        for reading in list(readings)[:READINGS]:
            found.extend([reading] * int(weight))
    return tuple(found)


def sentences(kind: str, phrases: Sequence[str] = ()) -> tuple[str, ...]:
    """Examples for one kind of answer ("open": the general corpus), with the phrases among them."""
    extra = [phrase for phrase in phrases for _ in range(PHRASE_COUNT)]
    if kind == "open":
        return (*general(), *extra)
    chooser = random.Random(kind)  # noqa: S311 - repeatable examples, not secrets
    grammars = templates.grammars()
    answers = _draw(grammars[kind.upper()], ANSWERS, chooser)
    anytime = _draw(grammars[templates.ANYTIME], int(ANSWERS * ANYTIME_SHARE), chooser)
    others = chooser.sample(general(), int(len(general()) * GENERAL_SHARE))
    return (*answers, *anytime, *others, *extra)


def vocabulary(kind: str) -> set[str]:
    """Words the model of this kind must know even where no example has them."""
    classes = templates.classes()
    values = (value for name in OPEN_CLASSES.get(kind, ()) for value in classes[name])
    return {word for value in values for word in value.split()}


def read(template: str, chooser: random.Random) -> str:
    """One reading of a template."""
    return " ".join(_words(template, chooser))


def _draw(weighted: Sequence[templates.Weighted], count: int, chooser: random.Random) -> list[str]:
    weights = [weight for weight, _ in weighted]
    chosen = chooser.choices([template for _, template in weighted], weights, k=count)
    return [read(template, chooser) for template in chosen]


def _words(template: str, chooser: random.Random) -> Iterator[str]:
    for part in templates.parts(template):
        if part.startswith("{"):
            yield from _class_words(part[1:-1], chooser)
        elif part.startswith("("):
            yield from _words(chooser.choice(templates.split(part[1:-1])), chooser)
        elif part.startswith("["):
            if chooser.random() < 0.5:
                yield from _words(chooser.choice(templates.split(part[1:-1])), chooser)
        else:
            yield part


def _class_words(name: str, chooser: random.Random) -> Iterator[str]:
    if name in templates.DIGIT_COUNTS:
        yield from digits(templates.DIGIT_COUNTS[name], chooser)
    elif name == "house":
        yield from house_number(chooser)
    elif name == "letters":
        yield from (chooser.choice(templates.LETTERS) for _ in range(chooser.randint(3, 8)))
    else:
        yield from _words(chooser.choice(templates.classes()[name]), chooser)


def digits(count: int, chooser: random.Random) -> list[str]:
    """So many digits as people say them one by one: "oh" is as good as "zero"."""
    return [chooser.choice(("zero", "zero", "oh", *UNITS * 3)) for _ in range(count)]


def house_number(chooser: random.Random) -> list[str]:
    """A house number as people say it: in pairs, digit by digit, or short."""
    form = chooser.random()
    if form < 0.7:
        first = chooser.choice(
            (_two_digits(chooser), _two_digits(chooser), [chooser.choice(UNITS)])
        )
        oh = ["oh", chooser.choice(UNITS)]
        pair = _two_digits(chooser)
        return [*first, *chooser.choice((oh, ["hundred"], pair, pair, pair, pair))]
    if form < 0.88:
        return digits(chooser.choice((3, 4, 4, 4, 5)), chooser)
    return chooser.choice(([chooser.choice(UNITS)], _two_digits(chooser)))


def _two_digits(chooser: random.Random) -> list[str]:
    """A number from 10 to 99 in words."""
    tens = chooser.choice(("teen", *TENS))
    if tens == "teen":
        return [chooser.choice(TEENS)]
    unit = chooser.choice(("", *UNITS))
    return [tens, unit] if unit else [tens]
