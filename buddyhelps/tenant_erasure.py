"""A tenant leaves for good: rows, files and keys go; the bill and the audit log stay."""

import shutil
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection

from buddyhelps.tenant_archive import LEFT_OUT, archived_models
from calls.models import Call
from tenants.audit import audit
from tenants.context import tenant_context, unscoped
from tenants.models import Membership, Tenant, TenantStatus
from tenants.models.audit import AuditKind

KEPT = {
    "billing.UsageEntry": "what was billed must be shown to the tax office for years",
    "tenants.AuditEntry": "the proof of this, too",
}
"""What stays of an erased tenant, and why. Neither says who called."""


class TenantStillOn(RuntimeError):
    """Somebody is talking to the tenant's receptionist right now."""


def tenant_erase(*, tenant: Tenant, reason: str) -> int:
    """Remove everything of the tenant's but what has to be KEPT; how many rows went.

    Its keys go too, so what lies in backups cannot be read any more. Accounts of people on no
    other team go as well. Raises TenantStillOn during a call. The tenant's row stays, nameless.
    """
    with tenant_context(tenant):
        if Call.objects.filter(ended_at__isnull=True).exists():
            raise TenantStillOn(f"a call to {tenant.name} is on; suspend it and try again")
        people = list(Membership.objects.values_list("user_id", flat=True))
        Tenant.objects.filter(pk=tenant.pk).update(
            current_profile=None,
            slug=f"erased-{tenant.pk}",
            name=f"Erased tenant {tenant.pk}",
            status=TenantStatus.ERASED,
        )
        gone = _rows_remove()
        shutil.rmtree(Path(settings.RECORDINGS_DIR) / str(tenant.pk), ignore_errors=True)
        audit(AuditKind.ERASE, subject=f"tenant {tenant.pk}", reason=reason, after={"rows": gone})
    with unscoped(reason="remove accounts of people on no team"):
        on_a_team = Membership.objects.values("user_id")
        User.objects.filter(pk__in=people, is_staff=False).exclude(pk__in=on_a_team).delete()
    return gone


def _rows_remove() -> int:
    gone = 0
    gone_models = [model for model in archived_models() if model._meta.label not in KEPT]
    models = [*(apps.get_model(label) for label in LEFT_OUT), *reversed(gone_models)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.erasing', 'on', true)")
        for model in models:
            table = model._meta.db_table
            cursor.execute(f'DELETE FROM "{table}"')  # noqa: S608 - row security keeps to the tenant
            gone += cursor.rowcount
        cursor.execute("SELECT set_config('app.erasing', '', true)")
    return gone
