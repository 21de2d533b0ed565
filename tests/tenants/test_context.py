"""tenant_context and unscoped: what they open, how they nest, what they leave behind: nothing."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from django.core.exceptions import SynchronousOnlyOperation
from django.db import connection, transaction

from tenants.context import (
    TenantConflict,
    TenantNotActive,
    active_tenant_id,
    run_in_tenant,
    run_unscoped,
    tenant_context,
    unscoped,
)
from tenants.models import AuditEntry, PhoneNumber, Tenant
from tenants.selectors import memberships_of, tenant_for_number
from tests.tenants.cast import Cast

R = TypeVar("R")


def settings_in_postgres() -> tuple[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(current_setting('app.tenant_id', true), ''),"
            " coalesce(current_setting('app.unscoped', true), '')"
        )
        found: tuple[str, str] = cursor.fetchone()
        return found


def numbers_by_raw_sql() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM tenants_phonenumber ORDER BY number")
        return [number for (number,) in cursor.fetchall()]


def numbers() -> list[str]:
    return list(PhoneNumber.objects.order_by("number").values_list("number", flat=True))


def in_a_thread(work: Callable[[], R]) -> R:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


def test_the_same_tenant_may_be_entered_again(cast: Cast) -> None:
    with tenant_context(cast.harbor), tenant_context(cast.harbor.pk):
        assert numbers() == ["+13125550100"]


def test_another_tenant_may_not(cast: Cast) -> None:
    with tenant_context(cast.harbor):
        with pytest.raises(TenantConflict, match=f"inside the context of tenant {cast.harbor.pk}"):
            tenant_context(cast.summit).__enter__()
        assert numbers() == ["+13125550100"]


def test_one_tenants_work_never_widens(cast: Cast) -> None:
    with tenant_context(cast.harbor), pytest.raises(TenantConflict, match="leave that one first"):
        unscoped(reason="curious").__enter__()


def test_unscoped_needs_a_reason() -> None:
    with pytest.raises(ValueError, match="needs a reason"):
        unscoped(reason=" ").__enter__()


def test_unscoped_narrows_to_a_tenant_and_widens_again(cast: Cast) -> None:
    with unscoped(reason="test"):
        assert numbers() == ["+13035550200", "+13125550100"]
        with tenant_context(cast.harbor):
            assert numbers() == ["+13125550100"]
            assert numbers_by_raw_sql() == ["+13125550100"]
        assert numbers_by_raw_sql() == ["+13035550200", "+13125550100"]
        with tenant_context(cast.summit):
            assert numbers_by_raw_sql() == ["+13035550200"]


def test_an_error_inside_gives_the_outer_scope_back(cast: Cast) -> None:
    with unscoped(reason="test"):
        with pytest.raises(RuntimeError), tenant_context(cast.harbor):
            raise RuntimeError("boom")
        assert settings_in_postgres() == ("", "on")
        assert numbers_by_raw_sql() == ["+13035550200", "+13125550100"]


def test_a_database_error_inside_gives_the_outer_scope_back(cast: Cast) -> None:
    with unscoped(reason="test"):
        with pytest.raises(Exception, match="division by zero"), tenant_context(cast.harbor):
            connection.cursor().execute("SELECT 1/0")
        assert numbers_by_raw_sql() == ["+13035550200", "+13125550100"]


def test_nothing_is_left_after_the_context_inside_a_longer_transaction(cast: Cast) -> None:
    with transaction.atomic():
        with tenant_context(cast.harbor):
            pass
        assert settings_in_postgres() == ("", "")
        assert numbers_by_raw_sql() == []
    with pytest.raises(TenantNotActive):
        numbers()


def test_work_rolled_back_on_purpose_leaves_nothing(cast: Cast) -> None:
    with transaction.atomic():
        with tenant_context(cast.harbor):
            PhoneNumber.objects.create(number="+13125550109")
            transaction.set_rollback(True)
        transaction.set_rollback(True)
    assert active_tenant_id() is None


def test_an_unsaved_tenant_is_no_tenant() -> None:
    with pytest.raises(TenantNotActive, match="was never saved"):
        tenant_context(Tenant(name="x")).__enter__()


def test_rows_are_made_for_the_active_tenant(cast: Cast) -> None:
    with tenant_context(cast.harbor):
        assert PhoneNumber.objects.create(number="+13125550109").tenant_id == cast.harbor.pk


def test_unscoped_is_audited_once_an_hour_for_a_reason(cast: Cast) -> None:
    for _ in range(3):
        with unscoped(reason="count everything"):
            pass
    with unscoped(reason="test"):
        entry = AuditEntry.objects.get(reason="count everything")
    assert (entry.kind, entry.tenant_id, entry.actor_name) == ("unscoped", None, "system")


def test_looking_up_whose_call_or_click_it_is_is_not_news(cast: Cast) -> None:
    tenant_for_number("+13125550100")
    memberships_of(cast.alice)
    with unscoped(reason="test"):
        reasons = set(AuditEntry.objects.filter(kind="unscoped").values_list("reason", flat=True))
    assert reasons == {"open an account", "test"}


@pytest.mark.parametrize("scope", ["tenant", "unscoped", "broken"])
def test_a_pooled_connection_carries_nothing_to_its_next_user(
    committed_cast: Cast, scope: str
) -> None:
    def first() -> int:
        try:
            with (
                unscoped(reason="test")
                if scope == "unscoped"
                else tenant_context(committed_cast.harbor)
            ):
                assert numbers_by_raw_sql()[-1] == "+13125550100"
                if scope == "broken":
                    connection.cursor().execute("SELECT 1/0")
        except Exception:
            assert scope == "broken"
        return backend_and_hand_back()

    def backend_and_hand_back() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            pid: int = cursor.fetchone()[0]
        connection.close()
        return pid

    def second() -> tuple[list[str], tuple[str, str], int]:
        return numbers_by_raw_sql(), settings_in_postgres(), backend_and_hand_back()

    connection.close()
    connection.close_pool()  # type: ignore[attr-defined] # both get the one an empty pool opens
    used = in_a_thread(first)
    seen, scope_left, reused = in_a_thread(second)
    assert reused == used
    assert (seen, scope_left) == ([], ("", ""))


def test_a_thread_inherits_no_scope(committed_cast: Cast) -> None:
    def look() -> None:
        try:
            with pytest.raises(TenantNotActive):
                numbers()
            assert numbers_by_raw_sql() == []
        finally:
            connection.close()

    with tenant_context(committed_cast.harbor):
        in_a_thread(look)


async def test_a_scope_copied_into_another_thread_is_refused_there(committed_cast: Cast) -> None:
    def copied() -> list[str]:
        try:
            return numbers()
        finally:
            connection.close()

    def enter_and_copy() -> None:
        try:
            with tenant_context(committed_cast.harbor), pytest.raises(TenantNotActive):
                asyncio.run(asyncio.to_thread(copied))  # to_thread copies the context
        finally:
            connection.close()

    await asyncio.to_thread(enter_and_copy)


async def test_a_scope_cannot_be_opened_on_the_event_loop(committed_cast: Cast) -> None:
    with pytest.raises(SynchronousOnlyOperation):
        tenant_context(committed_cast.harbor.pk).__enter__()


async def test_many_tenants_work_at_once_from_one_loop(committed_cast: Cast) -> None:
    barrier = threading.Barrier(4)

    def look() -> list[str]:
        barrier.wait(timeout=10)  # all four are inside their contexts now
        return numbers()

    harbor, summit = committed_cast.harbor, committed_cast.summit
    found = await asyncio.gather(
        *(run_in_tenant(tenant, look) for tenant in (harbor, summit, harbor, summit))
    )
    assert found == [["+13125550100"], ["+13035550200"]] * 2
    assert active_tenant_id() is None


async def test_run_unscoped_sees_all(committed_cast: Cast) -> None:
    assert await run_unscoped("test", numbers) == ["+13035550200", "+13125550100"]


async def test_async_queries_outside_a_scope_are_refused(committed_cast: Cast) -> None:
    with pytest.raises(TenantNotActive):
        await PhoneNumber.objects.acount()
