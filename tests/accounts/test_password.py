"""Forgotten and changed passwords: who learns what, and what ends."""

import re

import pytest
from django.core.mail import EmailMessage
from django.test import Client

from tests.accounts.conftest import Committed
from tests.accounts.people import NEW_PASSWORD, at_the_door, is_in
from tests.accounts.test_log_in import entries
from tests.tenants.cast import Cast

NEW = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}


def reset_asked(email: str, client: Client | None = None) -> str:
    answer = (client or Client()).post("/account/reset/", {"email": email}, follow=True)
    assert answer.status_code == 200
    return re.sub('X-CSRFToken": "\\w+', "", answer.content.decode())


def link_in(mail: EmailMessage) -> str:
    found = re.search(r"http://127\.0\.0\.1:\d+(/account/reset/key/\S+)", str(mail.body))
    assert found is not None, mail.body
    return found.group(1)


def test_a_stranger_sees_the_same_page_and_both_get_a_mail(
    cast: Cast, committed: Committed, mailoutbox: list[EmailMessage]
) -> None:
    with committed():
        known, unknown = reset_asked("ALICE@example.com"), reset_asked("stranger@example.com")
    assert "A message is on its way" in known
    assert known == unknown
    assert [(mail.to, mail.subject) for mail in mailoutbox] == [
        (["alice@example.com"], "Choose a new password"),
        (["stranger@example.com"], "No account with this address"),
    ]
    assert "/account/reset/key/" not in str(mailoutbox[1].body)


def test_the_link_leads_to_us_whatever_host_was_asked(
    cast: Cast, committed: Committed, mailoutbox: list[EmailMessage]
) -> None:
    poisoned = Client(HTTP_HOST="localhost", HTTP_X_FORWARDED_HOST="evil.example")
    with committed():
        reset_asked("alice@example.com", poisoned)
    assert link_in(mailoutbox[0])
    assert "localhost" not in str(mailoutbox[0].body)
    assert "evil.example" not in str(mailoutbox[0].body)
    forged = Client(HTTP_HOST="evil.example").post(
        "/account/reset/", {"email": "alice@example.com"}
    )
    assert forged.status_code == 400


def test_a_link_changes_the_password_once_and_ends_every_session(
    cast: Cast, committed: Committed, mailoutbox: list[EmailMessage]
) -> None:
    elsewhere = at_the_door("alice")
    with committed():
        reset_asked("alice@example.com")
    link, alice = link_in(mailoutbox[0]), Client()
    form = alice.get(link, follow=True)
    address = form.redirect_chain[-1][0]
    assert address.endswith("-set-password/")
    assert b"too common" in alice.post(address, {**NEW, "password1": "password"}).content
    with committed():
        assert b"Your password is changed" in alice.post(address, NEW, follow=True).content
    assert not is_in(alice)
    assert elsewhere.get("/").status_code == 302
    assert b"used up" in Client().get(link, follow=True).content
    assert not is_in(at_the_door("alice"))
    assert is_in(at_the_door("alice", NEW_PASSWORD))
    assert entries("password") == [
        ("alice@example.com", "alice@example.com", "reset by e-mail, ended all sessions")
    ]
    assert mailoutbox[-1].subject == "Password Reset"


def test_a_reset_does_not_get_around_the_second_factor(
    cast: Cast, committed: Committed, mailoutbox: list[EmailMessage]
) -> None:
    with committed():
        reset_asked("olga@example.com")
    olga = Client()
    address = olga.get(link_in(mailoutbox[0]), follow=True).redirect_chain[-1][0]
    olga.post(address, NEW)
    assert not is_in(at_the_door("olga", NEW_PASSWORD, olga))


@pytest.mark.parametrize("key", ["1-bad", "zzzz-d3f4ul-0123456789abcdef0123456789abcdef", "1-"])
def test_a_made_up_link_opens_nothing(cast: Cast, key: str) -> None:
    answer = Client().get(f"/account/reset/key/{key}/", follow=True)
    assert answer.status_code in (200, 404)
    assert b"Choose a new password" not in answer.content


def test_resets_for_one_address_are_limited_and_say_so(cast: Cast) -> None:
    answers = [
        Client(REMOTE_ADDR=f"192.0.2.{n}")
        .post("/account/reset/", {"email": "alice@example.com"})
        .status_code
        for n in range(6)
    ]
    assert answers == [302] * 5 + [429]


def test_a_new_password_needs_the_old_one_and_ends_other_sessions(
    cast: Cast, committed: Committed, mailoutbox: list[EmailMessage]
) -> None:
    here, elsewhere = at_the_door("alice"), at_the_door("alice")
    wrong = here.post("/account/password/", {"oldpassword": "guess", **NEW})
    assert b"Please type your current password" in wrong.content
    with committed():
        right = here.post("/account/password/", {"oldpassword": "correct horse", **NEW})
    assert right["Location"] == "/account/security/"
    assert here.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 302
    assert entries("password") == [
        ("alice@example.com", "alice@example.com", "ended other sessions")
    ]
    assert [mail.subject for mail in mailoutbox] == ["Password Changed"]


def test_passwords_are_never_shown_again(cast: Cast) -> None:
    client = at_the_door("alice")
    form = {"oldpassword": "correct horse", "password1": NEW_PASSWORD, "password2": "another one 7"}
    page = client.post("/account/password/", form)
    assert b"You must type the same password each time" in page.content
    assert b"correct horse" not in page.content
    assert NEW_PASSWORD.encode() not in page.content
