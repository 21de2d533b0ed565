"""Profiles are versions: saving makes the next one, and none ever changes."""

from dataclasses import replace
from datetime import date, time
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from tenants.context import tenant_context
from tenants.models import AuditEntry, ReceptionistProfile, Service, Tenant
from tenants.selectors import rules_for, tenant_for_number
from tenants.services import profile_adopt, profile_save
from tests.tenants.cast import HARBOR_RULES, Cast
from voice.receptionist.rules import ArrivalWindow, BlackoutDays, TenantRules

CALENDAR = replace(
    HARBOR_RULES,
    windows=(
        ArrivalWindow(time(8), time(10), 1, 5),
        ArrivalWindow(time(8), time(10), 3),
        ArrivalWindow(time(10), time(12), 0),
    ),
    blackouts=(BlackoutDays(date(2026, 12, 24), date(2026, 12, 26), "Family"),),
)


def test_rules_come_back_as_they_were_saved(cast: Cast) -> None:
    with tenant_context(cast.harbor):
        assert rules_for(cast.harbor_profile) == HARBOR_RULES


def test_saving_makes_the_next_version_and_keeps_the_last(cast: Cast) -> None:
    dearer = replace(HARBOR_RULES, diagnostic_fee="$99")
    second = profile_save(tenant=cast.harbor, rules=dearer, speed=Decimal("1.10"))
    with tenant_context(cast.harbor):
        assert second.version == 2
        assert Tenant.objects.get().current_profile == second
        assert rules_for(ReceptionistProfile.objects.get(version=1)) == HARBOR_RULES
        assert rules_for(ReceptionistProfile.objects.get(version=2)) == dearer


def test_a_version_carries_the_name_and_zone_of_its_day(cast: Cast) -> None:
    saved = profile_save(
        tenant=cast.harbor, rules=replace(HARBOR_RULES, business_name="X", timezone="UTC")
    )
    assert (saved.business_name, saved.timezone) == ("Harbor Plumbing", "America/Chicago")


def test_capacities_and_blackout_days_come_back_as_they_were_saved(cast: Cast) -> None:
    saved = profile_save(tenant=cast.harbor, rules=CALENDAR)
    with tenant_context(cast.harbor):
        assert rules_for(ReceptionistProfile.objects.get(pk=saved.pk)) == CALENDAR
        entry = AuditEntry.objects.filter(kind="profile", subject="version 2").get()
    assert (entry.after or {})["blackouts"] == [
        {"first_day": "2026-12-24", "last_day": "2026-12-26", "reason": "Family"}
    ]


@pytest.mark.parametrize(
    "rules",
    [
        replace(CALENDAR, windows=(*CALENDAR.windows, ArrivalWindow(time(8), time(9)))),
        replace(CALENDAR, windows=(ArrivalWindow(time(8), time(10), 101),)),
        replace(CALENDAR, windows=(ArrivalWindow(time(8), time(10), 1, 7),)),
        replace(CALENDAR, blackouts=(BlackoutDays(date(2026, 12, 26), date(2026, 12, 24)),)),
    ],
)
def test_a_calendar_that_makes_no_sense_is_refused_and_nothing_is_saved(
    cast: Cast, rules: TenantRules
) -> None:
    with pytest.raises(ValidationError):
        profile_save(tenant=cast.harbor, rules=rules)
    with tenant_context(cast.harbor):
        assert ReceptionistProfile.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"on_call": ("555",)}, "on_call"),
        ({"service_zips": frozenset({"6061"})}, "service_zips"),
        ({"max_call_minutes": 0}, "max_call_minutes"),
        ({"languages": ("xx",)}, "languages"),
    ],
)
def test_a_bad_value_is_refused_and_nothing_is_saved(
    cast: Cast, change: dict[str, object], field: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        profile_save(tenant=cast.harbor, rules=replace(HARBOR_RULES, **change))  # type: ignore[arg-type]
    assert list(refused.value.message_dict) == [field]
    with tenant_context(cast.harbor):
        assert ReceptionistProfile.objects.count() == 1


@pytest.mark.parametrize(
    "table", ["tenants_receptionistprofile", "tenants_service", "tenants_blackoutdays"]
)
@pytest.mark.parametrize("statement", ["UPDATE {} SET tenant_id = tenant_id", "DELETE FROM {}"])
def test_postgres_refuses_to_change_a_version(cast: Cast, table: str, statement: str) -> None:
    profile_save(tenant=cast.harbor, rules=CALENDAR)
    with (
        tenant_context(cast.harbor),
        connection.cursor() as cursor,
        pytest.raises(IntegrityError, match="never change"),
        transaction.atomic(),
    ):
        cursor.execute(statement.format(table))


def test_postgres_refuses_a_service_added_to_a_version_later(committed_cast: Cast) -> None:
    profile = committed_cast.harbor_profile
    with pytest.raises(IntegrityError, match="is closed"), tenant_context(committed_cast.harbor):
        Service.objects.create(profile=profile, code="hvac", name="HVAC", price_text="$1")


def test_an_earlier_version_can_be_adopted_again(cast: Cast) -> None:
    profile_save(tenant=cast.harbor, rules=replace(HARBOR_RULES, persona="Sing."))
    profile_adopt(tenant=cast.harbor, profile=cast.harbor_profile)
    found = tenant_for_number("+13125550100")
    assert found is not None
    assert found[0].current_profile == cast.harbor_profile


def test_the_audit_log_tells_what_a_save_changed(cast: Cast) -> None:
    profile_save(
        tenant=cast.harbor,
        rules=replace(HARBOR_RULES, diagnostic_fee="$99"),
        forwarding_number="+13125550110",
        saved_by=cast.alice,
    )
    with tenant_context(cast.harbor):
        entry = AuditEntry.objects.filter(kind="profile").first()
    assert entry is not None
    assert entry.subject == "version 2"
    before, after = dict(entry.before or {}), dict(entry.after or {})
    changed = {key for key in after if after[key] != before[key]}
    assert changed == {"version", "diagnostic_fee"}


def test_an_unknown_number_is_nobodys(cast: Cast) -> None:
    assert tenant_for_number("+13125559999") is None
