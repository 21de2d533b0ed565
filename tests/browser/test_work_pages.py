"""Visits cancelled and questions answered with the mouse, on a phone and on a desk."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from calls.follow_ups import message_take
from calls.models import Booking, MessageKind
from tenants.context import tenant_context
from tests.browser.test_call_pages import DESK, PHONE, log_in
from tests.pages.made_up_calls import burst_pipe_call
from tests.tenants.cast import Cast

pytestmark = pytest.mark.browser


def store_visits(cast: Cast) -> None:
    """Two visits of the next days."""
    for day, name in enumerate(("Dana Kowalczyk", "Bartholomew Featherstonehaugh-Oyelaran"), 1):
        call = burst_pipe_call(cast.harbor, cast.harbor_profile, name=name)
        with tenant_context(cast.harbor):
            Booking.objects.create(
                call=call,
                reference=f"ACDE{day}",
                name=name,
                phone="+17735550121",
                street="1847 W Ainslie St",
                starts_at=timezone.now() + timedelta(days=day),
                ends_at=timezone.now() + timedelta(days=day, hours=2),
            )


def store_questions(cast: Cast) -> None:
    """One question in two wordings, and another."""
    call = burst_pipe_call(cast.harbor, cast.harbor_profile)
    for minute, text in enumerate(
        ("do you do water softeners?", "are you hiring", "can you guys install a softener")
    ):
        message_take(
            tenant_id=cast.harbor.pk,
            call_id=call.pk,
            kind=MessageKind.UNANSWERED,
            text=text,
            now=timezone.now() + timedelta(minutes=minute),
        )


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_a_visit_is_cancelled_after_a_second_thought(
    browser: Browser, live_server: LiveServer, committed_cast: Cast, size: dict[str, int]
) -> None:
    store_visits(committed_cast)
    page, complaints = log_in(browser, live_server, size)
    page.get_by_role("link", name="Bookings").click()
    expect(page.locator(".call-row")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    page.get_by_text("Cancel…").first.click()
    page.get_by_role("button", name="Yes, cancel booking ACDE1").click()
    expect(page.locator(".call-row")).to_have_count(1)
    expect(page.get_by_role("status")).to_contain_text("Call (773) 555-0121 to tell them")
    page.get_by_role("link", name="Show in my calendar").click()
    page.get_by_role("button", name="Make an address").click()
    shown = page.get_by_label("Your calendar's secret address").input_value()
    assert "/calendar/" in shown
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert complaints == []


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_a_question_is_answered_on_its_card(
    browser: Browser, live_server: LiveServer, committed_cast: Cast, size: dict[str, int]
) -> None:
    store_questions(committed_cast)
    page, complaints = log_in(browser, live_server, size)
    page.get_by_role("link", name="Questions").click()
    page.get_by_text("Answer…").first.click()
    page.get_by_label("What the receptionist says").first.fill("Yes, from $900.")
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    page.get_by_role("button", name="Save for every call").first.click()
    expect(page.get_by_role("status")).to_contain_text("version 2")
    expect(page.get_by_role("heading", name="are you hiring")).to_be_visible()
    expect(page.get_by_role("heading", name="softener")).to_have_count(0)
    assert complaints == []
