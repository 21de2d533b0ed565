"""What keeping tenants apart costs: row level security, and the pages' queries at full size.

    python -m benchmarks.tenancy --tenants 1000 --calls 1000 --json

Makes a database of its own on the tests' embedded Postgres, fills it, measures, drops it. Times are
the client's, round trips included; "index_backed" means that no plan reads a whole table.
"""

import argparse
import json
import os
import random
import statistics
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
from django.db.models import Count, QuerySet  # noqa: E402
from django.test.utils import setup_databases, teardown_databases  # noqa: E402

from calls.models import Call, Lead  # noqa: E402
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
                        transfer, transcript_kept, is_test, is_spam, error)
SELECT gen_random_uuid(), t.id, 'twilio', 'CA' || t.id || '-' || n,
       '+1312555' || lpad(n::text, 4, '0'), '+13125550100', 'ended',
       at, at, at + interval '90 seconds', 'completed', 90000, 0, '', true, false, false, ''
FROM tenants_tenant t, generate_series(1, %s) n,
     LATERAL (SELECT now() - n * interval '2 hours' AS at) clock
"""
LEADS = """
INSERT INTO calls_lead (tenant_id, call_id, name, phone, street, unit, city, zip, problem, slots,
                        urgency, intent, job_type, actions, open_questions, summary)
SELECT tenant_id, id, 'Caller ' || right(from_number, 4), from_number, '12 Main St', '', 'Chicago',
       '60614', 'a leak under the sink', '{}', (ARRAY['E1','U','R'])[1 + length(id::text) %% 3],
       'service', 'leak_repair', '[]', '[]', 'A leak.'
FROM calls_call WHERE %s > 0
"""


def fill(tenants: int, calls: int) -> float:
    """Store so many tenants with so many calls each; seconds it took."""
    started = time.perf_counter()
    with unscoped(reason="fill the benchmark"), connection.cursor() as cursor:
        cursor.execute(TENANTS, [tenants])
        cursor.execute(CALLS, [calls])
        cursor.execute(LEADS, [1])
    with connection.cursor() as cursor:
        for table in (*BIG_TABLES, "tenants_tenant"):
            cursor.execute(f"VACUUM ANALYZE {table}")
    return time.perf_counter() - started


def pages() -> dict[str, Callable[[], "QuerySet[Any]"]]:
    """The queries behind the plumber's pages."""
    recently = datetime.now(UTC) - timedelta(days=30)
    return {
        "call_list": lambda: call_list()[:PAGE],
        "call_list_page_20": lambda: call_list()[19 * PAGE : 20 * PAGE],
        "call_count": lambda: Call.objects.values("tenant").annotate(calls=Count("pk")),
        "search_by_name": lambda: call_list(query="caller 0042")[:PAGE],
        "search_without_result": lambda: call_list(query="nobody")[:PAGE],
        "caller_history": lambda: Call.objects.filter(from_number="+13125550042"),
        "dashboard_urgencies": lambda: Lead.objects.values("urgency").annotate(n=Count("pk")),
        "dashboard_reasons": lambda: (
            Call.objects.filter(started_at__gte=recently)
            .values("end_reason")
            .annotate(n=Count("pk"))
        ),
    }


def rows_of(query: Callable[[], "QuerySet[Any]"]) -> list[Any]:
    """What the page would show."""
    return list(query())


def milliseconds(work: Callable[[], object], times: int) -> list[float]:
    """How long each of so many runs took."""
    found = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        found.append((time.perf_counter() - started) * 1000)
    return found


def reads_whole_table(query: "QuerySet[Any]") -> bool:
    """Whether the plan scans one of the big tables from end to end."""
    plan = query.explain()
    return any(f"Seq Scan on {table}" in plan for table in BIG_TABLES)


def measure_pages(tenant_ids: list[int], samples: int) -> dict[str, dict[str, object]]:
    """p50 and p95 of each query, every time for another tenant."""
    found: dict[str, dict[str, object]] = {}
    for name, query in pages().items():
        took = []
        for tenant_id in random.choices(tenant_ids, k=samples):
            with tenant_context(tenant_id):
                took += milliseconds(partial(rows_of, query), 1)
        with tenant_context(tenant_ids[0]):
            index_backed = not reads_whole_table(query())
        found[name] = {
            "p50_ms": round(statistics.median(took), 2),
            "p95_ms": round(statistics.quantiles(took, n=20)[-1], 2),
            "index_backed": index_backed,
        }
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


def run(tenants: int, calls: int, samples: int) -> dict[str, object]:
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
            "queries": measure_pages(tenant_ids, samples),
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
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = run(options.tenants, options.calls, options.samples)
    print(json.dumps(found, indent=None if options.json else 2))


if __name__ == "__main__":
    main()
