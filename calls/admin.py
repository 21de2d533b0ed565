"""Operators' pages: what happened on the phone and where the fleet stands. To look at only."""

from django.contrib import admin

from calls.models import (
    Booking,
    Call,
    CallEvent,
    Lead,
    Message,
    Notice,
    Pod,
    Recording,
    Reservation,
    Turn,
)
from tenants.console import ConsoleInline, ReadOnly, ReadOnlyAdmin


class ReadOnlyInline(ReadOnly, ConsoleInline):
    """Rows that belong to a call, to look at."""

    extra = 0


class TurnInline(ReadOnlyInline):
    """Who said what."""

    model = Turn
    fields = ["index", "speaker", "text", "started_ms", "ended_ms", "interrupted", "asked"]


class LeadInline(ReadOnlyInline):
    """The job as understood."""

    model = Lead
    fields = ["urgency", "name", "phone", "street", "unit", "city", "zip", "problem", "summary"]


class RecordingInline(ReadOnlyInline):
    """Where the sound lies."""

    model = Recording
    fields = ["path", "duration_ms", "bytes", "sha256"]


class CallEventInline(ReadOnlyInline):
    """What the audit needs."""

    model = CallEvent
    fields = ["at", "kind", "text"]


@admin.register(Call)
class CallAdmin(ReadOnlyAdmin):
    """Every call of every tenant."""

    list_display = [
        "started_at",
        "tenant",
        "from_number",
        "status",
        "end_reason",
        "duration_ms",
        "wait_ms",
        "transfer",
    ]
    list_filter = ["status", "end_reason", "is_spam", "is_test", "tenant"]
    list_select_related = ["tenant"]
    search_fields = ["carrier_call_sid", "from_number"]
    date_hierarchy = "started_at"
    inlines = [LeadInline, RecordingInline, CallEventInline, TurnInline]


@admin.register(Reservation)
class ReservationAdmin(ReadOnlyAdmin):
    """The load right now, and how long callers waited."""

    list_display = ["requested_at", "tenant", "state", "pod", "wait_ms", "lease_until", "call_sid"]
    list_filter = ["state", "pod", "tenant"]
    list_select_related = ["tenant", "pod"]
    search_fields = ["call_sid"]
    exclude = ["nonce"]


@admin.register(Pod)
class PodAdmin(ReadOnlyAdmin):
    """The machines that answer."""

    list_display = ["name", "stream_url", "capacity", "is_draining", "heartbeat_at", "started_at"]
    list_filter = ["is_draining"]


@admin.register(Booking)
class BookingAdmin(ReadOnlyAdmin):
    """Windows that were promised."""

    list_display = ["starts_at", "ends_at", "tenant", "reference", "status", "name"]
    list_filter = ["status", "tenant"]
    list_select_related = ["tenant"]
    search_fields = ["reference", "phone"]


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    """What callers left to be read or heard."""

    list_display = ["created_at", "tenant", "kind", "text", "handled_at"]
    list_filter = ["kind", "tenant"]
    list_select_related = ["tenant"]


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin):
    """Text messages that are to go out, or did."""

    list_display = ["created_at", "tenant", "kind", "recipient", "status", "attempts", "error"]
    list_filter = ["status", "kind", "tenant"]
    list_select_related = ["tenant"]
