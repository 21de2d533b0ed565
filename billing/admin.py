"""The ledger and the outbox, to look at."""

from django.contrib import admin

from billing.models import OutboxRow, UsageEntry
from tenants.console import ReadOnlyAdmin


@admin.register(UsageEntry)
class UsageEntryAdmin(ReadOnlyAdmin):
    """One row a call."""

    list_display = ["occurred_at", "tenant", "kind", "billed_seconds", "duration_ms", "call_id"]
    list_filter = ["kind", "tenant", "occurred_at"]
    list_select_related = ["tenant"]
    date_hierarchy = "occurred_at"
    fields = ["tenant", "call_id", "kind", "billed_seconds", "duration_ms", "occurred_at"]


@admin.register(OutboxRow)
class OutboxRowAdmin(ReadOnlyAdmin):
    """What is still to be sent, and what was."""

    list_display = ["created_at", "tenant", "kind", "idempotency_key", "status", "attempts"]
    list_filter = ["status", "kind", "tenant"]
    list_select_related = ["tenant"]
    search_fields = ["idempotency_key"]
