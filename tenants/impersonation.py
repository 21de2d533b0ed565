"""Operators looking at a tenant's pages: for a reason, for a while, and reading only.

`Impersonation` rows say who looks at whom until when; the operator's session holds no more than
the row's number. Every request asks anew (`look_of`), so an end, a time-out or a lost staff flag
counts at once. A consumer of browser sockets asks the same with its scope's user and session.
"""

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import connection, transaction

from tenants.audit import acting_as, audit, audit_once
from tenants.context import tenant_context, unscoped
from tenants.models import Impersonation, Tenant, TenantStatus
from tenants.models.audit import AuditKind

LASTS = timedelta(minutes=30)
SESSION_KEY = "impersonation_id"
READING = frozenset({"GET", "HEAD", "OPTIONS"})

Session = MutableMapping[str, Any]


class LookRefused(ValueError):
    """The look cannot begin; the message says why."""


def look_begin(*, operator: User, tenant: Tenant, reason: str, now: datetime) -> Impersonation:
    """Let the operator look at the tenant's pages for half an hour; an earlier look ends.

    Raises LookRefused without a reason, for who is no operator, and for an erased tenant.
    """
    reason = " ".join(reason.split())
    if len(reason) < 5:
        raise LookRefused("Say in a few words why: the owner reads it.")
    if not (operator.is_staff and operator.is_active):
        raise LookRefused("Only operators may look at a tenant's pages.")
    if tenant.status == TenantStatus.ERASED:
        raise LookRefused("There is nothing left to look at: the tenant is erased.")
    with acting_as(operator), transaction.atomic():
        _end(_open_looks(operator), now=now, why="another tenant was looked at")
        with tenant_context(tenant):
            look = Impersonation.objects.create(
                operator=operator,
                operator_name=operator.get_username(),
                reason=reason[:300],
                began_at=now,
                ends_at=now + LASTS,
            )
            audit(
                AuditKind.IMPERSONATION,
                subject="began",
                reason=reason,
                after={"until": look.ends_at.isoformat()},
            )
    return look


def look_of(*, user: User, session: Session, now: datetime) -> Impersonation | None:
    """The look that is open in this session, its tenant loaded.

    None if there is none, or it is over; one whose time or whose operator's staff flag has just
    run out ends here.
    """
    if SESSION_KEY not in session:
        return None
    with unscoped(reason="find an operator's look"):
        look = (
            Impersonation.objects.select_related("tenant")
            .filter(pk=session[SESSION_KEY], operator_id=user.pk, ended_at=None)
            .first()
        )
    if look is None:
        return None
    why = ""
    if not (user.is_staff and user.is_active):
        why = "the operator is one no more"
    elif look.ends_at <= now:
        why = "time was up"
    elif look.tenant.status == TenantStatus.ERASED:
        why = "the tenant was erased"
    if why:
        _end([look], now=now, why=why)
        return None
    return look


def look_end(*, look: Impersonation, now: datetime) -> bool:
    """End it; false if it was over already."""
    return _end([look], now=now, why="ended by the operator") == 1


def looks_expire(*, now: datetime) -> int:
    """End the looks whose time is up and that nobody came back to; how many."""
    with unscoped(reason="end looks whose time is up"):
        over = list(Impersonation.objects.filter(ended_at=None, ends_at__lte=now))
    return _end(over, now=now, why="time was up")


def look_note(*, look: Impersonation, what: str, path: str) -> None:
    """Tell the owner what was read: each page once for each look."""
    with tenant_context(look.tenant_id or 0):
        audit_once(
            AuditKind.IMPERSONATION,
            once=f"look {look.pk} {path}",
            subject=f"{what} {path}",
            reason=look.reason,
        )


@contextmanager
def reading_only() -> Iterator[None]:
    """Postgres refuses to write inside, and whatever was done is undone at the end.

    Opened inside a tenant's context.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL transaction_read_only = on")
        yield
        transaction.set_rollback(True)  # also gives a transaction around this one its rights back


def _open_looks(operator: User) -> list[Impersonation]:
    with unscoped(reason="find an operator's look"):
        return list(Impersonation.objects.filter(operator=operator, ended_at=None))


def _end(looks: list[Impersonation], *, now: datetime, why: str) -> int:
    ended = 0
    for look in looks:
        with tenant_context(look.tenant_id or 0):
            at = min(now, look.ends_at)
            if Impersonation.objects.filter(pk=look.pk, ended_at=None).update(ended_at=at):
                ended += 1
                audit(
                    AuditKind.IMPERSONATION,
                    subject=f"ended: {look.operator_name}",
                    reason=why,
                    before={"reason": look.reason},
                )
    return ended
