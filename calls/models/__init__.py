"""What happened on the phone, and which machines answer it."""

from calls.models.calendar import CalendarFeed
from calls.models.call import (
    Call,
    CallEnd,
    CallEvent,
    CallStatus,
    Carrier,
    Recording,
    Transfer,
    Turn,
)
from calls.models.fleet import Pod, Reservation, ReservationState
from calls.models.kept import AccessCode, ConsentReceipt
from calls.models.work import (
    Booking,
    BookingStatus,
    Lead,
    Message,
    MessageKind,
    Notice,
    NoticeKind,
    NoticeStatus,
)

__all__ = [
    "AccessCode",
    "Booking",
    "BookingStatus",
    "CalendarFeed",
    "Call",
    "CallEnd",
    "CallEvent",
    "CallStatus",
    "Carrier",
    "ConsentReceipt",
    "Lead",
    "Message",
    "MessageKind",
    "Notice",
    "NoticeKind",
    "NoticeStatus",
    "Pod",
    "Recording",
    "Reservation",
    "ReservationState",
    "Transfer",
    "Turn",
]
