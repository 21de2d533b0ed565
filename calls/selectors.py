"""What may be asked about calls. Each runs inside the tenant's context."""

from datetime import datetime
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from calls.models import Booking, BookingStatus, Call, Lead, Recording, Turn


def call_list(*, query: str = "") -> QuerySet[Call]:
    """The tenant's calls, newest first, each with its lead: one query a page, one to count.

    `query` looks for a name, a number, a place or a problem, whatever the letters' case.
    """
    calls = Call.objects.select_related("lead").order_by("-started_at", "-id")
    words = query.split()
    for word in words[:5]:
        calls = calls.filter(_mentions(word))
    return calls


def call_detail(*, call_id: UUID) -> Call | None:
    """One call with lead and turns, two queries and a key; None if the tenant has no such call."""
    return (
        Call.objects.select_related("lead", "profile")
        .prefetch_related(Prefetch("turns", Turn.objects.order_by("index")))
        .filter(pk=call_id)
        .first()
    )


def recording_of(*, call_id: UUID) -> Recording | None:
    """The recording of one of this tenant's calls."""
    return Recording.objects.filter(call_id=call_id).first()


def booking_list(*, now: datetime) -> QuerySet[Booking]:
    """The visits still to come, soonest first, each with its call and lead."""
    return (
        Booking.objects.select_related("call__lead")
        .filter(status=BookingStatus.BOOKED, ends_at__gte=now)
        .order_by("starts_at", "place")
    )


def _mentions(word: str) -> Q:
    """In the call itself or in its lead; leads are read by their tenant's index, not one by one."""
    called, left = Q(from_number__contains=word), Q(zip=word)
    for column in ("name", "street", "city", "problem", "summary"):
        left |= Q(**{f"{column}__icontains": word})
    digits = "".join(character for character in word if character.isdigit())
    if len(digits) >= 3:
        called |= Q(from_number__contains=digits)
        left |= Q(phone__contains=digits)
    return called | Q(pk__in=Lead.objects.filter(left).values("call_id"))
