"""Second factors: setting one up, being asked for it, and being forced to have one."""

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.test import Client

from tenants.accounts.second_factor import OPEN_VIEWS
from tenants.models import Role, Tenant
from tenants.services import member_add
from tenants.team import second_factor_require
from tests.accounts.conftest import Committed
from tests.accounts.people import at_the_door, code, is_in, set_up_app
from tests.accounts.test_log_in import entries
from tests.tenants.cast import Cast, logged_in, person
from tests.tenants.proof import routes

ASK = "/account/security/authenticate/"
SECURITY = "/account/security/"


def recovery_codes(user: User) -> list[str]:
    codes: list[str] = (
        Authenticator.objects.get(user=user, type="recovery_codes").wrap().get_unused_codes()
    )
    return codes


def answered(client: Client, given: str) -> bool:
    """Whether the second factor's page took it for right."""
    client.post(ASK, {"code": given})
    return is_in(client)


def test_an_app_is_set_up_with_recovery_codes_and_asked_for_from_then_on(
    cast: Cast, committed: Committed, mailoutbox: list[EmailMessage]
) -> None:
    alice = at_the_door("alice")
    with committed():
        secret = set_up_app(alice)
    codes = recovery_codes(cast.alice)
    page = alice.get("/account/security/recovery-codes/").content.decode()
    assert len(codes) == 10
    assert all(one in page for one in codes)
    assert [mail.subject for mail in mailoutbox] == ["Authenticator App Activated"]
    assert [reason for _, _, reason in entries("second_factor")] == [
        "added: authenticator app",
        "added: recovery codes",
    ]
    again = at_the_door("alice")
    assert not is_in(again)
    assert again.get("/").status_code == 302
    assert not answered(again, "000000")
    assert answered(again, code(secret, steps=1))


def test_getting_a_second_factor_ends_sessions_opened_without(
    cast: Cast, committed: Committed
) -> None:
    thief = at_the_door("alice")
    alice = at_the_door("alice")
    with committed():
        set_up_app(alice)
    assert alice.get("/").status_code == 200
    assert thief.get("/").status_code == 302


def test_a_code_opens_once_wherever_it_is_used_again(cast: Cast) -> None:
    used = code()
    assert answered(at_the_door("olga"), used)
    assert not answered(at_the_door("olga"), used)
    assert not answered(at_the_door("olga"), f"{used[:3]} {used[3:]}")
    assert answered(at_the_door("olga"), code(steps=1))


def test_the_code_that_set_the_app_up_opens_nothing(cast: Cast, committed: Committed) -> None:
    alice = at_the_door("alice")
    with committed():
        secret = set_up_app(alice)
    assert not answered(at_the_door("alice"), code(secret))


def test_a_recovery_code_opens_once(cast: Cast, committed: Committed) -> None:
    with committed():
        set_up_app(at_the_door("alice"))
    first, second = recovery_codes(cast.alice)[:2]
    assert answered(at_the_door("alice"), first)
    assert not answered(at_the_door("alice"), first)
    assert answered(at_the_door("alice"), second)
    assert len(recovery_codes(cast.alice)) == 8


def test_codes_cannot_be_guessed_and_each_guess_is_noted(cast: Cast) -> None:
    for number in range(5):
        browser = at_the_door("olga", client=Client(REMOTE_ADDR=f"192.0.2.{number}"))
        assert not answered(browser, f"00000{number}")
    browser = at_the_door("olga", client=Client(REMOTE_ADDR="192.0.2.9"))
    refused = browser.post(ASK, {"code": code()})
    assert b"Too many failed login attempts" in refused.content
    assert not is_in(browser)
    assert (
        entries("refused")
        == [("system", "olga@example.com", "a wrong code after the right password")] * 5
    )


def test_the_secret_lies_sealed_in_the_database(cast: Cast, committed: Committed) -> None:
    with committed():
        secret = set_up_app(at_the_door("alice"))
    stored = [str(row.data) for row in Authenticator.objects.filter(user=cast.alice)]
    assert len(stored) == 2
    assert all(secret not in row for row in stored)
    olga = Client()
    olga.force_login(cast.olga)
    for row in Authenticator.objects.all():
        page = olga.get(f"/admin/mfa/authenticator/{row.pk}/change/").content.decode()
        assert all(sealed not in page for sealed in row.data.values() if isinstance(sealed, str))


# --- forced -------------------------------------------------------------------------------------


def bare_operator() -> User:
    user = person("otto")
    user.is_staff = user.is_superuser = True
    user.save()
    return user


def test_an_operator_without_one_gets_only_the_pages_that_set_one_up(cast: Cast) -> None:
    otto = bare_operator()
    member_add(tenant=cast.harbor, user=otto, role=Role.OWNER)  # not even as a member
    tried = 0
    for route in routes():
        if route.name in OPEN_VIEWS:
            continue
        values = dict.fromkeys(route.parameters, "1") | {"app_label": "tenants", "url": "x"}
        for name in ("uuid", "pk"):
            values[name] = (
                "00000000-0000-0000-0000-000000000000" if "uuid" in route.address else "1"
            )
        address = route.filled(values).replace("^", "").replace("$", "")
        if "(?P" in address:
            continue
        for method in ("get", "post"):
            answer = getattr(logged_in(otto), method)(address)
            assert (answer.status_code, answer.headers.get("Location")) == (302, SECURITY), address
            tried += 1
    assert tried > 150


