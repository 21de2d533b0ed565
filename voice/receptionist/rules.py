"""What one plumber allows the receptionist to say and do, frozen for the length of a call."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time


@dataclass(frozen=True, slots=True)
class ServiceRule:
    """One kind of job. `price_text` is said verbatim or not at all; None means not listed."""

    code: str
    name: str
    price_text: str | None = None
    bookable: bool = True
    human_only: bool = False


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """Open from `opens` to `closes`, tenant's local time, on `weekday` (Monday is 0)."""

    weekday: int
    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class ArrivalWindow:
    """An arrival window in the tenant's local hours, and how many jobs fit into it.

    It counts on every working day, or on `weekday` alone (Monday is 0), where it replaces the
    everyday one that starts at the same time. With a capacity of 0 it is not offered.
    """

    starts: time
    ends: time
    capacity: int = 1
    weekday: int | None = None


@dataclass(frozen=True, slots=True)
class BlackoutDays:
    """Days without bookings, the first and the last included; the business may still be open."""

    first_day: date
    last_day: date
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FaqEntry:
    """A question the plumber has answered once and for all."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class TenantRules:
    """Everything the receptionist may rely on. Nothing outside it may be stated as fact."""

    business_name: str
    timezone: str
    greeting: str = ""
    persona: str = ""
    voice: str = ""
    hours: tuple[OpeningHours, ...] = ()
    holidays: tuple[str, ...] = ()
    service_zips: frozenset[str] = frozenset()
    services: tuple[ServiceRule, ...] = ()
    not_offered: tuple[str, ...] = ()
    diagnostic_fee: str | None = None
    emergency_fee: str | None = None
    memberships: tuple[str, ...] = ()
    windows: tuple[ArrivalWindow, ...] = ()
    blackouts: tuple[BlackoutDays, ...] = ()
    on_call: tuple[str, ...] = ()
    faq: tuple[FaqEntry, ...] = ()
    languages: tuple[str, ...] = ("en",)
    recording: bool = True
    half_duplex: bool = False
    max_call_minutes: int = 20


def rules_from_fixture(fixture: Mapping[str, object]) -> TenantRules:
    """The rules a `tenant_fixture` object describes; raises ValueError naming the bad field."""
    from voice.receptionist.fixture import parse_fixture

    return parse_fixture(fixture)
