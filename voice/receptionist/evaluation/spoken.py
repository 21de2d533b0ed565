"""Numbers, addresses and names in the words a recogniser writes for them."""

import random
from typing import Final

from num2words import num2words

_DIGITS: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_DIRECTIONS: Final = {"N": "north", "S": "south", "E": "east", "W": "west"}
_SUFFIXES: Final = {
    "St": "street", "Ave": "avenue", "Rd": "road", "Dr": "drive", "Ct": "court", "Pl": "place",
    "Blvd": "boulevard", "Ln": "lane", "Pkwy": "parkway", "Ter": "terrace", "Apt": "apartment",
    "Unit": "unit", "Ste": "suite", "Cir": "circle",
}  # fmt: skip


def spoken_digits(digits: str, chooser: random.Random) -> str:
    """Digits one by one, with "oh" for zero and "double five" now and then."""
    zero = chooser.choice(("oh", "zero"))
    words: list[str] = []
    at = 0
    doubles = chooser.random() < 0.3
    while at < len(digits):
        if doubles and digits[at : at + 3] == digits[at] * 3 and len(digits[at : at + 3]) == 3:
            words += ["triple", _word(digits[at], zero)]
            at += 3
        elif doubles and digits[at : at + 2] == digits[at] * 2 and len(digits[at : at + 2]) == 2:
            words += ["double", _word(digits[at], zero)]
            at += 2
        else:
            words.append(_word(digits[at], zero))
            at += 1
    return " ".join(words)


def spoken_street(address: str, chooser: random.Random) -> str:
    """ "1847 W Ainslie St Apt 2" as "eighteen forty seven west ainslie street apartment two"."""
    words = []
    for index, part in enumerate(address.split()):
        part = part.strip(".,")
        front, dash, back = part.partition("-")
        if dash and front.isdecimal() and back.isdecimal():
            link = chooser.choice((" ", " ", " dash "))
            words.append(f"{_house(front, chooser)}{link}{_pair(back.zfill(2))}")
        elif part == "1/2":
            words.append("and a half")
        elif part.isdecimal():
            words.append(_house(part, chooser) if index == 0 else _small(part))
        elif index and part[:-1].isdecimal() and part[-1].isalpha():
            words.append(f"{_small(part[:-1])} {part[-1].lower()}")
        else:
            words.append(_DIRECTIONS.get(part, _SUFFIXES.get(part, part)).lower())
    return " ".join(words)


def spell(name: str) -> str:
    return " ".join(name.upper())


def _word(digit: str, zero: str) -> str:
    return zero if digit == "0" else _DIGITS[int(digit)]


def _small(number: str) -> str:
    return str(num2words(int(number))).replace("-", " ").replace(",", "").replace(" and", "")


def _pair(digits: str) -> str:
    """Two digits: "oh five", "sixteen"."""
    return f"oh {_DIGITS[int(digits[1])]}" if digits[0] == "0" else _small(digits)


def _house(number: str, chooser: random.Random) -> str:
    """A house number as people say it: in pairs, digit by digit, or as one number."""
    style = chooser.random()
    if len(number) == 4 and style < 0.6:
        front, back = number[:2], number[2:]
        if back == "00":
            return f"{_small(front)} hundred"
        return f"{_small(front)} {_pair(back)}"
    if len(number) == 3 and style < 0.6 and number[1] != "0":
        return f"{_small(number[0])} {_small(number[1:])}"
    if style < 0.8:
        return " ".join(_word(digit, "oh") for digit in number)
    return _small(number)
