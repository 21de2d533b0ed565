"""What keeping tenants apart costs: row level security, and the pages' queries at full size.

    python -m benchmarks.tenancy --tenants 1000 --calls 1000 --json

Makes a database of its own on the tests' embedded Postgres, fills it, measures, drops it. Times are
the client's, round trips included; "index_backed" means that no plan reads a whole table, and the
benchmark fails where one does.
"""

import argparse
import json
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from django.db import connection, transaction  # noqa: E402
from django.db.models import Count  # noqa: E402
from django.test.utils import (  # noqa: E402
    CaptureQueriesContext,
    setup_databases,
    teardown_databases,
)

from calls.models import Call, Lead  # noqa: E402
from calls.paging import Place, call_page  # noqa: E402
from calls.selectors import call_list  # noqa: E402
from tenants.context import tenant_context, unscoped  # noqa: E402

PAGE = 25
BIG_TABLES = ("calls_call", "calls_lead")

TENANTS = """
INSERT INTO tenants_tenant (slug, name, status, timezone, max_concurrent_calls,
                            audio_retention_days, transcript_retention_days)
SELECT 'plumber-' || n, 'Plumber ' || n, 'active', 'America/Chicago', 3, 30, 90
FROM generate_series(1, %s) n
"""
CALLS = """
INSERT INTO calls_call (id, tenant_id, carrier, carrier_call_sid, from_number, to_number, status,
                        started_at, answered_at, ended_at, end_reason, duration_ms, wait_ms,
                        transfer, transcript_kept, is_test, is_spam, error, search)
SELECT gen_random_uuid(), t.id, 'twilio', 'CA' || t.id || '-' || n,
       '+1312555' || lpad(n::text, 4, '0'), '+13125550100', 'ended',
       at, at, at + interval '90 seconds', 'completed', 90000, 0, '', true, false, false, '',
       concat_ws(E'\\n', '1312555' || lpad(n::text, 4, '0'), 'caller ' || lpad(n::text, 4, '0'),
                 '+1312555' || lpad(n::text, 4, '0'), '1312555' || lpad(n::text, 4, '0'),
                 '12 main st', 'chicago', '60614', 'a leak under the sink', 'a leak.')
FROM tenants_tenant t, generate_series(1, %s) n,
     LATERAL (SELECT now() - n * interval '2 hours' AS at) clock
ORDER BY at, t.id  -- as they came in: a tenant's calls lie scattered among everybody's
"""
LEADS = """
INSERT INTO calls_lead (tenant_id, call_id, name, phone, street, unit, city, zip, problem, slots,
                        urgency, intent, job_type, actions, open_questions, summary)
SELECT tenant_id, id, 'Caller ' || right(from_number, 4), from_number, '12 Main St', '', 'Chicago',
       '60614', 'a leak under the sink', '{}', (ARRAY['E1','U','R'])[1 + length(id::text) %% 3],
       'service', 'leak_repair', '[]', '[]', 'A leak.'
FROM calls_call WHERE %s > 0
ORDER BY started_at, tenant_id
"""


def fill(tenants: int, calls: int) -> float:
    """Store so many tenants with so many calls each; seconds it took."""
    started = time.perf_counter()
    with unscoped(reason="fill the benchmark"), connection.cursor() as cursor:
        for table in BIG_TABLES:  # the filled-in rows bring their search text along
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER searched")
        cursor.execute(TENANTS, [tenants])
        cursor.execute(CALLS, [calls])
        cursor.execute(LEADS, [1])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # an ALTER waits for open checks
        for table in BIG_TABLES:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER searched")
    for table in (*BIG_TABLES, "tenants_tenant"):
        settle(table)
    return time.perf_counter() - started


def settle(table: str) -> None:
    """Vacuum until most pages are known to hold committed rows only, as autovacuum would in time.

    One pass is not enough while anything else holds a snapshot.
    """
    with connection.cursor() as cursor:
        for _ in range(10):
            cursor.execute(f"VACUUM ANALYZE {table}")
            cursor.execute(
                "SELECT relallvisible >= 0.9 * relpages FROM pg_class WHERE oid = %s::regclass",
                [table],
            )
            if cursor.fetchone()[0]:
                return
            time.sleep(0.5)
    raise RuntimeError(f"{table} does not settle: is another session's transaction open?")


Page = Callable[[], Callable[[], object]]
"""Gets ready, inside a tenant's context; what it returns is the query to be timed."""


def pages() -> dict[str, Page]:
    """The queries behind the plumber's pages."""
    recently = datetime.now(UTC) - timedelta(days=30)

    def page(**asked: Any) -> Page:
        return lambda: lambda: call_page(size=PAGE, **asked)

    def place(at: int) -> Place:
        call = call_list()[at]
        return Place(call.started_at, call.pk)

    return {
        "call_list": page(),
        "call_list_page_20_older": lambda: partial(
            call_page, size=PAGE, before=place(19 * PAGE - 1)
        ),
        "call_list_page_20_newer": lambda: partial(call_page, size=PAGE, after=place(20 * PAGE)),
        "search_by_name": page(query="caller 0042"),
        "search_by_number": page(query="(312) 555-0042"),
        "search_without_result": page(query="nobody"),
        "search_what_every_call_has": page(query="leak"),
        "caller_history": lambda: lambda: list(Call.objects.filter(from_number="+13125550042")),
        "dashboard_urgencies": lambda: (
            lambda: list(Lead.objects.values("urgency").annotate(n=Count("pk")))
        ),
        "dashboard_reasons": lambda: (
            lambda: list(
                Call.objects.filter(started_at__gte=recently)
                .values("end_reason")
                .annotate(n=Count("pk"))
            )
        ),
    }


