"""Calls and records as the tests need them."""

from datetime import UTC, datetime
from typing import Any

from calls.models import Call, Carrier
from calls.services import call_start
from tests.calls.carrier import CALLER, HARBOR
from tests.tenants.cast import Cast
from voice.receptionist.dialogue import Ground, LeadRecord, SlotValue, Urgency
from voice.records import CallAudio, CallRecord, EndReason, Speaker, TurnLatency, TurnRecord

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)

LEAD = LeadRecord(
    slots={
        "name": SlotValue("Dana Kowalczyk", 1),
        "phone": SlotValue("+17735550121", 2, confirmed=True),
        "street": SlotValue("1847 W Ainslie St", 3),
        "zip": SlotValue("60640", 3),
        "problem": SlotValue("water through the kitchen ceiling", 0),
        "fixture": SlotValue("ceiling", 0),
    },
    urgency=Urgency.E1,
    intent="emergency",
    job_type="leak_repair",
    actions=("page_on_call",),
    open_questions=("Where is the shut-off?",),
    summary="Water pours through the kitchen ceiling.",
    confidence=0.9,
)
TURNS = (
    TurnRecord(
        0,
        Speaker.RECEPTIONIST,
        "Harbor Plumbing. A visit is $89.",
        0,
        2_000,
        latency=TurnLatency(endpoint_ms=250, first_audio_ms=420, mark_ms=900),
        grounds=(Ground("$89", "rules.diagnostic_fee"),),
        asked="problem",
    ),
    TurnRecord(1, Speaker.CALLER, "There's water everywhere!", 2_400, 4_000, 0.8),
)
AUDIO = CallAudio(b"\x00" * 320, b"\xff" * 320)


def record(**fields: Any) -> CallRecord:
    """A finished call with two turns, a lead and 40 ms of sound."""
    given: dict[str, Any] = {
        "reason": EndReason.COMPLETED,
        "duration_ms": 75_400,
        "turns": TURNS,
        "lead": LEAD,
        "audio": AUDIO,
    }
    return CallRecord(**given | fields)


def ringing_call(cast: Cast, sid: str = "CA1") -> Call:
    """A call to Harbor at its first webhook."""
    return call_start(
        tenant=cast.harbor,
        carrier=Carrier.TWILIO,
        call_sid=sid,
        from_number=CALLER,
        to_number=HARBOR,
        now=NOW,
    )
