"""Rules out of a plain `tenant_fixture` object, as scenario files and the demo carry it."""

from collections.abc import Mapping, Sequence
from datetime import date, time
from difflib import get_close_matches
from typing import Final
from zoneinfo import ZoneInfo

from voice.receptionist.rules import (
    ArrivalWindow,
    BlackoutDays,
    FaqEntry,
    OpeningHours,
    ServiceRule,
    TenantRules,
)

KEYS: Final = frozenset(
    {"business", "tz", "greeting", "persona", "voice", "hours", "holidays", "service_zips"}
    | {"services", "not_offered", "diagnostic_fee", "emergency_fee", "memberships", "windows"}
    | {"blackouts", "on_call", "faq", "languages", "recording", "half_duplex"}
    | {"never_quote_unlisted"}  # nobody ever does
)
"""What a fixture may say."""

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

SERVICE_NAMES: Final[Mapping[str, str]] = {
    "drain_clear": "drain clearing",
    "water_heater_install": "water heater installation",
    "gas_line": "gas line work",
    "sewer_main": "main sewer line work",
}
"""How a service is named aloud where its code alone would sound odd."""


def parse_fixture(fixture: Mapping[str, object]) -> TenantRules:
    """The rules that `fixture` describes; raises ValueError naming the field that is wrong.

    Every field but `business` may be missing: such a receptionist takes messages.
    """
    if not isinstance(fixture, Mapping):
        raise ValueError(f"tenant_fixture must be an object, not {fixture!r}")
    return TenantRules(
        business_name=_text(fixture, "business") or "the plumber",
        timezone=_timezone(_text(fixture, "tz") or "America/Chicago"),
        greeting=_text(fixture, "greeting"),
        persona=_text(fixture, "persona"),
        voice=_text(fixture, "voice"),
        hours=_hours(fixture.get("hours")),
        holidays=_texts(fixture, "holidays"),
        service_zips=frozenset(_texts(fixture, "service_zips")),
        services=_services(fixture.get("services")),
        not_offered=_texts(fixture, "not_offered"),
        diagnostic_fee=_text(fixture, "diagnostic_fee") or None,
        emergency_fee=_text(fixture, "emergency_fee") or None,
        memberships=_texts(fixture, "memberships"),
        windows=_windows(fixture.get("windows")),
        blackouts=_blackouts(fixture.get("blackouts")),
        on_call=_texts(fixture, "on_call"),
        faq=_faq(fixture.get("faq")),
        languages=_texts(fixture, "languages") or ("en",),
        recording=_flag(fixture, "recording", usually=True),
        half_duplex=_flag(fixture, "half_duplex", usually=False),
    )


def unknown_keys(fixture: Mapping[str, object]) -> Sequence[str]:
    """A sentence for each key that no fixture has, with the one that may have been meant."""
    sentences = []
    for key in fixture:
        if key not in KEYS:
            meant = get_close_matches(str(key), KEYS, n=1)
            hint = f"; did you mean {meant[0]!r}?" if meant else ""
            sentences.append(f"tenant_fixture.{key} is unknown and ignored{hint}")
    return sentences


def _flag(
    options: Mapping[str, object], name: str, *, usually: bool, place: str = "tenant_fixture"
) -> bool:
    value = options.get(name)
    if value is None:
        return usually
    if not isinstance(value, bool):
        raise ValueError(f"{place}.{name} must be true or false, not {value!r}")
    return value


def _text(fixture: Mapping[str, object], name: str) -> str:
    value = fixture.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"tenant_fixture.{name} must be text, not {value!r}")
    return value.strip()


def _texts(fixture: Mapping[str, object], name: str) -> tuple[str, ...]:
    value = fixture.get(name)
    if value is None:
        return ()
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise ValueError(f"tenant_fixture.{name} must be a list of texts, not {value!r}")
    if not all(isinstance(item, str) for item in value):
        raise ValueError(f"tenant_fixture.{name} must hold texts only, not {value!r}")
    return tuple(str(item).strip() for item in value)


def _timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:
        raise ValueError(f"tenant_fixture.tz is no timezone: {name!r}") from error
    return name


def _clock(text: str, field: str) -> time:
    try:
        return time.fromisoformat(text if ":" in text else f"{int(text):02d}:00")
    except ValueError as error:
        raise ValueError(f"tenant_fixture.{field} has no time of day: {text!r}") from error


def _hours(value: object) -> tuple[OpeningHours, ...]:
    if value is None:
        return ()
    if not isinstance(value, Mapping):
        raise ValueError(f"tenant_fixture.hours must be an object, not {value!r}")
    found: list[OpeningHours] = []
    for days, span in value.items():
        for weekday in _weekdays(str(days)):
            if span is None:
                continue
            opens, dash, closes = str(span).partition("-")
            if not dash:
                raise ValueError(f"tenant_fixture.hours.{days} must be HH:MM-HH:MM, not {span!r}")
            found.append(
                OpeningHours(weekday, _clock(opens, f"hours.{days}"), _clock(closes, "hours"))
            )
    return tuple(sorted(found, key=lambda hours: (hours.weekday, hours.opens)))


