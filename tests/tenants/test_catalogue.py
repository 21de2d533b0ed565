"""Every model and every table is kept to its tenant, or is on a list with a reason."""

import pytest
from django.db import models

from tenants.models import Tenant
from tenants.owned import TenantManager, TenantOwned
from tests.tenants.tables import all_models, owned_models, rows, tenants_models

GLOBAL = {
    "account.EmailAddress": "which of the people's addresses are confirmed",
    "account.EmailConfirmation": "not used: addresses are confirmed by codes",
    "admin.LogEntry": "what operators did in the console",
    "auth.Group": "groups of operators",
    "auth.Permission": "what operators may do",
    "auth.User": "people, who may belong to several tenants; names and e-mail addresses",
    "axes.AccessAttempt": "wrong passwords, to lock out who guesses",
    "axes.AccessAttemptExpiration": "when they are forgotten",
    "axes.AccessFailureLog": "wrong passwords",
    "axes.AccessLog": "log-ins, by name and address",
    "calls.Pod": "our own machines",
    "contenttypes.ContentType": "the list of models",
    "mfa.Authenticator": "people's second factors, sealed",
    "sessions.Session": "who is logged in",
    "usersessions.UserSession": "from where people are logged in",
    "django_celery_beat.ClockedSchedule": "when our own tasks run",
    "django_celery_beat.CrontabSchedule": "when our own tasks run",
    "django_celery_beat.IntervalSchedule": "when our own tasks run",
    "django_celery_beat.PeriodicTask": "which of our own tasks run",
    "django_celery_beat.PeriodicTasks": "whether that changed",
    "django_celery_beat.SolarSchedule": "when our own tasks run",
}
"""Every model without a tenant, and why. A new one is put here on purpose or is a tenant's."""

LOOSE = {"billing.UsageEntry.call": "outlives its call; a trigger checks it when it is written"}
"""References between tenant-owned rows without a foreign key over (tenant, id), and why."""


POLICIES = """
SELECT policyname, permissive, roles::text, cmd,
       trim(regexp_replace(qual, '\\s+', ' ', 'g')),
       trim(regexp_replace(with_check, '\\s+', ' ', 'g'))
FROM pg_policies WHERE tablename = %s
"""


def test_every_model_is_a_tenants_or_on_the_list_of_global_ones() -> None:
    without = {
        model._meta.label
        for model in all_models()
        if not issubclass(model, TenantOwned)
        and model is not Tenant
        and model._meta.auto_created is False
    }
    assert without == set(GLOBAL)


def test_no_tenants_model_has_a_table_between_that_has_no_tenant() -> None:
    between = [
        model._meta.label
        for model in all_models()
        if model._meta.auto_created and model._meta.app_label in ("tenants", "calls", "billing")
    ]
    assert between == []


def test_every_manager_of_a_tenants_model_is_fail_closed() -> None:
    for model in tenants_models():
        for manager in [*model._meta.managers, model._base_manager, model._default_manager]:
            assert isinstance(manager, TenantManager), f"{model._meta.label}.{manager.name}"


@pytest.mark.django_db
def test_every_tenants_table_forces_row_security_by_our_one_policy() -> None:
    expected = (
        "CASE WHEN (current_setting('app.unscoped'::text, true) = 'on'::text) THEN true ELSE"
        " ({} = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::bigint) END"
    )
    for model in tenants_models():
        table = model._meta.db_table
        visible = expected.format("id" if model is Tenant else "tenant_id")
        assert rows(
            "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = %s::regclass",
            table,
        ) == [(True, True)], table
        assert rows(
            POLICIES,
            table,
        ) == [("tenant_rows", "PERMISSIVE", "{public}", "ALL", visible, visible)], table


@pytest.mark.django_db
def test_every_table_with_a_tenant_column_is_a_tenants_models() -> None:
    with_column = rows(
        "SELECT table_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND column_name = 'tenant_id'"
    )
    assert {table for (table,) in with_column} == {model._meta.db_table for model in owned_models()}


@pytest.mark.django_db
def test_no_view_or_definer_function_goes_around_row_security() -> None:
    assert rows("SELECT viewname FROM pg_views WHERE schemaname = 'public'") == []
    assert rows("SELECT matviewname FROM pg_matviews WHERE schemaname = 'public'") == []
    assert (
        rows(
            "SELECT proname FROM pg_proc JOIN pg_namespace n ON n.oid = pronamespace"
            " WHERE nspname = 'public' AND prosecdef"
        )
        == []
    )


@pytest.mark.django_db
def test_no_row_can_point_into_another_tenant() -> None:
    tied = {
        (table, column)
        for table, column in rows(
            "SELECT c.conrelid::regclass::text, second.attname FROM pg_constraint c"
            " JOIN pg_attribute second"
            "   ON second.attrelid = c.conrelid AND second.attnum = c.conkey[2]"
            " JOIN pg_attribute target ON target.attrelid = c.confrelid"
            "   AND target.attnum = c.confkey[1] AND target.attname = 'tenant_id'"
            " WHERE c.contype = 'f' AND array_length(c.conkey, 1) = 2"
        )
    }
    untied = [
        f"{model._meta.label}.{field.name}"
        for model in tenants_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey)
        and issubclass(field.related_model, TenantOwned)
        and (model._meta.db_table, field.column) not in tied
    ]
    assert untied == list(LOOSE)


def test_no_global_row_points_at_a_tenants() -> None:
    pointing = [
        f"{model._meta.label}.{field.name}"
        for model in all_models()
        if not issubclass(model, TenantOwned) and model is not Tenant
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey)
        and isinstance(field.related_model, type)
        and (issubclass(field.related_model, TenantOwned) or field.related_model is Tenant)
    ]
    assert pointing == []
