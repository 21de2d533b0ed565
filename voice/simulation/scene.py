"""A whole call in virtual time: session, carrier, caller and engines together."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

from voice.conversation.brain import Brain
from voice.ports import CallContext, Voice
from voice.receptionist.dialogue import Action, Event, LeadRecord, Scene
from voice.receptionist.rules import TenantRules
from voice.records import CallRecord, EndReason, TurnRecord
from voice.session import CallSession
from voice.simulation.caller import Line, SimulatedCaller
from voice.simulation.carrier import CarrierHabits, SimulatedCarrier
from voice.simulation.speech import Vocabulary

RULES: Final = TenantRules(business_name="Harbor Plumbing", timezone="America/Chicago")
NOON: Final = datetime(2026, 3, 3, 18, 0, tzinfo=UTC)


@dataclass(slots=True, eq=False)
class NoteDesk:
    """A front desk that writes everything down; `answers` says what an action leads to."""

    answers: Callable[[Action], Event | None] = lambda action: None
    delay_s: float = 0.0
    performed: list[Action] = field(default_factory=list)
    turns: list[TurnRecord] = field(default_factory=list)

    async def perform(self, action: Action) -> Event | None:
        self.performed.append(action)
        await asyncio.sleep(self.delay_s)
        return self.answers(action)

    def note_turn(self, turn: TurnRecord, lead: LeadRecord) -> None:
        self.turns.append(turn)


@dataclass(slots=True, eq=False)
class Call:
    """Everything one simulated call left behind."""

    session: CallSession
    carrier: SimulatedCarrier
    caller: SimulatedCaller
    desk: NoteDesk
    record: CallRecord
    started: float
    """When the stream began, in loop time."""


async def place_call(
    script: Sequence[Line],
    *,
    voice: Voice,
    brain: Brain,
    vocabulary: Vocabulary,
    rules: TenantRules = RULES,
    habits: CarrierHabits | None = None,
    desk: NoteDesk | None = None,
    call_id: str = "call-1",
    tenant_id: int = 1,
    echo_delay_s: float | None = None,
    frames_per_message: int = 1,
    on_session: Callable[[CallSession], None] = lambda _: None,
) -> Call:
    """Call, live the script, and return when the session has ended."""
    carrier = SimulatedCarrier(habits or CarrierHabits())
    desk = desk or NoteDesk()
    context = CallContext(call_id, tenant_id, replace(rules), Scene(NOON, "+17735550121"))
    session = CallSession(context, voice=voice, sink=carrier, desk=desk, brain=brain)
    carrier.on_mark = session.receive_mark
    caller = SimulatedCaller(
        script=script,
        vocabulary=vocabulary,
        carrier=carrier,
        deliver=lambda frame, stamp: session.receive_audio(frame, timestamp_ms=stamp),
        press=session.receive_dtmf,
        hang_up=lambda: session.end(EndReason.CALLER_HUNG_UP),
        echo_delay_s=echo_delay_s,
        frames_per_message=frames_per_message,
    )
    on_session(session)
    started = asyncio.get_running_loop().time()
    living = asyncio.create_task(caller.run())
    try:
        record = await session.run()
    finally:
        living.cancel()
        await asyncio.wait({living})
    return Call(session, carrier, caller, desk, record, started)
