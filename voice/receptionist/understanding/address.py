"""Street addresses: house number, direction, street, suffix, unit, city, in spoken words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from voice.receptionist.understanding.houses import House, house_at, likeliest
from voice.receptionist.understanding.lexicon import lexicon, words_of
from voice.receptionist.understanding.numbers import NumberRun, is_number_word, readings, runs
from voice.receptionist.understanding.text import Utterance

DIRECTIONS: Final = {
    **{"north": "N", "south": "S", "east": "E", "west": "W", "n": "N", "s": "S", "e": "E"},
    **{"w": "W", "northwest": "NW", "northeast": "NE", "southwest": "SW", "southeast": "SE"},
    **{"nw": "NW", "ne": "NE", "sw": "SW", "se": "SE", "norte": "N", "sur": "S", "este": "E"},
    **{"oeste": "W"},
}
SUFFIXES: Final = {
    **{"street": "St", "st": "St", "avenue": "Ave", "ave": "Ave", "av": "Ave", "road": "Rd"},
    **{"rd": "Rd", "drive": "Dr", "dr": "Dr", "court": "Ct", "ct": "Ct", "place": "Pl"},
    **{"pl": "Pl", "boulevard": "Blvd", "blvd": "Blvd", "lane": "Ln", "ln": "Ln"},
    **{"parkway": "Pkwy", "pkwy": "Pkwy", "terrace": "Ter", "ter": "Ter", "way": "Way"},
    **{"circle": "Cir", "cir": "Cir", "highway": "Hwy", "hwy": "Hwy", "square": "Sq"},
    **{"sq": "Sq", "trail": "Trl", "trl": "Trl", "plaza": "Plz", "plz": "Plz", "alley": "Aly"},
    **{"crescent": "Cres", "loop": "Loop", "run": "Run", "row": "Row", "path": "Path"},
    **{
        "park": "Park",
        "expressway": "Expy",
        "point": "Pt",
        "cove": "Cv",
        "crossing": "Xing",
        "ridge": "Rdg",
    },
}
_RARE_SUFFIXES: Final = frozenset(
    {"park", "way", "run", "row", "path", "loop", "point", "ridge", "cove"}
)
UNITS: Final = frozenset(
    {"apartment", "apt", "unit", "suite", "ste", "#", "number", "apartamento", "departamento"}
    | {"depto", "flat", "condo"}
)
_INDOORS: Final = UNITS | {"store", "shop", "lot", "space", "trailer", "room", "office"}
"""What a unit is called right after a street; elsewhere "shop" and "room" are only words."""
_SIDES: Final = {
    **{"north": "North", "south": "South", "east": "East", "west": "West", "n": "N", "s": "S"},
    **{"e": "E", "w": "W", "front": "Front", "rear": "Rear", "back": "Rear"},
}
_FLOORS: Final = frozenset({"floor", "fl", "piso", "story"})
_PLACES: Final = frozenset({"basement", "garden", "rear", "coach", "penthouse"})
_ORDINALS: Final = {
    **{"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7},
    **{"eighth": 8, "ninth": 9, "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13},
    **{"fourteenth": 14, "fifteenth": 15, "sixteenth": 16, "seventeenth": 17, "eighteenth": 18},
    **{"nineteenth": 19, "twentieth": 20, "thirtieth": 30, "fortieth": 40, "fiftieth": 50},
    **{"primer": 1, "primero": 1, "segundo": 2, "tercer": 3, "tercero": 3, "cuarto": 4},
    **{"sixtieth": 60, "seventieth": 70, "eightieth": 80, "ninetieth": 90, "hundredth": 100},
}
_ORDINAL_WORDS: Final = frozenset(_ORDINALS)
_TENS: Final = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60}
_TENS.update({"seventy": 70, "eighty": 80, "ninety": 90})
_STOP: Final = frozenset(
    {"and", "my", "the", "that's", "thats", "it's", "its", "is", "in", "on", "at", "near", "by"}
    | {"with", "but", "zip", "zipcode", "code", "phone", "name", "please", "um", "uh", "because"}
    | {"i", "i'm", "we", "you", "for", "off", "right", "there's", "between", "across", "so"}
    | {"hours", "hour", "minutes", "days", "day", "weeks", "years", "year", "old", "gallon"}
    | {"gallons", "dollars", "percent", "o'clock", "am", "pm", "months", "people", "feet"}
    | {"y", "mi", "el", "la", "es", "en", "con", "de", "yes", "no", "of", "times", "or", "inch"}
    | {"a", "an", "this", "was", "are", "has", "have", "flat", "toilets", "sinks", "units"}
    | {"apartments", "bathrooms", "bedrooms", "works", "would", "minute", "ago", "week", "month"}
)
_MOST_NAME_WORDS: Final = 4
_NAMED_BY_DIRECTION: Final = frozenset({"north", "south", "east", "west"})
_KEEP_LOWER: Final = {"mc": "Mc"}


@dataclass(frozen=True, slots=True)
class Address:
    """What was said of an address; empty strings for what was not. Tokens [start, end)."""

    street: str = ""
    unit: str = ""
    city: str = ""
    start: int = 0
    end: int = 0


def address_in(utterance: Utterance, *, asked: bool) -> Address | None:
    """The last street address in the words, or None. `asked` accepts a bare "1847 ainslie"."""
    words = utterance.words
    found: Address | None = None
    for run in runs(words):
        address = _from_house(utterance, run, asked=asked)
        if address is not None and (found is None or _replaces(address, found)):
            found = address
    return found or (_number_last(utterance) if asked else None)


def _replaces(address: Address, found: Address) -> bool:
    """Whether a street said later is one, and not the unit of the street before it."""
    if address.start < found.end:
        return False
    return len(address.street.split()) >= 3 or len(found.street.split()) <= 2


def _number_last(utterance: Utterance) -> Address | None:
    """ "North Hamlin Avenue, thirty forty four": the house number after its street."""
    words = utterance.words
    for run in runs(words):
        house = likeliest(words[run.start : run.end])
        if not house or run.start < 2:
            continue
        for start in range(max(0, run.start - 7), run.start - 1):
            named = _named_street(utterance, start, run.start)
            if named:
                return Address(f"{house} {named}", "", "", start, run.end)
    return None


def _named_street(utterance: Utterance, start: int, end: int) -> str:
    """The street in words [start, end), where it has a suffix or a direction; else ""."""
    words, at, direction = utterance.words, start, ""
    if words[at] in ("calle", "avenida") and at + 1 < end:
        at += 1
    if words[at] in DIRECTIONS and at + 1 < end:
        direction, at = DIRECTIONS[words[at]], at + 1
    name, suffix, after = _street_name(utterance, at)
    if after < end and words[after] in DIRECTIONS and not direction:
        direction, after = DIRECTIONS[words[after]], after + 1
    between = set(words[after:end]) - {"the", "number's", "number", "is", "it's", "at", "house"}
    if not name or after > end or between or not (suffix or direction):
        return ""
    return " ".join(part for part in (direction, name, suffix) if part)


def street_in(utterance: Utterance) -> str:
    """A street named without its house number, "the blue house on Addison"; "" if none is."""
    words = utterance.words
    if any(len(run.readings[0]) > 1 for run in runs(words)):
        return ""
    for start in range(len(words)):
        if named := _named_street(utterance, start, len(words)):
            return named
        name = words[start]
        if name in words_of("streets") and (start == 0 or words[start - 1] in _BEFORE_STREET):
            return _cased(name)
    return ""


_BEFORE_STREET: Final = frozenset({"on", "at", "off", "en", "north", "south", "east", "west"})


def unit_in(utterance: Utterance, *, asked: bool) -> str:
    """An apartment or suite said without the street: "apartment two b", or asked: "two b"."""
    words = utterance.words
    for at, word in enumerate(words):
        if word in UNITS and word != "number":
            unit, end = _unit_value(words, at + 1)
            if unit and end > at + 1:
                return unit
    for at in range(1, len(words) - 2):  # "two is the apartment"
        if words[at] == "is" and words[at + 1] == "the" and words[at + 2] in UNITS:
            return _unit_value(words, at - 1)[0]
    floor = _floor(words, 0)
    if floor[0]:
        return floor[0]
    if asked:
        words = tuple(w for w in words if w not in ("it's", "its", "number", "the", "yes", "uh"))
        unit, end = _unit_value(words, 0)
        return unit if end == len(words) and len(words) <= 3 else ""
    return ""


def city_in(utterance: Utterance) -> str:
    """A town of the region that was named, as it is written; "" if none."""
    plain = f" {utterance.plain} "
    for name in lexicon("cities"):
        if f" {name} " in plain:
            return " ".join(word.capitalize() for word in name.split())
    return ""


def _from_house(utterance: Utterance, run: NumberRun, *, asked: bool) -> Address | None:
    words = utterance.words
    house = house_at(utterance, run, _ORDINAL_WORDS)
    if house is None:
        return None
    direction, at = "", house.end
    named = at + 1 < len(words) and words[at] in _NAMED_BY_DIRECTION and _suffix_follows(words, at)
    if at + 1 < len(words) and words[at] in DIRECTIONS and not named:
        direction, at = DIRECTIONS[words[at]], at + 1
    name, suffix, after, end = _grid(words, at) if direction else ("", "", "", at)
    if name:
        at = end
    else:
        name, suffix, at = _street_name(utterance, at)
        if not _is_street(utterance, run, house, (direction, name, suffix), at, asked=asked):
            return None
        direction, after, at = _directions(utterance, direction, suffix, at)
    street = " ".join(part for part in (house.number, direction, name, suffix, after) if part)
    unit, at = _unit_after(words, at)
    city = city_in(Utterance("", utterance.tokens[at : at + 8]))
    return Address(street, unit, city, run.start, at)


def _is_street(
    utterance: Utterance,
    run: NumberRun,
    house: House,
    street: tuple[str, str, str],
    end: int,
    *,
    asked: bool,
) -> bool:
    """Whether a number and (direction, name, suffix) after it are an address and nothing else."""
    direction, name, suffix = street
    if not name or (not suffix and len(name) <= 2):
        return False
    known = name.lower() in words_of("streets")
    if not (suffix or direction or known or (asked and end - house.end <= 2)):
        return False
    is_zip = len(house.number) == 5 and house.number.isdecimal()  # and the name of a place
    return not is_zip or bool(suffix or known) or utterance.words[run.start].isdecimal()


def _grid(words: Sequence[str], at: int) -> tuple[str, str, str, int]:
    """A street that is a coordinate, "thirty three hundred south": (name, "", direction, next)."""
    at += words[at : at + 1] == ("and",)
    for run in runs(words[at : at + 6]):
        end = at + run.end
        if run.start == 0 and end < len(words) and words[end] in DIRECTIONS:
            return likeliest(words[at:end]), "", DIRECTIONS[words[end]], end + 1
    return "", "", "", at


def _directions(utterance: Utterance, direction: str, suffix: str, at: int) -> tuple[str, str, int]:
    """(direction before the name, after it, next position)."""
    words = utterance.words
    if not direction:
        after, at = _direction_after(utterance, at)
        return (after, "", at) if len(after) == 1 and not suffix else ("", after, at)
    if suffix == "Park" and at < len(words) and words[at] in _SIDES and len(words[at]) > 1:
        return direction, _SIDES[words[at]], at + 1  # "Lincoln Park West" is the name itself
    return direction, "", at


def _direction_after(utterance: Utterance, at: int) -> tuple[str, int]:
    """A direction said after the street: "Broadway north", "San Pedro Drive north east"."""
    words = utterance.words
    if at >= len(words) or words[at] not in DIRECTIONS:
        return "", at
    if len(words[at]) == 1 and not utterance.tokens[at].raw.isupper():
        return "", at  # "e" and "s" may be sounds; written, a direction has a capital
    both = "".join(DIRECTIONS.get(word, "-") for word in words[at : at + 2])
    if both in ("NE", "NW", "SE", "SW"):
        return both, at + 2
    return DIRECTIONS[words[at]], at + 1


def _street_name(utterance: Utterance, at: int) -> tuple[str, str, int]:
    """(name, suffix, next position); an empty name where no street follows."""
    words = utterance.words
    parts: list[str] = []
    start = at
    if _suffix_follows(words, at) and words[at] in _NAMED_BY_DIRECTION:
        return words[at].capitalize(), SUFFIXES[words[at + 1]], at + 2  # "950 North Avenue"
    while at < len(words) and at - start < _MOST_NAME_WORDS:
        word = words[at]
        if (
            parts
            and word in SUFFIXES
            and not (word in _RARE_SUFFIXES and _suffix_follows(words, at))
        ):
            return " ".join(parts), SUFFIXES[word], at + 1
        if word in ("avenue", "ave") and not parts and at + 1 < len(words):
            parts.append("Avenue")
            at += 1
            continue
        numbered, after = _ordinal(words, at)
        if numbered and after < len(words) and words[after] in _FLOORS:
            break
        if numbered:
            parts.append(numbered)
            at = after
            continue
        if word in _STOP or word in UNITS or is_number_word(word) or word in ("$",):
            break
        if parts and word not in SUFFIXES and _is_whole(words, parts, at):
            break
        parts.append(_cased(word))
        at += 1
    if at < len(words) and parts and words[at] in SUFFIXES:
        return " ".join(parts), SUFFIXES[words[at]], at + 1
    return " ".join(parts[:3]), "", min(at, start + 3)


def _is_whole(words: Sequence[str], parts: Sequence[str], at: int) -> bool:
    """Whether a known street's name is complete, so that the next word is no part of it."""
    if " ".join(parts).lower() not in words_of("streets") or _suffix_follows(words, at - 1):
        return False
    if _suffix_follows(words, at) and words[at] not in _STOP | UNITS and words[at] not in _SIDES:
        return False
    return f"{parts[-1].lower()} {words[at]}" not in words_of("streets")


