"""Arrival windows: which are free, who has one, and taking one without ever promising it twice."""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from calls.models import Booking, BookingStatus, Lead
from calls.services import slot_value
from tenants.context import tenant_context
from voice.receptionist.calendar import upcoming_windows
from voice.receptionist.dialogue import CallerMemory, KnownBooking, LeadRecord, Window
from voice.receptionist.rules import TenantRules

OFFERED = 12
"""How many free windows a conversation knows of."""

_REFERENCE_LETTERS = "ACDEFHJKLMNPRTWXY34679"  # none that sound or look alike
_REFERENCE_LENGTH = 5
_TRIES = 5


def open_windows(
    *, tenant_id: int, rules: TenantRules, now: datetime, limit: int = OFFERED
) -> tuple[Window, ...]:
    """The next windows nobody has yet, soonest first."""
    windows = upcoming_windows(rules, now)
    if not windows:
        return ()
    with tenant_context(tenant_id):
        taken = set(
            Booking.objects.filter(
                status=BookingStatus.BOOKED, starts_at__gte=now - timedelta(days=1)
            ).values_list("starts_at", flat=True)
        )
    return tuple(window for window in windows if window.starts_at not in taken)[:limit]


def booking_create(
    *, tenant_id: int, call_id: UUID, window: Window, lead: LeadRecord | None
) -> Booking | None:
    """Take the window for this call; None if somebody else has it.

    A call that asks again for the window it has gets the booking it has.
    """
    details = {
        column: slot_value(lead, column) if lead else "" for column in ("name", "phone", "street")
    }
    for _ in range(_TRIES):
        try:
            with tenant_context(tenant_id), transaction.atomic():
                return Booking.objects.create(
                    tenant_id=tenant_id,
                    call_id=call_id,
                    reference=_reference(),
                    starts_at=window.starts_at,
                    ends_at=window.ends_at,
                    name=details["name"][:200],
                    phone=details["phone"][:32],
                    street=details["street"][:200],
                )
        except IntegrityError:
            with tenant_context(tenant_id):
                holder = Booking.objects.filter(
                    status=BookingStatus.BOOKED, starts_at=window.starts_at
                ).first()
            if holder is not None:
                return holder if holder.call_id == call_id else None
    raise RuntimeError(f"no free booking reference was found in {_TRIES} tries")


def booking_cancel(*, tenant_id: int, reference: str) -> bool:
    """Free the window again; false if there is no such booking, or it is cancelled already."""
    with tenant_context(tenant_id):
        booked = Booking.objects.filter(reference=reference, status=BookingStatus.BOOKED)
        return booked.update(status=BookingStatus.CANCELLED) == 1


def booking_move(*, tenant_id: int, reference: str, window: Window) -> Booking | None:
    """Move a booking to another window; None if that is taken, or there is no such booking."""
    try:
        with tenant_context(tenant_id), transaction.atomic():
            moved = Booking.objects.filter(reference=reference, status=BookingStatus.BOOKED).update(
                starts_at=window.starts_at, ends_at=window.ends_at
            )
            return Booking.objects.get(reference=reference) if moved else None
    except IntegrityError:
        return None


def bookings_of_number(*, tenant_id: int, number: str, now: datetime) -> tuple[KnownBooking, ...]:
    """What this number has booked and is still to come, soonest first."""
    if not number:
        return ()
    with tenant_context(tenant_id):
        coming = Booking.objects.filter(
            status=BookingStatus.BOOKED, phone=number, ends_at__gte=now
        ).order_by("starts_at")[:5]
        return tuple(
            KnownBooking(one.reference, Window(one.starts_at, one.ends_at), one.name, one.street)
            for one in coming
        )


def memory_of_number(*, tenant_id: int, number: str) -> CallerMemory | None:
    """What this tenant's last job for the number said of its caller; None for a new one."""
    if not number:
        return None
    with tenant_context(tenant_id):
        last = (
            Lead.objects.filter(phone=number).exclude(name="").order_by("-call__started_at").first()
        )
    if last is None:
        return None
    return CallerMemory(
        name=last.name, street=last.street, unit=last.unit, city=last.city, zip=last.zip
    )


def _reference() -> str:
    return "".join(secrets.choice(_REFERENCE_LETTERS) for _ in range(_REFERENCE_LENGTH))
