"""Every route, tried by those it is not for; and that a broken view would be found."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from channels.consumer import AsyncConsumer
from channels.security.websocket import AllowedHostsOriginValidator, OriginValidator
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path
from django.utils import timezone

from buddyhelps.scrubbing import scrub
from calls.calendar_feed import feed_renew
from calls.models import AccessCode, Booking, Call, ConsentReceipt, Lead, Message, Turn
from calls.recordings import recording_store
from calls.routing import websocket_urlpatterns
from calls.services import call_start
from tenants.access import TenantRequest, tenant_required
from tenants.context import tenant_context, unscoped
from tenants.models import Role, Tenant
from tenants.team import invitation_create
from tests.tenants.cast import Cast, person
from tests.tenants.proof import Looking, World, changes_while_looking, leaks, routes
from voice.records import CallAudio

PUBLIC = {
    "admin/": "operators only; tried below",
    "login/": "for whoever is not logged in",
    "logout/": "ends one's own session",
    "impersonation/end/": "ends one's own look; tests/tenants/test_impersonation.py",
    "account/": "one's own account, whatever the team; tests/accounts/test_routes.py",
    "team/join/": "whoever holds the token; tests/tenants/test_team.py",
    "team/switch/": "between one's own teams; tests/tenants/test_access.py",
    "carriers/": "for carriers, who sign; tried below",
    "calendar/": "whoever holds the secret address; tests/calls/test_calendar_feed.py",
}
UNSIGNED = {"hold-audio": "music, the same for everybody"}
SOCKETS = {"media-twilio": "for carriers, who sign the upgrade and bring a one-time token"}
CANARY = "Kanarienvogel"


@pytest.fixture
def world(cast: Cast) -> World:
    call = call_start(
        tenant=cast.harbor,
        carrier="twilio",
        call_sid="CA1",
        from_number="+17735550121",
        to_number="+13125550100",
        now=datetime(2026, 3, 2, 15, 0, tzinfo=UTC),
    )
    recording_store(
        tenant_id=cast.harbor.pk, call_id=call.pk, audio=CallAudio(b"\xff" * 800, b"\xff" * 800)
    )
    with tenant_context(cast.harbor):
        Lead.objects.create(call=call, name=CANARY, summary=f"{CANARY} has a leak")
        Turn.objects.create(
            call=call, index=0, speaker="caller", text=CANARY, started_ms=0, ended_ms=900
        )
        booking = Booking.objects.create(
            call=call,
            reference="ACDEF",
            name=CANARY,
            starts_at=timezone.now() + timedelta(days=1),
            ends_at=timezone.now() + timedelta(days=1, hours=2),
        )
        question = Message.objects.create(
            call=call, kind="unanswered", text=f"Is {CANARY} there?", created_at=timezone.now()
        )
        AccessCode.objects.create(call=call, text=f"gate code {CANARY} 4519")
        ConsentReceipt.objects.create(call=call, recording=True, heard=CANARY)
    address = feed_renew(tenant=cast.harbor, now=timezone.now())
    invitation, _ = invitation_create(
        tenant=cast.harbor,
        email="eve@example.com",
        role=Role.MANAGER,
        invited_by=cast.alice,
        now=timezone.now(),
    )
    one_call = {"pk": call.pk}
    return World(
        owner=cast.alice,
        tenant=cast.harbor,
        outsiders={
            "anonymous": None,
            "Charlie": cast.charlie,
            "Dora, on no team": person("dora"),
            "Olga, who operates": cast.olga,
            "Olga, who looks at another's pages": Looking(cast.olga, cast.summit),
        },
        objects={
            "call-detail": one_call,
            "recording-audio": one_call,
            "access-codes": one_call,
            "broken": one_call,
            "booking-cancel": {"pk": booking.pk},
            "question-answer": {"pk": question.pk},
            "question-dismiss": {"pk": question.pk},
            "team-member": {"pk": cast.bobs_place.pk},
            "team-invitation": {"pk": invitation.pk},
        },
        canaries=(
            CANARY.encode(),
            address.encode(),
            b"+17735550121",
            b"(773) 555-0121",
            b"bob@example.com",
            b"eve@example.com",
        ),
        public=PUBLIC,
    )


def test_nobody_gets_at_anybodys_data_by_any_route(world: World) -> None:
    assert leaks(world) == []


def test_an_operator_who_looks_changes_nothing_by_any_route(world: World, cast: Cast) -> None:
    assert changes_while_looking(world, Looking(cast.olga, cast.harbor)) == []


def test_the_owner_does_see_what_the_others_must_not(world: World) -> None:
    client = Client()
    client.force_login(world.owner)
    call = f"/calls/{world.objects['call-detail']['pk']}/"
    for address in ["/", call, "/bookings/", "/questions/"]:
        assert CANARY.encode() in client.get(address).content


def test_every_console_page_is_shut_for_members_and_anonymous(cast: Cast) -> None:
    console = [route for route in routes() if route.address.startswith("admin/")]
    assert len(console) > 40
    for user in [None, cast.alice, cast.charlie]:
        client = Client()
        if user is not None:
            client.force_login(user)
        for route in console:
            if route.name in ("login", "logout", ""):
                continue
            values = dict.fromkeys(route.parameters, "1") | {"app_label": "tenants", "url": "x"}
            for method in ("GET", "POST"):
                answer = client.generic(method, route.filled(values))
                assert answer.status_code in (302, 403, 404, 405), route.address
                if answer.status_code == 302:
                    assert answer["Location"].startswith(("/admin/login/", "/account/"))


def test_every_carrier_route_refuses_who_does_not_sign(cast: Cast, client: Client) -> None:
    for route in routes():
        if route.address.startswith("carriers/") and route.name not in UNSIGNED:
            answers = {
                method: client.generic(method, f"/{route.address}").status_code
                for method in ("GET", "POST")
            }
            assert set(answers.values()) <= {403, 405}, route.address
            assert 403 in answers.values(), route.address


def unguarded_sockets(patterns: list[Any]) -> list[str]:
    """Sockets that are neither a carrier's nor refuse pages of other hosts."""
    return [
        pattern.name
        for pattern in patterns
        if pattern.name not in SOCKETS and not isinstance(pattern.callback, OriginValidator)
    ]


