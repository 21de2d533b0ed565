"""The machines that answer, and which call has a place on which."""

from django.db import models
from django.db.models import Q

from tenants.owned import TenantOwned


class Pod(models.Model):
    """A machine with a voice worker; it says that it is alive by its heartbeat."""

    name = models.CharField(max_length=200, unique=True)
    stream_url = models.CharField(max_length=300)
    capacity = models.PositiveIntegerField()
    is_draining = models.BooleanField(default=False)
    started_at = models.DateTimeField()
    heartbeat_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class ReservationState(models.TextChoices):
    """Held: waits for a line. Reserved: the carrier was told to connect. Live: it did."""

    HELD = "held"
    RESERVED = "reserved"
    LIVE = "live"
    RELEASED = "released"


TAKES_A_SLOT = ("reserved", "live")


class Reservation(TenantOwned):
    """A call's place in line, then its place on a pod.

    `tenant_slot` and `pod_slot` number the places from 0. Each is unique while taken, and the
    admission only hands out numbers below the limits, so no interleaving can go over them.
    `asked_at` is when the carrier last asked: callers who gave up stop asking.
    `nonce` belongs to the one token with which the stream may be opened.
    """

    call_sid = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=16, choices=ReservationState, default=ReservationState.HELD)
    pod = models.ForeignKey(Pod, models.SET_NULL, null=True, related_name="reservations")
    tenant_slot = models.PositiveIntegerField(null=True)
    pod_slot = models.PositiveIntegerField(null=True)
    nonce = models.CharField(max_length=32, blank=True)
    requested_at = models.DateTimeField()
    asked_at = models.DateTimeField()
    granted_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)
    wait_ms = models.PositiveIntegerField(default=0)

    class Meta(TenantOwned.Meta):
        ordering = ["-requested_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "tenant_slot"],
                condition=Q(state__in=TAKES_A_SLOT),
                name="calls_reservation_tenant_slot",
            ),
            models.UniqueConstraint(
                fields=["pod", "pod_slot"],
                condition=Q(state__in=TAKES_A_SLOT),
                name="calls_reservation_pod_slot",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=TAKES_A_SLOT)
                | Q(
                    tenant_slot__isnull=False,
                    pod_slot__isnull=False,
                    granted_at__isnull=False,
                    lease_until__isnull=False,
                ),
                name="calls_reservation_taken_means_slots",
            ),
        ]
        indexes = [
            models.Index(
                fields=["lease_until"],
                name="calls_reservation_leases",
                condition=Q(state__in=TAKES_A_SLOT),
            ),
            models.Index(
                fields=["requested_at"],
                name="calls_reservation_waiting",
                condition=Q(state="held"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} reservation {self.pk}"
