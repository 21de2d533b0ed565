"""Who gets a place, who waits, and that no interleaving hands out one too many."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, connections, transaction

from calls import admission
from calls.admission import Admission, Granted, Held, Overflowed, confirm, release, reserve, sweep
from calls.models import Pod, Reservation
from tenants.context import unscoped
from tenants.models import Tenant
from tests.tenants.cast import Cast

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


def make_pod(name: str, capacity: int, **fields: object) -> Pod:
    given = {"started_at": NOW, "heartbeat_at": NOW, "stream_url": f"wss://{name}/media/twilio"}
    return Pod.objects.create(name=name, capacity=capacity, **given | fields)


def limit(tenant: Tenant, calls: int) -> Tenant:
    tenant.max_concurrent_calls = calls
    return tenant


def granted(decision: Admission) -> Granted:
    assert isinstance(decision, Granted), decision
    return decision


def reservation(call_sid: str) -> Reservation:
    with unscoped(reason="test"):
        return Reservation.objects.get(call_sid=call_sid)


@pytest.mark.django_db
class TestPlaces:
    def test_second_call_is_held_when_the_tenant_is_at_its_limit(self, cast: Cast) -> None:
        make_pod("a", 10)
        harbor = limit(cast.harbor, 1)
        granted(reserve(tenant=harbor, call_sid="CA1", now=NOW))

        assert reserve(tenant=harbor, call_sid="CA2", now=NOW) == Held(0, is_first=True)
        later = NOW + timedelta(seconds=4)
        assert reserve(tenant=harbor, call_sid="CA2", now=later) == Held(4000, is_first=False)

    def test_another_tenant_is_not_held_by_it(self, cast: Cast) -> None:
        make_pod("a", 10)
        granted(reserve(tenant=limit(cast.harbor, 1), call_sid="CA1", now=NOW))
        granted(reserve(tenant=limit(cast.summit, 1), call_sid="CA2", now=NOW))

    def test_a_full_pod_holds_everybody(self, cast: Cast) -> None:
        make_pod("a", 1)
        granted(reserve(tenant=cast.harbor, call_sid="CA1", now=NOW))
        assert reserve(tenant=cast.summit, call_sid="CA2", now=NOW) == Held(0, is_first=True)

    def test_the_least_loaded_pod_by_share_of_its_capacity_is_taken(self, cast: Cast) -> None:
        make_pod("a", 2)
        make_pod("b", 8)
        urls = [
            granted(reserve(tenant=limit(cast.harbor, 9), call_sid=f"CA{n}", now=NOW)).stream_url
            for n in range(6)
        ]
        assert urls.count("wss://a/media/twilio") == 2
        assert urls.count("wss://b/media/twilio") == 4

    @pytest.mark.parametrize(
        "fields",
        [{"is_draining": True}, {"heartbeat_at": NOW - timedelta(seconds=16)}, {"capacity": 0}],
        ids=["draining", "silent", "without room"],
    )
    def test_a_pod_that_takes_no_calls_gets_none(
        self, cast: Cast, fields: dict[str, object]
    ) -> None:
        make_pod("a", **{"capacity": 5} | fields)  # type: ignore[arg-type]
        assert reserve(tenant=cast.harbor, call_sid="CA1", now=NOW) == Held(0, is_first=True)

    def test_the_wait_before_a_place_is_recorded(self, cast: Cast) -> None:
        make_pod("a", 1)
        granted(reserve(tenant=cast.harbor, call_sid="CA1", now=NOW))
        reserve(tenant=cast.harbor, call_sid="CA2", now=NOW)
        release(tenant_id=cast.harbor.pk, call_sid="CA1", now=NOW)

        later = NOW + timedelta(milliseconds=5500)
        assert granted(reserve(tenant=cast.harbor, call_sid="CA2", now=later)).wait_ms == 5500
        assert reservation("CA2").wait_ms == 5500

    def test_who_waits_longest_comes_first(self, cast: Cast) -> None:
        make_pod("a", 1)
        granted(reserve(tenant=cast.harbor, call_sid="CA1", now=NOW))
        reserve(tenant=cast.harbor, call_sid="first", now=NOW + timedelta(seconds=1))
        release(tenant_id=cast.harbor.pk, call_sid="CA1", now=NOW)

        at = NOW + timedelta(seconds=2)
        assert isinstance(reserve(tenant=cast.harbor, call_sid="late", now=at), Held)
        granted(reserve(tenant=cast.harbor, call_sid="first", now=at))

    def test_who_stopped_asking_is_not_waited_for(self, cast: Cast) -> None:
        make_pod("a", 1)
        granted(reserve(tenant=cast.harbor, call_sid="CA1", now=NOW))
        reserve(tenant=cast.harbor, call_sid="gone", now=NOW)
        release(tenant_id=cast.harbor.pk, call_sid="CA1", now=NOW)

        at = NOW + timedelta(seconds=14)
        granted(reserve(tenant=cast.harbor, call_sid="late", now=at))

    def test_past_the_longest_wait_the_call_overflows(self, cast: Cast) -> None:
        decision = reserve(tenant=cast.harbor, call_sid="CA1", now=NOW)
        assert isinstance(decision, Held)
        later = NOW + admission.MAX_WAIT
        assert reserve(tenant=cast.harbor, call_sid="CA1", now=later) == Overflowed(30_000)
        assert reservation("CA1").state == "released"


@pytest.mark.django_db
class TestLeases:
    def test_only_the_latest_nonce_confirms_and_only_once(self, cast: Cast) -> None:
        make_pod("a", 1)
        old = granted(reserve(tenant=cast.harbor, call_sid="CA1", now=NOW)).nonce
        new = granted(reserve(tenant=cast.harbor, call_sid="CA1", now=NOW)).nonce

        confirms = [
            confirm(tenant_id=cast.harbor.pk, call_sid="CA1", nonce=nonce, now=NOW)
            for nonce in (old, "", new, new)
        ]
        assert confirms == [False, False, True, False]
        assert reservation("CA1").state == "live"

    def test_another_tenant_cannot_confirm(self, cast: Cast) -> None:
        make_pod("a", 1)
        nonce = granted(reserve(tenant=cast.harbor, call_sid="CA1", now=NOW)).nonce
        assert not confirm(tenant_id=cast.summit.pk, call_sid="CA1", nonce=nonce, now=NOW)
        assert reservation("CA1").state == "reserved"

    def test_a_lease_that_lapsed_frees_the_place(self, cast: Cast) -> None:
        make_pod("a", 1)
        nonce = granted(reserve(tenant=cast.harbor, call_sid="CA1", now=NOW)).nonce
        later = NOW + timedelta(seconds=15, milliseconds=1)
        Pod.objects.update(heartbeat_at=later)

        granted(reserve(tenant=cast.harbor, call_sid="CA2", now=later))
        assert not confirm(tenant_id=cast.harbor.pk, call_sid="CA1", nonce=nonce, now=later)

    def test_a_live_call_that_asks_again_keeps_its_place(self, cast: Cast) -> None:
        make_pod("a", 1)
        nonce = granted(reserve(tenant=cast.harbor, call_sid="CA1", now=NOW)).nonce
        confirm(tenant_id=cast.harbor.pk, call_sid="CA1", nonce=nonce, now=NOW)

        later = NOW + timedelta(minutes=5)
        assert isinstance(reserve(tenant=cast.harbor, call_sid="CA1", now=later), Held)
        assert reservation("CA1").state == "live"

    def test_the_sweep_frees_lapsed_and_forgotten_reservations_only(self, cast: Cast) -> None:
        make_pod("a", 2)
        reserve(tenant=cast.harbor, call_sid="lapsed", now=NOW)
        nonce = granted(reserve(tenant=cast.harbor, call_sid="live", now=NOW)).nonce
        confirm(tenant_id=cast.harbor.pk, call_sid="live", nonce=nonce, now=NOW)
        reserve(tenant=cast.harbor, call_sid="forgotten", now=NOW)

        assert sweep(now=NOW + timedelta(seconds=31)) == 2
        states = {sid: reservation(sid).state for sid in ("lapsed", "live", "forgotten")}
        assert states == {"lapsed": "released", "live": "live", "forgotten": "released"}

    def test_a_pod_renews_its_live_calls(self, cast: Cast) -> None:
        pod = make_pod("a", 2)
        nonce = granted(reserve(tenant=cast.harbor, call_sid="CA1", now=NOW)).nonce
        confirm(tenant_id=cast.harbor.pk, call_sid="CA1", nonce=nonce, now=NOW)

        later = NOW + timedelta(seconds=50)
        assert admission.renew(pod_id=pod.pk, call_sids=["CA1", "unknown"], now=later) == 1
        assert reservation("CA1").lease_until == later + admission.LIVE_LEASE

    def test_the_database_refuses_a_place_taken_twice(self, cast: Cast) -> None:
        make_pod("a", 5)
        granted(reserve(tenant=cast.harbor, call_sid="CA1", now=NOW))
        granted(reserve(tenant=cast.summit, call_sid="CA2", now=NOW))
        with (
            pytest.raises(IntegrityError, match="calls_reservation_pod_slot"),
            transaction.atomic(),
            unscoped(reason="test"),
        ):
            Reservation.objects.filter(call_sid="CA2").update(pod_slot=0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("capacities", "per_tenant", "expected"),
    [((3, 4), 20, 7), ((50,), 2, 4)],
    ids=["pods are the limit", "tenants are the limit"],
)
def test_concurrent_callers_never_get_more_places_than_there_are(
    committed_cast: Cast, capacities: tuple[int, ...], per_tenant: int, expected: int
) -> None:
    for number, capacity in enumerate(capacities):
        make_pod(f"pod-{number}", capacity)
    tenants = [limit(committed_cast.harbor, per_tenant), limit(committed_cast.summit, per_tenant)]
    callers = 16
    together = Barrier(callers)

    def call(number: int) -> Admission:
        try:
            connection.ensure_connection()
            together.wait(timeout=30)
            return reserve(tenant=tenants[number % 2], call_sid=f"CA{number}", now=NOW)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(callers) as threads:
        decisions = list(threads.map(call, range(callers)))

    assert sum(isinstance(decision, Granted) for decision in decisions) == expected
    assert sum(isinstance(decision, Held) for decision in decisions) == callers - expected
    with unscoped(reason="test"):
        assert Reservation.objects.filter(state="reserved").count() == expected


@pytest.mark.django_db(transaction=True)
def test_concurrent_streams_with_one_token_are_let_in_once(committed_cast: Cast) -> None:
    make_pod("a", 1)
    tenant = committed_cast.harbor
    nonce = granted(reserve(tenant=tenant, call_sid="CA1", now=NOW)).nonce
    together = Barrier(8)

    def open_stream(_: int) -> bool:
        try:
            connection.ensure_connection()
            together.wait(timeout=30)
            return confirm(tenant_id=tenant.pk, call_sid="CA1", nonce=nonce, now=NOW)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(open_stream, range(8))) == 1
