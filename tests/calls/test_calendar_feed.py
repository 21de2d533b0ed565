"""The calendar feed: who may read it, and that every calendar understands it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test import Client
from icalendar import Calendar

from buddyhelps.scrubbing import scrub
from calls.bookings import booking_cancel, booking_create, booking_move
from calls.calendar_feed import feed_address, feed_close, feed_renew
from calls.ics import without_codes
from calls.models import Booking, CalendarFeed, Call
from calls.privacy import caller_erase
from calls.services import call_finish
from tenants.context import tenant_context
from tenants.models import AuditEntry, TenantStatus
from tenants.services import tenant_set_status
from tests.calls.records import LEAD, NOW, record, ringing_call
from tests.tenants.cast import HARBOR_RULES, Cast
from voice.receptionist.calendar import upcoming_windows
from voice.receptionist.dialogue import LeadRecord, SlotValue, Window

pytestmark = pytest.mark.django_db
FIRST, SECOND, *_ = upcoming_windows(HARBOR_RULES, NOW)


@pytest.fixture(autouse=True)
def frozen() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def store_visit(cast: Cast, sid: str = "CA1", window: Window = FIRST, **slots: str) -> Booking:
    """A visit whose call has ended, the caller having said `slots` beside LEAD's."""
    lead: LeadRecord = replace(
        LEAD, slots={**LEAD.slots, **{name: SlotValue(value) for name, value in slots.items()}}
    )
    call = ringing_call(cast, sid)
    booking = booking_create(
        tenant_id=call.owner_id, call_id=call.pk, window=window, lead=lead, now=NOW
    )
    assert booking is not None
    call_finish(tenant_id=call.owner_id, call_id=call.pk, record=record(lead=lead), at=NOW)
    return booking


def store_row(cast: Cast, starts_at: datetime, **fields: Any) -> Booking:
    """A visit at any time."""
    with tenant_context(cast.harbor):
        return Booking.objects.create(
            **{"reference": "ACDEF"} | fields,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=2),
        )


def path_of(token: str) -> str:
    return f"/calendar/{token}.ics"


def parsed(content: bytes) -> Any:
    """The calendar in it; a strict reading, by the parser of the package that wrote it."""
    return Calendar.from_ical(content)


def read(cast: Cast) -> tuple[Any, dict[str, Any]]:
    """The feed as a calendar reads it, its events by customer."""
    answer = Client().get(path_of(feed_renew(tenant=cast.harbor, now=NOW)))
    assert answer.status_code == 200
    calendar = parsed(answer.content)
    assert calendar.errors == []
    return calendar, {str(event["summary"]): event for event in calendar.events}


def only(cast: Cast) -> Any:
    _, events = read(cast)
    (event,) = events.values()
    return event


