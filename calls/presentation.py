"""How a call is put into words and bars on its pages; no queries here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import phonenumbers

from calls.models import Booking, Call, ConsentReceipt, Lead, Message, Turn

URGENCY_LABELS = {
    "E0": "Life safety",
    "E1": "Active damage, now",
    "U": "Same day",
    "R": "Routine",
    "N": "No job",
}
END_LABELS = {
    "completed": "Completed",
    "caller_hung_up": "Caller hung up",
    "transferred": "Transferred",
    "spam": "Spam, ended",
    "silence": "Nobody spoke",
    "max_duration": "Longest duration reached",
    "carrier_lost": "Line lost",
    "protocol_error": "Line error",
    "engine_failed": "Receptionist failed, call passed on",
    "drained": "Server restarted",
    "server_lost": "Server lost, recovered from the journal",
    "forwarded": "Forwarded to the plumber",
    "overflowed": "No line free, passed on",
    "no_stream": "Ended before the conversation",
}
SLOT_LABELS = {
    "name": "Name",
    "phone": "Call back",
    "extension": "Extension",
    "street": "Street",
    "unit": "Unit",
    "city": "City",
    "zip": "ZIP",
    "problem": "Problem",
    "window": "Window",
    "problem_detail": "More about it",
    "access_notes": "Access",
}
STAGES = (
    ("endpoint", "end of turn", "endpoint_ms"),
    ("stt", "recognition", "transcript_ms"),
    ("think", "reply", "first_sentence_ms"),
    ("speech", "speech", "first_audio_ms"),
    ("out", "line", "first_frame_ms"),
)
BAR_FULL_MS = 2_000


@dataclass(frozen=True, slots=True)
class Stage:
    """One part of a reply's delay, placed on a bar 1,000 units wide."""

    key: str
    label: str
    ms: int
    x: int
    width: int


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing the caller said, with its label."""

    label: str
    value: str
    confirmed: bool
    agreed: bool = False
    by_model: bool = False
    """`agreed`: a language model read the same; `by_model`: only it took this down."""


def urgency_label(urgency: str) -> str:
    return URGENCY_LABELS.get(urgency, urgency)


def end_label(reason: str) -> str:
    return END_LABELS.get(reason, reason.replace("_", " ") or "In progress")


def duration_label(duration_ms: int | None) -> str:
    """`75_400` → "1:15"; unknown durations show a dash."""
    if duration_ms is None:
        return "-"
    return clock_label(duration_ms)


def clock_label(at_ms: int) -> str:
    """A place on the call's timeline as minutes and seconds."""
    seconds = max(0, at_ms) // 1000
    return f"{seconds // 60}:{seconds % 60:02d}"


def number_label(e164: str) -> str:
    """National format for people; what is not a number is shown as it came."""
    try:
        parsed = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return e164 or "Number withheld"
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)


def facts(
    slots: Mapping[str, Mapping[str, object]], by_model: Mapping[str, Any] | None = None
) -> list[Fact]:
    """The lead's slots in reading order; slots without a label of their own come last."""
    agreed, notes = ((by_model or {}).get(key, []) for key in ("agreed", "notes"))
    known = [name for name in SLOT_LABELS if name in slots]
    other = [name for name in slots if name not in SLOT_LABELS]
    return [
        Fact(
            SLOT_LABELS.get(name, name.replace("_", " ").capitalize()),
            _value(name, str(slots[name].get("value", ""))),
            bool(slots[name].get("confirmed")),
            agreed=name in agreed,
            by_model=name in notes,
        )
        for name in [*known, *other]
        if slots[name].get("value") not in (None, "")
    ]


def _value(name: str, value: str) -> str:
    return number_label(value) if name == "phone" else value


def questions(lead: Lead) -> list[tuple[str, bool]]:
    """What is still open, and whether only a language model asks it."""
    asked = lead.by_model.get("questions", [])
    return [(question, question in asked) for question in lead.open_questions]


