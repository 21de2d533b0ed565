"""A call's record as it may be kept: nothing in it that must not reach a disk."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from voice.receptionist.dialogue import LeadRecord, SlotValue
from voice.records import CallRecord, Speaker, TurnRecord
from voice.redaction import forget, redact, redact_all

SILENCE: Final = b"\xff"
"""Nothing, in µ-law."""

BYTES_A_MS: Final = 8
AROUND_MS: Final = 300
"""So much before and after a turn is silenced with it: its edges are where speech was detected."""


def as_kept(record: CallRecord) -> CallRecord:
    """The record without card numbers, with access codes set apart, and no words without consent.

    Where a turn named either, the caller's sound is silent for that turn. Doing it twice changes
    nothing more.
    """
    turns, codes, cards = redact_turns(record.turns)
    audio = record.audio
    if audio is not None:
        told = [after for before, after in zip(record.turns, turns, strict=True) if before != after]
        audio = replace(audio, caller_ulaw=_silenced(audio.caller_ulaw, told))
    return replace(
        record,
        turns=turns if record.keep_transcript else without_words(turns),
        lead=redact_lead(record.lead, cards),
        audio=audio,
        access_codes=(*record.access_codes, *codes),
    )


def redact_turns(
    turns: Sequence[TurnRecord],
) -> tuple[tuple[TurnRecord, ...], tuple[str, ...], tuple[str, ...]]:
    """The turns as they may be kept, the access codes said in them, and the card numbers."""
    callers = [turn for turn in turns if turn.speaker is Speaker.CALLER]
    found = dict(
        zip((turn.index for turn in callers), redact_all([t.text for t in callers]), strict=True)
    )
    codes = tuple(code for one in found.values() for code in one.codes)
    cards = tuple(dict.fromkeys(card for one in found.values() for card in one.cards))
    kept = tuple(
        replace(turn, text=found[turn.index].text)
        if turn.index in found
        else replace(turn, text=forget(turn.text, cards))
        for turn in turns
    )
    return kept, codes, cards


def redact_lead(lead: LeadRecord, cards: Sequence[str] = ()) -> LeadRecord:
    """The lead as it may be kept; what was taken down from these card numbers is dropped."""

    def kept(text: str) -> str:
        return redact(forget(text, cards)).text

    slots = {name: replace(slot, value=kept(slot.value)) for name, slot in lead.slots.items()}
    return replace(
        lead,
        slots={name: slot for name, slot in slots.items() if _says_something(slot, lead, name)},
        open_questions=tuple(kept(question) for question in lead.open_questions),
        summary=kept(lead.summary),
    )


def without_words(turns: Iterable[TurnRecord]) -> tuple[TurnRecord, ...]:
    """The turns of a caller who wants no transcript: when, not what; but for the greeting.

    The greeting is ours, and proof of what the caller was told.
    """
    found: list[TurnRecord] = []
    greeted = False
    for turn in turns:
        is_greeting = not greeted and turn.speaker is Speaker.RECEPTIONIST
        greeted = greeted or is_greeting
        found.append(turn if is_greeting else replace(turn, text="", grounds=()))
    return tuple(found)


def _says_something(slot: SlotValue, lead: LeadRecord, name: str) -> bool:
    """A number that was a card's is no number to call back."""
    return name != "phone" or slot.value == lead.slots[name].value


def _silenced(ulaw: bytes, turns: Iterable[TurnRecord]) -> bytes:
    sound = bytearray(ulaw)
    for turn in turns:
        start = max(0, turn.started_ms - AROUND_MS) * BYTES_A_MS
        stop = min(len(sound), (turn.ended_ms + AROUND_MS) * BYTES_A_MS)
        if start < stop:
            sound[start:stop] = SILENCE * (stop - start)
    return bytes(sound)
