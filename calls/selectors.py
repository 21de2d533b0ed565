"""What may be asked about calls. Each runs inside the tenant's context."""

from datetime import datetime
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet, Value
from django.db.models.functions import Lower

from calls.models import Booking, BookingStatus, Call, Recording, Turn

WORDS = 5
"""How many words of a search count."""


def call_list(*, query: str = "", within: Q | None = None, newest: bool = True) -> QuerySet[Call]:
    """The tenant's calls, newest (else oldest) first, each with its lead; `within` narrows it.

    `query` finds calls that mention all of its words, or parts of words, whatever the letters'
    case: the caller's name, number, street, city, ZIP, problem and summary (Call.search).
    """
    order = ("-started_at", "-pk") if newest else ("started_at", "pk")
    calls = Call.objects.select_related("lead").order_by(*order)
    if within is not None:
        calls = calls.filter(within)
    for word in query.split()[:WORDS]:
        calls = calls.filter(_mentions(word))
    return calls


def call_detail(*, call_id: UUID) -> Call | None:
    """One call with lead and turns, two queries and a key; None if the tenant has no such call."""
    return (
        Call.objects.select_related("lead", "profile", "consent")
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
    """As written; and digits of a number in whatever way the number is written."""
    found = Q(search__contains=Lower(Value(word)))
    digits = "".join(character for character in word if character.isdigit())
    if len(digits) >= 3 and not any(character.isalpha() for character in word):
        found |= Q(search__contains=digits)
    return found
