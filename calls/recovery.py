"""Ending calls whose process, stream or database went away, so that none stays open for ever."""

from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from calls import admission, journal, services
from calls.journal import Journal, JournalHead, Orphan
from calls.models import Call, CallEnd, CallStatus, Reservation, ReservationState
from calls.recordings import recording_store
from tenants.context import unscoped
from voice.keeping import as_kept
from voice.receptionist.dialogue import LeadRecord
from voice.records import CallAudio, CallRecord, EndReason

log = structlog.get_logger(__name__)

AWAY = (OperationalError, InterfaceError, OSError)
"""What says that the database or the disk is away, not that the record is wrong."""

PLACELESS_AT_MOST = timedelta(minutes=10)
"""A call that holds no place is over by then, whether or not anybody said so."""

LOST_AFTER = timedelta(seconds=60)
"""How long past its lease a live call is still believed; its pod may replay its journal first."""


def call_keep(
    *, call_journal: Journal, head: JournalHead, record: CallRecord, at: datetime
) -> bool:
    """Bring a finished call into the database, through the journal; true when it is there.

    False means that the journal keeps it and a replay will bring it in.
    """
    record = as_kept(record)
    is_safe = call_journal.end(record, at)
    try:
        _settle(head, record, record.audio, at)
    except AWAY:
        log.exception("call_kept_in_journal", call_id=head.call_id, is_safe=is_safe)
        call_journal.close()
        return False
    except Exception:
        call_journal.close()
        raise
    call_journal.discard()
    return True


def journals_replay() -> int:
    """Bring every journal without an owner into the database; how many. Stops if it is away."""
    brought_in = 0
    for orphan in journal.orphans(Path(settings.SPOOL_DIR)):
        try:
            _replay(orphan)
        except AWAY:
            log.warning("replay_waits_for_the_database", journal=orphan.path.name)
            break
        except Exception as error:  # one bad journal must not keep the others out
            log.exception("replay_failed", journal=orphan.path.name)
            journal.reject(orphan.path, repr(error))
        else:
            orphan.discard()
            brought_in += 1
    return brought_in


def lost_calls_end(*, now: datetime | None = None) -> int:
    """End the calls that no pod has any more and those that hold no place; how many."""
    at = now or timezone.now()
    with unscoped(reason="the sweep looks for lost calls of all tenants"):
        lost = list(
            Reservation.objects.filter(
                state=ReservationState.LIVE, lease_until__lt=at - LOST_AFTER
            ).values_list("tenant_id", "call_sid", "lease_until")
        )
        holding = Reservation.objects.exclude(state=ReservationState.RELEASED)
        placeless = list(
            Call.objects.filter(ended_at=None, started_at__lt=at - PLACELESS_AT_MOST)
            .exclude(carrier_call_sid__in=holding.values("call_sid"))
            .values_list("tenant_id", "pk", "status")
        )
    ended = sum(_lost(*one, at=at) for one in lost)
    for tenant_id, call_id, status in placeless:
        was_live = status == CallStatus.LIVE
        ended += services.call_end(
            tenant_id=tenant_id,
            call_id=call_id,
            reason=CallEnd.SERVER_LOST if was_live else CallEnd.NO_STREAM,
            at=at,
            error="no pod holds a place for this call" if was_live else "",
        )
    return ended


def _settle(head: JournalHead, record: CallRecord, audio: CallAudio | None, at: datetime) -> None:
    call_id = UUID(head.call_id)
    services.call_finish(tenant_id=head.tenant_id, call_id=call_id, record=record, at=at)
    admission.release(tenant_id=head.tenant_id, call_sid=head.call_sid, now=at)
    if audio is not None:
        recording_store(tenant_id=head.tenant_id, call_id=call_id, audio=audio)


def _replay(orphan: Orphan) -> None:
    if orphan.end is not None:
        _settle(orphan.head, orphan.end.record, orphan.audio(), orphan.end.at)
        return
    turns = tuple(note.turn for note in orphan.notes)
    record = CallRecord(
        reason=EndReason.SERVER_LOST,
        duration_ms=max((turn.ended_ms for turn in turns), default=0),
        turns=turns,
        lead=orphan.notes[-1].lead if orphan.notes else LeadRecord(),
        audio=None,
        keep_transcript=not orphan.private,
        access_codes=orphan.notes[-1].access_codes if orphan.notes else (),
        error="the process that had the call is gone; this is what its journal holds",
    )
    _settle(orphan.head, record, None, timezone.now())


def _lost(tenant_id: int, call_sid: str, lease_until: datetime | None, *, at: datetime) -> bool:
    """The call was alive when its lease was last renewed; nobody has heard of it since."""
    with unscoped(reason="the sweep ends a lost call"):
        call = Call.objects.filter(carrier_call_sid=call_sid, tenant_id=tenant_id).first()
    admission.release(tenant_id=tenant_id, call_sid=call_sid, now=at)
    if call is None:
        return False
    last_seen = (lease_until or at) - admission.LIVE_LEASE
    talked = last_seen - (call.answered_at or last_seen)
    return services.call_end(
        tenant_id=tenant_id,
        call_id=call.pk,
        reason=CallEnd.SERVER_LOST,
        at=at,
        duration_ms=max(0, round(talked.total_seconds() * 1000)),
        error="no pod has renewed this call's lease",
    )