def _suffix_follows(words: Sequence[str], at: int) -> bool:
    return at + 1 < len(words) and words[at + 1] in SUFFIXES


def _ordinal(words: Sequence[str], at: int) -> tuple[str, int]:
    """A numbered street: "21st", "twenty first"."""
    word = words[at]
    if word[:-2].isdecimal() and word[-2:] in ("st", "nd", "rd", "th"):
        return word, at + 1
    if word in _ORDINALS:
        return _with_ending(_ORDINALS[word]), at + 1
    if word in _TENS and at + 1 < len(words) and _ORDINALS.get(words[at + 1], 99) < 10:
        return _with_ending(_TENS[word] + _ORDINALS[words[at + 1]]), at + 2
    return _beyond_hundred(words, at)


def _beyond_hundred(words: Sequence[str], at: int) -> tuple[str, int]:
    """ "One hundred third", "one oh third", "one twenty third", "two eleventh"."""
    front = {"one": 100, "two": 200, "three": 300}.get(words[at])
    if front is None:
        return "", at
    rest = at + 1
    said = words[rest : rest + 1] in (("hundred",), ("oh",), ("o",))
    rest += said
    rest += said and words[rest : rest + 1] == ("and",)
    if rest >= len(words) or words[rest] in ("one", "two", "three"):
        return "", at
    numbered, end = _ordinal(words, rest)
    number = int(numbered[:-2]) if numbered else 0
    if not 0 < number < 100 or (number < 10 and not said):
        return "", at
    return _with_ending(front + number), end


