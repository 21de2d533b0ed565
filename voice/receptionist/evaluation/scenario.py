"""Scenario files: a tenant fixture and calls with what must come of them."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from voice.receptionist.calendar import upcoming_windows
from voice.receptionist.dialogue import KnownBooking, Scene, Window
from voice.receptionist.fixture import WEEKDAYS, parse_fixture
from voice.receptionist.rules import TenantRules

MONDAY: Final = datetime(2026, 11, 30)  # noqa: DTZ001 - the tenant's timezone is added per scenario


_CITY: Final = re.compile(r",\s*(?!apt|unit|suite|ste|floor|fl)[a-z].*$", re.I)
_UNIT: Final = re.compile(
    r"\s*,?\s*\b(?P<kind>apt|bldg|building|units?|suite|ste|store|shop|lot|space|room|fl|#)\.?\s*#?\s*"
    r"(?P<value>(?:\d+[a-z]?|[a-z]\d*)(?:,? (?:and )?\d+[a-z]?)*)\s*$",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Expected:
    """What a good call ends with; None and empty where the scenario does not say."""

    intent: str | None
    urgency: str | None
    job_type: str | None
    actions: tuple[str, ...]
    must: tuple[str, ...]
    must_not: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One call: who rings when, what they know, how they begin. `turns` are extra lines."""

    id: str
    title: str
    when: str
    opening: str
    facts: Mapping[str, object]
    expect: Expected
    inject: str = ""
    turns: tuple[str, ...] = ()
    openings: tuple[str, ...] = ()

    def fact(self, name: str) -> str:
        """A fact as text; "" when the caller does not have it."""
        value = self.facts.get(name)
        return "" if value is None or isinstance(value, bool) else str(value)

    @property
    def address(self) -> str:
        """House, street and unit, without the town."""
        return _CITY.sub("", self.fact("address"))

    @property
    def street(self) -> str:
        """House and street, without the unit."""
        return _UNIT.sub("", self.address)

    @property
    def unit(self) -> str:
        """The apartment, "2, 4, 6" where there are several, "2nd Floor"; "" without one."""
        found = _UNIT.search(self.address)
        if found is None:
            return ""
        value = found["value"].replace(" and ", ", ").replace(",,", ",").upper()
        return f"{value} floor" if found["kind"].lower() == "fl" else value

    @property
    def caller_id(self) -> str | None:
        """The number the call comes from; None when it is blocked."""
        if self.fact("caller_id") in ("anonymous", "blocked"):
            return None
        return self.fact("caller_id") or self.fact("callback") or None


def load(path: Path) -> tuple[TenantRules, tuple[Scenario, ...]]:
    """The rules and scenarios of a file. Raises ValueError naming what is wrong in it."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise ValueError(f"{path} cannot be read as a scenario file: {error}") from error
    if not isinstance(content, dict) or not isinstance(content.get("scenarios"), list):
        raise ValueError(f"{path} has no list of scenarios")
    rules = parse_fixture(content.get("tenant_fixture") or {})
    return rules, tuple(_scenario(entry, path) for entry in content["scenarios"])


def scene_for(scenario: Scenario, rules: TenantRules) -> Scene:
    """The scene at the moment the scenario's call comes in."""
    now = moment(scenario.when, rules)
    windows = upcoming_windows(rules, now)
    return Scene(
        now=now,
        caller_id=scenario.caller_id,
        open_windows=windows,
        bookings=_bookings(scenario, rules, now),
    )


def moment(when: str, rules: TenantRules) -> datetime:
    """ "Sun 02:10" in the tenant's timezone, in a week without holidays."""
    parts = when.lower().split()
    zone = ZoneInfo(rules.timezone)
    day = next((WEEKDAYS.index(p[:3]) for p in parts if p[:3] in WEEKDAYS), 0)
    clock = next((p for p in parts if ":" in p), "10:00")
    hours, _, minutes = clock.partition(":")
    at = MONDAY + timedelta(days=day, hours=int(hours), minutes=int(minutes[:2] or 0))
    return at.replace(tzinfo=zone)


_VISIT: Final = re.compile(
    rf"(?P<day>{'|'.join(WEEKDAYS)})\w* (?P<starts>\d{{1,2}})(:\d\d)?-(?P<ends>\d{{1,2}})"
)


def _bookings(scenario: Scenario, rules: TenantRules, now: datetime) -> tuple[KnownBooking, ...]:
    """The visit to come, where the facts name one ("Thu 14-16"), not "job done last month"."""
    visit = _VISIT.match(scenario.fact("existing_booking").lower())
    if visit is None:
        return ()
    ahead = (WEEKDAYS.index(visit["day"]) - now.weekday()) % 7
    midnight = now.replace(hour=0, minute=0) + timedelta(days=ahead)
    window = Window(
        midnight + timedelta(hours=int(visit["starts"])),
        midnight + timedelta(hours=int(visit["ends"])),
    )
    return (KnownBooking("EX0001", window, scenario.fact("name"), scenario.street),)


def _scenario(entry: Any, path: Path) -> Scenario:
    if not isinstance(entry, dict) or "opening" not in entry:
        raise ValueError(f"{path}: a scenario needs at least an opening: {entry!r}")
    expect = entry.get("expect") or {}
    return Scenario(
        id=str(entry.get("id", entry["opening"][:20])),
        title=str(entry.get("title", "")),
        when=str(entry.get("when", "Mon 10:00")),
        opening=str(entry["opening"]),
        facts=entry.get("facts") or {},
        expect=Expected(
            intent=expect.get("intent"),
            urgency=expect.get("urgency"),
            job_type=expect.get("job_type"),
            actions=_texts(expect.get("action")),
            must=_texts(expect.get("must")),
            must_not=_texts(expect.get("must_not")),
        ),
        inject=str(entry.get("inject") or ""),
        turns=_texts(entry.get("turns")),
        openings=_texts(entry.get("openings")),
    )


def _texts(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, str):
        return (value,)
    return tuple(str(item) for item in value) if isinstance(value, Sequence) else ()
