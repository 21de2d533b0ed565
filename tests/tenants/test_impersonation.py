"""Operators look at a tenant's pages: with a reason, for half an hour, reading only, in the log."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from calls.recordings import recording_store
from tenants import impersonation
from tenants.context import tenant_context, unscoped
from tenants.impersonation import LookRefused, look_begin, look_end, look_of, looks_expire
from tenants.models import AuditEntry, Impersonation, Tenant
from tenants.permissions import OPERATOR, OWNER, Permission
from tests.pages.made_up_calls import burst_pipe_call
from tests.tenants.cast import Cast, person
from voice.records import CallAudio

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
REASON = "ticket 214: the call list is empty"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """What the pages take for now; tests move it."""
    clock = SimpleNamespace(now=NOW)
    frozen = SimpleNamespace(now=lambda: clock.now)
    for module in ("middleware", "impersonation_views", "models.impersonation"):
        monkeypatch.setattr(f"tenants.{module}.timezone", frozen)
    return clock


@pytest.fixture
def olga(cast: Cast, clock: SimpleNamespace) -> Client:
    client = Client()
    client.force_login(cast.olga)
    return client


def begin(client: Client, tenant: Tenant, reason: str = REASON) -> Any:
    return client.post(f"/admin/tenants/tenant/{tenant.pk}/look/", {"reason": reason})


def log_of(tenant: Tenant) -> list[tuple[str, str, str]]:
    """Who, what, why; oldest first."""
    with tenant_context(tenant):
        entries = AuditEntry.objects.filter(kind="impersonation").order_by("pk")
        return list(entries.values_list("actor_name", "subject", "reason"))


def test_an_operator_sees_the_tenants_pages_under_a_banner(cast: Cast, olga: Client) -> None:
    burst_pipe_call(cast.harbor, cast.harbor_profile)
    assert begin(olga, cast.harbor)["Location"] == "/"
    for address in ["/", "/team/", "/team/activity/"]:
        page = olga.get(address).content.decode()
        assert "You see Harbor Plumbing as its owner does, to read only." in page
        assert f"Reason: {REASON}." in page
        assert "30 min left." in page
    assert "Dana Kowalczyk" in olga.get("/").content.decode()
    assert "Dana" not in olga.get("/?q=canary-of-charlie").content.decode()


def test_only_operators_may_begin_and_only_with_a_reason(cast: Cast, olga: Client) -> None:
    for reason in ["", "    ", "x"]:
        assert begin(olga, cast.harbor, reason).status_code == 200
    for user in (cast.alice, cast.charlie):
        client = Client()
        client.force_login(user)
        assert begin(client, cast.harbor)["Location"].startswith("/admin/login/")
        with pytest.raises(LookRefused, match="Only operators"):
            look_begin(operator=user, tenant=cast.harbor, reason=REASON, now=NOW)
    with unscoped(reason="test"):
        assert Impersonation.objects.count() == 0
    assert olga.get("/").status_code == 302


def test_after_half_an_hour_it_is_over_by_itself(
    cast: Cast, olga: Client, clock: SimpleNamespace
) -> None:
    begin(olga, cast.harbor)
    clock.now = NOW + timedelta(minutes=29, seconds=59)
    assert b"1 min left." in olga.get("/").content
    clock.now = NOW + timedelta(minutes=30)
    answer = olga.get("/")
    assert (answer.status_code, b"look at the tenant" in answer.content) == (403, True)
    assert b"banner" not in answer.content
    assert olga.get("/")["Location"] == "/admin/"
    assert log_of(cast.harbor)[-1] == (
        "olga@example.com",
        "ended: olga@example.com",
        "time was up",
    )


def test_what_nobody_came_back_to_is_ended_by_the_clock(cast: Cast) -> None:
    look_begin(operator=cast.olga, tenant=cast.harbor, reason=REASON, now=NOW)
    assert looks_expire(now=NOW + timedelta(minutes=29)) == 0
    assert looks_expire(now=NOW + timedelta(minutes=31)) == 1
    assert looks_expire(now=NOW + timedelta(minutes=31)) == 0
    assert log_of(cast.harbor)[-1] == ("system", "ended: olga@example.com", "time was up")


def test_who_is_no_operator_any_more_is_out_at_once(cast: Cast, olga: Client) -> None:
    begin(olga, cast.harbor)
    User.objects.filter(pk=cast.olga.pk).update(is_staff=False)
    assert olga.get("/").status_code == 403
    assert olga.get("/").status_code == 403  # on no team
    User.objects.filter(pk=cast.olga.pk).update(is_staff=True)
    assert olga.get("/")["Location"] == "/admin/"
    assert log_of(cast.harbor)[-1][2] == "the operator is one no more"


def test_nothing_but_reading_is_let_through(cast: Cast, olga: Client) -> None:
    begin(olga, cast.harbor)
    for method in ("POST", "PUT", "PATCH", "DELETE", "PROPFIND"):
        for address in ["/team/", f"/team/members/{cast.bobs_place.pk}/", "/password/", "/"]:
            answer = olga.generic(method, address)
            assert (answer.status_code, b"Nothing was changed" in answer.content) == (403, True)
    with tenant_context(cast.harbor):
        cast.bobs_place.refresh_from_db()
    assert cast.bobs_place.role == "technician"


def test_the_owner_reads_who_looked_at_what_and_why(cast: Cast, olga: Client) -> None:
    call = burst_pipe_call(cast.summit, cast.summit_profile)
    with tenant_context(cast.summit):
        call.recording.delete()
    recording_store(
        tenant_id=cast.summit.pk, call_id=call.pk, audio=CallAudio(b"\xff" * 800, b"\xff" * 800)
    )
    begin(olga, cast.summit)
    for _ in range(2):
        olga.get(f"/calls/{call.pk}/")
        assert olga.get(f"/calls/{call.pk}/recording.wav").status_code == 200
    answer = olga.post("/impersonation/end/", follow=True)
    assert b"You no longer see Summit Rooter&#x27;s pages." in answer.content
    who = "olga@example.com"
    assert log_of(cast.summit) == [
        (who, "began", REASON),
        (who, f"read /calls/{call.pk}/", REASON),
        (who, f"played /calls/{call.pk}/recording.wav", REASON),
        (who, f"ended: {who}", "ended by the operator"),
    ]
    assert log_of(cast.harbor) == []
    charlie = Client()
    charlie.force_login(cast.charlie)
    page = charlie.get("/team/activity/").content.decode()
    assert page.count("Operator&#x27;s look") == 4
    assert REASON in page
    assert "ticket 214" in olga.get("/admin/tenants/impersonation/").content.decode()
    assert "ticket 214" in olga.get("/admin/tenants/auditentry/").content.decode()


def test_ended_it_shows_nothing_more_even_with_the_old_session(cast: Cast, olga: Client) -> None:
    begin(olga, cast.harbor)
    old_session = olga.cookies["sessionid"].value
    with unscoped(reason="test"):
        look = Impersonation.objects.select_related("tenant").get()
    assert look_end(look=look, now=NOW) is True
    assert look_end(look=look, now=NOW) is False
    thief = Client()
    thief.cookies["sessionid"] = old_session
    assert b"Harbor" not in thief.get("/").content


def test_a_look_is_one_operators_own(cast: Cast, olga: Client, clock: SimpleNamespace) -> None:
    begin(olga, cast.harbor)
    oscar = person("oscar")
    oscar.is_staff = True
    oscar.save()
    client = Client()
    client.force_login(oscar)
    session = client.session
    with unscoped(reason="test"):
        session[impersonation.SESSION_KEY] = Impersonation.objects.get().pk
    session.save()
    assert client.get("/").status_code == 403
    assert olga.get("/").status_code == 200


@pytest.mark.parametrize("stored", [-1, None, 2**80])
def test_a_session_that_names_no_look_shows_nothing(cast: Cast, stored: object) -> None:
    session = {impersonation.SESSION_KEY: stored}
    assert look_of(user=cast.olga, session=session, now=NOW) is None


def test_the_next_look_ends_the_one_before(cast: Cast, olga: Client) -> None:
    begin(olga, cast.harbor)
    begin(olga, cast.summit)
    assert b"You see Summit Rooter" in olga.get("/").content
    assert [subject for _, subject, _ in log_of(cast.harbor)] == [
        "began",
        "ended: olga@example.com",
    ]


def test_a_partial_reloads_the_page_when_the_look_is_over(
    cast: Cast, olga: Client, clock: SimpleNamespace
) -> None:
    begin(olga, cast.harbor)
    clock.now = NOW + timedelta(hours=1)
    assert olga.get("/", headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    assert b"is over" in olga.get("/").content


def test_logging_out_is_let_through_and_takes_the_look_along(cast: Cast, olga: Client) -> None:
    begin(olga, cast.harbor)
    assert olga.post("/logout/").status_code == 302
    olga.force_login(cast.olga)
    assert olga.get("/")["Location"] == "/admin/"


def test_exports_erasures_and_access_codes_are_not_for_operators() -> None:
    kept = {Permission.EXPORT, Permission.ERASE, Permission.READ_ACCESS_CODES}
    assert kept == OWNER - OPERATOR


def test_an_erased_tenant_cannot_be_looked_at(cast: Cast) -> None:
    with tenant_context(cast.harbor):
        Tenant.objects.update(status="erased")
        cast.harbor.refresh_from_db()
    with pytest.raises(LookRefused, match="nothing left"):
        look_begin(operator=cast.olga, tenant=cast.harbor, reason=REASON, now=NOW)
