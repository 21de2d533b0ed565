"""Everything that writes how a call goes: start, answer, transfer, end."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from django.db.models import F, Field
from django.db.models.functions import Greatest

from calls import consent, hooks
from calls.models import (
    AccessCode,
    Booking,
    Call,
    CallEnd,
    CallEvent,
    CallStatus,
    Lead,
    Transfer,
    Turn,
)
from tenants.context import tenant_context
from tenants.models import Tenant
from voice.after_call.merging import Enrichment
from voice.keeping import as_kept
from voice.receptionist.dialogue import LeadRecord
from voice.records import CallRecord, TurnRecord
from voice.redaction import redact

LEAD_COLUMNS = ("name", "phone", "street", "unit", "city", "zip", "problem")
"""Slots of a lead that have columns of their own."""


def call_start(
    *,
    tenant: Tenant,
    carrier: str,
    call_sid: str,
    from_number: str,
    to_number: str,
    now: datetime,
    is_test: bool = False,
) -> Call:
    """The call's row, made at the first webhook and found again at each further one."""
    with tenant_context(tenant):
        call, _ = Call.objects.select_related("profile").get_or_create(
            carrier=carrier,
            carrier_call_sid=call_sid,
            defaults={
                "tenant": tenant,
                "from_number": from_number,
                "to_number": to_number,
                "profile": tenant.current_profile,
                "started_at": now,
                "is_test": is_test,
            },
        )
    return call


def call_answer(*, tenant_id: int, call_id: UUID, wait_ms: int, now: datetime) -> bool:
    """The conversation begins; false if the call has ended meanwhile, or was answered before."""
    with tenant_context(tenant_id):
        ringing = Call.objects.filter(pk=call_id, status=CallStatus.RINGING)
        return ringing.update(status=CallStatus.LIVE, answered_at=now, wait_ms=wait_ms) == 1


def call_finish(*, tenant_id: int, call_id: UUID, record: CallRecord, at: datetime) -> bool:
    """End the call with all it leaves behind, in one transaction, hooks included.

    True for the one who ended it. False if it had ended before; then nothing changes, except
    that a call given up for lost gets the turns that were found later. Raises Call.DoesNotExist.
    """
    record = as_kept(record)
    with tenant_context(tenant_id):
        won = _end(
            call_id,
            reason=CallEnd(record.reason.value),
            at=at,
            duration_ms=record.duration_ms,
            error=record.error,
        )
        if won or _was_lost(call_id):
            _keep_conversation(tenant_id, call_id, record, at)
        call = Call.objects.get(pk=call_id)
        if won:
            hooks.run(call)
    return won


def lead_enrich(*, tenant_id: int, call_id: UUID, found: Enrichment, model: str) -> bool:
    """Add to a call's lead what a model found in it, marked as such; once. Whether it was added.

    Nothing the lead had is changed but the summary, whose former words are kept beside it.
    """
    with tenant_context(tenant_id):
        lead = Lead.objects.select_for_update().filter(call_id=call_id).first()
        if lead is None or lead.by_model:
            return False
        notes = {
            name: {"value": _added(value), "turn": 0, "confirmed": False}
            for name, value in (found.notes or {}).items()
            if name not in lead.slots
        }
        questions = [_added(question) for question in found.questions]
        lead.by_model = {
            "model": model,
            "agreed": [name for name in found.agreed if name in lead.slots],
            "notes": list(notes),
            "questions": questions,
            **({"summary": lead.summary} if found.summary else {}),
        }
        lead.slots = {**lead.slots, **notes}
        lead.open_questions = [*lead.open_questions, *questions]
        lead.summary = _added(found.summary) or lead.summary
        lead.confidence = lead.confidence if found.confidence is None else found.confidence
        lead.save()
    return True


def call_end(
    *,
    tenant_id: int,
    call_id: UUID,
    reason: CallEnd,
    at: datetime,
    duration_ms: int = 0,
    wait_ms: int | None = None,
    error: str = "",
) -> bool:
    """End a call without a record of its conversation; false if it had ended before."""
    with tenant_context(tenant_id):
        won = _end(call_id, reason=reason, at=at, duration_ms=duration_ms, error=error)
        if won:
            if wait_ms is not None:
                Call.objects.filter(pk=call_id).update(wait_ms=wait_ms)
            hooks.run(Call.objects.get(pk=call_id))
    return won


def transfer_set(
    *, tenant_id: int, call_id: UUID, before: tuple[Transfer, ...], after: Transfer
) -> bool:
    """Move the transfer on; false if it did not stand at one of `before`."""
    with tenant_context(tenant_id):
        return Call.objects.filter(pk=call_id, transfer__in=before).update(transfer=after) == 1


