"""The ledger of what was used, and the outbox of what the world has to be told about it."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from tenants.owned import TenantOwned


class UsageKind(models.TextChoices):
    CALL = "call", "Call"
    SPAM = "spam", "Spam, not billed"
    TEST = "test", "Test call, not billed"
    UNANSWERED = "unanswered", "Not answered by us, not billed"


class UsageEntry(TenantOwned):
    """What one call counts on the bill. Never updated, never deleted: a trigger refuses.

    It outlives the call it came from, which retention removes; another trigger makes sure that
    the call existed and was the same tenant's when the entry was written.
    """

    call = models.OneToOneField(
        "calls.Call", on_delete=models.DO_NOTHING, db_constraint=False, related_name="usage"
    )
    kind = models.CharField(max_length=16, choices=UsageKind.choices)
    billed_seconds = models.PositiveIntegerField()
    duration_ms = models.PositiveIntegerField()
    occurred_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta(TenantOwned.Meta):
        ordering = ["-occurred_at", "-pk"]
        verbose_name_plural = "usage entries"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind=UsageKind.CALL) | Q(billed_seconds=0),
                name="only_calls_are_billed",
            ),
            models.CheckConstraint(condition=Q(kind__in=UsageKind.values), name="usage_entry_kind"),
        ]
        indexes = [models.Index(fields=["tenant", "-occurred_at"], name="usage_by_tenant")]

    def __str__(self) -> str:
        return f"{self.billed_seconds} s, {self.get_kind_display()}"


class OutboxKind(models.TextChoices):
    USAGE = "usage", "Usage for the payment provider"


class OutboxStatus(models.TextChoices):
    PENDING = "pending", "Pending"
    SENT = "sent", "Sent"
    FAILED = "failed", "Failed for good"


class OutboxRow(TenantOwned):
    """Something to tell the outside, stored with the change it tells of and sent after commit.

    The receiver gets `idempotency_key`, so that sending it twice counts once.
    """

    kind = models.CharField(max_length=16, choices=OutboxKind.choices)
    idempotency_key = models.CharField(max_length=100, unique=True)
    payload = models.JSONField()
    status = models.CharField(
        max_length=16, choices=OutboxStatus.choices, default=OutboxStatus.PENDING
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantOwned.Meta):
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status=OutboxStatus.SENT, sent_at__isnull=False)
                | ~Q(status=OutboxStatus.SENT) & Q(sent_at__isnull=True),
                name="sent_rows_say_when",
            ),
        ]
        indexes = [
            models.Index(
                fields=["created_at"],
                name="outbox_pending",
                condition=Q(status=OutboxStatus.PENDING),
            )
        ]

    def __str__(self) -> str:
        return f"{self.idempotency_key}, {self.get_status_display()}"
