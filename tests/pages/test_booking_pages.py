"""The bookings page and the calendar's address, as the people of two businesses see them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from calls.bookings import booking_create
from calls.models import Booking
from tenants.context import tenant_context
from tenants.models import AuditEntry
from tenants.services import profile_save
from tests.calls.records import LEAD, NOW, ringing_call
from tests.pages.made_up_calls import burst_pipe_call
from tests.tenants.cast import HARBOR_RULES, Cast
from voice.receptionist.calendar import upcoming_windows

FIRST, SECOND, *_ = upcoming_windows(HARBOR_RULES, NOW)


@pytest.fixture(autouse=True)
def frozen() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def store_visit(cast: Cast, sid: str = "CA1") -> Booking:
    call = ringing_call(cast, sid)
    booking = booking_create(
        tenant_id=call.owner_id, call_id=call.pk, window=FIRST, lead=LEAD, now=NOW
    )
    assert booking is not None
    return booking


def page_of(user: User, address: str = "/bookings/") -> str:
    return logged_in(user).get(address).content.decode()


def status_of(cast: Cast, booking: Booking) -> str:
    with tenant_context(cast.harbor):
        return Booking.objects.get(pk=booking.pk).status


class TestTheList:
    def test_it_shows_when_who_and_where_on_the_tenants_clock(self, cast: Cast) -> None:
        booking = store_visit(cast)
        page = page_of(cast.bob)
        assert "Mon 23 Nov, 10:00&ndash;12:00" in page
        assert "Dana Kowalczyk" in page
        assert "(773) 555-0121" in page
        assert "1847 W Ainslie St" in page
        assert f"/calls/{booking.call_id}/" in page

    def test_what_is_over_cancelled_or_somebody_elses_is_not_in_it(self, cast: Cast) -> None:
        booking = store_visit(cast)
        assert "Kowalczyk" not in page_of(cast.charlie)
        with time_machine.travel(FIRST.ends_at + timedelta(minutes=1), tick=False):
            assert "Kowalczyk" not in page_of(cast.alice)
        logged_in(cast.alice).post(f"/bookings/{booking.pk}/cancel/")
        assert "10:00&ndash;12:00" not in page_of(cast.alice)

    def test_an_empty_list_says_what_to_do_next(self, cast: Cast) -> None:
        assert "(312) 555-0100" in page_of(cast.alice)
        assert "and ask for a visit" in page_of(cast.alice)

    def test_without_windows_it_says_why_nothing_is_booked(self, cast: Cast) -> None:
        assert "has no arrival windows to offer" in page_of(cast.charlie)
        profile_save(tenant=cast.harbor, rules=replace(HARBOR_RULES, windows=()))
        assert "has no arrival windows to offer" in page_of(cast.alice)

    def test_what_callers_say_is_text_never_markup(self, cast: Cast) -> None:
        with tenant_context(cast.harbor):
            Booking.objects.create(
                reference="ACDEF",
                name="<script>alert(1)</script>",
                starts_at=NOW + timedelta(days=1),
                ends_at=NOW + timedelta(days=1, hours=2),
            )
        assert "<script>alert(1)" not in page_of(cast.alice)

    def test_its_queries_are_the_same_for_one_visit_and_for_thirty(
        self, cast: Cast, django_assert_num_queries: Any
    ) -> None:
        client = logged_in(cast.alice)
        for made in range(30):
            call = burst_pipe_call(cast.harbor, cast.harbor_profile)
            with tenant_context(cast.harbor):
                Booking.objects.create(
                    reference=f"R{made}",
                    call=call,
                    starts_at=NOW + timedelta(days=1 + made),
                    ends_at=NOW + timedelta(days=1 + made, hours=2),
                )
            if made in (0, 29):
                # session, user; the teams (savepoint, scope, rows, scope back, release); the
                # tenant's own (savepoint, scope, count, page, scope back, release)
                with django_assert_num_queries(13):
                    client.get("/bookings/")


class TestCancelling:
    def test_a_manager_cancels_and_is_told_whom_to_call(self, cast: Cast) -> None:
        booking = store_visit(cast)
        alice = logged_in(cast.alice)
        assert f"Yes, cancel booking {booking.reference}" in page_of(cast.alice)
        answer = alice.post(f"/bookings/{booking.pk}/cancel/", follow=True)
        assert "Call (773) 555-0121 to tell them" in answer.content.decode()
        assert status_of(cast, booking) == "cancelled"
        with tenant_context(cast.harbor):
            entry = AuditEntry.objects.get(subject=f"booking {booking.reference}")
        assert (entry.actor_name, entry.reason) == ("alice@example.com", "cancelled by hand")

    def test_the_second_to_cancel_is_told_so(self, cast: Cast) -> None:
        booking = store_visit(cast)
        alice = logged_in(cast.alice)
        alice.post(f"/bookings/{booking.pk}/cancel/")
        again = alice.post(f"/bookings/{booking.pk}/cancel/", follow=True)
        assert "was cancelled already" in again.content.decode()

    def test_a_technician_sees_no_button_and_may_not(self, cast: Cast) -> None:
        booking = store_visit(cast)
        assert "Cancel" not in page_of(cast.bob)
        assert logged_in(cast.bob).post(f"/bookings/{booking.pk}/cancel/").status_code == 403
        assert status_of(cast, booking) == "booked"

    def test_another_business_finds_nothing_to_cancel(self, cast: Cast) -> None:
        booking = store_visit(cast)
        assert logged_in(cast.charlie).post(f"/bookings/{booking.pk}/cancel/").status_code == 404
        assert status_of(cast, booking) == "booked"


class TestTheCalendarsAddress:
    ADDRESS = "/bookings/calendar/"

    def test_it_is_made_shown_again_replaced_and_closed(self, cast: Cast) -> None:
        alice = logged_in(cast.alice)
        assert "There is no address yet" in page_of(cast.alice, self.ADDRESS)
        alice.post(self.ADDRESS)
        first = self.shown(cast)
        assert first == self.shown(cast)
        assert Client().get(first).status_code == 200
        alice.post(self.ADDRESS)
        second = self.shown(cast)
        assert second != first
        assert Client().get(first).status_code == 404
        alice.post(self.ADDRESS, {"close": "1"})
        assert "There is no address yet" in page_of(cast.alice, self.ADDRESS)
        assert Client().get(second).status_code == 404

    def test_the_page_is_kept_by_no_cache(self, cast: Cast) -> None:
        answer = logged_in(cast.alice).get(self.ADDRESS)
        assert answer["Cache-Control"] == "private, no-store"

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_a_technician_does_not_get_it(self, cast: Cast, method: str) -> None:
        assert getattr(logged_in(cast.bob), method)(self.ADDRESS).status_code == 403
        assert "Show in my calendar" not in page_of(cast.bob)

    def shown(self, cast: Cast) -> str:
        """The path of the address the page shows."""
        page = page_of(cast.alice, self.ADDRESS)
        address = page.partition('readonly value="')[2].partition('"')[0]
        assert address.startswith(f"{settings.PUBLIC_URL}/calendar/")
        return address.removeprefix(settings.PUBLIC_URL)


def test_nobody_else_is_let_in(cast: Cast) -> None:
    for address in ("/bookings/", "/bookings/calendar/"):
        answer = Client().get(address)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/login/")
