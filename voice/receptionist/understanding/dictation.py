"""A telephone number and a house number or ZIP code that were said in one breath, told apart."""

from collections.abc import Sequence
from typing import Final

from voice.receptionist.understanding.address import address_in
from voice.receptionist.understanding.contact import dictated_runs, e164
from voice.receptionist.understanding.numbers import NumberRun, readings
from voice.receptionist.understanding.text import Utterance, read

_BETWEEN: Final = "at "
_LONGEST_TURN: Final = 250
"""Characters: who gives a number and an address in one breath says little besides."""
_LONGEST: Final = 16
_SHORTEST: Final = 11


def told_apart(text: str) -> str:
    """ "312 555 0144 2240 North Halsted" with a word between the two numbers.

    Fourteen digits in a row would be neither, and look like those of a card.
    """
    if len(text) > _LONGEST_TURN:
        return text
    utterance = read(text)
    numbers = dictated_runs(utterance)
    for number, run in enumerate(numbers):
        if not _SHORTEST <= len(run.readings[0]) <= _LONGEST:
            continue
        following = numbers[number + 1].start if number + 1 < len(numbers) else None
        cuts = range(run.start + 1, run.end)
        found = [cut for cut in cuts if _ends_at(utterance, run, cut, following)]
        found = found or [cut for cut in cuts if _begins_at(utterance, run, cut)]
        if found:
            at = utterance.tokens[found[0]].start
            return f"{utterance.raw[:at]}{_BETWEEN}{utterance.raw[at:]}"
    return text


def _ends_at(utterance: Utterance, run: NumberRun, cut: int, following: int | None) -> bool:
    """Whether a telephone number ends at token `cut`, and a ZIP code or an address begins."""
    words = utterance.words
    if not _is_phone(words[run.start : cut]):
        return False
    street = address_in(read(" ".join(words[cut:following])), asked=True)
    return _is_zip(words[cut : run.end]) or (street is not None and street.start == 0)


def _begins_at(utterance: Utterance, run: NumberRun, cut: int) -> bool:
    """Whether a ZIP code ends at token `cut`, and a telephone number begins."""
    words = utterance.words
    return _is_zip(words[run.start : cut]) and _is_phone(words[cut : run.end])


def _is_phone(words: Sequence[str]) -> bool:
    return any(len(reading) == 10 and e164(reading) for reading in readings(words))


def _is_zip(words: Sequence[str]) -> bool:
    return any(len(reading) == 5 for reading in readings(words))