def event_note(
    *, tenant_id: int, call_id: UUID, kind: str, at: datetime, text: str = ""
) -> CallEvent:
    """Something the call's audit needs."""
    with tenant_context(tenant_id):
        return CallEvent.objects.create(
            tenant_id=tenant_id, call_id=call_id, kind=kind, at=at, text=redact(text).text
        )


def spam_mark(*, tenant_id: int, call_id: UUID) -> None:
    """The call was spam: shown as such and not billed."""
    with tenant_context(tenant_id):
        Call.objects.filter(pk=call_id).update(is_spam=True)


def _end(call_id: UUID, *, reason: CallEnd, at: datetime, duration_ms: int, error: str) -> bool:
    """The one statement that ends a call: zero rows means someone else did."""
    changed = Call.objects.filter(pk=call_id, ended_at__isnull=True).update(
        status=CallStatus.ENDED,
        ended_at=Greatest(at, F("started_at")),
        end_reason=reason,
        duration_ms=max(0, duration_ms),
        error=error[:2000],
    )
    return changed == 1


def _was_lost(call_id: UUID) -> bool:
    return (
        Call.objects.filter(pk=call_id, end_reason=CallEnd.SERVER_LOST).exists()
        and not Turn.objects.filter(call_id=call_id).exists()
    )


def _keep_conversation(tenant_id: int, call_id: UUID, record: CallRecord, at: datetime) -> None:
    call = Call.objects.select_related("profile").filter(pk=call_id)
    if record.lead.is_spam:
        call.update(is_spam=True)
    if record.keep_transcript:
        Turn.objects.bulk_create(
            [_turn(tenant_id, call_id, turn) for turn in record.turns], ignore_conflicts=True
        )
    else:
        call.update(transcript_kept=False)
    consent.receipt_write(call=call.get(), record=record, at=at)
    AccessCode.objects.bulk_create(
        AccessCode(tenant_id=tenant_id, call_id=call_id, text=code) for code in record.access_codes
    )
    lead = record.lead
    if lead.slots or lead.intent or lead.summary or lead.actions:
        Lead.objects.get_or_create(
            call_id=call_id, defaults={"tenant_id": tenant_id, **_lead_fields(lead)}
        )
        _complete_bookings(call_id, lead, at)


def _turn(tenant_id: int, call_id: UUID, turn: TurnRecord) -> Turn:
    return Turn(
        tenant_id=tenant_id,
        call_id=call_id,
        index=turn.index,
        speaker=turn.speaker.value,
        text=_storable(turn.text),
        started_ms=turn.started_ms,
        ended_ms=max(turn.started_ms, turn.ended_ms),
        confidence=turn.confidence,
        interrupted=turn.interrupted,
        latency=None if turn.latency is None else asdict(turn.latency),
        grounds=[asdict(ground) for ground in turn.grounds],
        asked=turn.asked or "",
    )


def _lead_fields(lead: LeadRecord) -> dict[str, object]:
    columns = {name: slot_value(lead, name) for name in LEAD_COLUMNS}
    columns = {name: value[: _room(name)] for name, value in columns.items()}
    return {
        **columns,
        "slots": {
            name: {"value": _storable(slot.value), "turn": slot.turn, "confirmed": slot.confirmed}
            for name, slot in lead.slots.items()
        },
        "urgency": lead.urgency.value,
        "intent": lead.intent[:50],
        "job_type": lead.job_type[:50],
        "actions": list(lead.actions),
        "open_questions": [_storable(question) for question in lead.open_questions],
        "summary": _storable(lead.summary),
        "confidence": lead.confidence,
    }


def slot_value(lead: LeadRecord, name: str) -> str:
    """The slot's value, or nothing."""
    slot = lead.slots.get(name)
    return "" if slot is None else _storable(redact(slot.value).text)


def _room(column: str) -> int | None:
    field = Lead._meta.get_field(column)
    return field.max_length if isinstance(field, Field) else None


def _added(text: str) -> str:
    """A model's words as they may be kept."""
    return _storable(redact(text).text)


def _storable(text: str) -> str:
    """Postgres keeps every character but NUL and lone surrogates."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def _complete_bookings(call_id: UUID, lead: LeadRecord, at: datetime) -> None:
    """What was booked before the name was known gets it now."""
    for column in ("name", "phone", "street"):
        if value := slot_value(lead, column)[: _room(column)]:
            Booking.objects.filter(call_id=call_id, **{column: ""}).update(
                **{column: value}, changed_at=at, sequence=F("sequence") + 1
            )
