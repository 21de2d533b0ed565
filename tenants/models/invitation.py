"""A place on a team, offered to an e-mail address."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from tenants.models.tenant import Role
from tenants.owned import TenantOwned


class Invitation(TenantOwned):
    """Open until accepted, withdrawn (deleted) or too old. Only a hash of its token is kept."""

    email = models.EmailField()
    role = models.CharField(max_length=16, choices=Role.choices, default=Role.TECHNICIAN)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        db_constraint=False,  # it outlives the account
        null=True,
        editable=False,
        related_name="+",
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField(editable=False)
    accepted_at = models.DateTimeField(null=True, editable=False)

    class Meta(TenantOwned.Meta):
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="invitation_role"
            ),
            models.UniqueConstraint(
                fields=["tenant", "email"],
                condition=models.Q(accepted_at__isnull=True),
                name="one_open_invitation_a_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} as {self.get_role_display()}"
