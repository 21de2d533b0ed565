"""What operators do to accounts: confirmed again, and told to the owners."""

import time

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.accounts.people import NEW_PASSWORD, at_the_door, is_in
from tests.accounts.test_log_in import entries
from tests.tenants.cast import Cast, logged_in

ADD = "/admin/auth/user/add/"
NEW = {
    "username": "eve",
    "usable_password": "true",
    "password1": NEW_PASSWORD,
    "password2": NEW_PASSWORD,
}


def test_a_person_added_by_hand_is_known_by_an_address_of_their_own(cast: Cast) -> None:
    olga = logged_in(cast.olga)
    assert b"This field is required" in olga.post(ADD, NEW).content
    taken = olga.post(ADD, {**NEW, "email": "Alice@example.com"})
    assert b"alice@example.com is the address of alice@example.com" in taken.content
    assert olga.post(ADD, {**NEW, "email": "Eve@example.com"}).status_code == 302
    assert User.objects.get(username="eve").email == "eve@example.com"
    assert not is_in(at_the_door("eve", NEW_PASSWORD))  # until the mailed code is typed


def test_a_password_set_by_an_operator_is_noted_and_ends_sessions(cast: Cast) -> None:
    alice, olga = at_the_door("alice"), logged_in(cast.olga)
    form = {key: value for key, value in NEW.items() if key != "username"}
    address = f"/admin/auth/user/{cast.alice.pk}/password/"
    assert olga.post(address, form).status_code == 302
    assert alice.get("/").status_code == 302
    assert is_in(at_the_door("alice", NEW_PASSWORD))
    assert entries("password") == [("olga@example.com", "alice@example.com", "an operator set it")]


@pytest.mark.parametrize(
    "address",
    [
        "/admin/auth/user/{}/password/",
        "/admin/mfa/authenticator/1/delete/",
        "/admin/mfa/authenticator/",
        "/admin/usersessions/usersession/1/delete/",
    ],
)
def test_what_touches_other_peoples_accounts_asks_again(
    cast: Cast, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    olga: Client = logged_in(cast.olga)
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + 301)
    answer = olga.post(address.format(cast.alice.pk), {"post": "yes"})
    assert answer.status_code == 302
    assert answer["Location"].startswith("/account/security/reauthenticate/")
