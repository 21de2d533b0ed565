"""Arrival windows: which are free, who has one, and taking one without ever promising it twice."""

import secrets
from collections import Counter
from datetime import UTC, datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F

from calls.models import Booking, BookingStatus, Call, Lead
from calls.services import slot_value
from tenants.context import tenant_context
from tenants.models import Tenant
from tenants.selectors import rules_for
from voice.receptionist.calendar import capacity_of, upcoming_windows
from voice.receptionist.dialogue import CallerMemory, KnownBooking, LeadRecord, Window
from voice.receptionist.rules import TenantRules

_REFERENCE_LETTERS = "ACDEFHJKLMNPRTWXY34679"  # none that sound or look alike
_REFERENCE_LENGTH = 5
_TRIES = 200
"""Each lost race means that somebody else booked, and a window holds 100 jobs at most."""

PLACE_TAKEN = "calls_booking_no_double"
REFERENCE_TAKEN = "calls_booking_reference_per_tenant"


def open_windows(*, tenant_id: int, rules: TenantRules, now: datetime) -> tuple[Window, ...]:
    """The windows of the next two weeks that have a place left, soonest first."""
    windows = upcoming_windows(rules, now)
    if not windows:
        return ()
    with tenant_context(tenant_id):
        taken = Counter(
            Booking.objects.filter(
                status=BookingStatus.BOOKED, starts_at__gte=windows[0].starts_at.astimezone(UTC)
            ).values_list("starts_at", flat=True)
        )
    return tuple(
        window
        for window in windows
        if taken[window.starts_at.astimezone(UTC)] < capacity_of(rules, window)
    )


def open_windows_now(*, tenant_id: int, now: datetime) -> tuple[Window, ...]:
    """The same by the settings of this moment, whatever a call began with."""
    rules = current_rules(tenant_id=tenant_id)
    return () if rules is None else open_windows(tenant_id=tenant_id, rules=rules, now=now)


def current_rules(*, tenant_id: int) -> TenantRules | None:
    """What the next call will go by; None for a tenant without a receptionist."""
    with tenant_context(tenant_id):
        tenant = Tenant.objects.select_related("current_profile").get(pk=tenant_id)
        return None if tenant.current_profile is None else rules_for(tenant.current_profile)


def booking_create(
    *, tenant_id: int, call_id: UUID, window: Window, lead: LeadRecord | None, now: datetime
) -> Booking | None:
    """Take a place in the window for this call; None if none is left, or the window has gone.

    The settings of this moment count: a day may have been closed since the window was offered. A
    call that asks again for the window it has gets the booking it has. Raises Call.DoesNotExist.
    """
    details = {
        column: slot_value(lead, column) if lead else "" for column in ("name", "phone", "street")
    }
    for _ in range(_TRIES):
        try:
            with tenant_context(tenant_id), transaction.atomic():
                call = Call.objects.select_for_update(no_key=True).get(pk=call_id)
                known = call.bookings.filter(
                    status=BookingStatus.BOOKED, starts_at=window.starts_at
                ).first()
                if known is not None:
                    return known
                place = _free_place(tenant_id, window, now)
                if place is None:
                    return None
                return Booking.objects.create(
                    tenant_id=tenant_id,
                    call=call,
                    reference=_reference(),
                    starts_at=window.starts_at,
                    ends_at=window.ends_at,
                    place=place,
                    name=details["name"][:200],
                    phone=details["phone"][:32],
                    street=details["street"][:200],
                    changed_at=now,
                )
        except IntegrityError as error:
            if _violated(error) not in (PLACE_TAKEN, REFERENCE_TAKEN):
                raise
    raise RuntimeError(f"no place and free reference were found in {_TRIES} tries")


def booking_cancel(*, tenant_id: int, reference: str, now: datetime) -> bool:
    """Free the window again; false if there is no such booking, or it is cancelled already."""
    with tenant_context(tenant_id):
        booked = Booking.objects.filter(reference=reference, status=BookingStatus.BOOKED)
        changed = booked.update(
            status=BookingStatus.CANCELLED, changed_at=now, sequence=F("sequence") + 1
        )
    return changed == 1


def booking_move(
    *, tenant_id: int, reference: str, window: Window, now: datetime
) -> Booking | None:
    """Move a booking to another window; None if that is full, or there is no such booking.

    Moving it to where it is changes nothing.
    """
    for _ in range(_TRIES):
        try:
            with tenant_context(tenant_id), transaction.atomic():
                booked = Booking.objects.filter(reference=reference, status=BookingStatus.BOOKED)
                booking = booked.select_for_update().first()
                if booking is None or booking.starts_at == window.starts_at.astimezone(UTC):
                    return booking
                place = _free_place(tenant_id, window, now)
                if place is None:
                    return None
                booking.starts_at, booking.ends_at = window.starts_at, window.ends_at
                booking.place, booking.changed_at = place, now
                booking.sequence += 1
                booking.save(
                    update_fields=["starts_at", "ends_at", "place", "changed_at", "sequence"]
                )
                return booking
        except IntegrityError as error:
            if _violated(error) != PLACE_TAKEN:
                raise
    raise RuntimeError(f"no place was found in {_TRIES} tries")


def _free_place(tenant_id: int, window: Window, now: datetime) -> int | None:
    """The lowest place nobody has; None if as many are taken as the window holds.

    Whoever read the same state picks the same place, and the constraint lets one of them have it.
    So there are never more bookings than places, and no lock is held while others look.
    """
    rules = current_rules(tenant_id=tenant_id)
    capacity = 0 if rules is None else capacity_of(rules, window)
    if not capacity or window.starts_at.astimezone(UTC) <= now:
        return None
    taken = set(
        Booking.objects.filter(status=BookingStatus.BOOKED, starts_at=window.starts_at).values_list(
            "place", flat=True
        )
    )
    if len(taken) >= capacity:  # some may lie above a capacity that was lowered
        return None
    return min(place for place in range(capacity) if place not in taken)


def _violated(error: IntegrityError) -> str:
    """The name of the constraint that refused."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return str(getattr(diagnosis, "constraint_name", ""))


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
