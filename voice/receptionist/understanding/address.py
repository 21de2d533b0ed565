"""Street addresses: house number, direction, street, suffix, unit, city, in spoken words."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from voice.receptionist.understanding.houses import House, house_at, likeliest
from voice.receptionist.understanding.lexicon import lexicon, words_of
from voice.receptionist.understanding.numbers import NumberRun, is_number_word, run_at, runs
from voice.receptionist.understanding.ordinals import ORDINAL_WORDS, ordinal
from voice.receptionist.understanding.text import Utterance
from voice.receptionist.understanding.units import FLOORS, SIDES, UNITS, unit_after

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
        "cutoff": "Cutoff",
        "trafficway": "Trfy",
        "trace": "Trce",
        "pike": "Pike",
        "turnpike": "Tpke",
        "hollow": "Holw",
        "bend": "Bnd",
        "pass": "Pass",
        "walk": "Walk",
        "commons": "Cmns",
    },
}
_RARE_SUFFIXES: Final = frozenset(
    {"park", "way", "run", "row", "path", "loop", "point", "ridge", "cove", "pass", "walk"}
    | {"pike", "bend", "hollow", "trace", "commons"}
)
_STOP: Final = frozenset(
    {"and", "my", "the", "that's", "thats", "it's", "its", "is", "in", "on", "at", "near", "by"}
    | {"with", "but", "zip", "zipcode", "code", "phone", "name", "please", "um", "uh", "because"}
    | {"i", "i'm", "we", "you", "for", "off", "right", "there's", "between", "across", "so"}
    | {"hours", "hour", "minutes", "days", "day", "weeks", "years", "year", "old", "gallon"}
    | {"gallons", "dollars", "percent", "o'clock", "am", "pm", "months", "people", "feet"}
    | {"y", "mi", "el", "la", "es", "en", "con", "de", "yes", "no", "of", "times", "or", "inch"}
    | {"a", "an", "this", "was", "are", "has", "have", "flat", "toilets", "sinks", "units"}
    | {"upstairs", "downstairs", "bathroom", "toilet", "toilets", "that", "which", "who"}
    | {"apartments", "bathrooms", "bedrooms", "works", "would", "minute", "ago", "week", "month"}
)
_MOST_NAME_WORDS: Final = 4
_COUNTED: Final = frozenset(
    {"mile", "miles", "oaks", "points", "forks", "rivers", "sisters", "pines"}
)
"""Words that make a number part of a street's name: Six Mile Lane, Three Forks Road."""
_NAMED_BY_DIRECTION: Final = frozenset({"north", "south", "east", "west"})


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
    return _address_in(utterance, asked)


@lru_cache(maxsize=64)
def _address_in(utterance: Utterance, asked: bool) -> Address | None:
    """The same, found once for all who ask about one turn."""
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
    called = words[at] in ("calle", "avenida") and at + 1 < end
    at += called
    if words[at] in DIRECTIONS and at + 1 < end:
        direction, at = DIRECTIONS[words[at]], at + 1
    name, suffix, after = _street_name(utterance, at)
    if after < end and words[after] in DIRECTIONS and not direction:
        direction, after = DIRECTIONS[words[after]], after + 1
    between = set(words[after:end]) - {
        "the",
        "number's",
        "number",
        "is",
        "it's",
        "at",
        "house",
        "número",
        "numero",
    }
    if not name or after > end or between or not (suffix or direction or called):
        return ""
    return " ".join(part for part in (direction, name, suffix) if part)


_BETWEEN_STREET_AND_HOUSE: Final = frozenset(
    {"the", "number's", "number", "is", "it's", "at", "house", "número", "numero"}
)


def street_in(utterance: Utterance) -> str:
    """A street named without its house number, "the blue house on Addison"; "" if none is."""
    words = utterance.words
    if any(len(run.readings[0]) > 1 for run in runs(words)):
        return ""
    if (corner := _corner(words)) is not None:
        return corner
    for start in range(len(words)):
        if named := _named_street(utterance, start, len(words)):
            return named
        name = words[start]
        if name in words_of("streets") and (start == 0 or words[start - 1] in _BEFORE_STREET):
            return _cased(name)
    return ""


def _corner(words: Sequence[str]) -> str | None:
    """The first street of "the corner of Belmont and Clark"."""
    for at in range(len(words) - 4):
        corner = words[at] in ("corner", "esquina") and words[at + 1] in ("of", "de")
        if corner and words[at + 2].isalpha() and words[at + 2] not in _STOP:
            return _cased(words[at + 2])
    return None


_BEFORE_STREET: Final = frozenset({"on", "at", "off", "en", "north", "south", "east", "west"})


