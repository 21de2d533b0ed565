"""What American English writes short: addresses, dates, ordinals, units, model numbers."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from voice.tts.numerals import Numerals
from voice.tts.speakable import Piece, Rule, final_stop, whole

NUMBER: Final = Numerals("en")
DIRECTIONS: Final = {
    "N": "North", "S": "South", "E": "East", "W": "West", "NE": "Northeast", "NW": "Northwest",
    "SE": "Southeast", "SW": "Southwest",
}  # fmt: skip
SUFFIXES: Final = {
    "St": "Street", "Ave": "Avenue", "Blvd": "Boulevard", "Rd": "Road", "Dr": "Drive",
    "Ln": "Lane", "Ct": "Court", "Pl": "Place", "Pkwy": "Parkway", "Ter": "Terrace",
    "Hwy": "Highway", "Cir": "Circle", "Sq": "Square", "Trl": "Trail", "Expy": "Expressway",
}  # fmt: skip
FULL_SUFFIXES: Final = (*SUFFIXES.values(), "Way", "Broadway")
UNITS: Final = {
    "Apt": "apartment", "Ste": "suite", "Unit": "unit", "Fl": "floor", "Rm": "room",
    "Bldg": "building", "Apartment": "apartment", "Suite": "suite", "#": "number",
}  # fmt: skip
MEASURES: Final = {
    "gal": ("gallon", "gallons"), "gals": ("gallon", "gallons"), "ft": ("foot", "feet"),
    "lb": ("pound", "pounds"), "lbs": ("pound", "pounds"), "psi": ("P S I", "P S I"),
    "PSI": ("P S I", "P S I"), "BTU": ("B T U", "B T Us"), "gpm": ("gallon", "gallons a minute"),
    "hr": ("hour", "hours"), "hrs": ("hour", "hours"), "min": ("minute", "minutes"),
    "mins": ("minute", "minutes"), "yr": ("year", "years"), "yrs": ("year", "years"),
    "mi": ("mile", "miles"), "oz": ("ounce", "ounces"), "°F": ("degree", "degrees"),
    "°": ("degree", "degrees"),
}  # fmt: skip
TITLES: Final = {"Mr": "Mister", "Mrs": "Missus", "Ms": "Miz", "Dr": "Doctor"}
SHORT: Final = {"&": "and", "w/": "with", "w/o": "without", "approx.": "about", "vs.": "versus"}
WEEKDAYS: Final = {
    "mon": "Monday", "tue": "Tuesday", "tues": "Tuesday", "wed": "Wednesday", "thu": "Thursday",
    "thur": "Thursday", "thurs": "Thursday", "fri": "Friday", "sat": "Saturday", "sun": "Sunday",
}  # fmt: skip
MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
FRACTIONS: Final = {
    (1, 2): "one half", (1, 3): "one third", (2, 3): "two thirds", (1, 4): "one quarter",
    (3, 4): "three quarter", (1, 8): "one eighth", (3, 8): "three eighths",
    (5, 8): "five eighths", (7, 8): "seven eighths",
}  # fmt: skip
_NOT_A_NAME: Final = frozenset(["In", "At", "Near", "On", "From", "To", "The", "And", "Is", "For"])


def _either(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_DAY: Final = _either(WEEKDAYS)
_MONTH: Final = "|".join(f"{month[:3]}(?:{month[3:]}|t)?" for month in MONTHS)
_NAME: Final = r"(?:[A-Z][\w'’]*|\d{1,3}(?:st|nd|rd|th))"  # noqa: RUF001
ADDRESS: Final = re.compile(
    rf"(?<![\w$#.,-])(\d{{1,5}})(?:\s+({_either((*DIRECTIONS, *DIRECTIONS.values()))})\b\.?)?"
    rf"(?=(?:\s+{_NAME}){{1,3}}?\s+(?:{_either((*SUFFIXES, *FULL_SUFFIXES))})\b)"
)
DIRECTION: Final = re.compile(rf"(?<![\w.])({_either(DIRECTIONS)})\b\.?(?=\s+{_NAME}\s)")
STREET: Final = re.compile(rf"(?:({_NAME})\s+)?\b({_either(SUFFIXES)})\b\.?(?!\w)")
UNIT: Final = re.compile(rf"(?<!\w)({_either(UNITS)})\.?\s*#?\s*([A-Z]?\d+[A-Z]?|[A-Z])\b")
TITLE: Final = re.compile(rf"\b({_either(TITLES)})\.?(?=\s+[A-Z])")
DAY_RANGE: Final = re.compile(rf"\b({_DAY})\.?\s?[-–—]\s?({_DAY})\b\.?", re.IGNORECASE)  # noqa: RUF001
DAY: Final = re.compile(
    r"\b(Mon|Tues?|Wed|Thu|Thurs?|Fri|Sat|Sun)\b\.?(?=,|\s+\d|\s+(?:at|from)\b)"
)
MONTH_DAY: Final = re.compile(
    rf"\b({_MONTH})\b\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?\b(?:(,?\s+)(\d{{4}})\b)?(?!:)"
)
ISO_DATE: Final = re.compile(r"(?<![\w-])(\d{4})-(\d{2})-(\d{2})(?![\w-])")
SLASH_DATE: Final = re.compile(r"(?<![\w/])(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})(?![\w/])")
ALWAYS: Final = re.compile(r"(?<![\w/])24/7(?![\w/])")
FRACTION: Final = re.compile(r"(?<![\w/.])(?:(\d+)[ -])?(\d)/(\d)(?:\s?(\")|(-))?(?![\d/])")
ORDINAL: Final = re.compile(r"(?<![\w.,])(\d{1,4})(?:st|nd|rd|th)\b")
MEASURE: Final = re.compile(rf"(?<![\w.,$])(\d+(?:\.\d+)?)(\s?-?)({_either(MEASURES)})(?!\w)\.?")
COMPOUND: Final = re.compile(r"(?<![\w.,$-])(\d{1,3})-(?=[a-z])")
NUMBER_SIGN: Final = re.compile(r"(?<!\w)(?:#|No\. ?)(\d+)\b")
YEAR: Final = re.compile(r"(?<=\b(?:in|of) )((?:19|20)\d\d)\b|(?<=\bsince )((?:19|20)\d\d)\b")
AREA_CODE: Final = re.compile(r"(?<=[Aa]rea code )\d{3}\b")
MODEL: Final = re.compile(
    r"(?<![\w-])(?=[A-Z0-9-]*\d)(?=[A-Z0-9-]*[A-Z])[A-Z0-9]+(?:-[A-Z0-9]+)*(?![\w-])"
)
WEB: Final = re.compile(r"(?<!\w)(?:[\w.+-]+@)?(?:[\w-]+\.)+(?:com|net|org|io|us|biz|co|example)\b")
SHORT_FORMS: Final = re.compile(rf"(?<!\S)(?:{_either(SHORT)})(?!\S)")


def _address(match: re.Match[str]) -> Iterator[Piece]:
    yield Piece(match.start(1), match.end(1), NUMBER.pairs(match[1]))
    if match[2]:
        yield Piece(match.start(2), match.end(), DIRECTIONS.get(match[2], match[2]))


def _street(match: re.Match[str]) -> Iterator[Piece]:
    """ "Ainslie St." is a street, "St. Louis" a saint, "Dr. Bell" a doctor."""
    before, short = match[1], match[2]
    after = re.match(r"\s+[A-Z][a-z]", match.string[match.end() :])
    named = before is not None and before not in _NOT_A_NAME
    said = SUFFIXES[short] + final_stop(match)
    if not named and short == "St" and after:
        said = "Saint"
    elif not named:
        return
    if before is not None and before[0].isdigit():
        yield Piece(match.start(1), match.end(1), NUMBER.ordinal(int(before[:-2])))
    unit = UNIT.match(match.string, match.end() + 1)
    yield Piece(match.start(2), match.end(), said.rstrip(".") + "," if unit else said)


def _day_range(match: re.Match[str]) -> list[Piece]:
    first, last = WEEKDAYS[match[1].lower()], WEEKDAYS[match[2].lower()]
    return whole(match, f"{first} to {last}")


def _month_day(match: re.Match[str]) -> Iterator[Piece]:
    month = next(name for name in MONTHS if name.startswith(match[1][:3]))
    yield Piece(match.start(1), match.start(2), f"{month} ")
    end = match.start(3) if match[3] else match.end()
    yield Piece(match.start(2), end, NUMBER.ordinal(int(match[2])) + (", " if match[4] else ""))
    if match[4]:
        yield Piece(match.start(4), match.end(4), NUMBER.pairs(match[4]))


def _date(match: re.Match[str], year: str, month: str, day: str) -> list[Piece]:
    if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        return []
    century = f"20{year}" if len(year) == 2 else year
    said = f"{MONTHS[int(month) - 1]} {NUMBER.ordinal(int(day))}, {NUMBER.pairs(century)}"
    return whole(match, said)


def _fraction(match: re.Match[str]) -> list[Piece]:
    part = FRACTIONS.get((int(match[2]), int(match[3])))
    if part is None:
        return []
    said = f"{NUMBER.cardinal(int(match[1]))} and {part}" if match[1] else part
    if match[4]:
        said += " inch"
    elif part == "three quarter" and not match[5]:
        said += "s"
    return whole(match, said + (" " if match[5] else ""))


def _measure(match: re.Match[str]) -> list[Piece]:
    single = match[1] == "1" or match[2] == "-"
    return whole(match, f"{NUMBER.number(match[1])} {MEASURES[match[3]][not single]}")


def _unit(match: re.Match[str]) -> Iterator[Piece]:
    yield Piece(match.start(1), match.start(2), f"{UNITS[match[1]]} ")
    yield Piece(match.start(2), match.end(2), _unit_number(match[2]))


def _unit_number(written: str) -> str:
    parts = re.findall(r"\d+|[A-Z]", written)
    return " ".join(NUMBER.pairs(part) if part.isdigit() else part for part in parts)


def _model(match: re.Match[str]) -> list[Piece]:
    characters = [c for c in match[0] if c.isalnum()]
    return whole(match, " ".join(NUMBER.digits(c) if c.isdigit() else c for c in characters))


def _web(match: re.Match[str]) -> list[Piece]:
    return whole(match, match[0].replace("@", " at ").replace(".", " dot "))


FIRST: Final = (
    Rule(ALWAYS, lambda match: whole(match, "twenty four seven")),
    Rule(ISO_DATE, lambda match: _date(match, match[1], match[2], match[3])),
    Rule(SLASH_DATE, lambda match: _date(match, match[3], match[1], match[2])),
    Rule(FRACTION, _fraction),
    Rule(ADDRESS, lambda match: list(_address(match))),
    Rule(DIRECTION, lambda match: whole(match, DIRECTIONS[match[1]])),
    Rule(TITLE, lambda match: [Piece(match.start(), match.end(), TITLES[match[1]])]),
    Rule(UNIT, lambda match: list(_unit(match))),
    Rule(STREET, lambda match: list(_street(match))),
    Rule(DAY_RANGE, _day_range),
    Rule(DAY, lambda match: whole(match, WEEKDAYS[match[1].lower()])),
    Rule(MONTH_DAY, lambda match: list(_month_day(match))),
    Rule(WEB, _web),
    Rule(AREA_CODE, lambda match: whole(match, NUMBER.digits(match[0]))),
)
LAST: Final = (
    Rule(ORDINAL, lambda match: whole(match, NUMBER.ordinal(int(match[1])))),
    Rule(MEASURE, _measure),
    Rule(NUMBER_SIGN, lambda match: whole(match, f"number {NUMBER.number(match[1])}")),
    Rule(YEAR, lambda match: whole(match, NUMBER.pairs(match[0]))),
    Rule(COMPOUND, lambda match: whole(match, f"{NUMBER.number(match[1])} ")),
    Rule(MODEL, _model),
    Rule(SHORT_FORMS, lambda match: whole(match, SHORT[match[0]])),
)
