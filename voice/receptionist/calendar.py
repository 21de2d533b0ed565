"""Opening hours and arrival windows, from the rules alone."""

from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from voice.receptionist.dialogue import Window
from voice.receptionist.rules import ArrivalWindow, TenantRules

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


def is_blacked_out(rules: TenantRules, day: date) -> bool:
    """Whether the tenant takes no bookings for `day`."""
    return any(days.first_day <= day <= days.last_day for days in rules.blackouts)


def upcoming_windows(rules: TenantRules, now: datetime, *, days: int = 14) -> tuple[Window, ...]:
    """Every window of the next `days` days that fits the opening hours, soonest first.

    This is the rules' own pattern, without knowing what is booked already.
    """
    here = local(rules, now)
    soonest = now.astimezone(UTC) + NOTICE
    found = [
        window
        for offset in range(days)
        for window, _ in windows_of(rules, here.date() + timedelta(days=offset))
        if window.starts_at.astimezone(UTC) >= soonest
    ]
    return tuple(sorted(found, key=lambda window: window.starts_at.astimezone(UTC)))


def capacity_of(rules: TenantRules, window: Window) -> int:
    """How many jobs fit into `window`; 0 where the rules have no such window, or not that day."""
    for known, capacity in windows_of(rules, local(rules, window.starts_at).date()):
        if _moments(known) == _moments(window):
            return capacity
    return 0


def windows_of(rules: TenantRules, day: date) -> tuple[tuple[Window, int], ...]:
    """The windows that can be booked on `day`, each with its capacity."""
    if is_holiday(rules, day) or is_blacked_out(rules, day):
        return ()
    zone = ZoneInfo(rules.timezone)
    found: list[tuple[Window, int]] = []
    for pattern in _patterns(rules, day.weekday()):
        window = Window(
            datetime.combine(day, pattern.starts, zone), datetime.combine(day, pattern.ends, zone)
        )
        starts_at, ends_at = _moments(window)
        if starts_at < ends_at and _within_hours(rules, day.weekday(), pattern):
            found.append((window, pattern.capacity))  # clocks put forward may swallow a window
    return tuple(found)


def _patterns(rules: TenantRules, weekday: int) -> tuple[ArrivalWindow, ...]:
    """The day's patterns; a weekday's own stands for the everyday one of the same start."""
    own = {one.starts: one for one in rules.windows if one.weekday == weekday}
    everyday = {one.starts: one for one in rules.windows if one.weekday is None}
    return tuple(one for one in (everyday | own).values() if one.capacity > 0)


def _moments(window: Window) -> tuple[datetime, datetime]:
    """Start and end in UTC: local times an hour apart may look alike when clocks are put back."""
    return window.starts_at.astimezone(UTC), window.ends_at.astimezone(UTC)


def _within_hours(rules: TenantRules, weekday: int, pattern: ArrivalWindow) -> bool:
    return any(
        hours.weekday == weekday and hours.opens <= pattern.starts and pattern.ends <= hours.closes
        for hours in rules.hours
    )
