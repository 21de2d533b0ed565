"""Through the front door: by address and password, and not otherwise."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.mail import EmailMessage
from django.db import IntegrityError, connection
from django.test import Client

from tenants.context import unscoped
from tenants.models import AuditEntry
from tests.accounts.conftest import Committed
from tests.accounts.people import PASSWORD, at_the_door, code, is_in
from tests.tenants.cast import Cast, person


def entries(kind: str) -> list[tuple[str, str, str]]:
    with unscoped(reason="test"):
        found = AuditEntry.objects.filter(kind=kind).order_by("pk")
        return [(one.actor_name, one.subject, one.reason) for one in found]


@pytest.mark.parametrize("written", ["alice@example.com", " Alice@EXAMPLE.com "])
def test_in_by_address_in_whatever_case_and_out_by_post(cast: Cast, written: str) -> None:
    client = Client()
    answer = client.post("/login/", {"login": written, "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.get("/").status_code == 200
    assert b"Log out?" in client.get("/logout/").content
    assert is_in(client)
    client.post("/logout/")
    assert not is_in(client)


def test_a_user_name_is_no_way_in(cast: Cast) -> None:
    cast.alice.username = "alice"
    cast.alice.save()
    client = Client()
    answer = client.post("/login/", {"login": "alice", "password": PASSWORD})
    assert b"Enter a valid email address" in answer.content
    assert not is_in(client)
    assert is_in(at_the_door("alice"))


def test_a_stranger_reads_the_same_as_a_member_with_a_wrong_password(cast: Cast) -> None:
    pages = []
    for name in ("alice", "stranger"):
        form = {"login": f"{name}@example.com", "password": "guess"}
        page = Client().post("/login/", form).content.decode()
        assert "The email address and/or password you specified are not correct." in page
        pages.append([line for line in page.splitlines() if "csrf" not in line.lower()])
    known, unknown = pages
    assert known == [line.replace("stranger@", "alice@") for line in unknown]


def test_a_stranger_costs_as_much_hashing_as_a_member(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []
    encode = MD5PasswordHasher.encode

    def counting(self: MD5PasswordHasher, password: str, salt: str) -> str:
        hashed.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counting)
    at_the_door("alice", "guess")
    known = len(hashed)
    at_the_door("stranger", "guess")
    assert (known, len(hashed) - known) == (1, 1)


def test_each_log_in_is_noted_for_the_tenant(cast: Cast) -> None:
    at_the_door("alice")
    olga = at_the_door("olga")
    assert entries("log_in") == [("alice@example.com", "alice@example.com", "")]
    olga.post("/account/security/authenticate/", {"code": code()})
    assert entries("log_in")[1:] == [("olga@example.com", "olga@example.com", "")]


def test_who_guesses_passwords_is_locked_out_from_there_alone(cast: Cast, settings: Any) -> None:
    settings.AXES_ENABLED = True
    right = {"login": "alice@example.com", "password": PASSWORD}
    guesser = Client()
    answers = [
        guesser.post("/login/", {**right, "login": written, "password": "guess"}).status_code
        for written in ["alice@example.com", "Alice@example.com"] * 3
    ]
    assert answers == [200, 200, 200, 200, 429, 429]
    refused = guesser.post("/login/", right)
    assert refused.status_code == 429
    assert b"Too many wrong passwords" in refused.content
    assert not is_in(guesser)
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    assert elsewhere.post("/login/", right).status_code == 302
    assert entries("refused") == [
        ("system", "alice@example.com", "5 wrong passwords from 127.0.0.1")
    ]


def test_a_stranger_is_locked_out_just_the_same(cast: Cast, settings: Any) -> None:
    settings.AXES_ENABLED = True
    form = {"login": "stranger@example.com", "password": "guess"}
    answers = [Client().post("/login/", form).status_code for _ in range(5)]
    assert answers == [200, 200, 200, 200, 429]
    assert entries("refused") == []


def test_the_right_password_makes_wrong_ones_forgotten(cast: Cast, settings: Any) -> None:
    settings.AXES_ENABLED = True
    cast.alice.username = "alice"  # axes hears of the success by user name
    cast.alice.save()
    for _ in range(2):
        for _ in range(4):
            at_the_door("alice", "guess")
        assert is_in(at_the_door("alice"))


def test_tries_from_one_address_are_limited_across_processes(cast: Cast) -> None:
    answers = [
        Client().post("/login/", {"login": f"n{n}@example.com", "password": "x"}).status_code
        for n in range(31)
    ]
    assert answers == [200] * 30 + [429]
    assert Client().get("/login/").status_code == 200


def test_the_console_has_no_door_of_its_own(cast: Cast) -> None:
    client = Client()
    for method in (client.get, client.post):
        answer = method("/admin/login/", {"username": "olga@example.com", "password": PASSWORD})
        assert answer.status_code == 302
        assert answer["Location"].startswith("/login/?next=")
    assert not is_in(client)
    assert at_the_door("alice").get("/admin/login/").status_code == 403


def test_whoever_is_asked_for_comes_back_to_where_they_were_going(cast: Cast) -> None:
    form = {"login": "alice@example.com", "password": PASSWORD, "next": "/team/"}
    assert Client().post("/login/", form)["Location"] == "/team/"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        r"\\evil.example",
        "javascript:alert(1)",
        "http:///evil.example",
        "https://testserver@evil.example/",
    ],
)
def test_nobody_is_led_elsewhere(cast: Cast, target: str) -> None:
    form = {"login": "alice@example.com", "password": PASSWORD, "next": target}
    assert Client().post("/login/", form)["Location"] == "/"
    client = at_the_door("alice")
    assert client.post("/logout/", {"next": target})["Location"] == "/login/"


def test_forms_of_other_sites_are_refused(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    form = {"login": "alice@example.com", "password": PASSWORD}
    assert client.post("/login/", form).status_code == 403
    client.force_login(cast.alice)
    for address in ("/logout/", "/account/sessions/", "/account/password/", "/account/email/"):
        assert client.post(address, {}).status_code == 403
    assert is_in(client)


def test_a_session_known_beforehand_is_worth_nothing_afterwards(cast: Cast) -> None:
    victim, attacker = Client(), Client()
    victim.get("/login/")
    session = victim.session
    session["planted"] = "by the attacker"
    session.save()
    attacker.cookies["sessionid"] = victim.cookies["sessionid"] = str(session.session_key)
    at_the_door("alice", client=victim)
    assert is_in(victim)
    assert victim.cookies["sessionid"].value != session.session_key
    assert attacker.get("/").status_code == 302


@pytest.mark.django_db(transaction=True)
def test_two_log_ins_at_once_both_count(committed_cast: Cast) -> None:
    def log_in(_: int) -> bool:
        try:
            return is_in(at_the_door("alice"))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(log_in, range(4))) == [True] * 4
    assert len(entries("log_in")) == 4


def test_an_unconfirmed_address_is_confirmed_by_a_code_first(
    cast: Cast, committed: Committed, mailoutbox: list[EmailMessage]
) -> None:
    EmailAddress.objects.filter(user=cast.alice).delete()  # as operators make accounts
    with committed():
        client = at_the_door("alice")
    assert not is_in(client)
    (mail,) = mailoutbox
    assert (mail.to, mail.subject) == (["alice@example.com"], "Your code")
    sent = str(mail.body).splitlines()[2]
    assert b"Incorrect code" in client.post("/account/email/code/", {"code": "X"}).content
    assert not is_in(client)
    client.post("/account/email/code/", {"code": sent})
    assert is_in(client)
    assert EmailAddress.objects.get(user=cast.alice).verified is True


def test_a_closed_account_stays_out_and_is_told_so_only_with_the_password(cast: Cast) -> None:
    cast.alice.is_active = False
    cast.alice.save()
    client = Client()
    answer = client.post(
        "/login/", {"login": "alice@example.com", "password": PASSWORD}, follow=True
    )
    assert b"This account is closed" in answer.content
    assert not is_in(client)
    guess = client.post("/login/", {"login": "alice@example.com", "password": "guess"})
    assert b"closed" not in guess.content


def test_nobody_signs_up_by_themselves(cast: Cast) -> None:
    client = Client()
    form = {"email": "new@example.com", "password1": "battery staple 42"}
    for answer in (client.get("/account/signup/"), client.post("/account/signup/", form)):
        assert b"Accounts are by invitation" in answer.content
    assert not is_in(client)


def test_one_address_is_one_account_in_whatever_case(cast: Cast) -> None:
    with pytest.raises(IntegrityError, match="one_account_an_address"):
        person("ALICE")
