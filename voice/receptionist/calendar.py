"""Opening hours and arrival windows, from the rules alone."""

from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from voice.receptionist.dialogue import Window
from voice.receptionist.rules import TenantRules

NOTICE: Final = timedelta(minutes=30)
"""A window that begins sooner than this is no longer offered."""


def local(rules: TenantRules, at: datetime) -> datetime:
    """`at` on the tenant's own clock."""
    return at.astimezone(ZoneInfo(rules.timezone))


def is_open(rules: TenantRules, at: datetime) -> bool:
    """Whether the business is open at `at`. No hours at all: nobody knows, so it is not."""
    here = local(rules, at)
    if is_holiday(rules, here.date()):
        return False
    return any(
        hours.weekday == here.weekday() and hours.opens <= here.time() < hours.closes
        for hours in rules.hours
    )


def is_holiday(rules: TenantRules, day: date) -> bool:
    return any(holiday.startswith(day.isoformat()) for holiday in rules.holidays)


def upcoming_windows(rules: TenantRules, now: datetime, *, days: int = 14) -> tuple[Window, ...]:
    """Every window of the next `days` days that fits the opening hours, soonest first.

    This is the rules' own pattern, without knowing what is booked already.
    """
    here = local(rules, now)
    zone = ZoneInfo(rules.timezone)
    found: list[Window] = []
    for offset in range(days):
        day = here.date() + timedelta(days=offset)
        if is_holiday(rules, day):
            continue
        for pattern in rules.windows:
            if not _within_hours(rules, day.weekday(), pattern.starts, pattern.ends):
                continue
            starts = datetime.combine(day, pattern.starts, zone)
            if starts >= here + NOTICE:
                found.append(Window(starts, datetime.combine(day, pattern.ends, zone)))
    return tuple(sorted(found, key=lambda window: window.starts_at))


def _within_hours(rules: TenantRules, weekday: int, starts: time, ends: time) -> bool:
    return any(
        hours.weekday == weekday and hours.opens <= starts and ends <= hours.closes
        for hours in rules.hours
    )
