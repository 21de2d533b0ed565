"""The words between the receptionist and whoever runs the call: events in, replies out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from voice.stt import ANYTHING, Expectation
from voice.timing import TimedWord


class Urgency(StrEnum):
    """E0 life safety, E1 active damage, U same day, R routine, N no job."""

    E0 = "E0"
    E1 = "E1"
    U = "U"
    R = "R"
    N = "N"


@dataclass(frozen=True, slots=True)
class Window:
    """An arrival window that can be offered: aware datetimes in the tenant's timezone."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class KnownBooking:
    """A booking this caller already has, found by number and confirmed by name or address."""

    reference: str
    window: Window
    name: str
    street: str


@dataclass(frozen=True, slots=True)
class CallerMemory:
    """What this tenant already knows about the number that calls."""

    name: str = ""
    street: str = ""
    unit: str = ""
    city: str = ""
    zip: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """What is known before the first word: who calls, when, and what could be offered.

    `caller_id` is E.164 or None when blocked; `now` is aware.
    """

    now: datetime
    caller_id: str | None = None
    open_windows: tuple[Window, ...] = ()
    bookings: tuple[KnownBooking, ...] = ()
    memory: CallerMemory | None = None


# --- events: what happened ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CallerSaid:
    """The caller's finished utterance. `proposal` is a model's reading, never trusted alone."""

    text: str
    confidence: float | None = None
    words: tuple[TimedWord, ...] = ()
    alternatives: tuple[str, ...] = ()
    proposal: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class CallerSilent:
    """Nothing was said for the idle time; `count` is 1 for the first time in a row."""

    count: int


@dataclass(frozen=True, slots=True)
class CallerPressed:
    """A DTMF key: one of 0-9, * and #."""

    key: str


@dataclass(frozen=True, slots=True)
class WindowBooked:
    """The booking the receptionist asked for was stored under `reference`."""

    window: Window
    reference: str


@dataclass(frozen=True, slots=True)
class WindowTaken:
    """Somebody else took the window first; `open_windows` are those still free."""

    open_windows: tuple[Window, ...]


@dataclass(frozen=True, slots=True)
class BookingsFound:
    """What the number that was asked about has booked; nothing of it is said on that alone."""

    bookings: tuple[KnownBooking, ...]


@dataclass(frozen=True, slots=True)
class TransferFailed:
    """Nobody on call accepted the transfer; the caller is back on the line."""


@dataclass(frozen=True, slots=True)
class TimeAlmostUp:
    """The call is about to reach its longest allowed duration."""


Event = (
    CallerSaid
    | CallerSilent
    | CallerPressed
    | WindowBooked
    | WindowTaken
    | BookingsFound
    | TransferFailed
    | TimeAlmostUp
)


# --- replies: what to say and do --------------------------------------------------------------


class ActionKind(StrEnum):
    """What somebody outside the conversation has to carry out."""

    BOOK = "book"
    FIND_BOOKINGS = "find_bookings"
    CANCEL_BOOKING = "cancel_booking"
    RESCHEDULE = "reschedule"
    TRANSFER = "transfer"
    PAGE_ON_CALL = "page_on_call"
    TAKE_MESSAGE = "take_message"
    SEND_PAYMENT_LINK = "send_payment_link"
    STOP_RECORDING = "stop_recording"
    MASK_LAST_UTTERANCE = "mask_last_utterance"
    NOTE_UNANSWERED = "note_unanswered"
    MARK_SPAM = "mark_spam"
    HANG_UP = "hang_up"


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to carry out; `window`, `reference` and `text` as the kind needs."""

    kind: ActionKind
    window: Window | None = None
    reference: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Ground:
    """Why a statement may be made: the words said and the rule or slot they come from."""

    said: str
    source: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """One spoken sentence. Safety sentences are never cut off by a barge-in."""

    text: str
    grounds: tuple[Ground, ...] = ()
    interruptible: bool = True


@dataclass(frozen=True, slots=True)
class Wording:
    """Leave for a model to word the reply; the templated sentences stand if it fails."""

    instruction: str
    must_include: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """What the receptionist says now, what it waits for and what has to be done.

    `asked` is the slot the question at its end is about. With `ended` the call is over once
    the sentences were heard.
    """

    sentences: tuple[Sentence, ...] = ()
    asked: str | None = None
    expectation: Expectation = ANYTHING
    actions: tuple[Action, ...] = ()
    ended: bool = False
    wording: Wording | None = None

    @property
    def text(self) -> str:
        return " ".join(sentence.text for sentence in self.sentences)


@dataclass(frozen=True, slots=True)
class SlotValue:
    """A fact the caller gave: value, the caller turn it came from (from 0), read back or not."""

    value: str
    turn: int = 0
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class LeadRecord:
    """The job as understood: slots by name (name, phone, street, unit, city, zip, problem …)."""

    slots: Mapping[str, SlotValue] = field(default_factory=dict)
    urgency: Urgency = Urgency.N
    intent: str = ""
    job_type: str = ""
    actions: tuple[str, ...] = ()
    open_questions: tuple[str, ...] = ()
    summary: str = ""
    confidence: float | None = None
    is_spam: bool = False
