"""What a person has to do or to know after a call: messages, and notices to those on call."""

from datetime import datetime
from uuid import UUID

from calls.models import Message, MessageKind, Notice, NoticeKind
from tenants.context import tenant_context
from voice.redaction import redact


def message_take(
    *, tenant_id: int, call_id: UUID, kind: MessageKind, text: str, now: datetime
) -> Message:
    """Keep a message of the caller for the plumber, without card numbers and access codes."""
    with tenant_context(tenant_id):
        return Message.objects.create(
            tenant_id=tenant_id,
            call_id=call_id,
            kind=kind,
            text=redact(text).text,
            created_at=now,
        )


def voicemail_take(
    *,
    tenant_id: int,
    call_id: UUID,
    recording_sid: str,
    recording_url: str,
    duration_s: int | None,
    now: datetime,
) -> bool:
    """Keep where a recorded message lies; false if it is known already, or nothing was said."""
    if not recording_sid and not recording_url:
        return False
    with tenant_context(tenant_id):
        _, created = Message.objects.get_or_create(
            call_id=call_id,
            recording_sid=recording_sid[:64],
            defaults={
                "tenant_id": tenant_id,
                "kind": MessageKind.VOICEMAIL,
                "recording_url": recording_url[:500],
                "duration_s": duration_s,
                "created_at": now,
            },
        )
    return created


def page_on_call(
    *, tenant_id: int, call_id: UUID, recipients: tuple[str, ...], text: str, now: datetime
) -> int:
    """Have everyone on call texted about this call, once each; how many are new."""
    notices = [
        Notice(
            tenant_id=tenant_id,
            call_id=call_id,
            kind=NoticeKind.PAGE_ON_CALL,
            recipient=recipient,
            text=text[:1000],
            idempotency_key=f"page:{call_id}:{recipient}",
            created_at=now,
        )
        for recipient in recipients
    ]
    with tenant_context(tenant_id):
        before = Notice.objects.filter(call_id=call_id).count()
        Notice.objects.bulk_create(notices, ignore_conflicts=True)
        return Notice.objects.filter(call_id=call_id).count() - before
