"""A finished call's record, read once more by the language model when nobody waits for it.

The pod that held the call does it, right after the call was stored: it has the model running and
the words in memory. If the pod or the model goes, the record stays as it was.
"""

import asyncio
from uuid import UUID

import structlog

from calls import services, voice_runtime
from calls.journal import JournalHead
from calls.threads import in_thread
from voice.after_call.reading import read_call
from voice.keeping import as_kept
from voice.records import CallRecord

log = structlog.get_logger(__name__)

AT_ONCE = 4
"""Calls being read; a further one is left as it is, so that live callers have the model."""

_reading = 0


async def call_enrich(
    stored: "asyncio.Future[bool]", *, head: JournalHead, record: CallRecord
) -> bool:
    """Add what the model finds once the call is `stored`; whether it added anything. Never raises.

    The model is shown what may be kept: no card numbers, no access codes, no words without consent.
    A call whose storing failed is left alone: a replay brings it in, without this.
    """
    global _reading
    model = voice_runtime.language_model()
    if model is None or _reading >= AT_ONCE:
        return False
    _reading += 1
    try:
        if not await asyncio.shield(stored):
            return False
        found = await read_call(model, as_kept(record))
        return found is not None and await in_thread(
            services.lead_enrich,
            tenant_id=head.tenant_id,
            call_id=UUID(head.call_id),
            found=found,
            model=model.name,
        )
    except Exception:
        log.exception("call_not_enriched", call_id=head.call_id)
        return False
    finally:
        _reading -= 1