def _with_ending(number: int) -> str:
    if 10 <= number % 100 <= 20:
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def _cased(word: str) -> str:
    if word.startswith("mc") and len(word) > 4:
        return f"Mc{word[2:].capitalize()}"
    return word.capitalize()


def _unit_after(words: Sequence[str], at: int) -> tuple[str, int]:
    skip = at
    while skip < len(words) and words[skip] in ("and", "it's", "in", "uh", "um", "the", "that's"):
        skip += 1
    if words[skip : skip + 1] == ("units",):
        return _several(words, skip + 1)
    if skip < len(words) and words[skip] in _INDOORS:
        unit, end = _unit_value(words, skip + 1)
        if unit:
            return unit, end
    floor, end = _floor(words, skip)
    if floor and end <= skip + 4:
        return floor, end
    if skip < len(words) and words[skip] in _PLACES:
        return words[skip].capitalize(), skip + 1
    bare, end = _unit_value(words, skip)
    last = end >= len(words) or words[end] in ("and", "zip", "in", "please", "chicago")
    if bare[:1].isdecimal() and len(bare) <= 8 and last and not is_zip_start(words, skip):
        return bare, end
    return "", at


def _several(words: Sequence[str], at: int) -> tuple[str, int]:
    """Units of one house: "two, four and six" as "2, 4, 6"."""
    found: list[str] = []
    while at < len(words) and (unit := _unit_value(words[: at + 1], at)[0]):
        found.append(unit)
        at += 1 + (words[at + 1 : at + 2] == ("and",))
    return ", ".join(found), at