def city_in(utterance: Utterance) -> str:
    """A town of the region that was named, as it is written; "" if none."""
    plain = f" {utterance.plain} "
    for name in lexicon("cities"):
        if f" {name} " in plain:
            return " ".join(word.capitalize() for word in name.split())
    return ""


def _from_house(utterance: Utterance, run: NumberRun, *, asked: bool) -> Address | None:
    words = utterance.words
    house = house_at(utterance, run, ORDINAL_WORDS)
    if house is None:
        return None
    direction, at = "", house.end
    named = at + 1 < len(words) and words[at] in _NAMED_BY_DIRECTION and _suffix_follows(words, at)
    sound = words[at : at + 1] == ("se",) and utterance.tokens[at].raw == "se"  # Spanish
    if at + 1 < len(words) and words[at] in DIRECTIONS and not (named or sound):
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
    unit, at = unit_after(words, at)
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
    typed = name.split()[0].lower() in _SPANISH_TYPES and len(name.split()) > 2
    known = typed or name.lower() in words_of("streets")
    if not (suffix or direction or known or (asked and end - house.end <= 2)):
        return False
    is_zip = len(house.number) == 5 and house.number.isdecimal()  # and the name of a place
    return not is_zip or bool(suffix or known) or utterance.words[run.start].isdecimal()


def _grid(words: Sequence[str], at: int) -> tuple[str, str, str, int]:
    """A street that is a coordinate, "thirty three hundred south": (name, "", direction, next)."""
    at += words[at : at + 1] == ("and",)
    if run := run_at(words, at, 6):
        end = at + run.end
        if end < len(words) and words[end] in DIRECTIONS:
            return likeliest(words[at:end]), "", DIRECTIONS[words[end]], end + 1
    return "", "", "", at


def _directions(utterance: Utterance, direction: str, suffix: str, at: int) -> tuple[str, str, int]:
    """(direction before the name, after it, next position)."""
    words = utterance.words
    if not direction:
        after, at = _direction_after(utterance, at)
        return (after, "", at) if len(after) == 1 and not suffix else ("", after, at)
    if suffix == "Park" and at < len(words) and words[at] in SIDES and len(words[at]) > 1:
        return direction, SIDES[words[at]], at + 1  # "Lincoln Park West" is the name itself
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
    if spanish := _spanish_name(words, at):
        return " ".join(map(_cased, spanish)), "", at + len(spanish)
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
        numbered, after = ordinal(words, at)
        if numbered and after < len(words) and words[after] in FLOORS:
            break
        if numbered:
            parts.append(numbered)
            at = after
            continue
        numbered_name = not parts and not word.isdecimal() and at + 1 < len(words)
        if is_number_word(word) and not (numbered_name and words[at + 1] in _COUNTED):
            break
        if word in _STOP or word in UNITS or word == "$" or word.endswith("n't"):
            break
        if parts and word not in SUFFIXES and _is_whole(words, parts, at):
            break
        parts.append(_cased(word))
        at += 1
    if at < len(words) and parts and words[at] in SUFFIXES:
        return " ".join(parts), SUFFIXES[words[at]], at + 1
    return " ".join(parts[:3]), "", min(at, start + 3)


def _spanish_name(words: Sequence[str], at: int) -> Sequence[str]:
    """ "Corte del Viento", "Avenida de la Plata": a street type with its name behind; else none."""
    if words[at : at + 1] and words[at] not in _SPANISH_TYPES:
        return ()
    after = at + 1
    while after < len(words) and words[after] in _PARTICLES and after - at <= 2:
        after += 1
    if after == at + 1 or after >= len(words) or words[after] in _STOP:
        return ()
    return words[at : after + 1]


_SPANISH_TYPES: Final = frozenset(
    {"calle", "corte", "camino", "paseo", "avenida", "via", "vía", "vereda", "placita", "plaza"}
    | {"caminito", "carrera", "callejón", "callejon", "rincon", "rincón", "vista", "loma", "cerro"}
)
_PARTICLES: Final = frozenset({"de", "del", "la", "las", "los", "el"})


def _is_whole(words: Sequence[str], parts: Sequence[str], at: int) -> bool:
    """Whether a known street's name is complete, so that the next word is no part of it."""
    if " ".join(parts).lower() not in words_of("streets") or _suffix_follows(words, at - 1):
        return False
    if _suffix_follows(words, at) and words[at] not in _STOP | UNITS and words[at] not in SIDES:
        return False
    return f"{parts[-1].lower()} {words[at]}" not in words_of("streets")


def _suffix_follows(words: Sequence[str], at: int) -> bool:
    return at + 1 < len(words) and words[at + 1] in SUFFIXES


def _cased(word: str) -> str:
    if word.startswith("mc") and len(word) > 4:
        return f"Mc{word[2:].capitalize()}"
    return word.capitalize()
