"""Nobody's rows are anybody else's, by any path to the database."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, models, transaction

from calls.models import Call
from tenants.context import TenantConflict, TenantNotActive, tenant_context, unscoped
from tenants.models import (
    AuditEntry,
    Membership,
    OpeningHours,
    PhoneNumber,
    ReceptionistProfile,
    Service,
    Tenant,
)
from tenants.owned import TenantOwned
from tests.tenants.cast import Cast
from tests.tenants.tables import checked_at_once, owned_models, rows

# --- no scope: every path fails, none answers -------------------------------------------------

PATHS: dict[str, Callable[[Cast], Any]] = {
    "list": lambda c: list(PhoneNumber.objects.all()),
    "get": lambda c: PhoneNumber.objects.get(pk=c.summit_number.pk),
    "first": lambda c: PhoneNumber.objects.first(),
    "count": lambda c: PhoneNumber.objects.count(),
    "exists": lambda c: PhoneNumber.objects.exists(),
    "contains": lambda c: PhoneNumber.objects.contains(c.summit_number),
    "aggregate": lambda c: PhoneNumber.objects.aggregate(models.Count("pk")),
    "values": lambda c: list(PhoneNumber.objects.values("number")),
    "dates": lambda c: list(PhoneNumber.objects.dates("created_at", "day")),
    "in_bulk": lambda c: PhoneNumber.objects.in_bulk(),
    "iterator": lambda c: list(PhoneNumber.objects.iterator()),
    "union": lambda c: list(PhoneNumber.objects.all().union(PhoneNumber.objects.all())),
    "explain": lambda c: PhoneNumber.objects.all().explain(),
    "raw": lambda c: list(PhoneNumber.objects.raw("SELECT * FROM tenants_phonenumber")),
    "using": lambda c: list(PhoneNumber.objects.using("default")),
    "annotate": lambda c: list(Membership.objects.values("role").annotate(models.Count("pk"))),
    "through a relation": lambda c: list(Membership.objects.filter(tenant__slug="summit")),
    "related manager": lambda c: list(c.summit_profile.hours.all()),
    "reverse filter": lambda c: list(c.summit_profile.services.all()),
    "foreign key": lambda c: PhoneNumber(tenant_id=c.summit.pk).tenant,
    "refresh": lambda c: c.summit_number.refresh_from_db(),
    "base manager": lambda c: list(PhoneNumber._base_manager.all()),
    "tenant itself": lambda c: Tenant.objects.get(slug="summit"),
    "update": lambda c: PhoneNumber.objects.update(label="x"),
    "delete": lambda c: PhoneNumber.objects.all().delete(),
    "raw delete": lambda c: PhoneNumber.objects.all()._raw_delete("default"),
    "save": lambda c: c.summit_number.save(),
    "delete one": lambda c: c.summit_number.delete(),
    "create": lambda c: PhoneNumber.objects.create(tenant=c.summit, number="+13035550299"),
    "bulk_create": lambda c: PhoneNumber.objects.bulk_create([PhoneNumber(number="+1")]),
    "bulk_update": lambda c: PhoneNumber.objects.bulk_update([c.summit_number], ["label"]),
    "get_or_create": lambda c: PhoneNumber.objects.get_or_create(number="+13035550200"),
    "update_or_create": lambda c: PhoneNumber.objects.update_or_create(number="+13035550200"),
    "base insert": lambda c: models.Model.save(c.summit_number, force_insert=True),
    "user's cascade": lambda c: c.charlie.delete(),
}


@pytest.mark.parametrize("path", PATHS)
def test_without_a_scope_every_path_is_refused(cast: Cast, path: str) -> None:
    with pytest.raises(TenantNotActive, match="work inside"):
        PATHS[path](cast)


@pytest.mark.parametrize(
    "path",
    [
        lambda: PhoneNumber.objects.acount(),
        lambda: PhoneNumber.objects.aexists(),
        lambda: PhoneNumber.objects.afirst(),
        lambda: PhoneNumber.objects.aget(number="+13035550200"),
        lambda: PhoneNumber.objects.aaggregate(models.Count("pk")),
        lambda: PhoneNumber.objects.acreate(number="+13035550299"),
        lambda: PhoneNumber.objects.abulk_create([PhoneNumber(number="+1")]),
        lambda: PhoneNumber.objects.aupdate(label="x"),
        lambda: PhoneNumber.objects.all().adelete(),
        lambda: PhoneNumber.objects.aget_or_create(number="+13035550200"),
    ],
)
async def test_without_a_scope_every_async_path_is_refused(
    committed_cast: Cast, path: Callable[[], Any]
) -> None:
    with pytest.raises(TenantNotActive):
        await path()


async def test_without_a_scope_async_iteration_is_refused(committed_cast: Cast) -> None:
    with pytest.raises(TenantNotActive):
        [number async for number in PhoneNumber.objects.all()]
    with pytest.raises(TenantNotActive):
        [number async for number in PhoneNumber.objects.aiterator()]


def test_a_query_built_inside_and_run_outside_is_refused(cast: Cast) -> None:
    with tenant_context(cast.harbor):
        lazy = PhoneNumber.objects.all()
    with pytest.raises(TenantNotActive):
        list(lazy)


@pytest.mark.parametrize("model", owned_models(), ids=lambda model: model._meta.label)
def test_without_a_scope_raw_sql_sees_and_writes_nothing(
    cast: Cast, model: type[TenantOwned]
) -> None:
    table = model._meta.db_table
    assert rows(f"SELECT * FROM {table}") == []  # noqa: S608 - our own table's name
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table}")  # noqa: S608
        assert cursor.rowcount == 0


# --- as Harbor: Summit does not exist ---------------------------------------------------------


def test_as_one_tenant_the_other_is_not_there_by_any_query(cast: Cast) -> None:
    with tenant_context(cast.harbor):
        for model in [PhoneNumber, ReceptionistProfile, Service, Membership, AuditEntry]:
            for manager in [model._default_manager, model._base_manager]:
                assert {row.tenant_id for row in manager.all()} == {cast.harbor.pk}
            raw = rows(f"SELECT DISTINCT tenant_id FROM {model._meta.db_table}")  # noqa: S608
            assert raw == [(cast.harbor.pk,)]
        assert rows("SELECT slug FROM tenants_tenant") == [("harbor",)]
        assert PhoneNumber.objects.filter(tenant__slug="summit").count() == 0
        assert Membership.objects.filter(user=cast.charlie).exists() is False
        assert list(cast.summit_profile.services.all()) == []
        with pytest.raises(PhoneNumber.DoesNotExist):
            PhoneNumber.objects.get(pk=cast.summit_number.pk)
        with pytest.raises(Tenant.DoesNotExist):
            _ = PhoneNumber(tenant_id=cast.summit.pk).tenant
        with pytest.raises(PhoneNumber.DoesNotExist):
            cast.summit_number.refresh_from_db()


def test_as_one_tenant_the_others_rows_cannot_be_changed(cast: Cast) -> None:
    number = cast.summit_number
    with tenant_context(cast.harbor):
        assert PhoneNumber.objects.filter(pk=number.pk).update(label="mine") == 0
        assert PhoneNumber.objects.filter(pk=number.pk).delete()[0] == 0
        for refused in [number.save, number.delete]:
            with pytest.raises(TenantConflict, match=f"belongs to tenant {cast.summit.pk}"):
                refused()
        with pytest.raises(TenantConflict):
            cast.summit.save()
        with connection.cursor() as cursor:
            for statement in [
                "UPDATE tenants_phonenumber SET label = 'mine' WHERE id = %s",
                "DELETE FROM tenants_phonenumber WHERE id = %s",
            ]:
                cursor.execute(statement, [number.pk])
                assert cursor.rowcount == 0
    with tenant_context(cast.summit):
        number.refresh_from_db()
        assert number.label == ""


def test_as_one_tenant_nothing_can_be_written_for_the_other(cast: Cast) -> None:
    with tenant_context(cast.harbor):
        foreign = PhoneNumber(tenant=cast.summit, number="+13035550299")
        writes: list[Callable[[], Any]] = [
            foreign.save,
            lambda: PhoneNumber.objects.create(tenant=cast.summit, number="+13035550299"),
            lambda: PhoneNumber.objects.bulk_create([foreign]),
        ]
        for write in writes:
            with pytest.raises(TenantConflict):
                write()
        for statement in [
            "INSERT INTO tenants_phonenumber (tenant_id, number, label, is_test_line)"
            " VALUES (%s, '+13035550299', '', false)",
            "UPDATE tenants_phonenumber SET tenant_id = %s",
        ]:
            with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
                connection.cursor().execute(statement, [cast.summit.pk])
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            PhoneNumber.objects.update(tenant=cast.summit)


def test_even_across_tenants_a_row_cannot_point_into_another_one(cast: Cast) -> None:
    pointers: list[Callable[[], Any]] = [
        lambda: OpeningHours.objects.create(
            tenant=cast.harbor,
            profile=cast.summit_profile,
            weekday=0,
            opens="08:00",
            closes="09:00",
        ),
        lambda: Tenant.objects.filter(pk=cast.harbor.pk).update(
            current_profile=cast.summit_profile
        ),
        lambda: Call.objects.create(
            tenant=cast.harbor,
            profile=cast.summit_profile,
            carrier="twilio",
            carrier_call_sid="CA1",
            to_number="+13125550100",
            started_at="2026-03-02T15:00:00Z",
        ),
    ]
    with unscoped(reason="test"):
        for point in pointers:
            with pytest.raises(IntegrityError, match="same_tenant"), checked_at_once():
                point()


def test_numbers_are_one_tenants_only_and_memberships_once_each(cast: Cast) -> None:
    with (
        tenant_context(cast.harbor),
        pytest.raises(IntegrityError, match="number"),
        transaction.atomic(),
    ):
        PhoneNumber.objects.create(number="+13035550200")
    with unscoped(reason="test"), pytest.raises(IntegrityError, match="one_membership_a_tenant"):
        Membership.objects.create(tenant=cast.harbor, user=cast.bob, role="manager")


def test_the_audit_log_cannot_be_rewritten(cast: Cast) -> None:
    for statement in [
        "UPDATE tenants_auditentry SET reason = ''",
        "DELETE FROM tenants_auditentry",
    ]:
        with (
            unscoped(reason="test"),
            pytest.raises(IntegrityError, match="never changed or deleted"),
            transaction.atomic(),
        ):
            connection.cursor().execute(statement)


def test_house_entries_of_the_audit_log_are_no_tenants(cast: Cast) -> None:
    with unscoped(reason="house business"):
        assert AuditEntry.objects.filter(tenant=None).count() > 0
    with tenant_context(cast.harbor):
        assert rows("SELECT count(*) FROM tenants_auditentry WHERE tenant_id IS NULL") == [(0,)]
