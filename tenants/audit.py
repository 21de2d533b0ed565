"""Who did what across or inside tenants, in a table that only grows."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from tenants.models.audit import AuditKind


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is at work, as the audit log names them."""

    user_id: int | None
    name: str


SYSTEM = Actor(None, "system")
ROUTINE = frozenset(
    {
        "find an operator's look",
        "find the teams of a user",
        "find whose calendar it is",
        "find whose invitation it is",
        "find whose number was dialled",
        "note what happened to an account",
    }
)
"""Reasons not noted: at each call and click, by what the asker came with, and no further."""

_actor: ContextVar[Actor] = ContextVar("audit_actor", default=SYSTEM)


@contextmanager
def acting_as(user: "User") -> Iterator[None]:
    """Whatever is audited inside was done by `user`."""
    token = _actor.set(Actor(user.pk, user.get_username()))
    try:
        yield
    finally:
        _actor.reset(token)


def audit(
    kind: "AuditKind",
    *,
    subject: str = "",
    reason: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Add an entry to the active tenant's log, or in `unscoped` to the house's own.

    `before` and `after` hold settings, never what callers said. It stands or falls with the
    transaction of the work it tells of. Raises TenantNotActive.
    """
    from tenants.models import AuditEntry

    actor = _actor.get()
    AuditEntry(
        kind=kind,
        actor_id=actor.user_id,
        actor_name=actor.name,
        subject=subject[:200],
        reason=reason[:300],
        before=before,
        after=after,
    ).save(force_insert=True)


def audit_once(kind: "AuditKind", *, once: str, subject: str, reason: str) -> None:
    """As `audit`, but news that has the same `once` as an earlier entry is old."""
    from tenants.models import AuditEntry

    actor = _actor.get()
    entry = AuditEntry(
        kind=kind,
        actor_id=actor.user_id,
        actor_name=actor.name,
        subject=subject[:200],
        reason=reason[:300],
        once=once[:400],
    )
    AuditEntry.objects.bulk_create([entry], ignore_conflicts=True)


def note_unscoped(reason: str) -> None:
    """Say that somebody worked across tenants and why: once an hour for each actor and reason."""
    if reason in ROUTINE:
        return
    from tenants.models.audit import AuditKind

    actor = _actor.get()
    hour = datetime.now(UTC).strftime("%Y-%m-%dT%H")
    once = f"{hour} {actor.user_id or 0} {reason[:300]}"
    audit_once(AuditKind.UNSCOPED, once=once, subject="", reason=reason)
