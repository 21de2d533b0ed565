"""From a stream's token to everything its conversation needs, in one transaction."""

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from calls import admission, bookings, services
from calls.front_desk import CallDesk, DeskCall
from calls.journal import Journal, JournalHead
from calls.models import Call, Reservation
from calls.stream_tokens import StreamGrant
from tenants.context import tenant_context
from tenants.selectors import rules_for
from voice.ports import CallContext
from voice.receptionist.dialogue import Scene


@dataclass(frozen=True, slots=True)
class OpenedCall:
    """A call whose token was good, ready for its conversation."""

    context: CallContext
    head: JournalHead
    journal: Journal
    desk: CallDesk


def open_call(grant: StreamGrant) -> OpenedCall | None:
    """Use the token up and load its call; None if the token was used before, or the call is over.

    Then nothing has changed: what was done in the transaction is undone.
    """
    now = timezone.now()
    try:
        with tenant_context(grant.tenant_id):
            opened = _opened(grant)
            is_first = admission.confirm(
                tenant_id=grant.tenant_id, call_sid=grant.call_sid, nonce=grant.nonce, now=now
            )
            wait_ms = Reservation.objects.get(call_sid=grant.call_sid).wait_ms
            if not is_first or not services.call_answer(
                tenant_id=grant.tenant_id, call_id=grant.call_id, wait_ms=wait_ms, now=now
            ):
                raise _TokenUsed
    except (_TokenUsed, Call.DoesNotExist, Reservation.DoesNotExist):
        return None
    opened.journal.open()
    return opened


class _TokenUsed(Exception):
    """Undoes the transaction."""


def _opened(grant: StreamGrant) -> OpenedCall:
    call = Call.objects.select_related("profile").get(pk=grant.call_id)
    if call.profile is None:
        raise Call.DoesNotExist(f"{call} has no profile to be answered with")
    rules = rules_for(call.profile)
    now = timezone.now()
    number = call.from_number
    scene = Scene(
        now=now,
        caller_id=number or None,
        open_windows=bookings.open_windows(tenant_id=grant.tenant_id, rules=rules, now=now),
        bookings=bookings.bookings_of_number(tenant_id=grant.tenant_id, number=number, now=now),
        memory=bookings.memory_of_number(tenant_id=grant.tenant_id, number=number),
    )
    head = JournalHead(str(grant.call_id), grant.tenant_id, grant.call_sid)
    journal = Journal(Path(settings.SPOOL_DIR), head)
    desk_call = DeskCall(grant.tenant_id, grant.call_id, rules, call.profile.forwarding_number)
    return OpenedCall(
        context=CallContext(str(grant.call_id), grant.tenant_id, rules, scene),
        head=head,
        journal=journal,
        desk=CallDesk(desk_call, journal),
    )
