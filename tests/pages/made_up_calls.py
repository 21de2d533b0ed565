"""Finished calls for the pages to show."""

import datetime
import uuid

from calls.models import Call, Lead, Recording, Turn
from tenants.context import tenant_context
from tenants.models import ReceptionistProfile, Tenant

CRY = "There's water pouring through my kitchen ceiling!"
AT = datetime.datetime(2026, 3, 1, 8, 10, tzinfo=datetime.UTC)


SAID = [
    ("receptionist", "Harbor Plumbing, how can I help?", 200, 3_000, None, False),
    ("caller", CRY, 3_600, 6_900, None, False),
    (
        "receptionist",
        "If you can reach it safely, close the main shut-off valve.",
        7_300,
        10_100,
        {
            "endpoint_ms": 280,
            "transcript_ms": 340,
            "first_sentence_ms": 350,
            "first_audio_ms": 420,
            "first_frame_ms": 430,
        },
        True,
    ),
]


def burst_pipe_call(
    tenant: Tenant, profile: ReceptionistProfile, *, name: str = "Dana Kowalczyk"
) -> Call:
    """An emergency with three turns and a lead; its recording is a row without a file."""
    with tenant_context(tenant):
        call = Call.objects.create(
            tenant=tenant,
            carrier="twilio",
            carrier_call_sid="CA" + uuid.uuid4().hex,
            from_number="+17735550121",
            to_number="+13125550100",
            profile=profile,
            status="ended",
            started_at=AT,
            answered_at=AT,
            ended_at=AT + datetime.timedelta(seconds=75),
            end_reason="completed",
            duration_ms=75_400,
        )
        for index, (speaker, text, start, end, latency, cut) in enumerate(SAID):
            Turn.objects.create(
                tenant=tenant,
                call=call,
                index=index,
                speaker=speaker,
                text=text,
                started_ms=start,
                ended_ms=end,
                latency=latency,
                interrupted=cut,
            )
        _add_lead_and_recording(call, name)
    return call


def _add_lead_and_recording(call: Call, name: str) -> None:
    slots = {
        "name": {"value": name, "turn": 2, "confirmed": False},
        "phone": {"value": "+17735550121", "turn": 3, "confirmed": True},
        "street": {"value": "1847 W Ainslie St", "turn": 4, "confirmed": True},
        "water_running": {"value": "yes", "turn": 1, "confirmed": False},
    }
    Lead.objects.create(
        tenant=call.tenant,
        call=call,
        name=name,
        phone="+17735550121",
        street="1847 W Ainslie St",
        problem="Water through the kitchen ceiling",
        slots=slots,
        urgency="E1",
        intent="emergency",
        job_type="leak_repair",
        actions=["page_on_call"],
        open_questions=["Where the main shut-off is"],
        summary="Burst supply line, water still running.",
    )
    Recording.objects.create(
        tenant=call.tenant,
        call=call,
        path=f"{call.tenant.pk}/{call.pk}.wav",
        duration_ms=75_400,
        bytes=44,
        sha256="0" * 64,
    )
