"""Journals survive processes, disks that are full and databases that are away."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError

from calls import journal, recovery, services
from calls.journal import Journal, JournalHead, Note, orphans
from calls.models import Call, Lead, Recording, Reservation, Turn
from tenants.context import unscoped
from tests.calls.records import AUDIO, LEAD, NOW, TURNS, record, ringing_call
from tests.tenants.cast import Cast
from voice.records import CallAudio


@pytest.fixture
def spool(settings: Any) -> Path:
    return Path(settings.SPOOL_DIR)


def opened(spool: Path, head: JournalHead) -> Journal:
    one = Journal(spool, head)
    one.open()
    return one


def head_of(call: Call) -> JournalHead:
    return JournalHead(str(call.pk), call.owner_id, call.carrier_call_sid)


HEAD = JournalHead("5e9b5c0e-0000-4000-8000-000000000001", 7, "CA1")


class TestTheFile:
    def test_reads_back_what_was_noted(self, spool: Path) -> None:
        one = opened(spool, HEAD)
        for turn in TURNS:
            one.note(Note(turn, LEAD))
        one.close()

        (orphan,) = orphans(spool)
        assert (orphan.head, orphan.end, orphan.private) == (HEAD, None, False)
        assert orphan.notes == tuple(Note(turn, LEAD) for turn in TURNS)

    def test_reads_back_the_end_and_its_audio(self, spool: Path) -> None:
        one = opened(spool, HEAD)
        assert one.end(record(), NOW)
        one.close()

        (orphan,) = orphans(spool)
        assert orphan.end is not None
        assert (replace(orphan.end.record, audio=AUDIO), orphan.end.at) == (record(), NOW)
        assert orphan.audio() == AUDIO

    def test_an_open_journal_has_an_owner(self, spool: Path) -> None:
        one = opened(spool, HEAD)
        assert list(orphans(spool)) == []
        one.close()
        assert len(list(orphans(spool))) == 1

    def test_a_torn_last_line_is_left_out(self, spool: Path) -> None:
        one = opened(spool, HEAD)
        one.note(Note(TURNS[0], LEAD))
        one.close()
        whole = one.path.read_bytes()
        one.path.write_bytes(whole + whole.splitlines()[-1][:40])

        (orphan,) = orphans(spool)
        assert [note.turn.index for note in orphan.notes] == [0]

    def test_a_line_cut_by_a_full_disk_costs_no_other_line(self, spool: Path) -> None:
        one = opened(spool, HEAD)
        one.note(Note(TURNS[0], LEAD))
        assert one._file is not None
        one._file.write(b"half a li")
        one._torn = True
        one.note(Note(TURNS[1], LEAD))
        one.close()
        (orphan,) = orphans(spool)
        assert [note.turn.index for note in orphan.notes] == [0, 1]

    def test_nothing_said_can_be_read_from_the_disk(self, spool: Path) -> None:
        one = opened(spool, HEAD)
        for turn in TURNS:
            one.note(Note(turn, LEAD))
        one.end(record(audio=CallAudio(b"spoken" * 40, b"played" * 40)), NOW)
        one.close()
        content = b"".join(path.read_bytes() for path in spool.iterdir())
        for told in (b"everywhere", b"Dana", b"+1773", b"spoken", b"played"):
            assert told not in content

    def test_a_journal_sealed_under_an_old_secret_opens_with_the_fallback_only(
        self, spool: Path, settings: Any
    ) -> None:
        one = opened(spool, HEAD)
        one.note(Note(TURNS[0], LEAD))
        one.close()
        settings.SECRET_KEY, old = "another", settings.SECRET_KEY
        settings.SECRET_KEY_FALLBACKS = [old]
        (orphan,) = orphans(spool)
        assert len(orphan.notes) == 1
        settings.SECRET_KEY_FALLBACKS = []
        assert list(orphans(spool)) == []
        assert (spool / "rejected" / one.path.name).exists()

    def test_a_turn_noted_again_replaces_the_first(self, spool: Path) -> None:
        one = opened(spool, HEAD)
        one.note(Note(TURNS[0], LEAD))
        one.note(Note(replace(TURNS[0], text="cut"), LEAD))
        one.close()
        (orphan,) = orphans(spool)
        assert [note.turn.text for note in orphan.notes] == ["cut"]

    def test_a_rewrite_leaves_nothing_of_before_on_the_disk(self, spool: Path) -> None:
        one = opened(spool, HEAD)
        one.note(Note(replace(TURNS[1], text="4111 1111 1111 1111"), LEAD))
        one.rewrite([Note(replace(TURNS[1], text=""), LEAD)], private=True)
        one.note(Note(replace(TURNS[1], index=2, text=""), LEAD))
        one.close()

        assert len(one.path.read_bytes().splitlines()) == 4
        (orphan,) = orphans(spool)
        assert (orphan.private, len(orphan.notes)) == (True, 2)

    def test_a_journal_that_says_nothing_is_moved_aside(self, spool: Path) -> None:
        spool.mkdir()
        (spool / "x.journal").write_bytes(b"\x00\x01 nonsense")
        before = journal.counts.rejected
        assert list(orphans(spool)) == []
        assert (spool / "rejected" / "x.journal").exists()
        assert journal.counts.rejected == before + 1

    def test_a_full_disk_is_counted_and_the_call_goes_on(
        self, spool: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        one = opened(spool, HEAD)
        assert one._file is not None
        one._file.close()
        one._file = Path("/dev/full").open("ab", buffering=0)  # noqa: SIM115 - closed below
        before = journal.counts.failed_writes

        for turn in TURNS:
            one.note(Note(turn, LEAD))
        assert not one.end(record(audio=None), NOW)
        one.close()

        assert journal.counts.failed_writes == before + 3
        assert caplog.text.count("journal_write_failed") == 1

    def test_a_folder_that_cannot_be_made_does_not_stop_the_call(self, tmp_path: Path) -> None:
        (tmp_path / "spool").write_text("a file, not a folder")
        one = opened(tmp_path / "spool", HEAD)
        one.note(Note(TURNS[0], LEAD))
        assert not one.end(record(), NOW)
        one.discard()


CHILD = """
import os, sys
from pathlib import Path
from calls.journal import Journal, JournalHead, Note
from tests.calls.records import LEAD, TURNS

