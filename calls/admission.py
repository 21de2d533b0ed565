"""Who may be answered now, on which pod, and who waits.

A call takes a numbered place within its tenant's limit and within a pod's capacity. Handing out
places is serialised by one advisory lock, and the database's unique constraints on the numbers
make a place taken twice impossible whatever the code does.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from calls.models import Reservation, ReservationState
from tenants.context import tenant_context, unscoped
from tenants.models import Tenant

LEASE = timedelta(seconds=15)
"""How long the carrier has to connect the stream it was told to connect."""

LIVE_LEASE = timedelta(seconds=60)
"""How long a live call is believed to live without a sign from its pod."""

POD_SILENCE = timedelta(seconds=15)
"""A pod not heard of for this long gets no new calls."""

MAX_WAIT = timedelta(seconds=30)
"""The longest a caller is held before the plumber's own phone rings."""

GIVEN_UP = timedelta(seconds=12)
"""Held callers ask again every few seconds; who has not is no longer waited for."""

_LOCK = 0x6361_6C6C  # any number that nothing else locks


@dataclass(frozen=True, slots=True)
class Granted:
    """Connect to this pod with a token that carries this nonce."""

    stream_url: str
    nonce: str
    wait_ms: int


@dataclass(frozen=True, slots=True)
class Held:
    """No line is free: hold the caller and ask again. `is_first` the first time round."""

    wait_ms: int
    is_first: bool


@dataclass(frozen=True, slots=True)
class Overflowed:
    """Held for as long as anybody should be."""

    wait_ms: int


Admission = Granted | Held | Overflowed

_GRANT = """
WITH taken AS (
    SELECT pod_id, tenant_id, tenant_slot, pod_slot FROM calls_reservation
    WHERE state IN ('reserved', 'live')
),
line AS (
    SELECT min(n) AS slot, count(*) AS free FROM generate_series(0, %(limit)s - 1) AS n
    WHERE NOT EXISTS (
        SELECT 1 FROM taken WHERE tenant_id = %(tenant)s AND tenant_slot = n
    )
),
ahead AS (
    SELECT count(*) AS waiting FROM calls_reservation AS other
    WHERE other.tenant_id = %(tenant)s AND other.state = 'held' AND other.asked_at > %(fresh)s
      AND (other.requested_at, other.id) < (
          SELECT requested_at, id FROM calls_reservation WHERE call_sid = %(call_sid)s
      )
),
pods AS (
    SELECT pod.id, pod.stream_url, pod.capacity,
        (SELECT count(*) FROM taken WHERE pod_id = pod.id) AS busy
    FROM calls_pod AS pod
    WHERE NOT pod.is_draining AND pod.heartbeat_at > %(heard)s
),
place AS (
    SELECT pods.id, pods.stream_url, (
        SELECT min(n) FROM generate_series(0, pods.capacity - 1) AS n
        WHERE NOT EXISTS (SELECT 1 FROM taken WHERE pod_id = pods.id AND pod_slot = n)
    ) AS slot, (SELECT sum(greatest(0, capacity - busy)) FROM pods) AS free
    FROM pods
    WHERE pods.busy < pods.capacity
    ORDER BY pods.busy::float / pods.capacity, pods.id
    LIMIT 1
)
UPDATE calls_reservation AS mine
SET state = 'reserved', pod_id = place.id, pod_slot = place.slot, tenant_slot = line.slot,
    nonce = %(nonce)s, granted_at = %(now)s, lease_until = %(lease)s, released_at = NULL,
    wait_ms = greatest(0, extract(epoch FROM %(now)s - mine.requested_at) * 1000)::int
FROM line, ahead, place
WHERE mine.call_sid = %(call_sid)s AND mine.state = 'held'
  AND least(line.free, place.free) > ahead.waiting AND place.slot IS NOT NULL
RETURNING place.stream_url, mine.wait_ms
"""


def reserve(*, tenant: Tenant, call_sid: str, now: datetime) -> Admission:
    """A place for the call, or a place in line. Asking again is how a held call gets on.

    A call that already has a place and asks again (the carrier repeats webhooks) keeps it under
    a new nonce. To be called outside any tenant's context.
    """
    with unscoped(reason="admission weighs every tenant's calls on a pod"):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        _expire(now)
        mine, is_first = _ask(tenant, call_sid, now)
        if mine.state == ReservationState.RESERVED:
            return _grant_again(mine, now)
        wait_ms = _milliseconds(now - mine.requested_at)
        granted = _grant(tenant, call_sid, now)
        if granted is not None:
            return granted
        if mine.state == ReservationState.LIVE or now - mine.requested_at < MAX_WAIT:
            return Held(wait_ms, is_first)
        _release(mine, wait_ms, now)
        return Overflowed(wait_ms)


