"""The keys that a tenant's recordings and transcripts are sealed with."""

from django.db import models
from django.db.models.functions import Now

from tenants.owned import TenantOwned


class TenantKey(TenantOwned):
    """One data key of a tenant, itself sealed by the house's master key (tenants/crypto.py).

    The newest version seals, all of them open. Without its rows here a tenant's sealed data is
    noise for ever, wherever copies of it lie.
    """

    version = models.PositiveIntegerField()
    master = models.CharField(max_length=16, help_text="Which master key it is sealed by.")
    wrapped = models.BinaryField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta(TenantOwned.Meta):
        ordering = ["tenant", "version"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "version"], name="one_key_a_version"),
        ]

    def __str__(self) -> str:
        return f"key {self.version} of tenant {self.tenant_id}"
