"""Windows are promised as often as they hold, and callers who come back are known."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from threading import Barrier
from typing import TypeVar

import pytest
from django.db import IntegrityError, connection, connections

from calls.bookings import (
    booking_cancel,
    booking_create,
    booking_move,
    bookings_of_number,
    memory_of_number,
    open_windows,
    open_windows_now,
)
from calls.models import Booking, Call
from calls.services import call_finish
from tenants.context import tenant_context, unscoped
from tenants.services import profile_save, tenant_create
from tests.calls.carrier import CALLER
from tests.calls.records import LEAD, NOW, record, ringing_call
from tests.tenants.cast import HARBOR_RULES, Cast
from voice.receptionist.calendar import upcoming_windows
from voice.receptionist.dialogue import CallerMemory, Window
from voice.receptionist.rules import ArrivalWindow, BlackoutDays, OpeningHours, TenantRules

WINDOW, NEXT, *_ = upcoming_windows(HARBOR_RULES, NOW)  # today at ten, then Saturday
R = TypeVar("R")


def holding(capacity: int) -> TenantRules:
    return replace(
        HARBOR_RULES,
        windows=tuple(replace(one, capacity=capacity) for one in HARBOR_RULES.windows),
    )


def book(call: Call, window: Window = WINDOW) -> Booking | None:
    return booking_create(
        tenant_id=call.owner_id, call_id=call.pk, window=window, lead=None, now=NOW
    )


def booked(call: Call, window: Window = WINDOW) -> Booking:
    booking = book(call, window)
    assert booking is not None
    return booking


def at_once(work: Callable[[int], R], threads: int) -> list[R]:
    """What `work` gives to so many threads that begin together, each on its own connection."""
    together = Barrier(threads)

    def one(number: int) -> R:
        try:
            connection.ensure_connection()
            together.wait(timeout=30)
            return work(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(one, range(threads)))


@pytest.mark.django_db(transaction=True)
class TestConcurrency:
    @pytest.mark.parametrize("capacity", [1, 3])
    def test_eight_callers_at_once_get_as_many_places_as_there_are(
        self, committed_cast: Cast, capacity: int
    ) -> None:
        profile_save(tenant=committed_cast.harbor, rules=holding(capacity))
        calls = [ringing_call(committed_cast, f"CA{number}") for number in range(8)]
        got = [one for one in at_once(lambda number: book(calls[number]), 8) if one is not None]
        assert sorted(one.place for one in got) == list(range(capacity))
        with unscoped(reason="test"):
            assert Booking.objects.count() == capacity

    def test_eight_callers_want_the_last_place_of_a_window_that_held_more(
        self, committed_cast: Cast
    ) -> None:
        profile_save(tenant=committed_cast.harbor, rules=holding(3))
        early = [booked(ringing_call(committed_cast, f"CB{number}")) for number in range(3)]
        booking_cancel(tenant_id=committed_cast.harbor.pk, reference=early[0].reference, now=NOW)
        booking_cancel(tenant_id=committed_cast.harbor.pk, reference=early[1].reference, now=NOW)
        profile_save(tenant=committed_cast.harbor, rules=holding(2))  # place 2 is still somebody's
        calls = [ringing_call(committed_cast, f"CA{number}") for number in range(8)]
        got = [one for one in at_once(lambda number: book(calls[number]), 8) if one is not None]
        assert [one.place for one in got] == [0]

    def test_movers_and_bookers_share_the_places(self, committed_cast: Cast) -> None:
        profile_save(tenant=committed_cast.harbor, rules=holding(4))
        calls = [ringing_call(committed_cast, f"CA{number}") for number in range(8)]
        movers = [booked(call, NEXT) for call in calls[:4]]
        profile_save(tenant=committed_cast.harbor, rules=holding(2))

        def take(number: int) -> Booking | None:
            if number >= 4:
                return book(calls[number])
            return booking_move(
                tenant_id=committed_cast.harbor.pk,
                reference=movers[number].reference,
                window=WINDOW,
                now=NOW,
            )

        got = [one for one in at_once(take, 8) if one is not None]
        assert sorted(one.place for one in got) == [0, 1]

    def test_one_call_that_asks_twice_at_once_has_one_booking(self, committed_cast: Cast) -> None:
        profile_save(tenant=committed_cast.harbor, rules=holding(8))
        call = ringing_call(committed_cast)
        got = at_once(lambda _: booked(call).pk, 8)
        assert len(set(got)) == 1


@pytest.mark.django_db
class TestCalendar:
    def test_the_database_refuses_a_second_booking(self, cast: Cast) -> None:
        call = ringing_call(cast)
        booked(call)
        with (
            pytest.raises(IntegrityError, match="calls_booking_no_double"),
            tenant_context(call.owner_id),
        ):
            Booking.objects.create(
                tenant_id=call.owner_id,
                reference="OTHER",
                starts_at=WINDOW.starts_at,
                ends_at=WINDOW.ends_at,
            )

    def test_a_full_window_is_not_offered(self, cast: Cast) -> None:
        profile_save(tenant=cast.harbor, rules=holding(2))

        def offered() -> Window:
            return open_windows(tenant_id=cast.harbor.pk, rules=holding(2), now=NOW)[0]

        booked(ringing_call(cast, "CA1"))
        assert offered() == WINDOW
        booked(ringing_call(cast, "CA2"))
        assert offered() == NEXT
        elsewhere = open_windows(tenant_id=cast.summit.pk, rules=holding(2), now=NOW)
        assert elsewhere[0] == WINDOW

    def test_every_window_of_two_weeks_is_known(self, cast: Cast) -> None:
        found = open_windows(tenant_id=cast.harbor.pk, rules=HARBOR_RULES, now=NOW)
        assert found == upcoming_windows(HARBOR_RULES, NOW)
        assert found[-1].starts_at - NOW > timedelta(days=11)

    def test_lowering_the_capacity_leaves_bookings_alone_and_takes_no_more(
        self, cast: Cast
    ) -> None:
        profile_save(tenant=cast.harbor, rules=holding(3))
        early = [booked(ringing_call(cast, f"CA{number}")) for number in range(3)]
        profile_save(tenant=cast.harbor, rules=holding(1))
        assert book(ringing_call(cast, "CA8")) is None
        booking_cancel(tenant_id=cast.harbor.pk, reference=early[0].reference, now=NOW)
        assert book(ringing_call(cast, "CA9")) is None  # place 0 is free, but two others are taken
        with tenant_context(cast.harbor):
            assert [one.place for one in Booking.objects.filter(status="booked")] == [1, 2]
        moved = booking_move(
            tenant_id=cast.harbor.pk, reference=early[2].reference, window=NEXT, now=NOW
        )
        assert moved is not None
        assert (moved.starts_at, moved.place, moved.sequence) == (NEXT.starts_at, 0, 1)

    def test_a_day_closed_between_the_offer_and_the_booking_is_not_booked(self, cast: Cast) -> None:
        call = ringing_call(cast)
        offered = open_windows_now(tenant_id=cast.harbor.pk, now=NOW)
        assert offered[0] == WINDOW
        day = WINDOW.starts_at.date()
        closed = replace(HARBOR_RULES, blackouts=(BlackoutDays(day, day, "Wedding"),))
        profile_save(tenant=cast.harbor, rules=closed)
        assert book(call) is None
        assert open_windows_now(tenant_id=cast.harbor.pk, now=NOW)[0].starts_at.date() != day

    def test_a_visit_on_a_day_closed_later_stays_and_can_be_moved_away(self, cast: Cast) -> None:
        booking = booked(ringing_call(cast))
        day = WINDOW.starts_at.date()
        closed = replace(HARBOR_RULES, blackouts=(BlackoutDays(day, day),))
        profile_save(tenant=cast.harbor, rules=closed)
        moved = booking_move(
            tenant_id=cast.harbor.pk, reference=booking.reference, window=NEXT, now=NOW
        )
        assert moved is not None
        back = booking_move(
            tenant_id=cast.harbor.pk, reference=booking.reference, window=WINDOW, now=NOW
        )
        assert back is None

    def test_moving_to_where_it_is_changes_nothing(self, cast: Cast) -> None:
        booking = booked(ringing_call(cast))
        moved = booking_move(
            tenant_id=cast.harbor.pk, reference=booking.reference, window=WINDOW, now=NOW
        )
        assert moved is not None
        assert (moved.starts_at, moved.sequence) == (WINDOW.starts_at, 0)

    def test_a_window_that_has_begun_or_that_nobody_has_is_refused(self, cast: Cast) -> None:
        call = ringing_call(cast)
        assert (
            booking_create(
                tenant_id=call.owner_id,
                call_id=call.pk,
                window=WINDOW,
                lead=None,
                now=WINDOW.starts_at.astimezone(UTC),
            )
            is None
        )
        exact = Window(WINDOW.starts_at + timedelta(minutes=7), WINDOW.ends_at)
        assert book(call, exact) is None

    def test_a_tenant_without_windows_or_receptionist_offers_and_books_nothing(
        self, cast: Cast
    ) -> None:
        bare = tenant_create(slug="bare", name="Bare", timezone="America/Chicago")
        assert open_windows_now(tenant_id=bare.pk, now=NOW) == ()
        assert open_windows_now(tenant_id=cast.summit.pk, now=NOW) == ()

    def test_another_tenants_call_books_nothing(self, cast: Cast) -> None:
        call = ringing_call(cast)
        with pytest.raises(Call.DoesNotExist):
            booking_create(
                tenant_id=cast.summit.pk, call_id=call.pk, window=WINDOW, lead=None, now=NOW
            )

    def test_the_hour_that_comes_twice_is_booked_once(self, cast: Cast) -> None:
        rules = TenantRules(
            "Harbor",
            "America/Chicago",
            hours=(OpeningHours(6, time(0), time(5)),),
            windows=(ArrivalWindow(time(1), time(3)),),
        )
        profile_save(tenant=cast.harbor, rules=rules)
        before = datetime(2026, 10, 31, 12, tzinfo=UTC)
        (offered, *_) = open_windows_now(tenant_id=cast.harbor.pk, now=before)
        assert offered.starts_at.date() == date(2026, 11, 1)
        call = ringing_call(cast)
        assert booking_create(
            tenant_id=call.owner_id, call_id=call.pk, window=offered, lead=None, now=before
        )
        assert offered not in open_windows_now(tenant_id=cast.harbor.pk, now=before)

    def test_what_was_booked_before_the_name_was_known_gets_it_at_the_end(self, cast: Cast) -> None:
        call = ringing_call(cast)
        booked(call)
        call_finish(tenant_id=call.owner_id, call_id=call.pk, record=record(), at=NOW)
        with tenant_context(call.owner_id):
            booking = Booking.objects.get()
        assert (booking.name, booking.phone) == ("Dana Kowalczyk", CALLER)


@pytest.mark.django_db
class TestReturningCallers:
    def test_what_the_number_has_booked_is_known(self, cast: Cast) -> None:
        call = ringing_call(cast)
        booking = booking_create(
            tenant_id=call.owner_id, call_id=call.pk, window=WINDOW, lead=LEAD, now=NOW
        )
        assert booking is not None
        (known,) = bookings_of_number(tenant_id=call.owner_id, number=CALLER, now=NOW)
        assert (known.reference, known.name) == (booking.reference, "Dana Kowalczyk")
        assert known.window == WINDOW
        assert bookings_of_number(tenant_id=cast.summit.pk, number=CALLER, now=NOW) == ()
        later = WINDOW.ends_at + timedelta(minutes=1)
        assert bookings_of_number(tenant_id=call.owner_id, number=CALLER, now=later) == ()

    def test_the_last_address_is_remembered_for_this_tenant_alone(self, cast: Cast) -> None:
        call = ringing_call(cast)
        call_finish(tenant_id=call.owner_id, call_id=call.pk, record=record(), at=NOW)
        assert memory_of_number(tenant_id=call.owner_id, number=CALLER) == CallerMemory(
            name="Dana Kowalczyk", street="1847 W Ainslie St", zip="60640"
        )
        assert memory_of_number(tenant_id=cast.summit.pk, number=CALLER) is None

    def test_a_withheld_number_is_nobody(self, cast: Cast) -> None:
        assert memory_of_number(tenant_id=cast.harbor.pk, number="") is None
        assert bookings_of_number(tenant_id=cast.harbor.pk, number="", now=NOW) == ()
