"""The door of a tenant's pages: who gets in, and what exists behind it."""

import pytest
from django.contrib import admin
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template import engines
from django.template.response import TemplateResponse
from django.test import Client
from django.urls import include, path

from tenants.access import TenantRequest, tenant_required
from tenants.context import TenantNotActive, unscoped
from tenants.models import AuditEntry, Membership, PhoneNumber, Role, Tenant
from tenants.permissions import PERMISSIONS, Permission
from tenants.services import member_add
from tests.tenants.cast import Cast, person


@tenant_required
def show_number(request: TenantRequest, pk: int) -> HttpResponseBase:
    return HttpResponse(get_object_or_404(PhoneNumber, pk=pk).number)


@tenant_required(permission=Permission.MANAGE_TEAM)
def rename(request: TenantRequest) -> HttpResponseBase:
    Tenant.objects.update(name="renamed")
    if request.POST.get("fail"):
        raise Http404
    return HttpResponse("done")


@tenant_required
def numbers_rendered_late(request: TenantRequest) -> HttpResponseBase:
    template = engines["django"].from_string("{% for one in numbers %}{{ one }}{% endfor %}")
    return TemplateResponse(
        request,
        template,
        {"numbers": PhoneNumber.objects.all()},
    )


def no_door(request: TenantRequest) -> HttpResponseBase:
    return HttpResponse(str(PhoneNumber.objects.count()))


urlpatterns = [
    path("", include("tenants.urls")),
    path("admin/", admin.site.urls),
    path("number/<int:pk>", show_number),
    path("rename", rename),
    path("late", numbers_rendered_late),
    path("no-door", no_door),
    path("", include("calls.urls")),  # what base.html links to
]
pytestmark = pytest.mark.urls(__name__)


def as_(user: object) -> Client:
    client = Client()
    client.force_login(user)  # type: ignore[arg-type]
    return client


def test_anonymous_is_sent_to_log_in_and_back(client: Client, cast: Cast) -> None:
    response = client.get(f"/number/{cast.harbor_number.pk}")
    assert response.status_code == 302
    assert response["Location"] == f"/login/?next=/number/{cast.harbor_number.pk}"


def test_anonymous_partial_reloads_the_page(client: Client, cast: Cast) -> None:
    response = client.get(f"/number/{cast.harbor_number.pk}", headers={"HX-Request": "true"})
    assert response["HX-Refresh"] == "true"
    assert response.content == b""


def test_members_see_their_number_and_a_foreign_one_is_not_there(cast: Cast) -> None:
    for user, own, foreign in [
        (cast.alice, cast.harbor_number, cast.summit_number),
        (cast.bob, cast.harbor_number, cast.summit_number),
        (cast.charlie, cast.summit_number, cast.harbor_number),
    ]:
        assert as_(user).get(f"/number/{own.pk}").content.decode() == own.number
        assert as_(user).get(f"/number/{foreign.pk}").status_code == 404


def test_a_template_rendered_after_the_view_still_belongs_to_the_tenant(cast: Cast) -> None:
    assert as_(cast.alice).get("/late").content == b"+13125550100"


def test_a_view_without_the_door_shows_nothing(cast: Cast) -> None:
    with pytest.raises(TenantNotActive, match=r"tenants\.PhoneNumber needs a tenant"):
        as_(cast.alice).get("/no-door")


def test_a_technician_may_not_do_what_an_owner_may(cast: Cast) -> None:
    assert as_(cast.bob).post("/rename").status_code == 403
    with unscoped(reason="test"):
        assert Tenant.objects.filter(name="renamed").count() == 0
    assert as_(cast.alice).post("/rename").status_code == 200
    with unscoped(reason="test"):
        assert list(Tenant.objects.filter(name="renamed")) == [cast.harbor]


def test_a_view_that_fails_leaves_nothing_behind(cast: Cast) -> None:
    assert as_(cast.alice).post("/rename", {"fail": "1"}).status_code == 404
    with unscoped(reason="test"):
        assert Tenant.objects.filter(name="renamed").count() == 0


def test_who_leaves_the_team_is_out_with_the_next_click(cast: Cast) -> None:
    client = as_(cast.bob)
    assert client.get(f"/number/{cast.harbor_number.pk}").status_code == 200
    with unscoped(reason="test"):
        Membership.objects.filter(user=cast.bob).delete()
    response = client.get(f"/number/{cast.harbor_number.pk}")
    assert response.status_code == 403
    assert b"You are on no team yet" in response.content


def test_a_member_of_two_teams_switches_between_them(cast: Cast) -> None:
    member_add(tenant=cast.summit, user=cast.alice, role=Role.MANAGER)
    client = as_(cast.alice)
    assert client.get(f"/number/{cast.summit_number.pk}").status_code == 404
    assert client.post("/team/switch/", {"tenant": cast.summit.pk}).status_code == 302
    assert client.get(f"/number/{cast.summit_number.pk}").status_code == 200
    assert client.get(f"/number/{cast.harbor_number.pk}").status_code == 404


@pytest.mark.parametrize("tenant", ["foreign", "", "0", "x", "1 OR 1=1"])
def test_nobody_switches_to_a_team_they_are_not_on(cast: Cast, tenant: str) -> None:
    client = as_(cast.alice)
    wanted = cast.summit.pk if tenant == "foreign" else tenant
    assert client.post("/team/switch/", {"tenant": wanted}).status_code == 404
    assert client.get(f"/number/{cast.summit_number.pk}").status_code == 404


def test_a_forged_choice_in_the_session_is_ignored(cast: Cast) -> None:
    client = as_(cast.alice)
    session = client.session
    session["tenant_id"] = cast.summit.pk
    session.save()
    assert client.get(f"/number/{cast.summit_number.pk}").status_code == 404


def test_an_operator_without_a_team_is_sent_to_the_console(cast: Cast) -> None:
    response = as_(cast.olga).get("/late")
    assert (response.status_code, response["Location"]) == (302, "/admin/")


def test_the_console_stays_shut_for_members(cast: Cast) -> None:
    assert as_(cast.alice).get("/admin/").status_code == 302


def test_work_in_the_console_is_audited_under_the_operators_name(cast: Cast) -> None:
    as_(cast.olga).get("/admin/")
    with unscoped(reason="test"):
        entry = AuditEntry.objects.get(reason="admin console")
    assert (entry.tenant_id, entry.actor_name) == (None, "olga@example.com")


def test_every_role_has_its_line_in_the_table_and_the_owner_may_do_all() -> None:
    assert set(PERMISSIONS) == set(Role)
    assert PERMISSIONS[Role.OWNER] == set(Permission)
    assert PERMISSIONS[Role.TECHNICIAN] < PERMISSIONS[Role.MANAGER] < PERMISSIONS[Role.OWNER]


def test_a_user_on_no_team_reads_what_to_do(cast: Cast) -> None:
    assert as_(person("dora")).get("/late").status_code == 403
