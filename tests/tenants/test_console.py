"""The operators' console: every tenant's rows, each change audited, versions never changed."""

import re
from dataclasses import replace
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client

from tenants.context import tenant_context, unscoped
from tenants.models import AuditEntry, PhoneNumber, ReceptionistProfile, Tenant
from tenants.selectors import rules_for
from tenants.services import profile_save
from tests.tenants.cast import HARBOR_RULES, Cast
from tests.tenants.test_profiles import CALENDAR

PAGES = ["tenant", "phonenumber", "membership", "receptionistprofile", "auditentry"]


@pytest.fixture
def console(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.olga)
    return client


def form_values(html: str) -> dict[str, str]:
    """What a browser would send back if nothing was touched."""
    values: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", html):
        found = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        kind = found.get("type", "text")
        if not found.get("name") or kind == "submit":
            continue
        if kind != "checkbox" or " checked" in tag:
            values[found["name"]] = found.get("value", "on" if kind == "checkbox" else "")
    for name, text in re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>([^<]*)</textarea>', html):
        values[name] = text.lstrip("\n").replace("&quot;", '"').replace("&#x27;", "'")
    for name, options in re.findall(r'<select[^>]*name="([\w-]+)"[^>]*>(.*?)</select>', html, re.S):
        chosen = re.search(r'value="([^"]*)" selected', options)
        values[name] = chosen.group(1) if chosen else ""
    return values


def test_every_model_of_ours_has_its_page_but_secrets_and_parts_of_versions() -> None:
    shown = {model for model in admin.site._registry if model._meta.app_label == "tenants"}
    hidden = set(apps.get_app_config("tenants").get_models()) - shown
    parts = {"Service", "OpeningHours", "ArrivalWindow", "BlackoutDays"}
    assert {model.__name__ for model in hidden} == {*parts, "TenantKey", "Invitation"}


@pytest.mark.parametrize("page", PAGES)
def test_a_list_shows_every_tenants_rows(console: Client, cast: Cast, page: str) -> None:
    html = console.get(f"/admin/tenants/{page}/").content.decode()
    assert "Harbor Plumbing" in html
    assert "Summit Rooter" in html


# session, user, second factor, savepoint, scope, audit, two counts, the page, scope given back,
# savepoint released; and one for each filter that lists tenants or zones
@pytest.mark.parametrize(
    ("page", "budget"),
    [
        ("tenant", 12),
        ("phonenumber", 12),
        ("membership", 12),
        ("receptionistprofile", 12),
        ("auditentry", 12),
    ],
)
def test_list_pages_keep_their_query_budget(
    console: Client, page: str, budget: int, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(budget):
        console.get(f"/admin/tenants/{page}/")


def test_suspending_a_tenant_is_audited_with_before_and_after(console: Client, cast: Cast) -> None:
    address = f"/admin/tenants/tenant/{cast.harbor.pk}/change/"
    values = form_values(console.get(address).content.decode())
    assert console.post(address, {**values, "status": "suspended"}).status_code == 302
    with tenant_context(cast.harbor):
        entry = AuditEntry.objects.filter(kind="tenant").first()
    assert entry is not None
    assert (entry.actor_name, entry.before, entry.after) == (
        "olga@example.com",
        {"status": "active"},
        {"status": "suspended"},
    )


def test_a_new_name_is_said_from_the_next_call_on(console: Client, cast: Cast) -> None:
    address = f"/admin/tenants/tenant/{cast.harbor.pk}/change/"
    values = form_values(console.get(address).content.decode())
    console.post(address, {**values, "name": "Harbor & Sons"})
    with tenant_context(cast.harbor):
        current = Tenant.objects.get().current_profile
        assert current is not None
        assert (current.version, current.business_name) == (2, "Harbor & Sons")
        assert rules_for(current) == replace(HARBOR_RULES, business_name="Harbor & Sons")


def test_a_number_is_assigned_and_taken_away(console: Client, cast: Cast) -> None:
    add = "/admin/tenants/phonenumber/add/"
    bad = console.post(add, {"tenant": cast.harbor.pk, "number": "312-555-0101"})
    assert "write it as +13125550100" in bad.content.decode()
    assert (
        console.post(add, {"tenant": cast.harbor.pk, "number": "+13125550101"}).status_code == 302
    )
    with tenant_context(cast.harbor):
        number = PhoneNumber.objects.get(number="+13125550101")
    gone = console.post(f"/admin/tenants/phonenumber/{number.pk}/delete/", {"post": "yes"})
    assert gone.status_code == 302
    with tenant_context(cast.harbor):
        assert PhoneNumber.objects.filter(number="+13125550101").count() == 0
        kinds = AuditEntry.objects.filter(kind="number", subject="+13125550101")
        assert [(one.before, one.after) for one in kinds.order_by("pk")] == [
            (None, {"tenant": "Harbor Plumbing", "number": "+13125550101"}),
            ({"deleted": "+13125550101"}, None),
        ]


def test_a_number_of_another_tenant_is_refused_in_words(console: Client, cast: Cast) -> None:
    answer = console.post(
        "/admin/tenants/phonenumber/add/", {"tenant": cast.harbor.pk, "number": "+13035550200"}
    )
    assert "already exists" in answer.content.decode()


def test_a_version_is_read_only_and_leads_to_the_next(console: Client, cast: Cast) -> None:
    address = f"/admin/tenants/receptionistprofile/{cast.harbor_profile.pk}/change/"
    html = console.get(address).content.decode()
    assert "from $189" in html
    assert f"?from={cast.harbor_profile.pk}" in html
    assert console.post(address, {"persona": "x"}).status_code == 403


def test_saving_the_copied_form_untouched_gives_the_same_rules_as_version_3(
    console: Client, cast: Cast
) -> None:
    saved = profile_save(tenant=cast.harbor, rules=CALENDAR, forwarding_number="+13125550110")
    address = f"/admin/tenants/receptionistprofile/add/?from={saved.pk}"
    values = form_values(console.get(address).content.decode())
    answer = console.post(address, values)
    assert answer.status_code == 302, answer.content.decode()
    with tenant_context(cast.harbor):
        third = ReceptionistProfile.objects.get(version=3)
        assert rules_for(third) == CALENDAR
        assert third.saved_by_id == cast.olga.pk
        assert Tenant.objects.get().current_profile == third


def test_a_bad_line_in_the_form_is_named_and_nothing_is_saved(console: Client, cast: Cast) -> None:
    address = f"/admin/tenants/receptionistprofile/add/?from={cast.harbor_profile.pk}"
    values = form_values(console.get(address).content.decode())
    answer = console.post(address, {**values, "on_call": "+13125550111\n\n555"})
    assert "Item 2 in the array did not validate" in answer.content.decode()
    with unscoped(reason="test"):
        assert ReceptionistProfile.objects.count() == 2


def test_tenants_cannot_be_deleted_by_a_click(console: Client, cast: Cast) -> None:
    assert console.post(f"/admin/tenants/tenant/{cast.harbor.pk}/delete/").status_code == 403
