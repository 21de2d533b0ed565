"""What goes wrong at the worst moment: a kill, a race, a full disk, a clock, a hostile tenant."""

import resource
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings as django_settings
from django.core import signing
from django.db import connection

from buddyhelps.tenant_archive import tenant_export, tenant_import
from calls import stream_tokens
from calls.models import Call, Recording, Turn
from calls.privacy import Erased, caller_erase, retention_sweep
from calls.recordings import recording_store
from tenants.context import tenant_context, unscoped
from tenants.models import AuditEntry, Tenant
from tests.tenants.cast import Cast, logged_in
from tests.tenants.test_archive import another_installation
from tests.tenants.test_privacy import DANA, NOW, left_of, store_call
from voice.records import CallAudio

OF_ONE_CALL = {
    "Call": 1,
    "Turn": 1,
    "Lead": 1,
    "Recording": 1,
    "Booking": 1,
    "Message": 1,
    "UsageEntry": 1,
}
NOTHING_LEFT = dict.fromkeys(OF_ONE_CALL, 0) | {"UsageEntry": 1}


def run_and_die(code: str, environment: dict[str, str]) -> None:
    """Run `code` in a process of its own, which kills itself with SIGKILL in the middle."""
    script = "import os, signal, django; django.setup()\n" + textwrap.dedent(code)
    died = subprocess.run(
        [sys.executable, "-c", script],
        env=environment | {"RECORDINGS_DIR": "", "DATA_DIR": str(django_settings.DATA_DIR)},
        cwd=django_settings.BASE_DIR,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert died.returncode == -signal.SIGKILL, died.stderr.decode()


def test_an_erasure_killed_in_the_middle_is_finished_by_the_next(
    committed_cast: Cast, child_environment: dict[str, str]
) -> None:
    stored = store_call(committed_cast.harbor, sid="CA1", number=DANA)
    run_and_die(
        f"""
        from calls import privacy
        from tenants.selectors import tenant_by_slug
        privacy.audit = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)
        privacy.caller_erase(tenant=tenant_by_slug("harbor"), number="{DANA}", reason="asked")
        """,
        child_environment,
    )
    assert not stored.sound.exists()  # the sound goes first
    assert left_of(committed_cast.harbor) == OF_ONE_CALL
    with tenant_context(committed_cast.harbor):
        assert AuditEntry.objects.filter(kind="erase").count() == 0
    erased = caller_erase(tenant=committed_cast.harbor, number=DANA, reason="asked")
    assert erased == Erased(calls=1, turns=1, recordings=1, bookings=1)
    assert left_of(committed_cast.harbor) == NOTHING_LEFT


def test_an_import_killed_in_the_middle_leaves_no_tenant_and_can_be_done_again(
    committed_cast: Cast, child_environment: dict[str, str], tmp_path: Path
) -> None:
    store_call(committed_cast.harbor, sid="CA1", number=DANA)
    archive = tmp_path / "harbor.zip"
    tenant_export(tenant=committed_cast.harbor, target=archive, reason="moving")
    another_installation()
    before = set(Path(django_settings.RECORDINGS_DIR).rglob("*.sealed"))
    run_and_die(
        f"""
        from pathlib import Path
        from buddyhelps import tenant_archive
        tenant_archive.audit = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)
        tenant_archive.tenant_import(source=Path("{archive}"), reason="moved")
        """,
        child_environment,
    )
    with unscoped(reason="test"):
        assert Tenant.objects.count() == 0
    left = set(Path(django_settings.RECORDINGS_DIR).rglob("*.sealed")) - before
    assert len(left) <= 1  # sealed under a key that was never stored: noise
    tenant, contents = tenant_import(source=archive, reason="moved")
    assert contents.recordings == 1
    assert left_of(tenant) == OF_ONE_CALL


def test_two_erasures_at_once_erase_once_and_both_say_what_they_did(committed_cast: Cast) -> None:
    store_call(committed_cast.harbor, sid="CA1", number=DANA)
    start = threading.Barrier(4)
    done: list[Erased] = []

    def erase() -> None:
        try:
            start.wait()
            done.append(caller_erase(tenant=committed_cast.harbor, number=DANA, reason="asked"))
        finally:
            connection.close()

    threads = [threading.Thread(target=erase) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one.calls for one in done) == [0, 0, 0, 1]
    assert sum(one.turns for one in done) == 1
    assert left_of(committed_cast.harbor) == NOTHING_LEFT
    with tenant_context(committed_cast.harbor):
        assert AuditEntry.objects.filter(kind="erase").count() == 4


def test_sound_that_comes_after_the_erasure_is_not_kept(cast: Cast) -> None:
    stored = store_call(cast.harbor, sid="CA1", number=DANA)
    caller_erase(tenant=cast.harbor, number=DANA, reason="asked")
    audio = CallAudio(b"\xff" * 800, b"\xff" * 800)
    assert recording_store(tenant_id=cast.harbor.pk, call_id=stored.call.pk, audio=audio) is False
    assert not stored.sound.exists()


@contextmanager
def disk_full_after(size: int) -> Iterator[None]:
    """No file of this process may grow beyond `size` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("size", [0, 100, 3_000])
def test_a_full_disk_leaves_no_half_archive_and_no_entry(
    cast: Cast, tmp_path: Path, size: int
) -> None:
    store_call(cast.harbor, sid="CA1", number=DANA)
    target = tmp_path / "harbor.zip"
    with disk_full_after(size), pytest.raises(OSError, match="File too large"):
        tenant_export(tenant=cast.harbor, target=target, reason="asked")
    assert list(tmp_path.iterdir()) == []
    with tenant_context(cast.harbor):
        assert AuditEntry.objects.filter(kind="export").count() == 0
    assert tenant_export(tenant=cast.harbor, target=target, reason="asked").recordings == 1
    assert target.stat().st_mode & 0o777 == 0o600


def test_an_export_never_replaces_a_file(cast: Cast, tmp_path: Path) -> None:
    target = tmp_path / "harbor.zip"
    target.write_bytes(b"precious")
    with pytest.raises(FileExistsError):
        tenant_export(tenant=cast.harbor, target=target, reason="asked")
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [b"precious"]


CLOCKS_GO_FORWARD = datetime(2026, 3, 8, 8, 0, tzinfo=UTC)  # 02:00 in Chicago, Harbor's zone


@pytest.mark.parametrize("ended", [CLOCKS_GO_FORWARD, CLOCKS_GO_FORWARD - timedelta(days=15), NOW])
def test_retention_counts_days_of_24_hours_whatever_the_clocks_on_the_wall_do(
    cast: Cast, ended: datetime
) -> None:
    stored = store_call(cast.harbor, sid="CA1", number=DANA, at=ended - timedelta(seconds=30))
    border = ended + timedelta(days=30)
    assert retention_sweep(now=border) == 0
    assert retention_sweep(now=border - timedelta(hours=1)) == 0  # the clock was set back
    assert stored.sound.exists()
    assert retention_sweep(now=border + timedelta(microseconds=1)) == 1
    assert retention_sweep(now=border - timedelta(days=400)) == 0
    assert not stored.sound.exists()
    with tenant_context(cast.harbor):
        assert (Recording.objects.count(), Turn.objects.count()) == (0, 1)
        assert AuditEntry.objects.filter(kind="retention").count() == 1


def test_a_hostile_tenant_guesses_nothing(cast: Cast) -> None:
    stored = store_call(cast.harbor, sid="CA1", number=DANA)
    charlie = logged_in(cast.charlie)
    with tenant_context(cast.harbor):
        own = [stored.call.pk, Turn.objects.get().pk, Recording.objects.get().pk]
    for guess in [*own, uuid4(), 0, 2**63, "..%2F..%2Fetc%2Fpasswd", "%00"]:
        for address in ["/calls/{}/", "/calls/{}/recording.wav", "/team/members/{}/"]:
            answer = charlie.post(address.format(guess))
            assert answer.status_code in (404, 405), (address, guess)
            assert charlie.get(address.format(guess)).status_code in (404, 405), (address, guess)
    session = charlie.session
    session["tenant_id"] = cast.harbor.pk
    session.save()
    assert b"Summit" in charlie.get("/").content
    assert charlie.get(f"/calls/{stored.call.pk}/").status_code == 404
    charlie.post("/team/switch/", {"tenant": cast.harbor.pk})
    assert charlie.get(f"/calls/{stored.call.pk}/").status_code == 404


def test_a_signature_made_for_something_else_opens_no_stream(cast: Cast) -> None:
    call = store_call(cast.harbor, sid="CA1", number=DANA).call
    claim = [cast.harbor.pk, str(call.pk), "CA1", "nonce"]
    for token in [
        signing.dumps(claim),  # our key, another purpose
        signing.dumps(claim, salt="django.contrib.sessions.SessionStore"),
        signing.dumps(claim, salt="calls.stream_token", key="guessed"),
        signing.dumps(claim, salt="calls.stream_token")[:-1],
        signing.dumps("x", salt="calls.stream_token"),
        "",
    ]:
        assert stream_tokens.read(token, call_sid="CA1") is None
    grant = stream_tokens.StreamGrant(cast.harbor.pk, call.pk, "CA1", "nonce")
    assert stream_tokens.read(stream_tokens.issue(grant), call_sid="CA1") == grant
    assert stream_tokens.read(stream_tokens.issue(grant), call_sid="CA2") is None


def test_a_pooled_connection_that_served_a_look_may_write_for_its_next_user(
    committed_cast: Cast,
) -> None:
    olga, alice = logged_in(committed_cast.olga), logged_in(committed_cast.alice)
    look = f"/admin/tenants/tenant/{committed_cast.summit.pk}/look/"
    olga.post(look, {"reason": "the proof"})
    assert b"Summit" in olga.get("/").content
    address = f"/team/members/{committed_cast.bobs_place.pk}/"
    assert alice.post(address, {"role": "manager"}).status_code == 302
    assert b"Summit" not in alice.get("/").content
    with tenant_context(committed_cast.harbor):
        committed_cast.bobs_place.refresh_from_db()
        assert Call.objects.count() == 0
    assert committed_cast.bobs_place.role == "manager"