def confirm(*, tenant_id: int, call_sid: str, nonce: str, now: datetime) -> bool:
    """The carrier connected with the token of `nonce`: true once, and only for the latest one."""
    with tenant_context(tenant_id):
        changed = Reservation.objects.filter(
            call_sid=call_sid, nonce=nonce, state=ReservationState.RESERVED
        ).update(state=ReservationState.LIVE, nonce="", lease_until=now + LIVE_LEASE)
    return changed == 1


def release(*, tenant_id: int, call_sid: str, now: datetime) -> bool:
    """The call needs its place no more; false if it had none."""
    with tenant_context(tenant_id):
        return (
            Reservation.objects.filter(call_sid=call_sid)
            .exclude(state=ReservationState.RELEASED)
            .update(state=ReservationState.RELEASED, nonce="", released_at=now)
            == 1
        )


def renew(*, pod_id: int, call_sids: list[str], now: datetime) -> int:
    """These calls live on, says their pod; how many of them are still known as live."""
    if not call_sids:
        return 0
    with unscoped(reason="a pod renews the leases of its live calls"):
        return Reservation.objects.filter(
            pod_id=pod_id, call_sid__in=call_sids, state=ReservationState.LIVE
        ).update(lease_until=now + LIVE_LEASE)


def sweep(*, now: datetime) -> int:
    """Give back the places of calls that never connected or stopped asking; how many."""
    with unscoped(reason="the sweep ends leases of all tenants"):
        expired = _expire(now)
        forgotten = Reservation.objects.filter(
            state=ReservationState.HELD, asked_at__lt=now - MAX_WAIT
        ).update(state=ReservationState.RELEASED, released_at=now)
    return expired + forgotten


def _expire(now: datetime) -> int:
    return Reservation.objects.filter(state=ReservationState.RESERVED, lease_until__lt=now).update(
        state=ReservationState.RELEASED, nonce="", released_at=now
    )


def _ask(tenant: Tenant, call_sid: str, now: datetime) -> tuple[Reservation, bool]:
    """The call's reservation, made if need be. One that lapsed goes to the end of the line."""
    mine, is_first = Reservation.objects.get_or_create(
        call_sid=call_sid,
        defaults={"tenant_id": tenant.pk, "requested_at": now, "asked_at": now},
    )
    if mine.tenant_id != tenant.pk:
        raise ValueError(f"call {call_sid} belongs to tenant {mine.tenant_id}, not {tenant.pk}")
    if mine.state == ReservationState.RELEASED:
        mine.state, mine.requested_at = ReservationState.HELD, now
    mine.asked_at = now
    mine.save(update_fields=["state", "requested_at", "asked_at"])
    return mine, is_first


def _grant(tenant: Tenant, call_sid: str, now: datetime) -> Granted | None:
    nonce = secrets.token_hex(16)
    with connection.cursor() as cursor:
        cursor.execute(
            _GRANT,
            {
                "tenant": tenant.pk,
                "limit": tenant.max_concurrent_calls,
                "call_sid": call_sid,
                "nonce": nonce,
                "now": now,
                "lease": now + LEASE,
                "heard": now - POD_SILENCE,
                "fresh": now - GIVEN_UP,
            },
        )
        row = cursor.fetchone()
    return None if row is None else Granted(row[0], nonce, row[1])


def _grant_again(mine: Reservation, now: datetime) -> Granted:
    mine.nonce = secrets.token_hex(16)
    mine.lease_until = now + LEASE
    mine.save(update_fields=["nonce", "lease_until"])
    if mine.pod is None:
        raise RuntimeError(f"reservation {mine.pk} is reserved on no pod")
    return Granted(mine.pod.stream_url, mine.nonce, mine.wait_ms)


def _release(mine: Reservation, wait_ms: int, now: datetime) -> None:
    mine.state = ReservationState.RELEASED
    mine.wait_ms = wait_ms
    mine.released_at = now
    mine.save(update_fields=["state", "wait_ms", "released_at"])


def _milliseconds(span: timedelta) -> int:
    return max(0, round(span.total_seconds() * 1000))
