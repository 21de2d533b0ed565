"""The hands of the receptionist: what the conversation decides is done here, and kept at once."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar
from uuid import UUID

from django.utils import timezone

from calls import bookings, consent, follow_ups, journal_writer, metrics, services
from calls.journal import Journal, Note
from calls.models import MessageKind, Transfer
from calls.tasks import notices_send_soon
from calls.threads import in_thread
from voice.keeping import redact_lead, redact_turns, without_words
from voice.receptionist.dialogue import (
    Action,
    ActionKind,
    BookingsFound,
    Event,
    LeadRecord,
    WindowBooked,
    WindowTaken,
)
from voice.receptionist.rules import TenantRules
from voice.records import CallRecord, EndReason, Speaker, TurnRecord
from voice.redaction import redact

PERFORM_TIMEOUT_S = 5.0
MASKED = "[masked]"
CARD_TURNS = 48
"""Over so many turns the digits of one card may be told: keys come one a turn."""

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class DeskCall:
    """Whose call the desk works for. `forwarding_number` is paged if nobody is on call."""

    tenant_id: int
    call_id: UUID
    rules: TenantRules
    forwarding_number: str = ""


class CallDesk:
    """voice.ports.FrontDesk for one call, over the database and the call's journal."""

    def __init__(self, call: DeskCall, journal: Journal) -> None:
        self._call = call
        self._journal = journal
        self._notes: dict[int, Note] = {}
        self._said: dict[int, TurnRecord] = {}
        self._codes: dict[str, None] = {}
        self._private = False
        self.transfer_pending = False
        self._does: dict[ActionKind, Callable[[Action], Awaitable[Event | None]]] = {
            ActionKind.BOOK: self._book,
            ActionKind.FIND_BOOKINGS: self._find,
            ActionKind.CANCEL_BOOKING: self._cancel,
            ActionKind.RESCHEDULE: self._reschedule,
            ActionKind.TRANSFER: self._transfer,
            ActionKind.PAGE_ON_CALL: self._page,
            ActionKind.TAKE_MESSAGE: partial(self._message, MessageKind.MESSAGE),
            ActionKind.NOTE_UNANSWERED: partial(self._message, MessageKind.UNANSWERED),
            ActionKind.SEND_PAYMENT_LINK: partial(self._message, MessageKind.PAYMENT_LINK),
            ActionKind.STOP_RECORDING: self._stop_recording,
            ActionKind.MASK_LAST_UTTERANCE: self._mask,
            ActionKind.MARK_SPAM: self._spam,
        }

    async def perform(self, action: Action) -> Event | None:
        """Do it within 5 s. Raises TimeoutError or the database's error."""
        does = self._does.get(action.kind)
        if does is None:  # hanging up is the session's own
            return None
        async with asyncio.timeout(PERFORM_TIMEOUT_S):
            return await does(action)

    def note_turn(self, turn: TurnRecord, lead: LeadRecord) -> None:
        """Keep the turn in memory and, soon, in the journal, as it may be kept; never blocks."""
        metrics.observe_reply(turn.latency)
        self._said[turn.index] = turn
        recent = [self._said[index] for index in sorted(self._said)[-CARD_TURNS:]]
        turns, codes, cards = redact_turns(recent)
        self._codes |= dict.fromkeys(codes)
        notes = dict(self._notes)
        for kept in turns:
            earlier = notes.get(kept.index)
            if earlier is None or kept.index == turn.index:
                notes[kept.index] = Note(kept, redact_lead(lead, cards), tuple(self._codes))
            elif cards and earlier.turn.text not in ("", MASKED):  # part of a card, it turns out
                known = redact_lead(earlier.lead, cards)
                notes[kept.index] = replace(earlier, turn=kept, lead=known)
        if self._private:
            notes = _wordless(notes)
        is_rewritten = any(notes[index] != note for index, note in self._notes.items())
        self._notes = notes
        if is_rewritten:
            self._rewrite_journal()
        else:
            journal_writer.submit(lambda: self._journal.note(notes[turn.index]))

    def record_so_far(self, reason: EndReason, duration_ms: int, error: str) -> CallRecord:
        """What is known of a call whose session is gone."""
        notes = [self._notes[index] for index in sorted(self._notes)]
        return CallRecord(
            reason=reason,
            duration_ms=duration_ms,
            turns=tuple(note.turn for note in notes),
            lead=notes[-1].lead if notes else LeadRecord(),
            audio=None,
            keep_transcript=not self._private,
            error=error,
            access_codes=tuple(self._codes),
        )

    async def _book(self, action: Action) -> Event | None:
        if action.window is None:
            raise ValueError("there is no window in the action to book")
        booking = await self._run(
            bookings.booking_create,
            window=action.window,
            lead=self._last_lead(),
            now=timezone.now(),
        )
        if booking is None:
            return await self._taken()
        return WindowBooked(action.window, booking.reference)

    async def _cancel(self, action: Action) -> None:
        await in_thread(
            bookings.booking_cancel,
            tenant_id=self._call.tenant_id,
            reference=action.reference,
            now=timezone.now(),
        )

    async def _reschedule(self, action: Action) -> Event | None:
        if action.window is None:
            raise ValueError("there is no window in the action to move the booking to")
        moved = await in_thread(
            bookings.booking_move,
            tenant_id=self._call.tenant_id,
            reference=action.reference,
            window=action.window,
            now=timezone.now(),
        )
        if moved is None:
            return await self._taken()
        return WindowBooked(action.window, moved.reference)

    async def _taken(self) -> WindowTaken:
        return WindowTaken(
            await in_thread(
                bookings.open_windows_now, tenant_id=self._call.tenant_id, now=timezone.now()
            )
        )

    async def _find(self, action: Action) -> BookingsFound:
        found = await in_thread(
            bookings.bookings_of_number,
            tenant_id=self._call.tenant_id,
            number=action.text,
            now=timezone.now(),
        )
        return BookingsFound(found)

    async def _transfer(self, action: Action) -> None:
        await self._run(services.transfer_set, before=(Transfer.NONE,), after=Transfer.PENDING)
        self.transfer_pending = True

    async def _page(self, action: Action) -> None:
        recipients = self._call.rules.on_call or (self._call.forwarding_number,)
        await self._run(
            follow_ups.page_on_call,
            recipients=tuple(number for number in recipients if number),
            text=self._page_text(action.text),
            now=timezone.now(),
        )
        await in_thread(notices_send_soon)

    async def _message(self, kind: MessageKind, action: Action) -> None:
        await self._run(follow_ups.message_take, kind=kind, text=action.text, now=timezone.now())

    async def _stop_recording(self, action: Action) -> None:
        self._private = True
        said = self._last_of_caller()
        self._notes = _wordless(self._notes)
        self._rewrite_journal()
        await self._run(
            consent.objection_note, said=said.turn.text if said else "", at=timezone.now()
        )
        await self._event("recording_stopped", "")

    async def _mask(self, action: Action) -> None:
        last = self._last_of_caller()
        if last is not None:
            masked = replace(last.turn, text=MASKED)
            self._notes[last.turn.index] = replace(last, turn=masked)
            self._rewrite_journal()
        await self._event("utterance_masked", "")

    def _last_of_caller(self) -> Note | None:
        said = [n for n in self._notes.values() if n.turn.speaker == Speaker.CALLER]
        return max(said, key=lambda note: note.turn.index, default=None)

    async def _spam(self, action: Action) -> None:
        await self._run(services.spam_mark)

    async def _event(self, kind: str, text: str) -> None:
        await self._run(services.event_note, kind=kind, at=timezone.now(), text=text)

    def _rewrite_journal(self) -> None:
        notes = [self._notes[index] for index in sorted(self._notes)]
        private = self._private
        journal_writer.submit(lambda: self._journal.rewrite(notes, private=private))

    def _last_lead(self) -> LeadRecord | None:
        return self._notes[max(self._notes)].lead if self._notes else None

    def _page_text(self, said: str) -> str:
        lead = self._last_lead()
        about = redact(said).text or (lead.summary if lead else "")
        parts = [self._call.rules.business_name + ":", about]
        if lead is not None:
            parts += [services.slot_value(lead, name) for name in ("name", "phone", "street")]
        return " ".join(part for part in parts if part)

    async def _run(self, work: Callable[..., R], **kwargs: object) -> R:
        return await in_thread(
            work, tenant_id=self._call.tenant_id, call_id=self._call.call_id, **kwargs
        )


def _wordless(notes: dict[int, Note]) -> dict[int, Note]:
    """The notes without what was said, but for the greeting."""
    turns = without_words(notes[index].turn for index in sorted(notes))
    return {turn.index: replace(notes[turn.index], turn=turn) for turn in turns}
