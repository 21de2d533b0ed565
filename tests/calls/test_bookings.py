"""Windows are promised once, and callers who come back are known."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, connections

from calls.bookings import booking_create, bookings_of_number, memory_of_number, open_windows
from calls.models import Booking
from calls.services import call_finish
from tenants.context import tenant_context, unscoped
from tests.calls.carrier import CALLER
from tests.calls.records import LEAD, NOW, record, ringing_call
from tests.tenants.cast import HARBOR_RULES, Cast
from voice.receptionist.calendar import upcoming_windows
from voice.receptionist.dialogue import CallerMemory, Window

WINDOW = Window(NOW + timedelta(days=1), NOW + timedelta(days=1, hours=2))


@pytest.mark.django_db(transaction=True)
def test_of_concurrent_callers_one_gets_the_window(committed_cast: Cast) -> None:
    calls = [ringing_call(committed_cast, f"CA{number}") for number in range(6)]
    together = Barrier(len(calls))

    def book(number: int) -> Booking | None:
        try:
            connection.ensure_connection()
            together.wait(timeout=30)
            call = calls[number]
            return booking_create(
                tenant_id=call.owner_id, call_id=call.pk, window=WINDOW, lead=None
            )
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as threads:
        booked = [one for one in threads.map(book, range(len(calls))) if one is not None]
    assert len(booked) == 1
    with unscoped(reason="test"):
        assert Booking.objects.count() == 1


@pytest.mark.django_db
class TestCalendar:
    def test_the_database_refuses_a_second_booking(self, cast: Cast) -> None:
        call = ringing_call(cast)
        booking_create(tenant_id=call.owner_id, call_id=call.pk, window=WINDOW, lead=None)
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

    def test_booked_windows_are_not_offered(self, cast: Cast) -> None:
        call = ringing_call(cast)
        first, second, *_ = upcoming_windows(HARBOR_RULES, NOW)
        booking_create(tenant_id=call.owner_id, call_id=call.pk, window=first, lead=None)
        offered = open_windows(tenant_id=call.owner_id, rules=HARBOR_RULES, now=NOW)
        assert offered[0] == second
        elsewhere = open_windows(tenant_id=cast.summit.pk, rules=HARBOR_RULES, now=NOW)
        assert elsewhere[0] == first

    def test_what_was_booked_before_the_name_was_known_gets_it_at_the_end(self, cast: Cast) -> None:
        call = ringing_call(cast)
        booking_create(tenant_id=call.owner_id, call_id=call.pk, window=WINDOW, lead=None)
        call_finish(tenant_id=call.owner_id, call_id=call.pk, record=record(), at=NOW)
        with tenant_context(call.owner_id):
            booking = Booking.objects.get()
        assert (booking.name, booking.phone) == ("Dana Kowalczyk", CALLER)


@pytest.mark.django_db
class TestReturningCallers:
    def test_what_the_number_has_booked_is_known(self, cast: Cast) -> None:
        call = ringing_call(cast)
        booking = booking_create(tenant_id=call.owner_id, call_id=call.pk, window=WINDOW, lead=LEAD)
        assert booking is not None
        (known,) = bookings_of_number(tenant_id=call.owner_id, number=CALLER, now=NOW)
        assert (known.reference, known.name) == (booking.reference, "Dana Kowalczyk")
        assert known.window == WINDOW
        assert bookings_of_number(tenant_id=cast.summit.pk, number=CALLER, now=NOW) == ()
        later = NOW + timedelta(days=3)
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
