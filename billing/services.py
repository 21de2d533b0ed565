"""What a call counts, written in the transaction that ends it."""

from billing.models import OutboxKind, OutboxRow, UsageEntry, UsageKind
from calls.models import Call, CallEnd

MS_A_SECOND = 1000


def usage_kind(call: Call) -> UsageKind:
    """As what the call goes on the bill."""
    if call.is_test:
        return UsageKind.TEST
    if call.is_spam or call.end_reason == CallEnd.SPAM:
        return UsageKind.SPAM
    if call.answered_at is None:
        return UsageKind.UNANSWERED
    return UsageKind.CALL


def billed_seconds(call: Call) -> int:
    """The conversation in whole seconds, a begun one counted full; 0 for what is not billed."""
    if usage_kind(call) is not UsageKind.CALL:
        return 0
    return -(-(call.duration_ms or 0) // MS_A_SECOND)


def usage_record(call: Call) -> None:
    """Enter the ended call in the ledger, and in the outbox if it costs something.

    Runs inside the transaction that ends the call, as its tenant. A second time for the same call
    changes nothing. Raises ValueError for a call that has not ended.
    """
    if call.ended_at is None:
        raise ValueError(f"call {call.pk} has not ended, so its seconds are not known yet")
    entry, is_new = UsageEntry.objects.get_or_create(
        call=call,
        defaults={
            "kind": usage_kind(call),
            "billed_seconds": billed_seconds(call),
            "duration_ms": call.duration_ms or 0,
            "occurred_at": call.ended_at,
        },
    )
    if is_new and entry.billed_seconds:
        OutboxRow.objects.create(
            kind=OutboxKind.USAGE,
            idempotency_key=f"usage:{entry.pk}",
            payload={
                "call": str(call.pk),
                "billed_seconds": entry.billed_seconds,
                "occurred_at": entry.occurred_at.isoformat(),
            },
        )
