"""A call starts, is answered and ends: once, whole, with its reason."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, connections

from billing.models import UsageEntry
from calls import hooks
from calls.models import Call, CallEnd, Lead, Turn
from calls.services import call_answer, call_end, call_finish, call_start
from tenants.context import tenant_context, unscoped
from tests.calls.carrier import CALLER, HARBOR
from tests.calls.records import LEAD, NOW, TURNS, record, ringing_call
from tests.tenants.cast import Cast
from voice.receptionist.dialogue import LeadRecord, SlotValue
from voice.records import EndReason

END = NOW + timedelta(seconds=80)


def finish(call: Call, **fields: object) -> bool:
    return call_finish(tenant_id=call.owner_id, call_id=call.pk, record=record(**fields), at=END)


@pytest.mark.django_db
class TestStart:
    def test_the_same_call_is_found_again(self, cast: Cast) -> None:
        first = ringing_call(cast)
        assert ringing_call(cast).pk == first.pk
        assert (first.status, first.profile_id) == ("ringing", cast.harbor_profile.pk)

    def test_another_carriers_call_of_that_name_is_another_call(self, cast: Cast) -> None:
        other = call_start(
            tenant=cast.harbor,
            carrier="telnyx",
            call_sid="CA1",
            from_number=CALLER,
            to_number=HARBOR,
            now=NOW,
        )
        assert ringing_call(cast).pk != other.pk

    def test_a_call_is_answered_once(self, cast: Cast) -> None:
        call = ringing_call(cast)
        answers = [
            call_answer(tenant_id=call.owner_id, call_id=call.pk, wait_ms=5, now=NOW)
            for _ in range(2)
        ]
        assert answers == [True, False]


@pytest.mark.django_db
class TestFinish:
    def test_everything_said_and_understood_is_stored(self, cast: Cast) -> None:
        call = ringing_call(cast)
        assert finish(call)

        with tenant_context(cast.harbor):
            call.refresh_from_db()
            first, second = Turn.objects.filter(call=call)
            lead = Lead.objects.get(call=call)
        assert (call.status, call.end_reason, call.duration_ms) == ("ended", "completed", 75_400)
        assert call.ended_at == END
        assert (first.text, first.asked, first.speaker) == (
            TURNS[0].text,
            "problem",
            "receptionist",
        )
        assert first.grounds == [{"said": "$89", "source": "rules.diagnostic_fee"}]
        assert first.latency is not None
        assert first.latency["first_audio_ms"] == 420
        assert (second.text, second.confidence, second.latency) == (TURNS[1].text, 0.8, None)
        assert (lead.name, lead.phone, lead.zip) == ("Dana Kowalczyk", "+17735550121", "60640")
        assert lead.slots["phone"] == {"value": "+17735550121", "turn": 2, "confirmed": True}
        assert lead.slots["fixture"]["value"] == "ceiling"
        assert (lead.urgency, lead.intent, lead.job_type) == ("E1", "emergency", "leak_repair")
        assert lead.open_questions == ["Where is the shut-off?"]

    def test_the_second_end_changes_nothing(self, cast: Cast) -> None:
        call = ringing_call(cast)
        assert finish(call)
        assert not finish(call, reason=EndReason.CARRIER_LOST, turns=(), duration_ms=1)

        with tenant_context(cast.harbor):
            call.refresh_from_db()
            assert (call.end_reason, call.duration_ms) == ("completed", 75_400)
            assert Turn.objects.count() == 2
            assert UsageEntry.objects.count() == 1

    def test_the_usage_is_entered_in_the_same_transaction(self, cast: Cast) -> None:
        call = ringing_call(cast)
        call_answer(tenant_id=call.owner_id, call_id=call.pk, wait_ms=0, now=NOW)
        finish(call)
        with tenant_context(cast.harbor):
            entry = UsageEntry.objects.get(call=call)
        assert (entry.duration_ms, entry.billed_seconds) == (75_400, 76)

    def test_a_hook_that_fails_undoes_the_end(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(call: Call) -> None:
            raise RuntimeError("the ledger is full")

        call = ringing_call(cast)
        monkeypatch.setattr(hooks, "_hooks", [fail])
        with pytest.raises(RuntimeError, match="the ledger is full"):
            finish(call)

        with tenant_context(cast.harbor):
            call.refresh_from_db()
            assert (call.status, call.end_reason) == ("ringing", "")
            assert Turn.objects.count() == 0

    def test_an_objection_to_recording_keeps_the_lead_but_no_transcript(self, cast: Cast) -> None:
        call = ringing_call(cast)
        finish(call, keep_transcript=False)
        with tenant_context(cast.harbor):
            call.refresh_from_db()
            assert not call.transcript_kept
            assert Turn.objects.count() == 0
            assert Lead.objects.get().name == "Dana Kowalczyk"

    def test_a_call_that_said_nothing_has_no_lead(self, cast: Cast) -> None:
        call = ringing_call(cast)
        finish(call, lead=LeadRecord(), turns=())
        with tenant_context(cast.harbor):
            assert not Lead.objects.exists()

    def test_spam_is_marked(self, cast: Cast) -> None:
        call = ringing_call(cast)
        finish(call, lead=LeadRecord(intent="spam", is_spam=True))
        with tenant_context(cast.harbor):
            call.refresh_from_db()
        assert call.is_spam

    @pytest.mark.parametrize("text", ["a\x00b", "\ud83d", "x" * 100_000, "¿Qué? 水"])
    def test_any_text_can_be_stored(self, cast: Cast, text: str) -> None:
        call = ringing_call(cast)
        lead = LeadRecord(slots={"name": SlotValue(text), "city": SlotValue(text)}, summary=text)
        turns = (TURNS[0], replace(TURNS[1], text=text))
        assert finish(call, lead=lead, turns=turns)

    def test_a_lost_call_gets_the_turns_found_later(self, cast: Cast) -> None:
        call = ringing_call(cast)
        call_end(tenant_id=call.owner_id, call_id=call.pk, reason=CallEnd.SERVER_LOST, at=END)
        assert not finish(call)
        with tenant_context(cast.harbor):
            call.refresh_from_db()
            assert call.end_reason == "server_lost"
            assert Turn.objects.count() == 2
            assert Lead.objects.get().name == LEAD.slots["name"].value

    def test_an_end_before_the_start_is_put_at_the_start(self, cast: Cast) -> None:
        call = ringing_call(cast)
        early = NOW - timedelta(hours=1)
        call_end(tenant_id=call.owner_id, call_id=call.pk, reason=CallEnd.NO_STREAM, at=early)
        with tenant_context(cast.harbor):
            call.refresh_from_db()
        assert call.ended_at == NOW

    def test_another_tenant_cannot_end_it(self, cast: Cast) -> None:
        call = ringing_call(cast)
        with pytest.raises(Call.DoesNotExist):
            call_finish(tenant_id=cast.summit.pk, call_id=call.pk, record=record(), at=END)
        with tenant_context(cast.harbor):
            call.refresh_from_db()
        assert call.status == "ringing"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "fields",
    [
        {"ended_at": END},
        {"end_reason": "completed"},
        {"status": "ended"},
        {"ended_at": END, "end_reason": "completed", "duration_ms": 1},
        {"ended_at": END, "status": "ended", "duration_ms": 1},
        {"ended_at": END, "status": "ended", "end_reason": "completed"},
    ],
)
def test_the_database_refuses_half_an_end(cast: Cast, fields: dict[str, object]) -> None:
    call = ringing_call(cast)
    with pytest.raises(IntegrityError, match="calls_call_ended_means"), unscoped(reason="test"):
        Call.objects.filter(pk=call.pk).update(**fields)


@pytest.mark.django_db(transaction=True)
def test_of_concurrent_ends_one_wins_and_one_usage_is_entered(committed_cast: Cast) -> None:
    call = ringing_call(committed_cast)
    together = Barrier(6)

    def end(_: int) -> bool:
        try:
            connection.ensure_connection()
            together.wait(timeout=30)
            return finish(call)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as threads:
        assert sum(threads.map(end, range(6))) == 1
    with unscoped(reason="test"):
        assert UsageEntry.objects.count() == 1
        assert Turn.objects.count() == 2
