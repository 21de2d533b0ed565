"""What has to be written out for a voice: patterns, and the words for what they match.

The rules here hold for every language we speak; `speakable_en` adds those of American English.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from voice.tts.numerals import Numerals


@dataclass(frozen=True, slots=True)
class Piece:
    """Characters [start, end) of the text and the words to say for them.

    Text that follows without a space is a part of the last word, unless `said` ends in a space.
    """

    start: int
    end: int
    said: str


@dataclass(frozen=True, slots=True)
class Rule:
    """Where something has to be written out, and how; what no piece covers stays as it is."""

    pattern: re.Pattern[str]
    say: Callable[[re.Match[str]], Sequence[Piece]]


@dataclass(frozen=True, slots=True)
class _Words:
    """A language's words around numbers."""

    to: str
    percent: str
    dollars: tuple[str, str]
    cents: tuple[str, str]
    join: str
    per: Mapping[str, str]
    morning: str
    afternoon: str


_WORDS: Final[Mapping[str, _Words]] = {
    "en": _Words(
        "to", "percent", ("dollar", "dollars"), ("cent", "cents"), "and",
        {"mo": "a month", "month": "a month", "hr": "an hour", "hour": "an hour", "day": "a day",
         "yr": "a year", "year": "a year", "visit": "a visit", "call": "a call", "ft": "a foot",
         "foot": "a foot", "week": "a week", "wk": "a week", "min": "a minute", "unit": "a unit"},
        "AM", "PM",
    ),
    "es": _Words(
        "a", "por ciento", ("dólar", "dólares"), ("centavo", "centavos"), "con",
        {"mo": "al mes", "month": "al mes", "mes": "al mes", "hr": "por hora", "hour": "por hora",
         "hora": "por hora", "yr": "al año", "year": "al año", "año": "al año", "day": "por día",
         "día": "por día", "visit": "por visita", "visita": "por visita"},
        "de la mañana", "de la tarde",
    ),
}  # fmt: skip
_AMOUNT: Final = r"(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d{2}))?(?![\d])"
_CLOCK: Final = r"(\d{1,2})(?::([0-5]\d))?(?:\s?([AaPp])\.?\s?[Mm]\b\.?)?"
_NOT_INSIDE: Final = r"(?<![\w$#.,:/-])"
_ENDS: Final = r"(?![\w/-]|[.,:]\d|\s?%)"
_A_PRICED_THING: Final = re.compile(
    r"\s+(?:[a-z]+\s+)?(?:fee|charge|visit|credit|discount|deposit|minimum|coupon|bill)\b"
)

PHONE: Final = re.compile(
    r"(?<![\w$.,])(?:\+?1[-. ]?)?(\(?[2-9]\d{2}\)?)[-. ]{0,2}(\d{3})[-. ]?(\d{4})(?![\w-]|[.,]\d)"
)
LOCAL_PHONE: Final = re.compile(r"(?<![\w$.,-])(\d{3})-(\d{4})(?![\w-])")
EMERGENCY: Final = re.compile(_NOT_INSIDE + r"(?:[2-9]11|988)" + _ENDS)
ZIP: Final = re.compile(_NOT_INSIDE + r"\d{5}(?:-\d{4})?(?![\w/-]|[.,]\d)")
MONEY: Final = re.compile(rf"\$\s?{_AMOUNT}(?:\s?[-–—]\s?\$?{_AMOUNT})?(?:\s?/\s?([^\W\d]+))?")  # noqa: RUF001
PERCENT: Final = re.compile(r"(\d+(?:\.\d+)?)\s?%")
CLOCK_RANGE: Final = re.compile(_NOT_INSIDE + rf"{_CLOCK}\s?[-–—]\s?{_CLOCK}(?![\w/-]|[.,:]\d)")  # noqa: RUF001
CLOCK: Final = re.compile(
    _NOT_INSIDE + r"(\d{1,2})(?=:[0-5]\d|\s?[AaPp]\.?\s?[Mm]\b)(?::([0-5]\d))?"
    r"(?:\s?([AaPp])\.?\s?[Mm]\b\.?)?(?!\w)"
)
NUMBER_RANGE: Final = re.compile(_NOT_INSIDE + rf"{_AMOUNT}\s?[–—]\s?{_AMOUNT}")  # noqa: RUF001
NUMBER: Final = re.compile(r"(?<![\w.,])(\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?![\w]|,\d)")