def _weekdays(text: str) -> range:
    first, _, last = text.lower().partition("-")
    try:
        start = WEEKDAYS.index(first[:3])
        end = WEEKDAYS.index((last or first)[:3])
    except ValueError as error:
        raise ValueError(f"tenant_fixture.hours names no weekday: {text!r}") from error
    return range(start, end + 1)


def _services(value: object) -> tuple[ServiceRule, ...]:
    if value is None:
        return ()
    if not isinstance(value, Mapping):
        raise ValueError(f"tenant_fixture.services must be an object, not {value!r}")
    found: list[ServiceRule] = []
    for code, options in value.items():
        place = f"tenant_fixture.services.{code}"
        if not isinstance(options, Mapping):
            raise ValueError(f"{place} must be an object, not {options!r}")
        price = options.get("price")
        if price is not None and (isinstance(price, bool) or not isinstance(price, str | int)):
            raise ValueError(f"{place}.price must be text as it is said, not {price!r}")
        name = options.get("name") or SERVICE_NAMES.get(code, str(code).replace("_", " "))
        found.append(
            ServiceRule(
                code=str(code),
                name=str(name),
                price_text=str(price) if price is not None else None,
                bookable=_flag(options, "book", usually=True, place=place),
                human_only=_flag(options, "human", usually=False, place=place),
            )
        )
    return tuple(found)


def _windows(value: object) -> tuple[ArrivalWindow, ...]:
    """Windows in the order a stored profile has them: by start, a weekday's own ones first."""
    found = [_window(entry) for entry in _entries(value, "windows")]
    last = len(WEEKDAYS)
    return tuple(
        sorted(found, key=lambda one: (one.starts, last if one.weekday is None else one.weekday))
    )


def _window(entry: object) -> ArrivalWindow:
    """ "08-10", or {"hours": "08-10", "capacity": 2, "day": "sat"}."""
    options = entry if isinstance(entry, Mapping) else {"hours": entry}
    hours, capacity, day = options.get("hours"), options.get("capacity", 1), options.get("day")
    starts, dash, ends = str(hours).partition("-")
    if not isinstance(hours, str) or not dash:
        raise ValueError(f"tenant_fixture.windows must look like 08-10, not {entry!r}")
    if not isinstance(capacity, int) or isinstance(capacity, bool) or capacity < 0:
        raise ValueError(f"tenant_fixture.windows needs a capacity from 0 up, not {capacity!r}")
    if day is not None and day not in WEEKDAYS:
        raise ValueError(f"tenant_fixture.windows names no weekday: {day!r}")
    return ArrivalWindow(
        _clock(starts, "windows"),
        _clock(ends, "windows"),
        capacity,
        None if day is None else WEEKDAYS.index(day),
    )


def _blackouts(value: object) -> tuple[BlackoutDays, ...]:
    found = [_blackout(entry) for entry in _entries(value, "blackouts")]
    return tuple(sorted(found, key=lambda one: one.first_day))


def _blackout(entry: object) -> BlackoutDays:
    """ "2026-12-24", "2026-12-24/2026-12-26", or {"days": …, "reason": "Vacation"}."""
    options = entry if isinstance(entry, Mapping) else {"days": entry}
    first, _, last = str(options.get("days")).partition("/")
    try:
        days = BlackoutDays(
            date.fromisoformat(first),
            date.fromisoformat(last or first),
            str(options.get("reason") or ""),
        )
    except ValueError as error:
        raise ValueError(
            f"tenant_fixture.blackouts must look like 2026-12-24/2026-12-26, not {entry!r}"
        ) from error
    if days.last_day < days.first_day:
        raise ValueError(f"tenant_fixture.blackouts ends before it begins: {entry!r}")
    return days


def _entries(value: object, name: str) -> Sequence[object]:
    if value is None:
        return ()
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise ValueError(f"tenant_fixture.{name} must be a list, not {value!r}")
    return value


def _faq(value: object) -> tuple[FaqEntry, ...]:
    if value is None:
        return ()
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise ValueError(f"tenant_fixture.faq must be a list, not {value!r}")
    entries: list[FaqEntry] = []
    for entry in value:
        if not isinstance(entry, Mapping) or not entry.get("question") or not entry.get("answer"):
            raise ValueError(f"tenant_fixture.faq needs question and answer, not {entry!r}")
        entries.append(FaqEntry(str(entry["question"]), str(entry["answer"])))
    return tuple(entries)
