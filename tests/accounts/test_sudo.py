"""Dangerous actions ask again after five minutes."""

import time
from typing import Any

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.webauthn.internal.auth import WebAuthn
from django.test import Client
from django.urls import resolve

from tenants.context import tenant_context
from tenants.models import Invitation, Membership, Role
from tenants.services import member_add
from tests.accounts.people import NEW_PASSWORD, PASSWORD, at_the_door, code
from tests.tenants.cast import TOTP_SECRET, Cast, logged_in

CONFIRM = "/account/confirm/"
DANGEROUS = [
    "/team/",
    "/team/members/1/",
    "/team/invitations/1/",
    "/team/second-factor/",
    "/account/password/",
    "/account/password/set/",
    "/account/email/",
]
ALLAUTHS_OWN = [
    "/account/security/totp/activate/",
    "/account/security/totp/deactivate/",
    "/account/security/webauthn/add/",
    "/account/security/recovery-codes/",
    "/account/security/recovery-codes/download/",
    "/account/security/recovery-codes/generate/",
]
INVITE = {"email": "eve@example.com", "role": "technician"}


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`later(seconds)`: so much later, for whoever asks for the time."""
    now = time.time

    def moved(seconds: float) -> None:
        monkeypatch.setattr(time, "time", lambda: now() + seconds)

    return moved


def invited(cast: Cast) -> list[str]:
    with tenant_context(cast.harbor):
        return list(Invitation.objects.values_list("email", flat=True))


@pytest.mark.parametrize("address", DANGEROUS)
def test_each_dangerous_view_carries_the_mark(address: str) -> None:
    assert resolve(address).func.asks_again is True  # type: ignore[attr-defined]


@pytest.mark.parametrize("address", [*DANGEROUS, *ALLAUTHS_OWN])
def test_each_dangerous_view_asks(cast: Cast, address: str, later: Any) -> None:
    if "password/set" in address:
        cast.alice.set_unusable_password()
        cast.alice.save()
    if "deactivate" in address or "recovery-codes" in address:
        TOTP.activate(cast.alice, TOTP_SECRET)
        RecoveryCodes.activate(cast.alice)
    if "password/set" in address:
        WebAuthn.add(cast.alice, "key", {})
    alice = logged_in(cast.alice)
    later(301)
    only_looks = address.endswith(("recovery-codes/", "download/"))
    answer = alice.get(address) if only_looks else alice.post(address, INVITE)
    assert answer.status_code == 302
    assert "reauthenticate" in answer["Location"] or answer["Location"].startswith(CONFIRM)


def test_a_log_in_is_proof_for_five_minutes(cast: Cast, later: Any) -> None:
    alice = at_the_door("alice")
    later(295)
    assert alice.post("/team/", INVITE)["Location"] == "/team/"
    later(301)
    assert alice.post("/team/", INVITE)["Location"].startswith(CONFIRM)
    assert alice.get("/team/").status_code == 200  # looking is free


def test_what_was_asked_for_is_done_once_confirmed(cast: Cast, later: Any) -> None:
    alice = at_the_door("alice")
    later(301)
    question = alice.post("/team/", INVITE)["Location"]
    assert invited(cast) == []
    assert b"Incorrect password" in alice.post(question, {"password": "guess"}).content
    assert invited(cast) == []
    alice.post(question, {"password": PASSWORD})
    assert invited(cast) == ["eve@example.com"]


def test_what_waits_is_not_done_in_another_business(cast: Cast, later: Any) -> None:
    member_add(tenant=cast.summit, user=cast.alice, role=Role.OWNER)
    alice = at_the_door("alice")
    later(301)
    question = alice.post("/team/", INVITE)["Location"]
    alice.post("/team/switch/", {"tenant": cast.summit.pk})
    alice.post(question, {"password": PASSWORD})
    assert invited(cast) == []
    with tenant_context(cast.summit):
        assert Invitation.objects.count() == 0


def test_who_may_not_is_refused_and_not_asked(cast: Cast, later: Any) -> None:
    bob = at_the_door("bob")
    later(301)
    assert bob.post("/team/", INVITE).status_code == 403
    assert bob.post(f"/team/members/{cast.bobs_place.pk}/", {"role": "owner"}).status_code == 403


def test_a_partial_is_sent_to_the_question_and_back_to_its_page(cast: Cast, later: Any) -> None:
    alice = at_the_door("alice")
    later(301)
    answer = alice.post(
        "/team/",
        INVITE,
        headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/team/?page=2"},
    )
    assert answer["HX-Redirect"] == f"{CONFIRM}?next=%2Fteam%2F"
    assert invited(cast) == []


def test_a_password_never_waits_in_the_session(cast: Cast, later: Any) -> None:
    alice = at_the_door("alice")
    later(301)
    form = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    answer = alice.post("/account/password/", form)
    assert answer["Location"] == f"{CONFIRM}?next=%2Faccount%2Fpassword%2F"
    assert NEW_PASSWORD not in str(dict(alice.session))
    assert PASSWORD not in str(dict(alice.session))


def test_who_has_a_second_factor_confirms_by_it(cast: Cast, later: Any) -> None:
    olga = at_the_door("olga")
    olga.post("/account/security/authenticate/", {"code": code()})
    later(301)
    question = olga.get("/account/security/totp/deactivate/")["Location"]
    assert question.startswith("/account/security/reauthenticate/")
    assert olga.post(CONFIRM, {"password": PASSWORD})["Location"].startswith(
        "/account/security/reauthenticate/"
    )
    done = olga.post(question, {"code": code()})
    assert done["Location"] == "/account/security/totp/deactivate/"
    assert olga.get("/account/security/totp/deactivate/").status_code == 200


def test_removing_a_member_waits_for_the_answer(cast: Cast, later: Any) -> None:
    alice = at_the_door("alice")
    later(301)
    address = f"/team/members/{cast.bobs_place.pk}/"
    question = alice.post(address, {"remove": "1"})["Location"]
    with tenant_context(cast.harbor):
        assert Membership.objects.count() == 2
    alice.post(question, {"password": PASSWORD})
    with tenant_context(cast.harbor):
        assert Membership.objects.count() == 1


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/"])
def test_nobody_is_led_elsewhere_by_the_question(cast: Cast, target: str) -> None:
    answer = at_the_door("alice").post(CONFIRM, {"password": PASSWORD, "next": target})
    assert answer["Location"] == "/"


def test_wrong_answers_lock_out_as_at_the_door(cast: Cast, settings: Any) -> None:
    settings.AXES_ENABLED = True
    alice: Client = at_the_door("alice")
    answers = [alice.post(CONFIRM, {"password": "guess"}).status_code for _ in range(5)]
    assert answers == [200, 200, 200, 200, 429]