class TestWhatItSays:
    def test_an_event_has_the_window_the_place_and_the_job(self, cast: Cast) -> None:
        booking = store_visit(cast)
        event = only(cast)
        assert event["summary"] == "Dana Kowalczyk: leak repair"
        assert event["location"] == "1847 W Ainslie St, 60640"
        assert event.start == FIRST.starts_at
        assert event.end == FIRST.ends_at
        assert event["dtstart"].params["TZID"] == "America/Chicago"
        assert event["description"].split("\n") == [
            "Name: Dana Kowalczyk",
            "Phone: (773) 555-0121",
            "Problem: water through the kitchen ceiling",
            "Urgency: Active damage, now",
            f"Booking: {booking.reference}",
            f"Call: {settings.PUBLIC_URL}/calls/{booking.call_id}/",
        ]
        assert (event["status"], event["sequence"], event["transp"]) == ("CONFIRMED", 0, "OPAQUE")
        assert event["dtstamp"].dt == NOW

    def test_the_calendar_brings_its_zone_and_its_name(self, cast: Cast) -> None:
        store_visit(cast)
        calendar, _ = read(cast)
        assert calendar["x-wr-calname"] == "Harbor Plumbing: bookings"
        assert [zone["tzid"] for zone in calendar.timezones] == ["America/Chicago"]
        assert calendar["version"] == "2.0"

    def test_a_moved_visit_keeps_its_uid_and_counts_up(self, cast: Cast) -> None:
        booking = store_visit(cast)
        before = only(cast)
        later = NOW + timedelta(minutes=5)
        booking_move(
            tenant_id=cast.harbor.pk, reference=booking.reference, window=SECOND, now=later
        )
        after = only(cast)
        assert after["uid"] == before["uid"]
        assert (after.start, after["sequence"]) == (SECOND.starts_at, 1)
        assert after["dtstamp"].dt == later

    def test_a_cancelled_visit_is_said_to_be_for_thirty_days(self, cast: Cast) -> None:
        booking = store_visit(cast)
        booking_cancel(tenant_id=cast.harbor.pk, reference=booking.reference, now=NOW)
        event = only(cast)
        assert (event["status"], event["sequence"]) == ("CANCELLED", 1)
        assert event["transp"] == "TRANSPARENT"
        with time_machine.travel(NOW + timedelta(days=31), tick=False):
            assert read(cast)[1] == {}

    def test_a_visit_whose_caller_was_erased_is_gone(self, cast: Cast) -> None:
        store_visit(cast)
        caller_erase(tenant=cast.harbor, number="+17735550121", reason="asked")
        assert read(cast)[1] == {}

    def test_no_code_and_nothing_said_of_access_leaves_the_house(self, cast: Cast) -> None:
        store_visit(
            cast,
            access="gate code four four one one",
            problem="leak in unit 12, the gate code is 4 4 1 1 or double seven nine three",
        )
        event = only(cast)
        assert "4 1 1" not in event.to_ical().decode()
        assert "nine three" not in event.to_ical().decode()
        assert "four" not in event["description"]
        assert "water everywhere" not in event.to_ical().decode()  # the transcript
        assert "Problem: leak in unit 12, the gate code is [access code]" in event["description"]

    def test_without_a_single_booking_it_is_an_empty_calendar(self, cast: Cast) -> None:
        calendar, events = read(cast)
        assert events == {}
        assert calendar["prodid"] == "-//BuddyHelps//Bookings//EN"

    @pytest.mark.parametrize(
        "name",
        [
            "Smith; Sons, \\Inc",
            "Zoë Müller-Łukasz 水道 🔧",
            "Eve\r\nATTENDEE:mailto:eve@evil.example\r\nBEGIN:VALARM",
            "Eve\nEND:VEVENT\nEND:VCALENDAR",
            "Eve\x00\x0b\x1b[2J\u2028X-BAD:1",
            '"Quoted": name^n',
            "N" * 200,
        ],
    )
    def test_whatever_a_caller_is_called_is_one_line_of_text(self, cast: Cast, name: str) -> None:
        store_visit(cast, name=name, street=name, problem=name)
        answer = Client().get(path_of(feed_renew(tenant=cast.harbor, now=NOW)))
        lines = answer.content.split(b"\r\n")
        assert max(len(line) for line in lines) <= 75  # octets (RFC 5545, 3.1)
        assert b"\n" not in b"".join(lines)
        starts = [line.partition(b":")[0].partition(b";")[0] for line in lines]
        assert not {b"ATTENDEE", b"X-BAD"} & set(starts)
        calendar = parsed(answer.content)
        (event,) = calendar.events
        (component,) = [one for one in calendar.subcomponents if one.name == "VEVENT"]
        assert component.subcomponents == []
        shown = " ".join("".join(c if c.isprintable() else " " for c in name).split())
        assert event["summary"] == f"{shown}: leak repair"
        assert f"Name: {shown}" in event["description"].split("\n")


class TestClocks:
    @pytest.mark.parametrize(
        ("starts_at", "written"),
        [
            # put forward: 02:00 on 8 March does not exist in Chicago
            (datetime(2027, 3, 14, 8, tzinfo=UTC), "DTSTART;TZID=America/Chicago:20270314T030000"),
            # put back: 01:00 comes twice on 1 November, first in summer time
            (datetime(2027, 11, 7, 6, tzinfo=UTC), "DTSTART;TZID=America/Chicago:20271107T010000"),
            (datetime(2027, 11, 7, 7, tzinfo=UTC), "DTSTART:20271107T070000Z"),
            # half past midnight in Chicago is another day in UTC
            (datetime(2026, 12, 1, 5, 30, tzinfo=UTC), "DTSTART;TZID=America/Chicago:20261130T233"),
        ],
    )
    def test_a_window_is_written_so_that_its_moment_is_clear(
        self, cast: Cast, starts_at: datetime, written: str
    ) -> None:
        store_row(cast, starts_at)
        event = only(cast)
        assert written in event.to_ical().decode()
        assert event.start.astimezone(UTC) == starts_at
        assert event.end.astimezone(UTC) == starts_at + timedelta(hours=2)


