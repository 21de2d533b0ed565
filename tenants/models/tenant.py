"""The plumber's account, its people and its numbers."""

from typing import TYPE_CHECKING, Any, ClassVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now

from tenants.owned import TenantManager, TenantOwned, refuse_foreign
from tenants.validators import validate_e164, validate_timezone

if TYPE_CHECKING:
    from tenants.models.profile import ReceptionistProfile


class TenantStatus(models.TextChoices):
    ACTIVE = "active", "Active"
    SUSPENDED = "suspended", "Suspended: calls ring the plumber's own phone"
    ERASED = "erased", "Erased: only the bill and the log are left"


class TenantsThemselves(TenantManager["Tenant"]):
    """A tenant sees its own row alone."""

    owner_column = "pk"


class Tenant(models.Model):
    """One plumbing business; its next call is answered by `current_profile`."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=100)
    status = models.CharField(
        max_length=16, choices=TenantStatus.choices, default=TenantStatus.ACTIVE
    )
    timezone = models.CharField(max_length=64, validators=[validate_timezone])
    max_concurrent_calls = models.PositiveSmallIntegerField(
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
        help_text="Calls answered at the same time; one more is held until a line is free.",
    )
    requires_mfa = models.BooleanField(
        "second factor required",
        default=False,
        help_text="Members see nothing of it until they have set up a second factor.",
    )
    audio_retention_days = models.PositiveSmallIntegerField(default=30)
    transcript_retention_days = models.PositiveSmallIntegerField(default=90)
    current_profile: "models.ForeignKey[ReceptionistProfile | None, ReceptionistProfile | None]" = (
        models.ForeignKey(
            "tenants.ReceptionistProfile",
            on_delete=models.PROTECT,
            null=True,
            blank=True,
            editable=False,
            related_name="+",
        )
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects: ClassVar[TenantsThemselves] = TenantsThemselves()

    class Meta:
        base_manager_name = "objects"
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=TenantStatus.values), name="tenant_status"
            ),
            models.CheckConstraint(
                condition=models.Q(max_concurrent_calls__gte=1), name="tenant_takes_calls"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store it. A new tenant is made in `unscoped` only: see tenant_create."""
        if self.pk is not None:
            refuse_foreign(self, "pk")
        super().save(*args, **kwargs)

    @property
    def is_active(self) -> bool:
        return self.status == TenantStatus.ACTIVE

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class Role(models.TextChoices):
    """What a member may do; the table is in tenants/permissions.py."""

    OWNER = "owner", "Owner"
    MANAGER = "manager", "Manager"
    TECHNICIAN = "technician", "Technician"


class Membership(TenantOwned):
    """A user's place in a tenant's team."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships"
    )
    role = models.CharField(max_length=16, choices=Role.choices)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta(TenantOwned.Meta):
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "user"], name="one_membership_a_tenant"),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="membership_role"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.get_role_display()})"


class PhoneNumber(TenantOwned):
    """A number callers dial to reach this tenant's receptionist; E.164, one tenant's only."""

    number = models.CharField(max_length=16, unique=True, validators=[validate_e164])
    label = models.CharField(max_length=60, blank=True)
    is_test_line = models.BooleanField(
        default=False, help_text="Calls to it are tests: answered as always, never billed."
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta(TenantOwned.Meta):
        ordering = ["number"]

    def __str__(self) -> str:
        return self.number
