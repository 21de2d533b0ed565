"""Consent receipts: what a caller was told about the recording, and what they said to it."""

from datetime import datetime, timedelta
from uuid import UUID

from calls.models import Call, ConsentReceipt
from tenants.context import tenant_context
from voice.records import CallRecord, Speaker, TurnRecord

DISCARDED = "recording turned off; sound and transcript of the whole call not kept"


def objection_note(*, tenant_id: int, call_id: UUID, said: str, at: datetime) -> None:
    """The caller objects to being recorded: kept at once, and only the first time."""
    with tenant_context(tenant_id):
        call = Call.objects.select_related("profile").get(pk=call_id)
        receipt, _ = ConsentReceipt.objects.get_or_create(call=call, defaults=_rule(call))
        ConsentReceipt.objects.filter(pk=receipt.pk, objected_at=None).update(
            objection=said, objected_at=at, done=DISCARDED
        )


def receipt_write(*, call: Call, record: CallRecord, at: datetime) -> None:
    """Complete the call's receipt; belongs into the transaction that ends the call.

    The words are the receptionist's first, as far as they were heard. An objection that the
    database never heard of is taken from the record, without its words.
    """
    greeting = next((turn for turn in record.turns if turn.speaker is Speaker.RECEPTIONIST), None)
    receipt, _ = ConsentReceipt.objects.get_or_create(call=call, defaults=_rule(call))
    if greeting is not None:
        receipt.heard, receipt.cut_off = greeting.text, greeting.interrupted
        receipt.heard_at = _heard_at(call, greeting)
    if not record.keep_transcript and receipt.objected_at is None:
        receipt.objected_at, receipt.done = at, DISCARDED
    receipt.save()


def _rule(call: Call) -> dict[str, object]:
    """What the receptionist went by: without a profile nothing was recorded."""
    profile = call.profile
    return {
        "tenant_id": call.owner_id,
        "profile_version": profile and profile.version,
        "recording": profile is not None and profile.recording,
    }


def _heard_at(call: Call, greeting: TurnRecord) -> datetime:
    began = call.answered_at or call.started_at
    return began + timedelta(milliseconds=greeting.started_ms)