def milliseconds(work: Callable[[], object], times: int) -> list[float]:
    """How long each of so many runs took."""
    found = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        found.append((time.perf_counter() - started) * 1000)
    return found


def plans_of(work: Callable[[], object]) -> list[str]:
    """How Postgres goes about each query of the work."""
    with CaptureQueriesContext(connection) as queries:
        work()
    plans = []
    with connection.cursor() as cursor:
        for query in queries:
            cursor.execute(f"EXPLAIN {query['sql']}")
            plans.append("\n".join(line for (line,) in cursor.fetchall()))
    return plans


def reads_whole_table(plan: str) -> bool:
    """Whether the plan scans one of the big tables from end to end."""
    return any(f"Seq Scan on {table}" in plan for table in BIG_TABLES)


def measure_pages(
    tenant_ids: list[int], samples: int, *, explain: bool
) -> dict[str, dict[str, object]]:
    """p50 and p95 of each query, every time for another tenant."""
    found: dict[str, dict[str, object]] = {}
    for name, page in pages().items():
        took = []
        for tenant_id in random.choices(tenant_ids, k=samples):
            with tenant_context(tenant_id):
                took += milliseconds(page(), 1)
        with tenant_context(tenant_ids[0]):
            plans = plans_of(page())
        if explain:
            print(f"-- {name}", *plans, sep="\n", file=sys.stderr)
        found[name] = {
            "p50_ms": round(statistics.median(took), 2),
            "p95_ms": round(statistics.quantiles(took, n=20)[-1], 2),
            "queries": len(plans),
            "index_backed": not any(reads_whole_table(plan) for plan in plans),
        }
        assert found[name]["index_backed"], f"{name} reads a whole table:\n" + "\n".join(plans)
    return found


@contextmanager
def without_row_security() -> Iterator[None]:
    """The tables' owner goes past the policies; the benchmark's own database only."""
    with connection.cursor() as cursor:
        for table in BIG_TABLES:
            cursor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        try:
            yield
        finally:
            for table in BIG_TABLES:
                cursor.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def measure_row_security(tenant_id: int, samples: int) -> dict[str, float]:
    """The same query in a plain transaction, and in a tenant's; in turns, medians."""
    sql = (
        "SELECT id, from_number, started_at FROM calls_call WHERE tenant_id = %s"
        " ORDER BY started_at DESC LIMIT 25"
    )

    def query() -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql, [tenant_id])
            cursor.fetchall()

    def plain() -> None:
        with transaction.atomic():
            query()

    def secured() -> None:
        with tenant_context(tenant_id):
            query()

    took: dict[str, list[float]] = {"plain": [], "secured": []}
    for _ in range(10):
        with without_row_security():
            took["plain"] += milliseconds(plain, samples // 10)
        took["secured"] += milliseconds(secured, samples // 10)
    medians = {name: statistics.median(times) for name, times in took.items()}
    return {
        "plain_ms": round(medians["plain"], 3),
        "secured_ms": round(medians["secured"], 3),
        "cost_ms": round(medians["secured"] - medians["plain"], 3),
    }


def measure_schema_changes() -> dict[str, float]:
    """Seconds that a migration's usual steps take on the full tables."""
    steps = {
        "add_column_s": "ALTER TABLE calls_call ADD COLUMN bench integer NOT NULL DEFAULT 0",
        "create_index_s": "CREATE INDEX bench ON calls_call (tenant_id, ended_at)",
    }
    found = {}
    with connection.cursor() as cursor:
        for name, statement in steps.items():
            started = time.perf_counter()
            cursor.execute(statement)
            found[name] = round(time.perf_counter() - started, 2)
    return found


def run(tenants: int, calls: int, samples: int, *, explain: bool = False) -> dict[str, object]:
    """Everything, on a database that is gone afterwards."""
    started = time.perf_counter()
    databases = setup_databases(verbosity=0, interactive=False, serialized_aliases=set())
    migrate_s = time.perf_counter() - started
    try:
        fill_s = fill(tenants, calls)
        with unscoped(reason="benchmark"), connection.cursor() as cursor:
            cursor.execute("SELECT id FROM tenants_tenant ORDER BY id")
            tenant_ids = [tenant_id for (tenant_id,) in cursor.fetchall()]
        return {
            "tenants": tenants,
            "calls": tenants * calls,
            "fill_s": round(fill_s, 1),
            "row_security": measure_row_security(tenant_ids[len(tenant_ids) // 2], samples * 10),
            "queries": measure_pages(tenant_ids, samples, explain=explain),
            "migrations": {"all_from_nothing_s": round(migrate_s, 2), **measure_schema_changes()},
        }
    finally:
        teardown_databases(databases, verbosity=0)


def main() -> None:
    """Print the figures, for people or as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tenants", type=int, default=1000)
    parser.add_argument("--calls", type=int, default=1000, help="a tenant")
    parser.add_argument("--samples", type=int, default=200, help="runs of each query")
    parser.add_argument("--explain", action="store_true", help="print the plans as well")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = run(options.tenants, options.calls, options.samples, explain=options.explain)
    print(json.dumps(found, indent=None if options.json else 2))


if __name__ == "__main__":
    main()
