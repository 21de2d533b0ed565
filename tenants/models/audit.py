"""The table that only grows: who did what, and why."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from tenants.context import active_tenant_id
from tenants.owned import TenantOwned


class AuditKind(models.TextChoices):
    UNSCOPED = "unscoped", "Worked across tenants"
    TENANT = "tenant", "Changed the account"
    PROFILE = "profile", "Changed the receptionist"
    MEMBER = "member", "Changed the team"
    NUMBER = "number", "Changed the numbers"
    LOG_IN = "log_in", "Logged in"
    REFUSED = "refused", "Was refused a log-in"
    PASSWORD = "password", "Changed the password"
    EMAIL = "email", "Changed the e-mail address"
    SECOND_FACTOR = "second_factor", "Changed a second factor"
    SESSION = "session", "Ended sessions"
    EXPORT = "export", "Exported data"
    IMPORT = "import", "Imported data"
    ERASE = "erase", "Erased data"
    RETENTION = "retention", "Removed what was kept long enough"
    KEYS = "keys", "Changed encryption keys"
    IMPERSONATION = "impersonation", "Operator's look"
    ACCESS_CODE = "access_code", "Read an access code"


class AuditEntry(TenantOwned):
    """Something worth knowing later. Never updated, never deleted: a trigger refuses.

    Without a tenant it concerns the whole house and only operators see it. `once` is set where
    the same news repeats: the first one in its hour is kept.
    """

    tenant = models.ForeignKey(  # type: ignore[assignment] # null here alone
        "tenants.Tenant",
        on_delete=models.PROTECT,
        default=active_tenant_id,
        null=True,
        related_name="+",
    )
    at = models.DateTimeField(db_default=Now())
    kind = models.CharField(max_length=16, choices=AuditKind.choices)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        db_constraint=False,  # the entry outlives the account
        null=True,
        related_name="+",
    )
    actor_name = models.CharField(max_length=254, default="system")
    subject = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    once = models.CharField(max_length=400, null=True, unique=True)  # noqa: DJ001 - null never clashes

    class Meta(TenantOwned.Meta):
        ordering = ["-at", "-pk"]
        verbose_name_plural = "audit entries"
        indexes = [models.Index(fields=["tenant", "-at"], name="audit_by_tenant")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_name}: {self.get_kind_display()}"
