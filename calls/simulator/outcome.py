"""What the server stored of a placed call, read once it is complete."""

import time
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from calls.models import Call, Lead, Recording, Turn
from calls.recordings import recording_export
from tenants.context import unscoped

STORED_TIMEOUT_S = 20.0
POLL_S = 0.1


@dataclass(frozen=True, slots=True)
class StoredCall:
    """One call with everything that belongs to it."""

    call: Call
    turns: list[Turn]
    lead: Lead | None
    recording_path: str

    def as_json(self) -> dict[str, object]:
        """What scripts compare: turns, lead and how it ended."""
        return {
            "id": str(self.call.pk),
            "tenant": self.call.tenant.slug,
            "end_reason": self.call.end_reason,
            "turns": [
                {
                    "speaker": turn.speaker,
                    "text": turn.text,
                    "started_ms": turn.started_ms,
                    "ended_ms": turn.ended_ms,
                    "interrupted": turn.interrupted,
                    "asked": turn.asked,
                    "latency": turn.latency,
                }
                for turn in self.turns
            ],
            "lead": None
            if self.lead is None
            else {
                "slots": self.lead.slots,
                "urgency": self.lead.urgency,
                "intent": self.lead.intent,
                "job_type": self.lead.job_type,
                "actions": self.lead.actions,
                "summary": self.lead.summary,
            },
            "recording": self.recording_path,
        }


def wait_for_stored_call(
    call_sid: str, *, timeout_s: float = STORED_TIMEOUT_S
) -> StoredCall | None:
    """The ended call; as it is when it does not end in time; None when there is none at all."""
    deadline = time.monotonic() + timeout_s
    while True:
        stored = stored_call(call_sid)
        if stored is None or (stored.call.ended_at is not None and stored.recording_path):
            return stored
        if time.monotonic() > deadline:
            return stored
        time.sleep(POLL_S)


def stored_call(call_sid: str) -> StoredCall | None:
    """What is stored of the carrier's call right now."""
    with unscoped(reason="show the outcome of a placed call"):
        call = Call.objects.select_related("tenant").filter(carrier_call_sid=call_sid).first()
        if call is None:
            return None
        recording = Recording.objects.filter(call=call).first()
        return StoredCall(
            call,
            list(Turn.objects.filter(call=call).order_by("index")),
            Lead.objects.filter(call=call).first(),
            _playable(call_sid, recording) if recording else "",
        )


def _playable(call_sid: str, recording: Recording) -> str:
    """The server's recording, unsealed beside what the caller heard: a path any player takes."""
    target = Path(settings.VAR_DIR) / "placed-calls" / f"{call_sid}-server.wav"
    recording_export(recording, target)
    return str(target)
