"""What is kept of a call for a reason of its own: the consent receipt, and access codes."""

from django.db import models
from django.db.models import Q

from calls.models.call import Call
from tenants.fields import SealedTextField
from tenants.owned import TenantOwned


class ConsentReceipt(TenantOwned):
    """What a caller was told about machine and recording, and what they said to it.

    The rule is the profile's version with its recording switch; `heard` are the words that
    reached the caller, `cut_off` if they talked over the rest. It stays when the transcript goes
    (kept long enough, or never kept because they objected) and goes with the caller's erasure.
    """

    call = models.OneToOneField(Call, models.CASCADE, related_name="consent")
    profile_version = models.PositiveIntegerField(null=True)
    recording = models.BooleanField()
    heard = SealedTextField(blank=True)
    heard_at = models.DateTimeField(null=True)
    cut_off = models.BooleanField(default=False)
    objection = SealedTextField(blank=True)
    objected_at = models.DateTimeField(null=True)
    done = models.CharField(max_length=200, blank=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(objected_at__isnull=True, done="")
                | Q(objected_at__isnull=False) & ~Q(done=""),
                name="calls_consent_objection_has_outcome",
            )
        ]

    def __str__(self) -> str:
        return f"consent receipt of call {self.call_id}"


class AccessCode(TenantOwned):
    """How to get in, as the caller said it: a gate's, a door's or an alarm's code.

    It is masked everywhere else; who may read it says Permission.READ_ACCESS_CODES. It goes with
    the call's sound.
    """

    call = models.ForeignKey(Call, models.CASCADE, related_name="access_codes")
    text = SealedTextField()

    class Meta(TenantOwned.Meta):
        ordering = ["call", "pk"]

    def __str__(self) -> str:
        return f"access code of call {self.call_id}"
