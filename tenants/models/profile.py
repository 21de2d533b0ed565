"""What a receptionist may say and do, in versions that never change once saved."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import TransactionNow
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models

from tenants.owned import TenantOwned
from tenants.validators import validate_e164, validate_faq, validate_timezone

LANGUAGES = [("en", "English"), ("es", "Spanish")]
WEEKDAYS = [
    (day, name)
    for day, name in enumerate(
        ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    )
]

MOST_JOBS_A_WINDOW = 100


def english() -> list[str]:
    return ["en"]


def _texts(length: int = 200, **options: Any) -> "ArrayField[list[str], list[str]]":
    return ArrayField(models.CharField(max_length=length), default=list, blank=True, **options)


class ReceptionistProfile(TenantOwned):
    """One version of a tenant's receptionist; saving settings makes the next one.

    A version and its services, hours and windows are written together and never again (triggers
    refuse), and it carries the name and time zone of its day. A call stores the version it was
    answered with, so what it was allowed to say can always be worked out anew.
    """

    version = models.PositiveIntegerField(editable=False)
    business_name = models.CharField(max_length=100)
    timezone = models.CharField(max_length=64, validators=[validate_timezone])
    greeting = models.TextField(
        max_length=500, blank=True, help_text="The first sentence after the disclosure."
    )
    persona = models.TextField(max_length=4000, blank=True, help_text="How the receptionist talks.")
    voice = models.CharField(max_length=40, blank=True, help_text="Empty: the house voice.")
    speed = models.DecimalField(
        max_digits=3,
        decimal_places=2,
        default=Decimal("1.00"),
        validators=[MinValueValidator(Decimal("0.50")), MaxValueValidator(Decimal("2.00"))],
    )
    languages = ArrayField(models.CharField(max_length=2, choices=LANGUAGES), default=english)
    forwarding_number = models.CharField(
        max_length=16,
        blank=True,
        validators=[validate_e164],
        help_text="The plumber's own phone: rung on overflow, suspension and failure.",
    )
    on_call = ArrayField(
        models.CharField(max_length=16, validators=[validate_e164]),
        default=list,
        blank=True,
        help_text="Rung in this order for emergencies and transfers.",
    )
    service_zips = ArrayField(
        models.CharField(
            max_length=5, validators=[RegexValidator(r"^\d{5}$", "a ZIP has five digits")]
        ),
        default=list,
        blank=True,
    )
    holidays = ArrayField(models.DateField(), default=list, blank=True)
    not_offered = _texts()
    diagnostic_fee = models.CharField(max_length=200, blank=True, help_text="Said as written.")
    emergency_fee = models.CharField(max_length=200, blank=True, help_text="Said as written.")
    memberships = _texts(help_text="Said as written.")
    faq = models.JSONField(default=list, blank=True, validators=[validate_faq])
    recording = models.BooleanField(default=True)
    half_duplex = models.BooleanField(
        default=False, help_text="The receptionist cannot be interrupted."
    )
    max_call_minutes = models.PositiveSmallIntegerField(
        default=20, validators=[MinValueValidator(1), MaxValueValidator(120)]
    )
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        db_constraint=False,  # a version outlives the account that saved it
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )
    created_at = models.DateTimeField(db_default=TransactionNow(), editable=False)

    class Meta(TenantOwned.Meta):
        ordering = ["tenant", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "version"], name="one_profile_a_version"),
        ]

    def __str__(self) -> str:
        return f"{self.business_name}, version {self.version}"


class ProfilePart(TenantOwned):
    """What hangs on one version and lives and dies with it."""

    class Meta(TenantOwned.Meta):
        abstract = True


class Service(ProfilePart):
    """A kind of job. `price_text` is said verbatim; empty: not listed, so never quoted."""

    profile = models.ForeignKey(
        ReceptionistProfile, on_delete=models.CASCADE, related_name="services"
    )
    position = models.PositiveSmallIntegerField(default=0)
    code = models.SlugField(max_length=40)
    name = models.CharField(max_length=80)
    price_text = models.CharField(max_length=200, blank=True)
    bookable = models.BooleanField(default=True)
    human_only = models.BooleanField(default=False, help_text="Always passed to a person.")

    class Meta(ProfilePart.Meta):
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["profile", "code"], name="one_service_a_code"),
        ]

    def __str__(self) -> str:
        return self.name


class OpeningHours(ProfilePart):
    """Open from `opens` to `closes`, the tenant's local time, on one weekday (Monday is 0)."""

    profile = models.ForeignKey(ReceptionistProfile, on_delete=models.CASCADE, related_name="hours")
    weekday = models.PositiveSmallIntegerField(choices=WEEKDAYS)
    opens = models.TimeField()
    closes = models.TimeField()

    class Meta(ProfilePart.Meta):
        ordering = ["weekday", "opens"]
        verbose_name_plural = "opening hours"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(weekday__lte=6, closes__gt=models.F("opens")),
                name="hours_make_sense",
                violation_error_message="Closing time must come after opening time.",
            ),
            models.UniqueConstraint(fields=["profile", "weekday", "opens"], name="hours_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}-{self.closes:%H:%M}"


class ArrivalWindow(ProfilePart):
    """A window in which the plumber may be promised to arrive, to `capacity` customers.

    Without `weekday` it counts on every working day; one with it replaces the everyday one that
    starts at the same time.
    """

    profile = models.ForeignKey(
        ReceptionistProfile, on_delete=models.CASCADE, related_name="windows"
    )
    starts = models.TimeField()
    ends = models.TimeField()
    weekday = models.PositiveSmallIntegerField(
        choices=WEEKDAYS, null=True, blank=True, help_text="Empty: every working day."
    )
    capacity = models.PositiveSmallIntegerField(
        default=1,
        validators=[MaxValueValidator(MOST_JOBS_A_WINDOW)],
        help_text="How many jobs fit into it; 0: not offered.",
    )

    class Meta(ProfilePart.Meta):
        ordering = ["starts", "weekday"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends__gt=models.F("starts")),
                name="window_makes_sense",
                violation_error_message="The window must end after it starts.",
            ),
            models.CheckConstraint(
                condition=models.Q(weekday__isnull=True) | models.Q(weekday__lte=6),
                name="window_weekday",
            ),
            models.UniqueConstraint(
                fields=["profile", "starts", "weekday"],
                nulls_distinct=False,
                name="window_once",
                violation_error_message="Two windows of the same day start at the same time.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts:%H:%M}-{self.ends:%H:%M}"


class BlackoutDays(ProfilePart):
    """Days without bookings, first and last included: closed for bookings, not for calls."""

    profile = models.ForeignKey(
        ReceptionistProfile, on_delete=models.CASCADE, related_name="blackouts"
    )
    first_day = models.DateField()
    last_day = models.DateField()
    reason = models.CharField(max_length=200, blank=True, help_text="For the team; never said.")

    class Meta(ProfilePart.Meta):
        ordering = ["first_day", "pk"]
        verbose_name_plural = "blackout days"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(last_day__gte=models.F("first_day")),
                name="blackout_makes_sense",
                violation_error_message="The last day must not come before the first.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_day} to {self.last_day}"
