"""Every route of accounts: for nobody, or for whoever is logged in and about them alone."""

import pytest
from django.test import Client

from tests.accounts.people import at_the_door
from tests.tenants.cast import Cast
from tests.tenants.proof import routes

FOR_NOBODY = {
    "account_login": "the door",
    "account_logout": "ends one's own session, if there is one",
    "account_signup": "says that it is closed",
    "account_inactive": "says that an account is closed",
    "account_email_verification_sent": "takes the code of a log-in begun in this session",
    "account_reset_password": "asks for a link by mail",
    "account_reset_password_done": "says that mail was sent",
    "account_reset_password_from_key": "for whoever holds the link",
    "account_reset_password_from_key_done": "says that it is done",
    "mfa_authenticate": "takes the second factor of a log-in begun in this session",
    "mfa_login_webauthn": "takes a passkey",
}
"""Routes open to who is not logged in, and why. They show nothing of anybody."""


def test_every_other_route_sends_nobody_to_the_door(cast: Cast) -> None:
    shut = 0
    for route in routes():
        if not route.address.startswith("account/") or route.name in FOR_NOBODY:
            continue
        for method in ("GET", "POST"):
            answer = Client().generic(method, route.filled(dict.fromkeys(route.parameters, 1)))
            assert answer.status_code == 302, route.address
            assert answer["Location"].startswith("/login/"), route.address
        shut += 1
    assert shut == 18


@pytest.mark.parametrize("name", FOR_NOBODY)
def test_what_is_open_shows_nothing_of_anybody(cast: Cast, name: str) -> None:
    (route, *_) = [one for one in routes() if one.name == name]
    address = f"/{route.address}" if "(?P" not in route.address else "/account/reset/key/1-x/"
    answer = Client().get(address, follow=True)
    assert answer.status_code == 200
    assert b"@example.com" not in answer.content


def test_no_page_needs_what_the_policy_forbids(cast: Cast) -> None:
    alice = at_the_door("alice")
    for address in (
        "/account/security/",
        "/account/security/totp/activate/",
        "/account/security/webauthn/",
        "/account/security/webauthn/add/",
        "/account/email/",
        "/account/password/",
        "/account/sessions/",
    ):
        page = alice.get(address)
        assert page.status_code == 200, address
        html = page.content.decode()
        assert " style=" not in html, address
        assert " onclick=" not in html, address
        inline = html.count("<script") - html.count("<script src=")
        assert inline == html.count('type="application/json"'), address  # data, never run
        policy = page["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "script-src 'self'" in policy
