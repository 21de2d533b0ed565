"""From where one is logged in, and ending the others."""

from allauth.usersessions.models import UserSession
from django.test import Client

from tests.accounts.people import at_the_door
from tests.accounts.test_log_in import entries
from tests.tenants.cast import Cast, logged_in


def test_one_sees_ones_own_sessions_and_ends_the_others_at_once(cast: Cast) -> None:
    here = at_the_door("alice", client=Client(headers={"User-Agent": "Desk"}))
    elsewhere = at_the_door(
        "alice", client=Client(headers={"User-Agent": "Lost phone"}, REMOTE_ADDR="192.0.2.7")
    )
    bob = at_the_door("bob", client=Client(headers={"User-Agent": "Van"}))
    page = here.get("/account/sessions/").content
    assert b"Desk" in page
    assert b"Lost phone" in page
    assert b"192.0.2.7" in page
    assert b"Van" not in page
    assert elsewhere.get("/").status_code == 200
    here.post("/account/sessions/")
    assert elsewhere.get("/").status_code == 302
    assert here.get("/").status_code == 200
    assert bob.get("/").status_code == 200
    assert b"You are logged in nowhere else" in here.get("/account/sessions/").content
    assert entries("session") == [
        ("alice@example.com", "alice@example.com", "ended another session")
    ]


def test_an_operator_ends_a_session_in_the_console(cast: Cast) -> None:
    alice, olga = at_the_door("alice"), logged_in(cast.olga)
    row = UserSession.objects.get(user=cast.alice)
    olga.post(f"/admin/usersessions/usersession/{row.pk}/delete/", {"post": "yes"})
    assert alice.get("/").status_code == 302
    assert entries("session") == [
        ("olga@example.com", "alice@example.com", "an operator ended one")
    ]