@cache
def rules(language: str) -> tuple[Rule, ...]:
    """The rules of a language, the more particular ones first; none for one we do not speak."""
    if language not in _WORDS:
        return ()
    own: tuple[tuple[Rule, ...], tuple[Rule, ...]] = ((), ())
    if language == "en":
        from voice.tts import speakable_en

        own = speakable_en.FIRST, speakable_en.LAST
    number, words = Numerals(language), _WORDS[language]
    return (
        *own[0],
        Rule(PHONE, lambda match: list(_phone(match, number))),
        Rule(LOCAL_PHONE, lambda match: list(_phone(match, number))),
        Rule(MONEY, lambda match: whole(match, _money(match, number, words))),
        Rule(PERCENT, lambda match: whole(match, f"{number.number(match[1])} {words.percent}")),
        Rule(EMERGENCY, lambda match: whole(match, number.digits(match[0]))),
        Rule(CLOCK_RANGE, lambda match: whole(match, _clock_range(match, number, words))),
        Rule(CLOCK, lambda match: whole(match, _clock(match.groups(), number, words))),
        Rule(NUMBER_RANGE, lambda match: whole(match, _range(match, number, words))),
        Rule(ZIP, lambda match: whole(match, number.digits(match[0]))),
        *own[1],
        Rule(NUMBER, lambda match: whole(match, number.number(match[0]))),
    )


def whole(match: re.Match[str], said: str) -> list[Piece]:
    """One piece for all that matched; a sentence's full stop taken for an abbreviation's stays."""
    return [Piece(match.start(), match.end(), said + final_stop(match))]


def final_stop(match: re.Match[str]) -> str:
    """ "." where the match ends in a dot that also ends the sentence, else ""."""
    rest = match.string[match.end() :]
    ends = not rest.strip() or re.match(r"\s+[A-Z¿¡]", rest) is not None
    return "." if match[0].endswith(".") and ends else ""


def _phone(match: re.Match[str], number: Numerals) -> Iterator[Piece]:
    """Digits in groups, with a pause after each."""
    groups = range(1, (match.lastindex or 0) + 1)
    start = match.start()
    for group in groups:
        pause = "" if group == groups[-1] else ", "
        yield Piece(start, match.end(group), number.digits(match[group]) + pause)
        start = match.end(group)


def _money(match: re.Match[str], number: Numerals, words: _Words) -> str:
    low, low_cents, high, high_cents, unit = match.groups()
    adjective = _A_PRICED_THING.match(match.string, match.end()) is not None and not unit
    amounts = [_amount(low, low_cents, number, words, adjective=adjective, bare=bool(high))]
    if high:
        amounts.append(_amount(high, high_cents, number, words, adjective=adjective, bare=False))
    per = "" if unit is None else words.per.get(unit.lower(), f"per {unit}")
    return f" {words.to} ".join(amounts) + (f" {per}" if per else "")


def _amount(
    whole_part: str,
    cents: str | None,
    number: Numerals,
    words: _Words,
    *,
    adjective: bool,
    bare: bool,
) -> str:
    """An amount of money; `bare` leaves out the currency: "one hundred to two hundred dollars"."""
    said = number.number(whole_part)
    count = 1 if whole_part == "1" else 2
    if number.language == "es" and said.endswith("uno"):
        said = re.sub("veintiuno$", "veintiún", said).removesuffix("o")
    if cents and int(cents):
        some = number.cardinal(int(cents))
        unit = words.dollars[count != 1]
        return f"{said} {unit} {words.join} {some} {words.cents[int(cents) != 1]}"
    return said if bare else f"{said} {words.dollars[count != 1 and not adjective]}"


def _clock(parts: Sequence[str | None], number: Numerals, words: _Words) -> str:
    """A time of day: "10 AM", "08:00" and "17:30" of the 24-hour clock, "9:05"."""
    hour_text, minute_text, half = (*parts, None, None, None)[:3]
    hour, minute = int(hour_text or 0), int(minute_text or 0)
    is_24_hours = half is None and minute_text is not None
    if is_24_hours and (hour > 12 or hour == 0 or (hour_text or "").startswith("0")):
        half = "a" if hour < 12 else "p"
    shown = hour
    if half is not None:
        shown = hour % 12 or 12
    said = number.cardinal(shown)
    if minute:
        zero = {"en": "oh", "es": "y"}[number.language]
        said += f" {zero if minute < 10 or zero == 'y' else ''} {number.cardinal(minute)}"
    elif half is None and is_24_hours and number.language == "en":
        said += " o'clock"
    if half is not None:
        said += f" {words.morning if half.lower() == 'a' else words.afternoon}"
    return " ".join(said.split())


def _clock_range(match: re.Match[str], number: Numerals, words: _Words) -> str:
    begin, end = match.groups()[:3], match.groups()[3:]
    return f"{_clock(begin, number, words)} {words.to} {_clock(end, number, words)}"


def _range(match: re.Match[str], number: Numerals, words: _Words) -> str:
    low, _, high, _ = match.groups()
    return f"{number.number(low)} {words.to} {number.number(high)}"
