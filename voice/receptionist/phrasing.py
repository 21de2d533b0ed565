"""Our sentences: templates in `data/`, a variant chosen the same way each time, grounds noted."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from functools import cache
from typing import Final, cast
from zlib import crc32

from voice.receptionist.dialogue import Ground, Sentence, Window
from voice.receptionist.rules import TenantRules
from voice.receptionist.understanding.lexicon import document

_SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s+(?=[A-Z¿¡\"'$\d])")
_FIELD: Final = re.compile(r"\{(\w+)\}")
_DAYS: Final[Mapping[str, tuple[str, ...]]] = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
}
_MONTHS: Final[Mapping[str, tuple[str, ...]]] = {
    "en": (
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    ),
    "es": (
        "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre",
        "octubre", "noviembre", "diciembre",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fact:
    """Words put into a sentence, and the rule or slot they were taken from."""

    text: str
    source: str


def sentences(
    key: str, language: str, seed: str, values: Mapping[str, Fact], *, attempt: int | None = None
) -> tuple[Sentence, ...]:
    """The template `key` with `values` filled in; `seed` chooses the variant, or `attempt` does."""
    variants = _phrases(language)[key]
    index = attempt if attempt is not None else crc32(f"{key}:{seed}".encode()) % len(variants)
    template = variants[min(index, len(variants) - 1)]
    found = []
    for part in split(template):
        grounds = tuple(
            Ground(values[name].text, values[name].source)
            for name in _FIELD.findall(part)
            if values[name].source
        )
        text = _FIELD.sub(lambda match: values[match[1]].text, part)
        found += [Sentence(_capitalised(piece), grounds) for piece in split(text)]
    return tuple(found)


def split(text: str) -> Sequence[str]:
    """The sentences of a text."""
    return [part for part in _SENTENCE_END.split(text.strip()) if part]


def variants(key: str, language: str) -> Sequence[str]:
    """Every way a template can be worded."""
    return _phrases(language)[key]


def keys(language: str) -> frozenset[str]:
    return frozenset(_phrases(language))


def spoken_window(window: Window, language: str, today: date) -> str:
    """A window for the ear: "tomorrow, Tuesday, 8 to 10 AM"."""
    day = window.starts_at.date()
    names = _DAYS[language]
    away = (day - today).days
    if away == 0:
        when = "today" if language == "en" else "hoy"
    elif away == 1:
        prefix = "tomorrow" if language == "en" else "mañana"
        when = f"{prefix}, {names[day.weekday()]},"
    elif 1 < away < 7:
        when = names[day.weekday()]
    else:
        when = f"{spoken_date(day, language)},"
    starts, ends = window.starts_at.time(), window.ends_at.time()
    if language == "es":
        return f"{when} de {clock(starts, half=False)} a {clock(ends)}"
    same_half = (starts.hour < 12) == (ends.hour < 12)
    return f"{when} {clock(starts, half=not same_half)} to {clock(ends)}"


def spoken_date(day: date, language: str) -> str:
    """A date for the ear: "Tuesday, November 24"."""
    name, month = _DAYS[language][day.weekday()], _MONTHS[language][day.month - 1]
    return f"{name} {day.day} de {month}" if language == "es" else f"{name}, {month} {day.day}"


def spoken_day(day: date, language: str) -> str:
    """The weekday's name: "Sunday"."""
    return _DAYS[language][day.weekday()]


def closed_days(rules: TenantRules, language: str) -> Sequence[str]:
    """The weekdays without hours by name, and the holidays by date."""
    opened = {each.weekday for each in rules.hours}
    names = [name for weekday, name in enumerate(_DAYS[language]) if weekday not in opened]
    dates = filter(None, map(_date_of, rules.holidays))
    return [*(names if opened else ()), *(spoken_date(day, language) for day in dates)]


def _date_of(holiday: str) -> date | None:
    """The date that a holiday's entry begins with; None where it is only a name."""
    try:
        return date.fromisoformat(holiday[:10])
    except ValueError:
        return None


def clock(at: time, *, half: bool = True) -> str:
    """A time of day: "8 AM", "12:30 PM", or without the half of the day."""
    hour = at.hour % 12 or 12
    text = f"{hour}:{at.minute:02d}" if at.minute else str(hour)
    return f"{text} {'AM' if at.hour < 12 else 'PM'}" if half else text


def spoken_hours(rules: TenantRules, language: str) -> str:
    """Opening hours for the ear: "Monday to Friday 8 AM to 5 PM, Saturday 9 AM to 1 PM"."""
    to, names = (" a ", _DAYS["es"]) if language == "es" else (" to ", _DAYS["en"])
    by_day: dict[int, list[str]] = {}
    for hours in rules.hours:
        by_day.setdefault(hours.weekday, []).append(
            f"{clock(hours.opens)}{to}{clock(hours.closes)}"
        )
    parts: list[tuple[int, int, str]] = []
    for day in sorted(by_day):
        text = ", ".join(by_day[day])
        if parts and parts[-1][2] == text and parts[-1][1] == day - 1:
            parts[-1] = (parts[-1][0], day, text)
        else:
            parts.append((day, day, text))
    spans = [
        (names[first] if first == last else f"{names[first]}{to}{names[last]}") + f" {text}"
        for first, last, text in parts
    ]
    return ", ".join(spans)


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


@cache
def _phrases(language: str) -> Mapping[str, Sequence[str]]:
    chosen = language if language in ("en", "es") else "en"
    return cast(Mapping[str, Sequence[str]], document(f"phrases_{chosen}"))
