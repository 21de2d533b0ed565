"""Callers are forgotten when they ask, and everything goes when it was kept long enough."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from billing.models import UsageEntry
from calls.models import Booking, Call, CallEnd, Lead, Message, Recording, Turn
from calls.privacy import (
    CallStillOn,
    caller_erase,
    caller_export,
    caller_fingerprint,
    retention_sweep,
)
from calls.recordings import recording_file, recording_store
from calls.services import call_answer, call_end, call_start
from tenants.context import tenant_context
from tenants.models import AuditEntry, Tenant
from tests.tenants.cast import Cast
from voice.records import CallAudio

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
DANA = "+17735550121"
OTHER = "+17735550122"


@dataclass(frozen=True, slots=True)
class Stored:
    call: Call
    sound: Path


def store_call(
    tenant: Tenant, *, sid: str, number: str, left: str = "", at: datetime = NOW, ends: bool = True
) -> Stored:
    call = call_start(
        tenant=tenant,
        carrier="twilio",
        call_sid=sid,
        from_number=number,
        to_number="+13125550100",
        now=at,
    )
    call_answer(tenant_id=tenant.pk, call_id=call.pk, wait_ms=0, now=at)
    audio = CallAudio(b"\xff" * 800, b"\xff" * 800)
    recording_store(tenant_id=tenant.pk, call_id=call.pk, audio=audio)
    with tenant_context(tenant):
        Turn.objects.create(
            call=call, index=0, speaker="caller", text="A leak.", started_ms=0, ended_ms=900
        )
        Lead.objects.create(call=call, name="Dana", phone=left)
        Message.objects.create(call=call, kind="message", text="Call me", created_at=at)
        Booking.objects.create(
            call=call,
            reference=sid,
            starts_at=at + timedelta(days=1),
            ends_at=at + timedelta(days=1, hours=2),
            place=int(sid[-1]),
            phone=left,
        )
        sound = recording_file(Recording.objects.get(call=call))
    if ends:
        call_end(
            tenant_id=tenant.pk,
            call_id=call.pk,
            reason=CallEnd.COMPLETED,
            at=at + timedelta(seconds=30),
            duration_ms=30_000,
        )
    return Stored(call, sound)


def left_of(tenant: Tenant) -> dict[str, int]:
    with tenant_context(tenant):
        models = (Call, Turn, Lead, Recording, Booking, Message, UsageEntry)
        return {model.__name__: model._default_manager.count() for model in models}


def test_a_caller_is_erased_with_all_that_was_said_but_not_the_bill(cast: Cast) -> None:
    danas = store_call(cast.harbor, sid="CA1", number=DANA)
    others = store_call(cast.harbor, sid="CA2", number=OTHER)
    erased = caller_erase(tenant=cast.harbor, number=DANA, reason="asked by letter")
    assert (erased.calls, erased.turns, erased.recordings, erased.bookings) == (1, 1, 1, 1)
    assert left_of(cast.harbor) == {
        "Call": 1,
        "Turn": 1,
        "Lead": 1,
        "Recording": 1,
        "Booking": 1,
        "Message": 1,
        "UsageEntry": 2,
    }
    assert not danas.sound.exists()
    assert others.sound.exists()


@pytest.mark.parametrize("left", ["(773) 555-0121", "773-555-0121", "7735550121", DANA])
def test_a_number_left_to_call_back_finds_the_caller_too(cast: Cast, left: str) -> None:
    store_call(cast.harbor, sid="CA1", number="", left=left)
    assert caller_erase(tenant=cast.harbor, number=DANA, reason="asked").calls == 1


def test_only_this_tenants_records_of_the_caller_go(cast: Cast) -> None:
    store_call(cast.harbor, sid="CA1", number=DANA)
    summits = store_call(cast.summit, sid="CA2", number=DANA)
    caller_erase(tenant=cast.harbor, number=DANA, reason="asked")
    assert left_of(cast.summit)["Call"] == 1
    assert summits.sound.exists()


def test_the_proof_holds_no_number_but_can_be_checked_against_one(cast: Cast) -> None:
    store_call(cast.harbor, sid="CA1", number=DANA)
    caller_erase(tenant=cast.harbor, number=DANA, reason="asked")
    with tenant_context(cast.harbor):
        entry = AuditEntry.objects.get(kind="erase")
    told = json.dumps([entry.subject, entry.reason, entry.before, entry.after])
    assert "5550121" not in told
    same = caller_fingerprint(tenant=cast.harbor, number="(773) 555-0121")
    assert entry.subject == f"caller {same}"
    assert caller_fingerprint(tenant=cast.summit, number=DANA) != same


def test_erasing_again_finds_nothing_and_fails_at_nothing(cast: Cast) -> None:
    store_call(cast.harbor, sid="CA1", number=DANA)
    caller_erase(tenant=cast.harbor, number=DANA, reason="asked")
    assert caller_erase(tenant=cast.harbor, number=DANA, reason="asked").calls == 0


def test_a_lost_file_does_not_stop_the_erasure(cast: Cast) -> None:
    stored = store_call(cast.harbor, sid="CA1", number=DANA)
    stored.sound.unlink()
    assert caller_erase(tenant=cast.harbor, number=DANA, reason="asked").recordings == 1


def test_nobody_is_erased_in_the_middle_of_a_call(cast: Cast) -> None:
    stored = store_call(cast.harbor, sid="CA1", number=DANA, ends=False)
    with pytest.raises(CallStillOn):
        caller_erase(tenant=cast.harbor, number=DANA, reason="asked")
    assert left_of(cast.harbor)["Turn"] == 1
    assert stored.sound.exists()


@pytest.mark.parametrize("number", ["", "anonymous", "555"])
def test_no_number_erases_nobody(cast: Cast, number: str) -> None:
    store_call(cast.harbor, sid="CA1", number="")
    with pytest.raises(ValueError, match="is no phone number"):
        caller_erase(tenant=cast.harbor, number=number, reason="asked")
    assert left_of(cast.harbor)["Call"] == 1


def test_an_export_holds_what_is_kept_and_is_audited(cast: Cast) -> None:
    stored = store_call(cast.harbor, sid="CA1", number=DANA, left=DANA)
    store_call(cast.harbor, sid="CA2", number=OTHER)
    told = caller_export(tenant=cast.harbor, number=DANA, reason="asked")
    (call,) = told["calls"]
    assert call["id"] == str(stored.call.pk)
    assert [turn["text"] for turn in call["turns"]] == ["A leak."]
    assert call["lead"][0]["name"] == "Dana"
    assert call["messages"][0]["text"] == "Call me"
    assert [booking["reference"] for booking in told["bookings"]] == ["CA1"]
    with tenant_context(cast.harbor):
        assert AuditEntry.objects.get(kind="export").after == {"calls": 1}


def test_sound_goes_after_30_days_and_words_after_90(cast: Cast) -> None:
    old = store_call(cast.harbor, sid="CA1", number=DANA, at=NOW)
    young = store_call(cast.harbor, sid="CA2", number=DANA, at=NOW + timedelta(days=60))
    assert retention_sweep(now=NOW + timedelta(days=30)) == 0
    assert retention_sweep(now=NOW + timedelta(days=31)) == 1
    assert (old.sound.exists(), young.sound.exists()) == (False, True)
    assert left_of(cast.harbor)["Turn"] == 2
    assert retention_sweep(now=NOW + timedelta(days=91)) == 1
    assert left_of(cast.harbor) == {
        "Call": 2,
        "Turn": 1,
        "Lead": 2,
        "Recording": 0,
        "Booking": 2,
        "Message": 2,
        "UsageEntry": 2,
    }


def test_each_tenants_own_days_count_and_the_proof_says_how_much_went(cast: Cast) -> None:
    with tenant_context(cast.summit):
        Tenant.objects.update(audio_retention_days=1, transcript_retention_days=1)
    store_call(cast.harbor, sid="CA1", number=DANA)
    store_call(cast.summit, sid="CA2", number=DANA)
    retention_sweep(now=NOW + timedelta(days=2))
    assert left_of(cast.harbor)["Recording"] == 1
    assert left_of(cast.summit)["Recording"] == 0
    with tenant_context(cast.summit):
        proof = AuditEntry.objects.get(kind="retention").after or {}
    assert (proof["recordings"], proof["turns"]) == (1, 1)
    with tenant_context(cast.harbor):
        assert AuditEntry.objects.filter(kind="retention").count() == 0


def test_commands_erase_and_export(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    store_call(cast.harbor, sid="CA1", number=DANA)
    call_command("export_caller", tenant="harbor", number=DANA)
    assert json.loads(capsys.readouterr().out)["business"] == "Harbor Plumbing"
    call_command("erase_caller", tenant="harbor", number=DANA, yes=True)
    assert "Erased 1 calls, 1 turns, 1 recordings and 1 bookings" in capsys.readouterr().out
    with pytest.raises(CommandError, match="no tenant 'nobody'; there are: harbor, summit"):
        call_command("erase_caller", tenant="nobody", number=DANA, yes=True)
    with pytest.raises(CommandError, match="is no phone number"):
        call_command("erase_caller", tenant="harbor", number="x", yes=True)


def test_who_does_not_say_yes_erases_nothing(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    store_call(cast.harbor, sid="CA1", number=DANA)
    monkeypatch.setattr("builtins.input", lambda prompt: "")
    with pytest.raises(CommandError, match="nothing was erased"):
        call_command("erase_caller", tenant="harbor", number=DANA)
    assert left_of(cast.harbor)["Call"] == 1