one = Journal(Path(sys.argv[1]), JournalHead(sys.argv[2], int(sys.argv[3]), "CA1"))
one.open()
for turn in TURNS:
    one.note(Note(turn, LEAD))
print("noted", flush=True)
sys.stdin.read()
"""


@pytest.mark.django_db
class TestRecovery:
    def test_a_killed_process_loses_nothing_said_so_far(self, cast: Cast, spool: Path) -> None:
        call = ringing_call(cast)
        child = subprocess.Popen(
            [
                sys.executable,
                "-c",
                "import django; django.setup()\n" + CHILD,
                str(spool),
                str(call.pk),
                str(call.owner_id),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"},
        )
        assert child.stdout is not None
        assert child.stdout.readline() == b"noted\n"
        assert recovery.journals_replay() == 0, "its owner still lives"
        child.send_signal(signal.SIGKILL)
        child.wait()

        assert recovery.journals_replay() == 1
        with unscoped(reason="test"):
            call.refresh_from_db()
            assert (call.end_reason, call.duration_ms) == ("server_lost", 4_000)
            assert [turn.text for turn in Turn.objects.all()] == [turn.text for turn in TURNS]
            assert Lead.objects.get().name == "Dana Kowalczyk"
        assert list(spool.iterdir()) == []
        assert recovery.journals_replay() == 0

    def test_while_the_database_is_away_the_journal_keeps_the_call(
        self, cast: Cast, spool: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        call = ringing_call(cast)
        one = opened(spool, head_of(call))

        def away(**_: object) -> bool:
            raise OperationalError("the connection is lost")

        with monkeypatch.context() as outage:
            outage.setattr(services, "call_finish", away)
            kept = recovery.call_keep(call_journal=one, head=head_of(call), record=record(), at=NOW)
            assert not kept
            assert recovery.journals_replay() == 0
        assert len(list(spool.glob("*.journal"))) == 1

        assert recovery.journals_replay() == 1
        with unscoped(reason="test"):
            call.refresh_from_db()
            assert (call.end_reason, call.ended_at) == ("completed", NOW)
            assert Turn.objects.count() == 2
            assert Recording.objects.get().bytes == 44 + 320 * 4
        assert list(spool.iterdir()) == []

    def test_replaying_what_was_stored_already_changes_nothing(
        self, cast: Cast, spool: Path
    ) -> None:
        call = ringing_call(cast)
        one = opened(spool, head_of(call))
        one.end(record(), NOW)
        one.close()
        content = one.path.read_bytes()
        assert recovery.journals_replay() == 1
        one.path.write_bytes(content)

        assert recovery.journals_replay() == 1
        with unscoped(reason="test"):
            assert (Turn.objects.count(), Lead.objects.count()) == (2, 1)
            assert Recording.objects.count() == 1

    def test_a_private_calls_journal_brings_in_no_transcript(self, cast: Cast, spool: Path) -> None:
        call = ringing_call(cast)
        one = opened(spool, head_of(call))
        one.rewrite([Note(replace(TURNS[1], text=""), LEAD)], private=True)
        one.close()
        assert recovery.journals_replay() == 1
        with unscoped(reason="test"):
            call.refresh_from_db()
            assert (call.transcript_kept, Turn.objects.count()) == (False, 0)
            assert Lead.objects.get().name == "Dana Kowalczyk"

    def test_a_journal_of_no_call_is_moved_aside_and_the_next_one_read(
        self, cast: Cast, spool: Path
    ) -> None:
        opened(spool, replace(HEAD, tenant_id=cast.harbor.pk, call_id="0" * 32)).close()
        call = ringing_call(cast)
        one = opened(spool, head_of(call))
        one.end(record(), NOW)
        one.close()

        assert recovery.journals_replay() == 1
        assert [path.name for path in (spool / "rejected").iterdir()] == [f"{'0' * 32}.journal"]


@pytest.mark.django_db
class TestTheSweep:
    def live(self, cast: Cast, sid: str, lease_until: Any) -> Call:
        call = ringing_call(cast, sid)
        with unscoped(reason="test"):
            Call.objects.filter(pk=call.pk).update(status="live", answered_at=NOW)
            Reservation.objects.create(
                tenant=cast.harbor,
                call_sid=sid,
                state="live",
                tenant_slot=int(sid[2:]),
                pod_slot=int(sid[2:]),
                requested_at=NOW,
                asked_at=NOW,
                granted_at=NOW,
                lease_until=lease_until,
            )
        return call

    def test_a_call_no_pod_has_any_more_ends_as_lost(self, cast: Cast) -> None:
        minutes = timedelta(minutes=1)
        lost = self.live(cast, "CA1", NOW + 3 * minutes)
        held = self.live(cast, "CA2", NOW + 5 * minutes)

        assert recovery.lost_calls_end(now=NOW + 5 * minutes) == 1

        with unscoped(reason="test"):
            lost.refresh_from_db()
            held.refresh_from_db()
            assert Reservation.objects.get(call_sid="CA1").state == "released"
        assert (lost.end_reason, lost.duration_ms) == ("server_lost", 120_000)
        assert held.status == "live"
        assert recovery.lost_calls_end(now=NOW + 5 * minutes) == 0

    def test_a_call_that_never_was_answered_ends_too(self, cast: Cast) -> None:
        call = ringing_call(cast)
        assert recovery.lost_calls_end(now=NOW + timedelta(minutes=9)) == 0
        assert recovery.lost_calls_end(now=NOW + timedelta(minutes=11)) == 1
        with unscoped(reason="test"):
            call.refresh_from_db()
        assert call.end_reason == "no_stream"

    def test_a_live_call_whose_place_was_given_back_ends_too(self, cast: Cast) -> None:
        """The sweep was killed between giving the place back and ending the call."""
        call = self.live(cast, "CA7", NOW)
        with unscoped(reason="test"):
            Reservation.objects.filter(call_sid="CA7").update(state="released")

        assert recovery.lost_calls_end(now=NOW + timedelta(minutes=9)) == 0
        assert recovery.lost_calls_end(now=NOW + timedelta(minutes=11)) == 1

        with unscoped(reason="test"):
            call.refresh_from_db()
        assert call.end_reason == "server_lost"
        assert call.error == "no pod holds a place for this call"
