"""What a call leaves to be done: the lead, bookings, messages and notices."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from calls.models.call import PHONE_LENGTH, Call
from tenants.owned import TenantOwned
from voice.receptionist.dialogue import Urgency


class Lead(TenantOwned):
    """The job as understood, one for each call.

    `slots` is {name: {value, turn, confirmed}}; those searched for have columns of their own.
    `by_model` says what a language model added after the call, empty if it added nothing:
    {model, agreed: [slots], notes: [slots], questions: [texts], summary: the rules' own, if any}.
    """

    call = models.OneToOneField(Call, models.CASCADE, related_name="lead")
    name = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=32, blank=True)
    street = models.CharField(max_length=200, blank=True)
    unit = models.CharField(max_length=50, blank=True)
    city = models.CharField(max_length=100, blank=True)
    zip = models.CharField(max_length=10, blank=True)
    problem = models.TextField(blank=True)
    slots = models.JSONField(default=dict)
    urgency = models.CharField(max_length=2, choices=[(u.value, u.name) for u in Urgency])
    intent = models.CharField(max_length=50, blank=True)
    job_type = models.CharField(max_length=50, blank=True)
    actions = models.JSONField(default=list)
    open_questions = models.JSONField(default=list)
    summary = models.TextField(blank=True)
    confidence = models.FloatField(null=True)
    by_model = models.JSONField(default=dict)

    class Meta(TenantOwned.Meta):
        indexes = [models.Index(fields=["tenant", "phone"], name="calls_lead_phone")]

    def __str__(self) -> str:
        return f"{self.urgency} {self.job_type or self.intent or 'lead'}"


class BookingStatus(models.TextChoices):
    """Whether the plumber comes."""

    BOOKED = "booked"
    CANCELLED = "cancelled"


class Booking(TenantOwned):
    """An arrival window that was promised. `place` counts from 0 within the window's capacity.

    Two bookings can't have one place in one window: the database refuses the second. A place may
    lie above today's capacity: what was promised stays when the capacity is lowered.
    `sequence` counts what changed about it since, for calendars that have it already.
    """

    call = models.ForeignKey(Call, models.SET_NULL, null=True, related_name="bookings")
    reference = models.CharField(max_length=16)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    place = models.PositiveSmallIntegerField(default=0)
    status = models.CharField(max_length=16, choices=BookingStatus, default=BookingStatus.BOOKED)
    name = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=32, blank=True)
    street = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(db_default=Now())
    sequence = models.PositiveIntegerField(default=0)

    class Meta(TenantOwned.Meta):
        ordering = ["starts_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "starts_at", "place"],
                condition=Q(status="booked"),
                name="calls_booking_no_double",
            ),
            models.UniqueConstraint(
                fields=["tenant", "reference"], name="calls_booking_reference_per_tenant"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="calls_booking_ends_after_start"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "phone"], name="calls_booking_phone"),
            models.Index(fields=["tenant", "starts_at"], name="calls_booking_starts"),
        ]

    def __str__(self) -> str:
        return f"booking {self.reference} ({self.status})"


class MessageKind(models.TextChoices):
    """How a message came about."""

    MESSAGE = "message"
    VOICEMAIL = "voicemail"
    UNANSWERED = "unanswered", "Unanswered question"
    PAYMENT_LINK = "payment_link", "Asked for a payment link"


class Message(TenantOwned):
    """Something a person has to read or hear. `recording_url` is where the carrier keeps it."""

    call = models.ForeignKey(Call, models.CASCADE, related_name="messages")
    kind = models.CharField(max_length=16, choices=MessageKind)
    text = models.TextField(blank=True)
    recording_sid = models.CharField(max_length=64, blank=True)
    recording_url = models.URLField(max_length=500, blank=True)
    duration_s = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["call", "recording_sid"],
                condition=~Q(recording_sid=""),
                name="calls_message_recording_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.created_at:%Y-%m-%d %H:%M}"


class NoticeKind(models.TextChoices):
    """What somebody is told about."""

    PAGE_ON_CALL = "page_on_call"


class NoticeStatus(models.TextChoices):
    """Whether it was told."""

    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"


class Notice(TenantOwned):
    """A text message to be sent: an outbox row, written with what it is about, sent afterwards."""

    call = models.ForeignKey(Call, models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=16, choices=NoticeKind)
    recipient = models.CharField(max_length=PHONE_LENGTH)
    text = models.TextField()
    idempotency_key = models.CharField(max_length=100, unique=True)
    status = models.CharField(max_length=16, choices=NoticeStatus, default=NoticeStatus.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        ordering = ["-created_at"]
        indexes = [
            models.Index(
                fields=["created_at"], name="calls_notice_pending", condition=Q(status="pending")
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.status})"
