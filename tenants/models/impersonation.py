"""An operator's look at a tenant's pages, for a reason and for a while."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from tenants.owned import TenantOwned


class Impersonation(TenantOwned):
    """Open from `began_at` until it is ended or `ends_at` comes; then nothing is shown by it."""

    operator = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        db_constraint=False,  # it outlives the account
        related_name="+",
    )
    operator_name = models.CharField(max_length=254)
    reason = models.CharField(max_length=300)
    began_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        ordering = ["-began_at"]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="impersonation_has_reason"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("began_at")), name="impersonation_is_limited"
            ),
            models.UniqueConstraint(
                fields=["operator"],
                condition=Q(ended_at__isnull=True),
                name="one_open_impersonation_an_operator",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operator_name} as {self.tenant_id}"

    @property
    def minutes_left(self) -> int:
        """Whole minutes until it ends by itself, at least 1 while it is open."""
        left = (self.ends_at - timezone.now()).total_seconds()
        return max(1, round(left / 60))
