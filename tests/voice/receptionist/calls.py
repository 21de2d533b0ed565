"""What the receptionist's tests share: a business like the demo's, and calls held by text."""

import json
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from voice.receptionist.calendar import upcoming_windows
from voice.receptionist.conversation import Conversation, PaperDesk, Said
from voice.receptionist.dialogue import (
    CallerMemory,
    CallerSaid,
    KnownBooking,
    Scene,
)
from voice.receptionist.rules import FaqEntry, TenantRules, rules_from_fixture

BUNDLED = (
    Path(__file__).parents[3] / "voice" / "receptionist" / "evaluation" / "data" / "calls.json"
)
HARBOR = rules_from_fixture(json.loads(BUNDLED.read_text())["tenant_fixture"])
CHICAGO = ZoneInfo("America/Chicago")
TUESDAY = datetime(2026, 11, 24, 10, 15, tzinfo=CHICAGO)
CALLER = "+17735550121"
FAQ = (
    FaqEntry("Are you licensed and insured?", "Yes, Illinois license 055-012345, fully insured."),
    FaqEntry("Do you offer financing?", "Yes, through Wisetack, for jobs over $500."),
)


INTAKE = ("my sink is clogged", "1019 w armitage ave", "60614", "Chris Adeyemi", "yes")


def open_at(
    now: datetime = TUESDAY,
    *,
    rules: TenantRules = HARBOR,
    caller_id: str | None = CALLER,
    bookings: tuple[KnownBooking, ...] = (),
    memory: CallerMemory | None = None,
    desk: PaperDesk | None = None,
) -> Conversation:
    """A call that was just answered."""
    scene = Scene(now, caller_id, upcoming_windows(rules, now), bookings, memory)
    return Conversation(rules, scene, desk)


def say(call: Conversation, *lines: str) -> Said:
    """The receptionist's answer to the last of the caller's lines."""
    said = call.greeting
    for line in lines:
        said = call.hear(CallerSaid(line))
    return said


def slots(call: Conversation) -> dict[str, str]:
    """What was taken down so far."""
    return {name: slot.value for name, slot in call.state.slots.items()}


def at_windows(**options: object) -> Conversation:
    """A call in which the first two windows were just offered."""
    call = open_at(**options)  # type: ignore[arg-type]
    say(call, *INTAKE)
    return call
