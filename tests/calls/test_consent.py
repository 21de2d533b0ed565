"""Each conversation leaves a receipt: which rule, which words, when, and what the caller said."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from calls import consent
from calls.models import AccessCode, Call, ConsentReceipt, Lead, Message, Notice, Turn
from calls.privacy import caller_erase, caller_export, retention_sweep
from calls.services import call_answer, call_finish
from tenants.context import tenant_context
from tenants.models import AuditEntry, Role, Tenant
from tenants.services import member_add, profile_save
from tests.calls.records import LEAD, NOW, TURNS, record, ringing_call
from tests.tenants.cast import HARBOR_RULES, Cast
from voice.receptionist.dialogue import SlotValue
from voice.records import Speaker, TurnRecord

pytestmark = pytest.mark.django_db

GREETING = "This is the AI assistant of Harbor Plumbing on a recorded line."
SAID = "please don't record me"
END = NOW + timedelta(seconds=80)
HEARD = replace(TURNS[0], text=GREETING, started_ms=150, interrupted=True)
CODE = TurnRecord(2, Speaker.CALLER, "the gate code is 4519", 5_000, 6_000)


@pytest.fixture
def call(cast: Cast) -> Call:
    made = ringing_call(cast)
    call_answer(tenant_id=made.owner_id, call_id=made.pk, wait_ms=0, now=NOW)
    return made


def finish(call: Call, **fields: Any) -> ConsentReceipt:
    told = record(**{"turns": (HEARD, TURNS[1]), **fields})
    assert call_finish(tenant_id=call.owner_id, call_id=call.pk, record=told, at=END)
    return receipt_of(call)


def receipt_of(call: Call) -> ConsentReceipt:
    with tenant_context(call.owner_id):
        return ConsentReceipt.objects.get(call=call)


def page(user: object, call: Call) -> str:
    client = Client()
    client.force_login(user)  # type: ignore[arg-type]
    return client.get(f"/calls/{call.pk}/").content.decode()


def test_it_says_the_rule_the_words_and_the_time(cast: Cast, call: Call) -> None:
    receipt = finish(call)
    assert (receipt.profile_version, receipt.recording) == (1, True)
    assert (receipt.heard, receipt.cut_off) == (GREETING, True)
    assert receipt.heard_at == NOW + timedelta(milliseconds=150)
    assert (receipt.objected_at, receipt.done) == (None, "")


def test_it_goes_by_the_version_the_call_was_answered_with(cast: Cast, call: Call) -> None:
    profile_save(tenant=cast.harbor, rules=replace(HARBOR_RULES, recording=False))
    with tenant_context(cast.harbor):
        tenant = Tenant.objects.select_related("current_profile").get()
    later = ringing_call(replace(cast, harbor=tenant), "CA2")
    assert (finish(call).profile_version, receipt_of(call).recording) == (1, True)
    assert (finish(later).profile_version, receipt_of(later).recording) == (2, False)


def test_an_objection_is_kept_with_its_words_and_what_was_done(cast: Cast, call: Call) -> None:
    at = NOW + timedelta(seconds=20)
    for said in (SAID, "I said, do not record"):
        consent.objection_note(tenant_id=call.owner_id, call_id=call.pk, said=said, at=at)
        at += timedelta(seconds=5)
    receipt = finish(call, keep_transcript=False, audio=None)
    assert (receipt.objection, receipt.objected_at) == (SAID, NOW + timedelta(seconds=20))
    assert receipt.done == consent.DISCARDED
    assert receipt.heard == GREETING
    with tenant_context(call.owner_id):
        assert Turn.objects.count() == 0


def test_an_objection_the_database_never_heard_of_is_in_the_receipt_too(
    cast: Cast, call: Call
) -> None:
    receipt = finish(call, keep_transcript=False, audio=None)
    assert (receipt.objected_at, receipt.objection) == (END, "")


def test_it_is_sealed_in_the_table(cast: Cast, call: Call) -> None:
    consent.objection_note(tenant_id=call.owner_id, call_id=call.pk, said=SAID, at=NOW)
    finish(call)
    with tenant_context(call.owner_id), connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM calls_consentreceipt t")
        row = cursor.fetchone()[0]
    for words in (GREETING, SAID):
        assert words not in row
        assert words.encode().hex() not in row


def test_it_stands_or_falls_with_the_end_of_the_call(
    cast: Cast, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(call: Call) -> None:
        raise RuntimeError("billing is away")

    monkeypatch.setattr("calls.hooks._hooks", [breaks])
    with pytest.raises(RuntimeError, match="billing is away"):
        finish(call)
    with tenant_context(call.owner_id):
        assert ConsentReceipt.objects.count() == 0
        assert Call.objects.get().ended_at is None


def test_it_outlives_the_transcript_and_goes_with_the_caller(cast: Cast, call: Call) -> None:
    finish(call)
    retention_sweep(now=NOW + timedelta(days=400))
    with tenant_context(call.owner_id):
        assert Turn.objects.count() == 0
    assert receipt_of(call).heard == GREETING
    told = caller_export(tenant=cast.harbor, number=call.from_number, reason="asked")
    assert told["calls"][0]["consent"][0]["heard"] == GREETING
    caller_erase(tenant=cast.harbor, number=call.from_number, reason="asked")
    with tenant_context(call.owner_id):
        assert ConsentReceipt.objects.count() == 0


def test_the_call_page_shows_it(cast: Cast, call: Call) -> None:
    consent.objection_note(tenant_id=call.owner_id, call_id=call.pk, said=SAID, at=NOW)
    finish(call, keep_transcript=False, audio=None)
    html = page(cast.bob, call)
    assert "Receptionist version 1, recording on" in html
    assert GREETING in html
    assert "please don&#x27;t record me" in html
    assert "Recording turned off; sound and transcript of the whole call not kept" in html


# --- access codes -------------------------------------------------------------------------------


def test_an_access_code_lies_in_its_own_place_and_nowhere_else(cast: Cast, call: Call) -> None:
    slots = {**LEAD.slots, "problem": SlotValue("a leak, the gate code is 4519")}
    lead = replace(LEAD, slots=slots, summary="Gate code 4519.")
    finish(call, turns=(HEARD, TURNS[1], CODE), lead=lead)
    with tenant_context(call.owner_id):
        assert AccessCode.objects.get().text == "gate code is 4519"
        assert Turn.objects.get(index=2).text == "the gate code is [access code]"
        assert Lead.objects.get().summary == "Gate code [access code]."
        with connection.cursor() as cursor:
            for model in (Call, Lead, Turn, Message, Notice, AccessCode, ConsentReceipt):
                cursor.execute(f"SELECT t::text FROM {model._meta.db_table} t")  # noqa: S608
                assert "4519" not in str(cursor.fetchall()), model


def test_only_who_may_reads_an_access_code_and_the_log_says_so(cast: Cast, call: Call) -> None:
    finish(call, turns=(HEARD, CODE))
    member_add(tenant=cast.harbor, user=cast.charlie, role=Role.MANAGER)
    assert "Show the access code" in page(cast.alice, call)
    assert "Ask an owner or a manager for it." in page(cast.bob, call)
    for user, status in [(cast.bob, 403), (cast.alice, 200)]:
        client = Client()
        client.force_login(user)
        assert "4519" not in client.get(f"/calls/{call.pk}/").content.decode()
        answer = client.post(f"/calls/{call.pk}/access-codes/")
        assert (answer.status_code, b"4519" in answer.content) == (status, status == 200)
    assert answer["Cache-Control"] == "private, no-store"
    with tenant_context(call.owner_id):
        entry = AuditEntry.objects.get(kind="access_code")
    assert (entry.actor_name, entry.subject) == ("alice@example.com", f"call {call.pk}")


def test_access_codes_go_with_the_sound(cast: Cast, call: Call) -> None:
    finish(call, turns=(HEARD, CODE))
    retention_sweep(now=END + timedelta(days=30))
    with tenant_context(call.owner_id):
        assert AccessCode.objects.count() == 1
    retention_sweep(now=END + timedelta(days=30, seconds=1))
    with tenant_context(call.owner_id):
        assert AccessCode.objects.count() == 0
        proof = AuditEntry.objects.get(kind="retention").after or {}
        assert (proof["access_codes"], proof["turns"]) == (1, 0)
