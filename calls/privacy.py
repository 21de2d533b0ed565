"""What callers and the calendar may ask of us: give it out, or make it gone."""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core import serializers
from django.db.models import CharField, F, Func, Q, QuerySet, Value

from calls.models import (
    AccessCode,
    Booking,
    Call,
    CallStatus,
    ConsentReceipt,
    Lead,
    Recording,
    Turn,
)
from calls.recordings import recording_file
from tenants.audit import audit
from tenants.context import tenant_context, unscoped
from tenants.models import Tenant
from tenants.models.audit import AuditKind

SUBSCRIBER_DIGITS = 10
"""How many digits from the end tell a caller from others, however the number was written."""

PARTS_OF_A_CALL = ("turns", "events", "bookings", "messages", "notices", "access_codes")


class CallStillOn(RuntimeError):
    """The caller is on the phone right now; what is being said cannot be erased yet."""


@dataclass(frozen=True, slots=True)
class Erased:
    """How much went."""

    calls: int
    turns: int
    recordings: int
    bookings: int


def caller_fingerprint(*, tenant: Tenant, number: str) -> str:
    """Stands for a caller where the number itself must not: same number, same 16 hex digits."""
    told = f"{tenant.pk} {_subscriber(number)}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), told, hashlib.sha256).hexdigest()[:16]


def caller_erase(*, tenant: Tenant, number: str, reason: str) -> Erased:
    """Remove every call with all its parts and the bookings of the caller, and leave a proof of it.

    Found by the number called from or left to call back. What was billed stays, without the
    number. The files go first: if something fails then, running it again finishes the work.
    Raises ValueError for no number, CallStillOn while the caller is talking.
    """
    with tenant_context(tenant):
        calls = _calls_of(number).select_for_update().order_by("pk")  # two at once: one waits
        status = dict(calls.values_list("pk", "status"))
        if set(status.values()) - {CallStatus.ENDED}:
            raise CallStillOn("the caller is on the phone right now; try again after the call")
        found = list(status)
        recordings = _recordings_remove(Recording.objects.filter(call_id__in=found))
        bookings, _ = _bookings_of(number, found).delete()
        turns, _ = Turn.objects.filter(call_id__in=found).delete()
        Call.objects.filter(pk__in=found).delete()
        erased = Erased(len(found), turns, recordings, bookings)
        audit(
            AuditKind.ERASE,
            subject=f"caller {caller_fingerprint(tenant=tenant, number=number)}",
            reason=reason,
            after=asdict(erased),
        )
    return erased


def caller_export(*, tenant: Tenant, number: str, reason: str) -> dict[str, Any]:
    """Everything kept about the caller: calls with their parts, as JSON values, oldest first.

    Recordings are named by their path below RECORDINGS_DIR. Raises ValueError for no number.
    """
    with tenant_context(tenant):
        calls = _calls_of(number).order_by("started_at")
        found = [call.pk for call in calls]
        audit(
            AuditKind.EXPORT,
            subject=f"caller {caller_fingerprint(tenant=tenant, number=number)}",
            reason=reason,
            after={"calls": len(found)},
        )
        return {
            "business": tenant.name,
            "number": number,
            "calls": [_with_parts(call) for call in calls],
            "bookings": _plain(_bookings_of(number, found)),
        }


def retention_sweep(*, now: datetime) -> int:
    """Remove the sound and the words that each tenant has kept long enough; how many calls.

    A tenant from which something went gets a proof in its log. Safe to run at any time, twice.
    """
    with unscoped(reason="remove what was kept long enough"):
        tenants = list(Tenant.objects.order_by("pk"))
    return sum(_sweep(tenant, now) for tenant in tenants)


def _sweep(tenant: Tenant, now: datetime) -> int:
    no_sound_before = now - timedelta(days=tenant.audio_retention_days)
    no_words_before = now - timedelta(days=tenant.transcript_retention_days)
    with tenant_context(tenant):
        silent = _recordings_remove(Recording.objects.filter(call__ended_at__lt=no_sound_before))
        codes, _ = AccessCode.objects.filter(call__ended_at__lt=no_sound_before).delete()
        wordless = Turn.objects.filter(call__ended_at__lt=no_words_before)
        calls = wordless.order_by().values("call_id").distinct().count()
        turns, _ = wordless.delete()
        if silent or turns or codes:
            audit(
                AuditKind.RETENTION,
                reason="kept long enough",
                after={
                    "recordings": silent,
                    "recordings_before": no_sound_before.isoformat(),
                    "access_codes": codes,
                    "turns": turns,
                    "turns_before": no_words_before.isoformat(),
                },
            )
    return max(silent, calls)


def _subscriber(number: str) -> str:
    digits = "".join(character for character in number if character.isdigit())
    if len(digits) < SUBSCRIBER_DIGITS:
        raise ValueError(f"{number!r} is no phone number; write it as +13125550100")
    return digits[-SUBSCRIBER_DIGITS:]


def _written_as(column: str, number: str) -> Q:
    return Q(**{f"{column}__endswith": _subscriber(number)})


def _digits(column: str) -> Func:
    return Func(
        F(column),
        Value(r"\D"),
        Value(""),
        Value("g"),
        function="regexp_replace",
        output_field=CharField(),
    )


def _calls_of(number: str) -> QuerySet[Call]:
    left_it = (
        Lead.objects.annotate(digits=_digits("phone"))
        .filter(_written_as("digits", number))
        .values("call_id")
    )
    booked = Booking.objects.annotate(digits=_digits("phone")).filter(_written_as("digits", number))
    return Call.objects.filter(
        _written_as("from_number", number)
        | Q(pk__in=left_it)
        | Q(pk__in=booked.exclude(call=None).values("call_id"))
    )


def _bookings_of(number: str, calls: Iterable[Any]) -> QuerySet[Booking]:
    return Booking.objects.annotate(digits=_digits("phone")).filter(
        _written_as("digits", number) | Q(call_id__in=list(calls))
    )


def _recordings_remove(recordings: QuerySet[Recording]) -> int:
    removed = 0
    for recording in recordings.iterator():
        recording_file(recording).unlink(missing_ok=True)
        recording.delete()
        removed += 1
    return removed


def _with_parts(call: Call) -> dict[str, Any]:
    found = {part: _plain(getattr(call, part).all()) for part in PARTS_OF_A_CALL}
    lead = Lead.objects.filter(call=call)
    recording = Recording.objects.filter(call=call)
    consent = ConsentReceipt.objects.filter(call=call)
    alone = {"lead": _plain(lead), "recording": _plain(recording), "consent": _plain(consent)}
    return {**_plain([call])[0], **alone, **found}


def _plain(rows: Iterable[Any]) -> list[dict[str, Any]]:
    return [
        {"id": str(row["pk"]), **row["fields"]} for row in serializers.serialize("python", rows)
    ]
