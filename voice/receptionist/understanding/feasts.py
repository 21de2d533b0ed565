"""Feasts a caller names instead of a date, and the next day they fall on."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final


def next_date(today: date, month: int, day: int) -> date | None:
    """The next date with that month and day; None where there is no such date."""
    this_year = date_of(today.year, month, day)
    if this_year is not None and this_year >= today:
        return this_year
    return date_of(today.year + 1, month, day)


def date_of(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _thanksgiving(year: int) -> date:
    """The fourth Thursday of November."""
    first = date(year, 11, 1)
    return first + timedelta(days=(3 - first.weekday()) % 7 + 21)


_FEASTS: Final = {
    **{"christmas eve": (12, 24), "nochebuena": (12, 24), "christmas": (12, 25)},
    **{
        "navidad": (12, 25),
        "xmas": (12, 25),
        "new year's eve": (12, 31),
        "new years eve": (12, 31),
    },
    **{"nochevieja": (12, 31), "new year's": (1, 1), "new years": (1, 1), "año nuevo": (1, 1)},
    **{"halloween": (10, 31), "independence day": (7, 4), "fourth of july": (7, 4)},
    **{"juneteenth": (6, 19), "veterans day": (11, 11), "valentine's": (2, 14)},
}
"""Month and day of the feasts that have one, the longer name first."""
_MOVABLE: Final = {
    **{"thanksgiving": 0, "acción de gracias": 0, "accion de gracias": 0, "black friday": 1},
}
"""Days after Thanksgiving."""
FEAST_BEGINNINGS: Final = frozenset(name.split()[0] for name in (*_FEASTS, *_MOVABLE))


def feast_at(words: Sequence[str], at: int, today: date) -> date | None:
    """The next feast of the name that begins at `at`; "day after" and "day before" it, too."""
    said = f"{' '.join(words[at : at + 4])} "
    shift = {"after": 1, "before": -1}.get(words[at - 1], 0) if at >= 2 else 0
    shift = shift if shift and words[at - 2] == "day" else 0
    for name, (month, day) in _FEASTS.items():
        if said.startswith(f"{name} "):
            found = next_date(today, month, day)
            return found + timedelta(days=shift) if found else None
    for name, days in _MOVABLE.items():
        if said.startswith(f"{name} "):
            this_year = _thanksgiving(today.year) + timedelta(days=days + shift)
            following = _thanksgiving(today.year + 1) + timedelta(days=days + shift)
            return this_year if this_year >= today else following
    return None
