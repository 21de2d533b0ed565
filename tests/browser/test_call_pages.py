"""The pages as a plumber uses them, on a phone and on a desk."""

import uuid

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from calls.models import Call, Recording
from calls.recordings import recording_store
from calls.services import lead_enrich
from tenants.context import tenant_context
from tests.pages.made_up_calls import burst_pipe_call
from tests.tenants.cast import Cast
from voice.after_call.merging import Enrichment
from voice.audio import silence
from voice.records import CallAudio

pytestmark = pytest.mark.browser
PHONE, DESK = {"width": 380, "height": 800}, {"width": 1440, "height": 900}


def log_in(browser: Browser, server: LiveServer, size: dict[str, int]) -> tuple[Page, list[str]]:
    """Alice's page and what the browser complains of while it is used."""
    page = browser.new_context(viewport=size).new_page()  # type: ignore[arg-type]
    complaints: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{server.url}/login/")
    page.get_by_label("Email").fill("alice@example.com")
    page.get_by_label("Password").fill("correct horse")
    page.get_by_role("button", name="Log in", exact=True).click()
    return page, complaints


def call_with_recording(cast: Cast) -> Call:
    call = burst_pipe_call(cast.harbor, cast.harbor_profile)
    with tenant_context(cast.harbor):
        Recording.objects.filter(call=call).delete()
    both = CallAudio(silence(12_000), silence(12_000))
    assert recording_store(tenant_id=cast.harbor.pk, call_id=call.pk, audio=both)
    return call


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_from_log_in_to_a_turn_played_from_its_place(
    browser: Browser, live_server: LiveServer, committed_cast: Cast, size: dict[str, int]
) -> None:
    call_with_recording(committed_cast)
    page, complaints = log_in(browser, live_server, size)
    page.get_by_role("link", name="Dana Kowalczyk").click()
    page.get_by_role("heading", name="Dana Kowalczyk").wait_for()
    page.get_by_role("button", name="0:07").click()
    page.locator(".turn.is-playing").wait_for()
    assert page.evaluate("document.querySelector('audio').currentTime") >= 7.3
    assert "main shut-off valve" in page.locator(".turn.is-playing").inner_text()
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= size["width"]
    assert complaints == []


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_what_a_model_added_is_marked_and_fits_the_page(
    browser: Browser, live_server: LiveServer, committed_cast: Cast, size: dict[str, int]
) -> None:
    call = call_with_recording(committed_cast)
    found = Enrichment(
        agreed=("name", "phone"),
        notes={"access_notes": "the side door sticks, the dog is friendly and answers to Biscuit"},
        questions=('name: taken down as "Dana Kowalczyk"; "Peter Novak" was said too',),
        summary="Caller reports water through the kitchen ceiling.",
    )
    assert lead_enrich(tenant_id=committed_cast.harbor.pk, call_id=call.pk, found=found, model="m")
    page, complaints = log_in(browser, live_server, size)
    page.get_by_role("link", name="Dana Kowalczyk").click()
    expect(page.get_by_text("model", exact=True)).to_have_count(3)
    expect(page.get_by_text("read twice", exact=True)).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert complaints == []


def test_search_narrows_the_list_as_one_types(
    browser: Browser, live_server: LiveServer, committed_cast: Cast
) -> None:
    burst_pipe_call(committed_cast.harbor, committed_cast.harbor_profile)
    other = f"Marcus {uuid.uuid4().hex[:6]}"
    burst_pipe_call(committed_cast.harbor, committed_cast.harbor_profile, name=other)
    page, complaints = log_in(browser, live_server, DESK)
    expect(page.locator(".call-row")).to_have_count(2)
    page.get_by_label("Search calls").press_sequentially("kowal")
    expect(page.locator(".call-row")).to_have_count(1)
    assert "Dana Kowalczyk" in page.locator(".call-row").inner_text()
    assert page.url.endswith("?q=kowal")
    assert complaints == []
