"""Pages of calls, newest first, each found from where the last one ended.

No page number and no count: both would read everything before the page. A place in the list stays
right while calls arrive or are erased, and works as a plain link.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db.models import Q

from calls.models import Call
from calls.selectors import call_list

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Place:
    """A call's place in the list. As text it stands in a link's `before` or `after`."""

    started_at: datetime
    call_id: UUID

    def __str__(self) -> str:
        return f"{(self.started_at - _EPOCH) // _MICROSECOND}-{self.call_id.hex}"

    @classmethod
    def read(cls, text: str) -> "Place | None":
        """The place that `text` names; None for anything that no link of ours says."""
        at, _, call_id = text.partition("-")
        try:
            return cls(_EPOCH + int(at) * _MICROSECOND, UUID(hex=call_id))
        except (ValueError, OverflowError):
            return None


@dataclass(frozen=True, slots=True)
class CallPage:
    """Some calls, and from where to go on in both directions; None where the list ends."""

    calls: Sequence[Call]
    newer: Place | None
    older: Place | None


def call_page(
    *, query: str = "", before: Place | None = None, after: Place | None = None, size: int
) -> CallPage:
    """The page of calls older than `before`, or newer than `after`; the newest with neither.

    One query, two for a search; the newest page is asked for anew where the wanted one is not full
    of newer calls, or has none left. Runs inside the tenant's context.
    """
    found: list[Call] = []
    if after is not None:
        found = _some(query, size, within=_newer_than(after), newest=False)
        if len(found) > size:
            page = found[:size][::-1]
            return CallPage(page, newer=_place(page[0]), older=_place(page[-1]))
    elif before is not None:
        found = _some(query, size, within=_older_than(before))
    is_first = not found or after is not None
    if is_first:
        found = _some(query, size)
    page = found[:size]
    return CallPage(
        page,
        newer=None if is_first else _place(page[0]),
        older=_place(page[-1]) if len(found) > size else None,
    )


def _some(query: str, size: int, *, within: Q | None = None, newest: bool = True) -> list[Call]:
    """One more than fits: it tells whether there is a next page.

    A search reads nothing but the index first; whole rows are fetched for what it found only.
    """
    calls = call_list(query=query, within=within, newest=newest)
    if query.split():
        found = list(calls.values_list("pk", flat=True)[: size + 1])
        calls = call_list(within=Q(pk__in=found), newest=newest)
    return list(calls[: size + 1])


def _place(call: Call) -> Place:
    return Place(call.started_at, call.pk)


def _older_than(place: Place) -> Q:
    same = Q(started_at__lt=place.started_at) | Q(pk__lt=place.call_id)
    return Q(started_at__lte=place.started_at) & same  # the first half bounds the index


def _newer_than(place: Place) -> Q:
    same = Q(started_at__gt=place.started_at) | Q(pk__gt=place.call_id)
    return Q(started_at__gte=place.started_at) & same
