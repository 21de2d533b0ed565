"""One immutable ledger entry a call, written with the end of the call."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from billing.models import OutboxRow, UsageEntry, UsageKind
from billing.services import usage_record
from calls import hooks
from calls.models import Call, CallEnd
from calls.services import call_answer, call_end, call_start
from tenants.context import tenant_context, unscoped
from tests.tenants.cast import Cast

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


def ended_call(
    cast: Cast, *, duration_ms: int, answered: bool = True, sid: str = "CA1", **changes: Any
) -> Call:
    call = call_start(
        tenant=cast.harbor,
        carrier="twilio",
        call_sid=sid,
        from_number="+17735550121",
        to_number="+13125550100",
        now=NOW,
        is_test=changes.pop("is_test", False),
    )
    if answered:
        call_answer(tenant_id=cast.harbor.pk, call_id=call.pk, wait_ms=0, now=NOW)
    if changes:
        with tenant_context(cast.harbor):
            Call.objects.filter(pk=call.pk).update(**changes)
    call_end(
        tenant_id=cast.harbor.pk,
        call_id=call.pk,
        reason=CallEnd.COMPLETED,
        at=NOW + timedelta(milliseconds=duration_ms),
        duration_ms=duration_ms,
    )
    return call


def entry_of(cast: Cast, call: Call) -> UsageEntry:
    with tenant_context(cast.harbor):
        return UsageEntry.objects.get(call_id=call.pk)


@pytest.mark.parametrize(
    ("duration_ms", "seconds"), [(0, 0), (1, 1), (999, 1), (1000, 1), (1001, 2), (61_500, 62)]
)
def test_a_begun_second_counts_full(cast: Cast, duration_ms: int, seconds: int) -> None:
    entry = entry_of(cast, ended_call(cast, duration_ms=duration_ms))
    assert (entry.kind, entry.billed_seconds) == (UsageKind.CALL, seconds)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"is_test": True}, UsageKind.TEST),
        ({"is_spam": True}, UsageKind.SPAM),
        ({"answered": False}, UsageKind.UNANSWERED),
        ({"is_test": True, "is_spam": True}, UsageKind.TEST),
    ],
)
def test_what_is_not_billed(cast: Cast, changes: dict[str, Any], kind: UsageKind) -> None:
    entry = entry_of(cast, ended_call(cast, duration_ms=30_000, **changes))
    assert (entry.kind, entry.billed_seconds, entry.duration_ms) == (kind, 0, 30_000)
    with tenant_context(cast.harbor):
        assert OutboxRow.objects.count() == 0


def test_what_costs_goes_to_the_outbox_under_the_entrys_own_key(cast: Cast) -> None:
    call = ended_call(cast, duration_ms=61_500)
    entry = entry_of(cast, call)
    with tenant_context(cast.harbor):
        row = OutboxRow.objects.get()
    assert row.idempotency_key == f"usage:{entry.pk}"
    assert row.payload == {
        "call": str(call.pk),
        "billed_seconds": 62,
        "occurred_at": "2026-03-02T15:01:01.500000+00:00",
    }
    assert row.status == "pending"


def test_a_call_is_entered_once_however_often_it_is_told(cast: Cast) -> None:
    call = ended_call(cast, duration_ms=5_000)
    with tenant_context(cast.harbor):
        usage_record(Call.objects.get(pk=call.pk))
        assert UsageEntry.objects.count() == 1
        assert OutboxRow.objects.count() == 1


def test_a_call_that_goes_on_is_not_entered(cast: Cast) -> None:
    call = call_start(
        tenant=cast.harbor,
        carrier="twilio",
        call_sid="CA2",
        from_number="",
        to_number="+13125550100",
        now=NOW,
    )
    with tenant_context(cast.harbor), pytest.raises(ValueError, match="has not ended"):
        usage_record(call)


def test_the_end_of_a_call_fails_whole_if_the_ledger_fails(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(call: Call) -> None:
        raise RuntimeError("ledger away")

    monkeypatch.setattr(hooks, "_hooks", [broken])
    with pytest.raises(RuntimeError, match="ledger away"):
        ended_call(cast, duration_ms=5_000)
    with tenant_context(cast.harbor):
        assert Call.objects.get().ended_at is None
        assert UsageEntry.objects.count() == 0


@pytest.mark.parametrize(
    "statement",
    ["UPDATE billing_usageentry SET billed_seconds = 0", "DELETE FROM billing_usageentry"],
)
def test_postgres_refuses_to_change_the_ledger(cast: Cast, statement: str) -> None:
    entry = entry_of(cast, ended_call(cast, duration_ms=5_000))
    with (
        unscoped(reason="test"),
        connection.cursor() as cursor,
        pytest.raises(IntegrityError, match="never changed or deleted"),
        transaction.atomic(),
    ):
        cursor.execute(statement)
    assert entry_of(cast, Call(pk=entry.call_id)).billed_seconds == 5


def test_postgres_refuses_an_entry_for_another_tenants_call(cast: Cast) -> None:
    call = ended_call(cast, duration_ms=5_000)
    with (
        unscoped(reason="test"),
        pytest.raises(IntegrityError, match=f"tenant {cast.summit.pk} has no call"),
    ):
        UsageEntry.objects.create(
            tenant=cast.summit,
            call_id=call.pk,
            kind=UsageKind.CALL,
            billed_seconds=1,
            duration_ms=1,
            occurred_at=NOW,
        )


def test_postgres_refuses_billed_spam(cast: Cast) -> None:
    with tenant_context(cast.harbor), pytest.raises(IntegrityError, match="only_calls_are_billed"):
        UsageEntry.objects.create(
            call=call_start(
                tenant=cast.harbor,
                carrier="twilio",
                call_sid="CA3",
                from_number="",
                to_number="+13125550100",
                now=NOW,
            ),
            kind=UsageKind.SPAM,
            billed_seconds=1,
            duration_ms=1,
            occurred_at=NOW,
        )


def test_the_console_shows_ledger_and_outbox_but_changes_neither(cast: Cast) -> None:
    call = ended_call(cast, duration_ms=61_500)
    entry = entry_of(cast, call)
    client = Client()
    client.force_login(cast.olga)
    listed = client.get("/admin/billing/usageentry/")
    assert b">62</td>" in listed.content
    page = f"/admin/billing/usageentry/{entry.pk}/change/"
    assert client.get(page).status_code == 200
    assert client.post(page, {"billed_seconds": 1}).status_code == 403
    assert client.post(f"/admin/billing/usageentry/{entry.pk}/delete/").status_code == 403
    assert client.get("/admin/billing/usageentry/add/").status_code == 403
    assert f"usage:{entry.pk}".encode() in client.get("/admin/billing/outboxrow/").content


@pytest.mark.parametrize("page", ["usageentry", "outboxrow"])
def test_a_longer_list_takes_no_more_queries(
    cast: Cast, page: str, django_assert_num_queries: Any
) -> None:
    for number in range(12):
        ended_call(cast, duration_ms=5_000, sid=f"CA{number}")
    client = Client()
    client.force_login(cast.olga)
    # session, user, second factor, savepoint, scope, audit, two counts, tenants to filter by, the
    # page, scope given back, savepoint released; the ledger's dates to drill into: two more
    budget = {"usageentry": 14, "outboxrow": 12}[page]
    with django_assert_num_queries(budget):
        client.get(f"/admin/billing/{page}/")