class TestWhoMayRead:
    def test_it_needs_no_log_in_and_sets_no_cookie(self, cast: Cast) -> None:
        address = path_of(feed_renew(tenant=cast.harbor, now=NOW))
        client = Client()
        client.force_login(cast.charlie)
        for visitor in (Client(), client):
            answer = visitor.get(address)
            assert answer.status_code == 200
            assert "Set-Cookie" not in answer.headers
            assert not answer.cookies
            assert answer["Content-Type"] == "text/calendar; charset=utf-8"
            assert answer["Cache-Control"] == "private, max-age=300"

    @pytest.mark.parametrize(
        "token", ["x", "A" * 43, "%00", "..%2f..%2fetc", "a" * 5_000, "'--", "é", "{token}x"]
    )
    def test_every_other_token_is_the_same_404(self, cast: Cast, token: str) -> None:
        real = feed_renew(tenant=cast.harbor, now=NOW)
        answer = Client().get(path_of(token.format(token=real)))
        assert answer.status_code == 404
        assert b"Harbor" not in answer.content

    def test_the_hash_in_the_database_opens_nothing(self, cast: Cast) -> None:
        feed_renew(tenant=cast.harbor, now=NOW)
        with tenant_context(cast.harbor):
            stored = CalendarFeed.objects.get().token_hash
        assert Client().get(path_of(stored)).status_code == 404

    def test_the_token_is_noise_in_the_database(self, cast: Cast) -> None:
        token = feed_renew(tenant=cast.harbor, now=NOW)
        with tenant_context(cast.harbor), connection.cursor() as cursor:
            cursor.execute("SELECT f::text FROM calls_calendarfeed f")
            (row,) = cursor.fetchone()
        assert token not in row
        assert token.encode().hex() not in row
        assert feed_address(tenant=cast.harbor) == settings.PUBLIC_URL + path_of(token)

    def test_a_new_address_ends_the_old_one(self, cast: Cast) -> None:
        old = feed_renew(tenant=cast.harbor, now=NOW)
        new = feed_renew(tenant=cast.harbor, now=NOW)
        assert Client().get(path_of(old)).status_code == 404
        assert Client().get(path_of(new)).status_code == 200
        assert feed_close(tenant=cast.harbor)
        assert Client().get(path_of(new)).status_code == 404
        assert not feed_close(tenant=cast.harbor)
        with tenant_context(cast.harbor):
            told = AuditEntry.objects.filter(subject="calendar address").order_by("pk")
            assert [one.reason for one in told] == [
                "address made",
                "new address, the old one closed",
                "closed",
            ]

    def test_a_suspended_tenants_calendar_is_shut(self, cast: Cast) -> None:
        address = path_of(feed_renew(tenant=cast.harbor, now=NOW))
        tenant_set_status(tenant=cast.harbor, status=TenantStatus.SUSPENDED, reason="unpaid")
        answer = Client().get(address)
        assert (answer.status_code, answer.content) == (404, b"There is no calendar here.\n")

    def test_each_token_opens_its_own_tenants_bookings(self, cast: Cast) -> None:
        store_visit(cast, name="Canary Of Harbor")
        with tenant_context(cast.summit):
            Booking.objects.create(
                reference="ACDEF",
                starts_at=FIRST.starts_at,
                ends_at=FIRST.ends_at,
                name="Canary Of Summit",
            )
        harbor = Client().get(path_of(feed_renew(tenant=cast.harbor, now=NOW))).content
        summit = Client().get(path_of(feed_renew(tenant=cast.summit, now=NOW))).content
        assert (b"Canary Of Harbor" in harbor, b"Canary Of Summit" in harbor) == (True, False)
        assert (b"Canary Of Harbor" in summit, b"Canary Of Summit" in summit) == (False, True)
        uids = [parsed(one).events[0]["uid"] for one in (harbor, summit)]
        assert uids[0] != uids[1]

    def test_logs_do_not_keep_the_token(self) -> None:
        line = scrub("GET /calendar/" + "Ab-_" * 10 + "xyz.ics")
        assert line == "GET /calendar/[token].ics"

    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
    def test_it_is_to_be_read_only(self, cast: Cast, method: str) -> None:
        address = path_of(feed_renew(tenant=cast.harbor, now=NOW))
        assert Client(enforce_csrf_checks=True).generic(method, address).status_code in (403, 405)
        assert Client().generic(method, address).status_code == 405


class TestCost:
    def test_an_unchanged_calendar_is_not_sent_again(self, cast: Cast) -> None:
        booking = store_visit(cast)
        address = path_of(feed_renew(tenant=cast.harbor, now=NOW))
        first = Client().get(address)
        again = Client().get(address, headers={"If-None-Match": first["ETag"]})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
        booking_cancel(tenant_id=cast.harbor.pk, reference=booking.reference, now=NOW)
        changed = Client().get(address, headers={"If-None-Match": first["ETag"]})
        assert changed.status_code == 200
        assert changed["ETag"] != first["ETag"]

    def test_head_says_what_get_would(self, cast: Cast) -> None:
        address = path_of(feed_renew(tenant=cast.harbor, now=NOW))
        assert Client().head(address)["ETag"] == Client().get(address)["ETag"]

    def test_many_bookings_cost_the_queries_of_one(
        self, cast: Cast, django_assert_num_queries: Any
    ) -> None:
        token = feed_renew(tenant=cast.harbor, now=NOW)
        for number in range(3):
            store_row(cast, NOW + timedelta(days=number), place=number, reference=f"R{number}")
        # two scopes of two statements and two savepoints each, whose token, the bookings
        with django_assert_num_queries(10):
            Client().get(path_of(token))
        # one scope: nobody's token
        with django_assert_num_queries(5):
            Client().get(path_of("A" * 43))


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("the code is 4411", "the code is [number]"),
        ("gate is four four one one thanks", "gate is [number] thanks"),
        ("two toilets and 1 sink on floor 3", "two toilets and 1 sink on floor 3"),
        ("a 50 gallon tank", "a 50 gallon tank"),
    ],
)
def test_runs_of_three_digits_are_taken_for_codes(said: str, kept: str) -> None:
    assert without_codes(said) == kept


def test_a_call_is_not_needed(cast: Cast) -> None:
    store_visit(cast)
    with tenant_context(cast.harbor):
        Call.objects.all().delete()
        assert Booking.objects.get().call_id is None
    event = only(cast)
    assert "Call:" not in event["description"]
    assert event["summary"] == "Dana Kowalczyk"
