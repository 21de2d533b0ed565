"""Passkeys and authenticator apps as people set them up, in Chromium."""

from collections.abc import Iterator

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.accounts.people import code
from tests.tenants.cast import Cast

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("redis_url")]
PHONE, DESK = {"width": 380, "height": 800}, {"width": 1440, "height": 900}


@pytest.fixture(params=[PHONE, DESK], ids=["phone", "desk"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A window in which nothing may be complained of, and nothing may stick out."""
    page = browser.new_context(viewport=request.param).new_page()
    complaints: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("load", lambda page: complaints.extend(_sticking_out(page, request.param["width"])))
    yield page
    page.context.close()
    assert complaints == []


def _sticking_out(page: Page, width: int) -> list[str]:
    seen = page.evaluate("document.documentElement.scrollWidth")
    return [f"{page.url} is {seen} px wide"] if seen > width else []


@pytest.fixture
def address(live_server: LiveServer) -> str:
    """By name: browsers have no passkeys for bare addresses."""
    return live_server.url.replace("127.0.0.1", "localhost")


def give_passkeys(page: Page) -> None:
    """The window's device can make passkeys and knows its owner's fingerprint."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def log_in(page: Page, address: str, name: str = "alice") -> None:
    page.goto(f"{address}/login/")
    page.get_by_label("Email").fill(f"{name}@example.com")
    page.get_by_label("Password").fill("correct horse")
    page.get_by_role("button", name="Log in", exact=True).click()


def log_out(page: Page) -> None:
    page.get_by_role("button", name="Log out").click()
    page.get_by_role("heading", name="Log in to your calls").wait_for()


def test_a_passkey_is_added_and_logs_in_by_itself_and_as_second_factor(
    page: Page, address: str, committed_cast: Cast
) -> None:
    give_passkeys(page)
    log_in(page, address)
    page.get_by_role("link", name="Account").click()
    page.get_by_role("link", name="Add a passkey").click()
    expect(page.get_by_label("It logs me in by itself")).to_be_checked()
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()
    expect(page.locator("#recovery-codes li")).to_have_count(10)
    assert Authenticator.objects.get(type="webauthn").user == committed_cast.alice
    log_out(page)

    page.get_by_role("button", name="Log in with a passkey").click()
    page.get_by_role("link", name="Account").wait_for()
    log_out(page)

    log_in(page, address)
    page.get_by_role("heading", name="Your second factor").wait_for()
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("link", name="Account").wait_for()


def test_a_device_without_the_passkey_stays_out(
    page: Page, browser: Browser, address: str, committed_cast: Cast
) -> None:
    give_passkeys(page)
    page.goto(f"{address}/login/")
    page.get_by_role("button", name="Log in with a passkey").click()
    page.get_by_text("That did not work with a passkey").wait_for()
    expect(page.get_by_role("link", name="Account")).to_have_count(0)


def test_an_app_is_set_up_and_asked_for(page: Page, address: str, committed_cast: Cast) -> None:
    log_in(page, address)
    page.get_by_role("link", name="Account").click()
    page.get_by_role("link", name="Set up an app").click()
    assert page.locator("img[alt^='The key as a picture']").evaluate("e => e.naturalWidth") > 0
    secret = page.locator("#totp-secret").inner_text()
    page.get_by_label("Authenticator code").fill(code(secret))
    page.get_by_role("button", name="Turn on").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()
    log_out(page)
    log_in(page, address)
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Log in", exact=True).click()
    page.get_by_text("Incorrect code").wait_for()
    page.get_by_label("Code").fill(code(secret, steps=1))
    page.get_by_role("button", name="Log in", exact=True).click()
    page.get_by_role("link", name="Account").wait_for()
