"""The only two ways to reach rows of tenants: as one tenant, or across all of them with a reason.

Both open a transaction and tell Postgres, for that transaction only, whose rows it may show; row
level security does the rest, whatever the query. Nothing survives the transaction, so a pooled
connection carries nothing to its next user.

How this crosses threads: the scope is bound to the database connection it was opened on, and
Django's connections belong to threads. A contextvar travels further than that (asyncio tasks,
`to_thread`), so every query asks whether the scope it sees is its own connection's and raises
TenantNotActive if it is not. On an event loop Django refuses to open a transaction; async code
calls `run_in_tenant` or `run_unscoped`, which do the work, scope and all, on a database thread.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.db import DEFAULT_DB_ALIAS, close_old_connections, connections, transaction

if TYPE_CHECKING:
    from tenants.models import Tenant

P = ParamSpec("P")
R = TypeVar("R")

DATABASE_THREADS = 8  # enough for a pod's webhooks; the connection pool is the real limit


class TenantNotActive(RuntimeError):
    """Rows of tenants were asked for outside tenant_context and unscoped."""


class TenantConflict(RuntimeError):
    """One tenant's work tried to become another's, or everybody's."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose rows the current transaction may see. `tenant_id` None: all tenants', for `reason`.

    `keys` are the data keys opened so far, by tenant and version; they are forgotten with it.
    """

    tenant_id: int | None
    reason: str
    connection: Any
    keys: dict[int, dict[int, bytes]] = field(default_factory=dict, repr=False, compare=False)


_active: ContextVar[Scope | None] = ContextVar("tenant_scope", default=None)


def active_scope() -> Scope | None:
    """The scope open on this thread's connection, or None."""
    scope = _active.get()
    if scope is None or scope.connection is not connections[DEFAULT_DB_ALIAS]:
        return None
    return scope


def active_tenant_id() -> int | None:
    """The id of the tenant being worked for; None outside any context and across tenants."""
    scope = active_scope()
    return None if scope is None else scope.tenant_id


def require_scope(what: str) -> Scope:
    """The open scope. Raises TenantNotActive, naming `what` was asked for."""
    scope = active_scope()
    if scope is None:
        raise TenantNotActive(
            f"{what} needs a tenant: work inside `with tenant_context(tenant):`, or across tenants "
            'inside `with unscoped(reason="…"):`, on the thread that runs the query'
        )
    return scope


@contextmanager
def tenant_context(tenant: "Tenant | int") -> Iterator[None]:
    """Work as `tenant` (or its id) in one transaction: only its rows can be seen or written.

    May be entered again for the same tenant, and inside `unscoped` (which it narrows). Raises
    TenantConflict inside another tenant's context.
    """
    tenant_id = tenant if isinstance(tenant, int) else tenant.pk
    if tenant_id is None:
        raise TenantNotActive(f"{tenant!r} was never saved, so nothing can belong to it")
    outer = active_scope()
    if outer is not None and outer.tenant_id not in (None, tenant_id):
        raise TenantConflict(
            f"tenant {tenant_id} was entered inside the context of tenant {outer.tenant_id}; "
            "leave that one first"
        )
    with _opened(Scope(tenant_id, "", connections[DEFAULT_DB_ALIAS]), outer):
        yield


@contextmanager
def unscoped(*, reason: str) -> Iterator[None]:
    """Work across all tenants in one transaction, for a `reason` that goes to the audit log.

    Raises TenantConflict inside a tenant's context: one tenant's work never widens.
    """
    if not reason.strip():
        raise ValueError("unscoped needs a reason: say in a few words what the work is for")
    outer = active_scope()
    if outer is not None and outer.tenant_id is not None:
        raise TenantConflict(
            f"unscoped({reason!r}) was entered inside the context of tenant {outer.tenant_id}; "
            "leave that one first"
        )
    with _opened(Scope(None, reason, connections[DEFAULT_DB_ALIAS]), outer):
        if outer is None:
            from tenants.audit import note_unscoped

            note_unscoped(reason)
        yield


async def run_in_tenant(
    tenant: "Tenant | int", work: Callable[P, R], *args: P.args, **kwargs: P.kwargs
) -> R:
    """The result of `work(*args, **kwargs)`, done as `tenant` on a database thread."""

    def scoped() -> R:
        with tenant_context(tenant):
            return work(*args, **kwargs)

    return await _on_database_thread(scoped)


async def run_unscoped(reason: str, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """The result of `work(*args, **kwargs)`, done across tenants on a database thread."""

    def scoped() -> R:
        with unscoped(reason=reason):
            return work(*args, **kwargs)

    return await _on_database_thread(scoped)


_threads = ThreadPoolExecutor(DATABASE_THREADS, thread_name_prefix="tenant-database")


async def _on_database_thread(work: Callable[[], R]) -> R:
    def handing_back() -> R:
        close_old_connections()
        try:
            return work()
        finally:
            close_old_connections()  # back to the pool

    return await sync_to_async(handing_back, thread_sensitive=False, executor=_threads)()


@contextmanager
def _opened(scope: Scope, outer: Scope | None) -> Iterator[None]:
    connection = scope.connection
    shares_transaction = connection.in_atomic_block
    with transaction.atomic():
        _tell_postgres(connection, scope)
        token = _active.set(scope)
        try:
            yield
        finally:
            _active.reset(token)
        # A rolled back savepoint takes its settings along, a released one does not.
        if shares_transaction and not connection.needs_rollback:
            _tell_postgres(connection, outer)


def _tell_postgres(connection: Any, scope: Scope | None) -> None:
    tenant = "" if scope is None or scope.tenant_id is None else str(scope.tenant_id)
    everyone = "on" if scope is not None and scope.tenant_id is None else ""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('app.tenant_id', %s, true), set_config('app.unscoped', %s, true)",
            [tenant, everyone],
        )