def is_zip_start(words: Sequence[str], at: int) -> bool:
    """Whether the number at `at` has the five digits of a ZIP code."""
    return any(
        run.start == 0 and run.of_length(5, 7, 9, 10)
        for run in runs(words[at : at + 12], dictated=True)
    )


def _floor(words: Sequence[str], at: int) -> tuple[str, int]:
    for position in range(at, len(words) - 1):
        if words[position] == "top" and words[position + 1] in _FLOORS:
            return "Top Floor", position + 2
        numbered, after = _ordinal(words, position)
        if numbered and after < len(words) and words[after] in _FLOORS:
            side = _SIDES.get(words[after + 1], "") if after + 1 < len(words) else ""
            end = after + 2 if side else after + 1
            return f"{numbered} Floor{' ' + side if side else ''}", end
        if words[position] in _FLOORS and (level := likeliest(words[position + 1 : position + 2])):
            return f"{_with_ending(int(level))} Floor", position + 2
    return "", at


def _unit_value(words: Sequence[str], at: int) -> tuple[str, int]:
    while at < len(words) and words[at] in ("number", "#", "is"):
        at += 1
    digits, letter = "", ""
    end = at
    for run in runs(words[at : at + 4]):
        if run.start == 0:
            digits, end = run.readings[0], at + run.end
    if digits and len(digits) > 4:
        digits, end = readings(words[at : at + 1])[0], at + 1
    if end < len(words) and len(words[end]) == 1 and words[end].isalpha():
        joined = not digits or words[end] not in "iaynsew" or end + 1 == len(words)
        if joined or words[end] == "a":
            letter, end = words[end].upper(), end + 1
            if end + 1 < len(words) and words[end] == "as" and words[end + 1] == "in":
                end = min(len(words), end + 3)
    if digits and not letter and end < len(words) and words[end] in _SIDES:
        side = _SIDES[words[end]]
        return (f"{digits}{side}" if len(side) == 1 else f"{digits} {side}"), end + 1
    return f"{digits}{letter}", end
