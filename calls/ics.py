"""Bookings as an iCalendar file (RFC 5545): what a calendar subscribes to. No queries here."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone

from calls.models import Booking, BookingStatus, Lead
from calls.presentation import lead_of, number_label, urgency_label
from voice.receptionist.understanding.numbers import runs
from voice.receptionist.understanding.text import read

PRODUCT = "-//BuddyHelps//Bookings//EN"
REFRESH = timedelta(minutes=15)
_NAMES = UUID("6f0a5a0e-8c3b-5d0f-9a55-9f4a6b0d7c21")
_LONGEST_PROBLEM = 300
_CODE_DIGITS = 3
"""A run of so many digits in a caller's words may open a gate."""


@dataclass(frozen=True, slots=True)
class FeedOf:
    """Whose calendar it is, and where the pages of calls are: `https://host/calls/{}/`."""

    tenant_id: int
    name: str
    timezone: str
    call_address: str


@dataclass(frozen=True, slots=True)
class Visit:
    """Everything an event is written from."""

    feed: FeedOf
    reference: str
    starts_at: datetime
    ends_at: datetime
    created_at: datetime
    changed_at: datetime
    sequence: int
    is_cancelled: bool
    name: str
    phone: str
    place: str
    job: str
    problem: str
    urgency: str
    call_id: UUID | None


def visit_of(feed: FeedOf, booking: Booking) -> Visit:
    """The booking with what its call's lead adds; both are read if they were fetched along."""
    lead = lead_of(booking.call) if booking.call else None
    return Visit(
        feed=feed,
        reference=booking.reference,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        created_at=booking.created_at,
        changed_at=booking.changed_at,
        sequence=booking.sequence,
        is_cancelled=booking.status == BookingStatus.CANCELLED,
        name=booking.name,
        phone=booking.phone,
        place=_place(booking, lead),
        job=lead.job_type.replace("_", " ") if lead else "",
        problem=lead.problem if lead else "",
        urgency=lead.urgency if lead else "",
        call_id=booking.call_id,
    )


def feed_file(feed: FeedOf, visits: Iterable[Visit]) -> bytes:
    """The calendar: the same visits give the same bytes."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("name", _plain(feed.name))
    calendar.add("x-wr-calname", _plain(feed.name))
    calendar.add("x-wr-timezone", feed.timezone)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT15M")
    calendar.add_component(_timezone(feed.timezone))
    head, end, tail = bytes(calendar.to_ical()).rpartition(b"END:VCALENDAR")
    return b"".join([head, *map(_event, visits), end, tail])


@lru_cache(maxsize=8192)
def _event(visit: Visit) -> bytes:
    """One window. Its UID stays the same for as long as the booking exists.

    Kept, since calendars ask every few minutes and writing one takes most of a millisecond.
    """
    zone = ZoneInfo(visit.feed.timezone)
    event = Event()
    event.add("uid", f"{uuid5(_NAMES, f'{visit.feed.tenant_id} {visit.reference}')}")
    event.add("dtstamp", visit.changed_at.astimezone(UTC))
    event.add("last-modified", visit.changed_at.astimezone(UTC))
    event.add("created", visit.created_at.astimezone(UTC))
    event.add("sequence", visit.sequence)
    event.add("dtstart", _local(visit.starts_at, zone))
    event.add("dtend", _local(visit.ends_at, zone))
    event.add("status", "CANCELLED" if visit.is_cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if visit.is_cancelled else "OPAQUE")
    event.add("class", "PRIVATE")
    event.add("summary", _plain(": ".join(p for p in (visit.name or "Booking", visit.job) if p)))
    if visit.place:
        event.add("location", _plain(visit.place))
    event.add("description", "\n".join(_lines(visit)))
    return bytes(event.to_ical())


def _local(at: datetime, zone: ZoneInfo) -> datetime:
    """On the tenant's clock, or in UTC in the hour that comes twice: there TZID means the first."""
    here = at.astimezone(zone)
    return at.astimezone(UTC) if here.fold else here


def _place(booking: Booking, lead: Lead | None) -> str:
    if lead is None or lead.street not in ("", booking.street):
        return booking.street
    unit = f"unit {lead.unit}" if lead.unit else ""
    town = " ".join(part for part in (lead.city, lead.zip) if part)
    return ", ".join(part for part in (booking.street, unit, town) if part)


def _lines(visit: Visit) -> Iterable[str]:
    if visit.name:
        yield f"Name: {_plain(visit.name)}"
    if visit.phone:
        yield f"Phone: {_plain(number_label(visit.phone))}"
    if visit.problem:
        yield f"Problem: {without_codes(_plain(visit.problem))[:_LONGEST_PROBLEM]}"
    if visit.urgency:
        yield f"Urgency: {urgency_label(visit.urgency)}"
    yield f"Booking: {visit.reference}"
    if visit.call_id is not None:
        yield f"Call: {visit.feed.call_address.format(visit.call_id)}"


def without_codes(text: str) -> str:
    """`text` with each run of three digits or more left out, written or spoken.

    A calendar is shared and shown on screens; "the gate code is four four one one" is not for it.
    """
    utterance = read(text)
    raw, end = utterance.raw, len(utterance.raw)
    for run in reversed(runs(utterance.words, dictated=True)):
        if max((len(reading) for reading in run.readings), default=0) >= _CODE_DIGITS:
            start, end = utterance.tokens[run.start].start, utterance.tokens[run.end - 1].end
            raw = f"{raw[:start]}[number]{raw[end:]}"
    return raw


def _plain(text: str) -> str:
    """One line of visible characters: whatever a caller said, it cannot start a new property."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


@lru_cache(maxsize=64)
def _timezone(name: str) -> Timezone:
    """The zone's rules, which take long to work out."""
    return Timezone.from_tzinfo(ZoneInfo(name), name)