def test_every_websocket_is_a_carriers_or_checks_its_origin() -> None:
    assert {pattern.name for pattern in websocket_urlpatterns} >= set(SOCKETS)
    assert unguarded_sockets(websocket_urlpatterns) == []


def test_a_browsers_socket_without_an_origin_check_is_found() -> None:
    consumer = AsyncConsumer.as_asgi()
    guarded = path("ws/a", AllowedHostsOriginValidator(consumer), name="guarded")
    bare = path("ws/b", consumer, name="bare")
    assert unguarded_sockets([*websocket_urlpatterns, guarded, bare]) == ["bare"]


def test_no_log_line_tells_what_is_a_tenants(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    owner = Client()
    owner.force_login(world.owner)
    for address in ["/", f"/?q={CANARY}", "/team/", "/team/activity/", "/?q=%2B17735550121"]:
        assert owner.get(address).status_code == 200
    for name in ("call-detail", "access-codes"):
        pk = world.objects[name]["pk"]
        owner.generic("POST" if name == "access-codes" else "GET", f"/calls/{pk}/")
    owner.post(f"/calls/{world.objects['access-codes']['pk']}/access-codes/")
    lines = [
        scrub(str(line.msg)) for line in caplog.records if not line.name.startswith("django.db")
    ]
    assert len(lines) > 8
    for canary in world.canaries:
        assert not [line for line in lines if canary.decode() in line], canary


# --- the proof itself: views with holes are found -----------------------------------------------


def without_door(request: HttpRequest, pk: UUID) -> HttpResponse:
    with unscoped(reason="forgot the door"):
        return HttpResponse(Lead.objects.get(call_id=pk).name)


def _owner_of(pk: UUID) -> Tenant:
    with unscoped(reason="whoever it is"):
        return Call.objects.select_related("tenant").get(pk=pk).tenant


def other_door(request: HttpRequest, pk: UUID) -> HttpResponse:
    with tenant_context(_owner_of(pk)):
        return HttpResponse(Lead.objects.get(call_id=pk).name)


other_door.tenant_permission = "read_calls"  # type: ignore[attr-defined] # it pretends


def writing(request: HttpRequest, pk: UUID) -> HttpResponse:
    if request.method == "POST":
        with tenant_context(_owner_of(pk)):
            Lead.objects.update(name="overwritten")
    return HttpResponse(status=404)


writing.tenant_permission = "read_calls"  # type: ignore[attr-defined]

_remembered: list[str] = []


@tenant_required
def remembering(request: TenantRequest, pk: UUID) -> HttpResponse:
    _remembered.extend(Lead.objects.values_list("name", flat=True))
    return HttpResponse(" ".join(_remembered))


@tenant_required
def writing_when_read(request: TenantRequest, pk: UUID) -> HttpResponse:
    Lead.objects.update(problem="overwritten")
    return HttpResponse("done")


def test_postgres_itself_refuses_a_view_that_writes_while_an_operator_looks(
    world: World, cast: Cast, settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    pattern = path("broken/<uuid:pk>/", writing_when_read, name="broken")
    monkeypatch.setattr(f"{__name__}.urlpatterns", [*urlpatterns, pattern])
    settings.ROOT_URLCONF = __name__  # type: ignore[attr-defined]
    address = f"/broken/{world.objects['broken']['pk']}/"
    client = Client()
    client.force_login(cast.olga)
    client.post(f"/admin/tenants/tenant/{cast.harbor.pk}/look/", {"reason": "the proof"})
    answer = client.get(address)
    assert (answer.status_code, b"Nothing was changed" in answer.content) == (403, True)
    with tenant_context(cast.harbor):
        assert Lead.objects.get().problem == ""
        Lead.objects.update(problem="and may write again")
    client.force_login(world.owner)
    assert client.get(address).content == b"done"


BROKEN = {
    "without_door": (without_door, "is neither behind tenant_required nor known as public"),
    "other_door": (other_door, "shows Charlie what is Harbor Plumbing's"),
    "writing": (writing, "POST /broken/{pk}/ lets anonymous change what is Harbor Plumbing's"),
    "remembering": (remembering, "GET /broken/{pk}/ shows Charlie what is Harbor Plumbing's"),
}
urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("calls.urls")),
    path("", include("tenants.urls")),
]


@pytest.mark.parametrize("view", BROKEN)
def test_a_broken_view_is_found(
    world: World, view: str, settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, complaint = BROKEN[view]
    pattern = path("broken/<uuid:pk>/", broken, name="broken")
    monkeypatch.setattr(f"{__name__}.urlpatterns", [*urlpatterns, pattern])
    settings.ROOT_URLCONF = __name__  # type: ignore[attr-defined]
    found = leaks(world, __name__, below="broken/")
    pk = world.objects["broken"]["pk"]
    assert any(complaint.format(pk=pk) in leak for leak in found), found
