"""A call, its turns and its recording."""

import uuid

from django.db import models
from django.db.models import F, Q

from tenants.fields import SealedTextField
from tenants.owned import TenantOwned
from voice.records import EndReason, Speaker

PHONE_LENGTH = 16
"""E.164: a plus and at most 15 digits."""


class Carrier(models.TextChoices):
    """Who brings calls to us."""

    TWILIO = "twilio"
    TELNYX = "telnyx"
    BROWSER = "browser"


class CallStatus(models.TextChoices):
    """Where a call is. It ends once, with a reason."""

    RINGING = "ringing"
    LIVE = "live"
    ENDED = "ended"


class Transfer(models.TextChoices):
    """How handing the caller to a person went."""

    NONE = "", "None"
    PENDING = "pending"
    ACCEPTED = "accepted"
    FAILED = "failed"


class CallEnd(models.TextChoices):
    """Why a call ended: the conversation's own reasons, and those of calls that had none."""

    COMPLETED = EndReason.COMPLETED.value
    CALLER_HUNG_UP = EndReason.CALLER_HUNG_UP.value
    TRANSFERRED = EndReason.TRANSFERRED.value
    SPAM = EndReason.SPAM.value
    SILENCE = EndReason.SILENCE.value
    MAX_DURATION = EndReason.MAX_DURATION.value
    CARRIER_LOST = EndReason.CARRIER_LOST.value
    PROTOCOL_ERROR = EndReason.PROTOCOL_ERROR.value
    ENGINE_FAILED = EndReason.ENGINE_FAILED.value
    DRAINED = EndReason.DRAINED.value
    SERVER_LOST = EndReason.SERVER_LOST.value
    FORWARDED = "forwarded"
    OVERFLOWED = "overflowed"
    NO_STREAM = "no_stream", "Hung up before being answered"


class Call(TenantOwned):
    """One call, from the first webhook to its end.

    `wait_ms` is how long the caller was held before a line was free; `duration_ms` counts the
    conversation, from the start of its audio.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    carrier = models.CharField(max_length=16, choices=Carrier)
    carrier_call_sid = models.CharField(max_length=64)
    from_number = models.CharField(max_length=PHONE_LENGTH, blank=True)
    to_number = models.CharField(max_length=PHONE_LENGTH)
    profile = models.ForeignKey(
        "tenants.ReceptionistProfile", models.PROTECT, null=True, related_name="+"
    )
    status = models.CharField(max_length=16, choices=CallStatus, default=CallStatus.RINGING)
    started_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=24, choices=CallEnd, blank=True)
    duration_ms = models.PositiveIntegerField(null=True)
    wait_ms = models.PositiveIntegerField(default=0)
    transfer = models.CharField(max_length=16, choices=Transfer, default=Transfer.NONE, blank=True)
    transcript_kept = models.BooleanField(default=True)
    is_test = models.BooleanField(default=False)
    is_spam = models.BooleanField(default=False)
    error = models.TextField(blank=True)
    search = models.TextField(default="", blank=True, editable=False)
    """What a search reads: the call's and its lead's words in lower case. Triggers write it."""

    class Meta(TenantOwned.Meta):
        ordering = ["-started_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["carrier", "carrier_call_sid"], name="calls_call_once_per_carrier"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, end_reason="", duration_ms__isnull=True)
                | Q(ended_at__isnull=False, duration_ms__isnull=False) & ~Q(end_reason=""),
                name="calls_call_ended_means_reason",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=False) ^ ~Q(status="ended"),
                name="calls_call_ended_means_status",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                name="calls_call_ends_after_start",
            ),
        ]
        indexes = [
            models.Index(  # a search reads the index alone, in the list's order
                fields=["tenant", "-started_at", "-id"], include=["search"], name="calls_call_pages"
            ),
            models.Index(fields=["tenant", "from_number", "-started_at"], name="calls_call_caller"),
            models.Index(
                fields=["started_at"],
                name="calls_call_open",
                condition=Q(ended_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.carrier} call {self.id}"

    @property
    def owner_id(self) -> int:
        """The tenant's id, for sure: type checkers take a key with a default for optional."""
        if self.tenant_id is None:
            raise ValueError(f"{self} was made without a tenant")
        return self.tenant_id


class Turn(TenantOwned):
    """One side's turn. Milliseconds are on the media timeline, 0 where the stream started.

    `latency` holds the stages of the reply as in voice.records.TurnLatency; `grounds` a list of
    {said, source}; `asked` the slot the question at its end was about.
    """

    call = models.ForeignKey(Call, models.CASCADE, related_name="turns")
    index = models.PositiveIntegerField()
    speaker = models.CharField(max_length=16, choices=[(s.value, s.value) for s in Speaker])
    text = SealedTextField(blank=True)
    started_ms = models.PositiveIntegerField()
    ended_ms = models.PositiveIntegerField()
    confidence = models.FloatField(null=True)
    interrupted = models.BooleanField(default=False)
    latency = models.JSONField(null=True)
    grounds = models.JSONField(default=list)
    asked = models.CharField(max_length=32, blank=True)

    class Meta(TenantOwned.Meta):
        ordering = ["call", "index"]
        constraints = [
            models.UniqueConstraint(fields=["call", "index"], name="calls_turn_once_per_index"),
            models.CheckConstraint(
                condition=Q(ended_ms__gte=F("started_ms")), name="calls_turn_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.speaker} turn {self.index}"


class Recording(TenantOwned):
    """A call's sound: stereo WAV, caller left, receptionist right, sealed with the tenant's key.

    `path` is below RECORDINGS_DIR; `bytes` and `sha256` are the WAV's, before it was sealed.
    """

    call = models.OneToOneField(Call, models.CASCADE, related_name="recording")
    path = models.CharField(max_length=200, unique=True)
    format = models.CharField(max_length=32, default="wav/pcm16/8000/2")
    duration_ms = models.PositiveIntegerField()
    bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"recording {self.path}"


class CallEvent(TenantOwned):
    """Something a call's audit needs: append-only, never updated."""

    call = models.ForeignKey(Call, models.CASCADE, related_name="events")
    at = models.DateTimeField()
    kind = models.CharField(max_length=32)
    text = models.TextField(blank=True)

    class Meta(TenantOwned.Meta):
        ordering = ["call", "at", "id"]

    def __str__(self) -> str:
        return f"{self.kind} at {self.at:%Y-%m-%d %H:%M:%S}"