def stages(latency: Mapping[str, int | bool | None] | None) -> list[Stage]:
    """The delay of one reply cut into stages; a stage that was not measured is left out."""
    found: list[Stage] = []
    before = 0
    for key, label, column in STAGES:
        reached = (latency or {}).get(column)
        if reached is None:
            continue
        ms = max(0, int(reached) - before)
        before = max(before, int(reached))
        x = min(1000, (before - ms) * 1000 // BAR_FULL_MS)
        found.append(Stage(key, label, ms, x, min(1000 - x, ms * 1000 // BAR_FULL_MS)))
    return found


def stages_text(found: Iterable[Stage]) -> str:
    """The bar in words, for those who cannot see it and for the terminal."""
    return ", ".join(f"{stage.label} {stage.ms} ms" for stage in found)


@dataclass(frozen=True, slots=True)
class CallRow:
    """One line of the call list."""

    pk: str
    started_at: datetime
    urgency: str
    urgency_label: str
    caller_label: str
    problem_label: str
    duration_label: str
    end_label: str


@dataclass(frozen=True, slots=True)
class TurnView:
    """One bubble of the transcript."""

    speaker: str
    who: str
    text: str
    clock: str
    started_ms: int
    ended_ms: int
    interrupted: bool
    stages: list[Stage]
    stages_label: str
    reply_ms: int


def call_row(call: Call) -> CallRow:
    """A call in the list; its lead is read if it was fetched along."""
    lead = lead_of(call)
    urgency = lead.urgency if lead else ""
    return CallRow(
        pk=str(call.pk),
        started_at=call.started_at,
        urgency=urgency,
        urgency_label=urgency_label(urgency),
        caller_label=caller_label(call),
        problem_label=(lead.problem or lead.summary) if lead else "",
        duration_label=duration_label(call.duration_ms),
        end_label=end_label(call.end_reason),
    )


@dataclass(frozen=True, slots=True)
class BookingRow:
    """One line of the list of visits."""

    pk: int
    call_pk: str
    reference: str
    starts_at: datetime
    ends_at: datetime
    who: str
    phone_label: str
    place: str
    job_label: str
    urgency: str
    urgency_label: str


def booking_row(booking: Booking) -> BookingRow:
    """A visit in the list; its call and lead are read if they were fetched along."""
    lead = lead_of(booking.call) if booking.call else None
    urgency = lead.urgency if lead else ""
    return BookingRow(
        pk=booking.pk,
        call_pk=str(booking.call_id or ""),
        reference=booking.reference,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        who=booking.name or number_label(booking.phone),
        phone_label=number_label(booking.phone) if booking.phone else "",
        place=booking.street,
        job_label=(lead.problem or lead.job_type.replace("_", " ")) if lead else "",
        urgency=urgency,
        urgency_label=urgency_label(urgency),
    )


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A question callers asked, once or often. `calls` are the newest ones that did."""

    pk: int
    text: str
    count: int
    last_asked: datetime
    other_wordings: tuple[str, ...]
    calls: tuple[tuple[str, datetime], ...]


def question_row(asked: Sequence[Message], *, shown: int) -> QuestionRow:
    """Messages that ask the same, newest first."""
    wordings = dict.fromkeys(message.text for message in asked)
    calls = dict.fromkeys((str(message.call_id), message.created_at) for message in asked)
    return QuestionRow(
        pk=asked[0].pk,
        text=asked[0].text,
        count=len(asked),
        last_asked=asked[0].created_at,
        other_wordings=tuple(wordings)[1 : shown + 1],
        calls=tuple(calls)[:shown],
    )


def lead_of(call: Call) -> Lead | None:
    """The call's lead, None when it has none."""
    try:
        return call.lead
    except Lead.DoesNotExist:
        return None


def consent_of(call: Call) -> ConsentReceipt | None:
    """The call's consent receipt, None when it has none."""
    try:
        return call.consent
    except ConsentReceipt.DoesNotExist:
        return None


def caller_label(call: Call) -> str:
    """The name the caller gave, else the number they called from."""
    lead = lead_of(call)
    return (lead.name if lead else "") or number_label(call.from_number)


def turn_view(turn: Turn) -> TurnView:
    """One turn with its reply time cut into stages."""
    found = stages(turn.latency)
    return TurnView(
        speaker=turn.speaker,
        who="Caller" if turn.speaker == "caller" else "Receptionist",
        text=turn.text,
        clock=clock_label(turn.started_ms),
        started_ms=turn.started_ms,
        ended_ms=turn.ended_ms,
        interrupted=turn.interrupted,
        stages=found,
        stages_label=stages_text(found),
        reply_ms=sum(stage.ms for stage in found),
    )