def test_an_operator_is_in_once_it_is_set_up(cast: Cast, committed: Committed) -> None:
    bare_operator()
    otto = at_the_door("otto")
    page = otto.get("/admin/", follow=True)
    assert b"Operators need a second factor" in page.content
    with committed():
        set_up_app(otto)
    assert otto.get("/admin/").status_code == 200


def test_a_partial_is_sent_there_whole(cast: Cast) -> None:
    otto = logged_in(bare_operator())
    for address in ("/", "/admin/"):
        answer = otto.get(address, headers={"HX-Request": "true"})
        assert (answer.status_code, answer["HX-Redirect"], answer.content) == (200, SECURITY, b"")


def both(cast: Cast) -> tuple[Tenant, Tenant]:
    """Bob is on two teams; Summit asks for a second factor."""
    member_add(tenant=cast.summit, user=cast.bob, role=Role.MANAGER)
    second_factor_require(tenant=cast.summit, required=True)
    return cast.harbor, cast.summit


def test_a_team_that_asks_for_one_is_shut_and_the_other_is_not(cast: Cast) -> None:
    harbor, summit = both(cast)
    bob = at_the_door("bob")
    assert bob.get("/").status_code == 200
    bob.post("/team/switch/", {"tenant": summit.pk})
    for address in ("/", "/team/", "/account/sessions/", "/?q=x"):
        assert bob.get(address)["Location"] == SECURITY
        assert bob.post(address)["Location"] == SECURITY
    page = bob.get(SECURITY).content.decode()
    assert "Summit Rooter asks its members for a second factor" in page
    assert "or switch to another business" in page
    bob.post("/team/switch/", {"tenant": harbor.pk})
    assert bob.get("/").status_code == 200


def test_having_been_let_into_one_team_opens_nothing_of_the_other(
    cast: Cast, committed: Committed
) -> None:
    _, summit = both(cast)
    bob = at_the_door("bob")
    session = bob.session
    session["tenant_id"] = summit.pk  # as if chosen before the rule
    session.save()
    assert bob.get("/")["Location"] == SECURITY
    with committed():
        set_up_app(bob)
    assert bob.get("/").status_code == 200


def test_the_owner_switches_it_on_and_it_is_noted(cast: Cast, committed: Committed) -> None:
    alice = at_the_door("alice")
    with committed():
        set_up_app(alice)
    bob = at_the_door("bob")
    assert (
        b"Every member needs"
        in alice.post("/team/second-factor/", {"required": "1"}, follow=True).content
    )
    assert bob.get("/")["Location"] == SECURITY
    assert entries("tenant")[-1] == ("alice@example.com", "harbor", "second factor required")
    alice.post("/team/second-factor/", {"required": "0"})
    assert bob.get("/").status_code == 200


@pytest.mark.parametrize("role", [Role.TECHNICIAN, Role.MANAGER])
def test_only_owners_switch_it(cast: Cast, role: Role) -> None:
    member_add(tenant=cast.harbor, user=cast.bob, role=role)
    assert at_the_door("bob").post("/team/second-factor/", {"required": "1"}).status_code == 403


def test_the_last_one_stays_where_a_rule_asks_for_it(cast: Cast, committed: Committed) -> None:
    alice = at_the_door("alice")
    with committed():
        set_up_app(alice)
    second_factor_require(tenant=cast.harbor, required=True)
    take_off = "/account/security/totp/deactivate/"
    assert b"You must have a second factor" in alice.post(take_off).content
    assert Authenticator.objects.filter(user=cast.alice, type="totp").exists()
    key = Authenticator.objects.create(user=cast.alice, type="webauthn", data={"name": "key"})
    with committed():
        alice.post(take_off)
    remove = f"/account/security/webauthn/keys/{key.pk}/remove/"
    refused = alice.post(remove, follow=True)
    assert b"You must have a second factor" in refused.content
    assert Authenticator.objects.filter(pk=key.pk).exists()
    second_factor_require(tenant=cast.harbor, required=False)
    with committed():
        alice.post(remove)
    assert not Authenticator.objects.filter(user=cast.alice).exists()


def test_nobody_removes_somebody_elses_passkey(cast: Cast) -> None:
    key = Authenticator.objects.create(user=cast.alice, type="webauthn", data={"name": "key"})
    remove = f"/account/security/webauthn/keys/{key.pk}/remove/"
    for method in ("get", "post"):
        assert getattr(at_the_door("bob"), method)(remove).status_code == 404
    assert Authenticator.objects.filter(pk=key.pk).exists()


def test_an_operator_takes_one_off_for_who_has_lost_it(cast: Cast, committed: Committed) -> None:
    with committed():
        set_up_app(at_the_door("alice"))
    olga = logged_in(cast.olga)
    row = Authenticator.objects.get(user=cast.alice, type="totp")
    olga.post(f"/admin/mfa/authenticator/{row.pk}/delete/", {"post": "yes"})
    assert entries("second_factor")[-1] == (
        "olga@example.com",
        "alice@example.com",
        "an operator removed: totp",
    )
    assert is_in(at_the_door("alice"))
