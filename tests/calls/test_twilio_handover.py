"""After the stream: hang up, ring somebody, or take a message; and calls that never got one."""

from dataclasses import replace

import pytest
from django.db import OperationalError
from django.utils import timezone

from calls import admission, outcomes, services
from calls.carriers.twilio import requests, twiml
from calls.models import Call, CallEnd, Message, Pod, Reservation, Transfer
from calls.outcomes import Outcome
from tenants.context import tenant_context, unscoped
from tenants.services import profile_save
from tests.calls.carrier import CALLER, Webhooks
from tests.calls.records import LEAD, record
from tests.tenants.cast import HARBOR_RULES, Cast
from voice.records import EndReason

AFTER = "/carriers/twilio/after-stream"
STATUS = "/carriers/twilio/status"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """What another test's calls ended like is not remembered."""
    outcomes._recent.clear()


@pytest.fixture
def call(cast: Cast, pod: Pod, twilio: Webhooks) -> Call:
    """A call whose stream was opened."""
    twilio.token()
    now = timezone.now()
    with unscoped(reason="test"):
        call = Call.objects.select_related("profile").get()
        nonce = Reservation.objects.get().nonce
    admission.confirm(tenant_id=call.owner_id, call_sid="CA1", nonce=nonce, now=now)
    services.call_answer(tenant_id=call.owner_id, call_id=call.pk, wait_ms=0, now=now)
    return call


def finish(call: Call, reason: EndReason) -> None:
    services.call_finish(
        tenant_id=call.owner_id,
        call_id=call.pk,
        record=record(reason=reason),
        at=timezone.now(),
    )


def ask_transfer(call: Call) -> None:
    services.transfer_set(
        tenant_id=call.owner_id,
        call_id=call.pk,
        before=(Transfer.NONE,),
        after=Transfer.PENDING,
    )
    finish(call, EndReason.TRANSFERRED)


def fresh(call: Call) -> Call:
    with unscoped(reason="test"):
        return Call.objects.get(pk=call.pk)


class TestAfterTheStream:
    @pytest.mark.parametrize(
        "reason",
        [EndReason.COMPLETED, EndReason.SPAM, EndReason.SILENCE, EndReason.MAX_DURATION],
    )
    def test_a_call_that_ended_well_is_hung_up(
        self, call: Call, twilio: Webhooks, reason: EndReason
    ) -> None:
        finish(call, reason)
        assert [verb.name for verb in twilio.ask(AFTER)] == ["Hangup"]

    @pytest.mark.parametrize(
        "reason",
        [
            EndReason.ENGINE_FAILED,
            EndReason.PROTOCOL_ERROR,
            EndReason.CARRIER_LOST,
            EndReason.DRAINED,
        ],
    )
    def test_after_our_failure_the_plumber_is_rung(
        self, call: Call, twilio: Webhooks, reason: EndReason
    ) -> None:
        finish(call, reason)
        say, dial = twilio.ask(AFTER)
        assert say.text == twiml.CONNECTING
        assert (dial.name, dial.children[0].text) == ("Dial", "+13125550110")

    def test_a_call_whose_server_died_ends_as_lost_and_the_plumber_is_rung(
        self, call: Call, twilio: Webhooks
    ) -> None:
        assert [verb.name for verb in twilio.ask(AFTER)] == ["Say", "Dial"]
        assert fresh(call).end_reason == "server_lost"
        with unscoped(reason="test"):
            assert Reservation.objects.get().state == "released"

    def test_the_plumber_does_not_answer_so_a_message_is_taken(
        self, call: Call, twilio: Webhooks
    ) -> None:
        dial = twilio.ask(AFTER)[-1]
        say, record_verb, *_ = twilio.ask(dial.attributes["action"], DialCallStatus="no-answer")
        assert say.text == twiml.NOBODY_ANSWERED
        done = twilio.ask(
            record_verb.attributes["action"],
            RecordingUrl="https://api.twilio.com/recordings/RE1",
            RecordingSid="RE1",
            RecordingDuration="17",
        )
        assert done[0].text == twiml.MESSAGE_TAKEN
        with tenant_context(call.owner_id):
            message = Message.objects.get(call=call)
        assert (message.kind, message.duration_s) == ("voicemail", 17)
        assert message.recording_url == "https://api.twilio.com/recordings/RE1"

    def test_a_message_told_of_twice_is_kept_once(self, call: Call, twilio: Webhooks) -> None:
        for _ in range(2):
            twilio.ask("/carriers/twilio/voicemail", RecordingSid="RE1", RecordingUrl="https://x/1")
        with tenant_context(call.owner_id):
            assert Message.objects.count() == 1

    def test_the_plumber_has_answered_so_it_is_over(self, call: Call, twilio: Webhooks) -> None:
        dial = twilio.ask(AFTER)[-1]
        over = twilio.ask(dial.attributes["action"], DialCallStatus="completed")
        assert [verb.name for verb in over] == ["Hangup"]

    def test_a_call_still_being_stored_is_known_by_its_outcome(
        self, call: Call, twilio: Webhooks
    ) -> None:
        outcomes.remember("CA1", Outcome(EndReason.COMPLETED, transfer_pending=False))
        assert [verb.name for verb in twilio.ask(AFTER)] == ["Hangup"]
        assert fresh(call).status == "live"

    def test_a_call_nobody_knows_is_hung_up(self, cast: Cast, twilio: Webhooks) -> None:
        assert [verb.name for verb in twilio.ask(AFTER, "CA999")] == ["Hangup"]
        assert [verb.name for verb in twilio.ask(AFTER, To="+13125559999")] == ["Hangup"]


class TestTransfer:
    @pytest.fixture(autouse=True)
    def two_on_call(self, cast: Cast) -> None:
        """Harbor has two people on call, in order."""
        rules = replace(HARBOR_RULES, on_call=("+13125550111", "+13125550112"))
        profile_save(tenant=cast.harbor, rules=rules, forwarding_number="+13125550110")

    def test_people_on_call_are_rung_in_order_twenty_seconds_each_then_the_truth_is_told(
        self, call: Call, twilio: Webhooks
    ) -> None:
        ask_transfer(call)
        rung = []
        say, dial = twilio.ask(AFTER)
        assert say.text == twiml.CONNECTING
        while dial.name == "Dial":
            assert dial.attributes["timeout"] == "20"
            rung.append(dial.children[0].text)
            dial, *rest = twilio.ask(dial.attributes["action"], DialCallStatus="no-answer")
        assert rung == ["+13125550111", "+13125550112"]
        assert dial.text == twiml.NOBODY_ANSWERED
        assert rest[0].name == "Record"
        assert fresh(call).transfer == "failed"

    def test_who_presses_1_gets_the_caller_and_nobody_else_is_rung(
        self, call: Call, twilio: Webhooks
    ) -> None:
        ask_transfer(call)
        dial = twilio.ask(AFTER)[-1]
        whisper_url = dial.children[0].attributes["url"]
        leg = {"From": CALLER, "To": "+13125550111"}

        gather, hangup = twilio.ask(whisper_url, "CA-leg", **leg)
        spoken = gather.children[0].text
        assert "Harbor Plumbing" in spoken
        assert LEAD.summary in spoken
        assert hangup.name == "Hangup"
        assert twilio.ask(gather.attributes["action"], "CA-leg", Digits="1", **leg) == ()
        assert fresh(call).transfer == "accepted"

        over = twilio.ask(dial.attributes["action"], DialCallStatus="completed")
        assert [verb.name for verb in over] == ["Hangup"]

    @pytest.mark.parametrize("digits", ["2", ""])
    def test_who_presses_another_key_does_not_get_the_caller(
        self, call: Call, twilio: Webhooks, digits: str
    ) -> None:
        ask_transfer(call)
        dial = twilio.ask(AFTER)[-1]
        gather = twilio.ask(dial.children[0].attributes["url"], "CA-leg")[0]
        refused = twilio.ask(gather.attributes["action"], "CA-leg", Digits=digits)
        assert [verb.name for verb in refused] == ["Say", "Hangup"]

        (second,) = twilio.ask(dial.attributes["action"], DialCallStatus="completed")
        assert second.children[0].text == "+13125550112"

    def test_a_voicemail_box_that_picks_up_is_not_taken_for_a_person(
        self, call: Call, twilio: Webhooks
    ) -> None:
        ask_transfer(call)
        dial = twilio.ask(AFTER)[-1]
        twilio.ask(dial.children[0].attributes["url"], "CA-leg")
        (second,) = twilio.ask(dial.attributes["action"], DialCallStatus="completed")
        assert second.name == "Dial"

    def test_a_call_that_was_taken_is_not_offered_again(self, call: Call, twilio: Webhooks) -> None:
        ask_transfer(call)
        dial = twilio.ask(AFTER)[-1]
        services.transfer_set(
            tenant_id=call.owner_id,
            call_id=call.pk,
            before=(Transfer.PENDING,),
            after=Transfer.ACCEPTED,
        )
        late = twilio.ask(dial.children[0].attributes["url"], "CA-leg")
        assert [verb.name for verb in late] == ["Say", "Hangup"]

    @pytest.mark.parametrize("query", ["", "?tenant=x&call=y", "?call=1", "?tenant=1&call=1"])
    def test_a_whisper_about_no_call_hangs_up(
        self, cast: Cast, twilio: Webhooks, query: str
    ) -> None:
        verbs = twilio.ask(f"/carriers/twilio/whisper{query}", "CA999")
        assert verbs[-1].name == "Hangup"

    def test_another_tenants_call_is_not_found_by_its_id(
        self, call: Call, cast: Cast, twilio: Webhooks
    ) -> None:
        ask_transfer(call)
        query = f"?tenant={cast.summit.pk}&call={call.pk}"
        verbs = twilio.ask(f"/carriers/twilio/whisper{query}")
        assert [verb.name for verb in verbs] == ["Say", "Hangup"]


class TestStatus:
    @pytest.mark.parametrize("status", ["completed", "busy", "failed", "no-answer", "canceled"])
    def test_a_call_that_never_got_a_stream_ends_with_a_reason(
        self, cast: Cast, pod: Pod, twilio: Webhooks, status: str
    ) -> None:
        twilio.token()
        assert twilio.post(STATUS, CallStatus=status).status_code == 204

        with unscoped(reason="test"):
            call, place = Call.objects.get(), Reservation.objects.get()
        assert (call.status, call.end_reason, call.duration_ms) == ("ended", "no_stream", 0)
        assert place.state == "released"

    def test_a_live_call_is_left_to_its_stream(self, call: Call, twilio: Webhooks) -> None:
        twilio.post(STATUS, CallStatus="completed")
        assert fresh(call).status == "live"

    def test_news_of_a_call_that_goes_on_change_nothing(
        self, cast: Cast, pod: Pod, twilio: Webhooks
    ) -> None:
        twilio.token()
        twilio.post(STATUS, CallStatus="in-progress")
        with unscoped(reason="test"):
            assert Call.objects.get().status == "ringing"

    def test_a_call_that_ended_before_keeps_its_reason(self, call: Call, twilio: Webhooks) -> None:
        finish(call, EndReason.COMPLETED)
        twilio.post(STATUS, CallStatus="completed")
        assert fresh(call).end_reason == CallEnd.COMPLETED


@pytest.mark.parametrize("path", ["voice", "after-stream", "transfer", "status", "voicemail"])
def test_without_the_database_the_caller_hears_the_truth(
    cast: Cast, twilio: Webhooks, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    def away(_: str) -> None:
        raise OperationalError("the connection is lost")

    monkeypatch.setattr(requests, "tenant_for_number", away)
    say, hangup = twilio.ask(f"/carriers/twilio/{path}", CallStatus="completed")
    assert (say.text, hangup.name) == (twiml.TROUBLE, "Hangup")


def test_without_the_database_a_call_that_is_known_to_have_ended_well_is_hung_up(
    cast: Cast, twilio: Webhooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: str) -> None:
        raise OperationalError("the connection is lost")

    monkeypatch.setattr(requests, "tenant_for_number", away)
    outcomes.remember("CA1", Outcome(EndReason.COMPLETED, transfer_pending=False))
    assert [verb.name for verb in twilio.ask(AFTER)] == ["Hangup"]
    outcomes.remember("CA1", Outcome(EndReason.ENGINE_FAILED, transfer_pending=False))
    assert twilio.ask(AFTER)[0].text == twiml.TROUBLE


def test_every_webhook_of_a_carrier_wants_a_signature(client: object) -> None:
    for name in (
        "voice",
        "after-stream",
        "status",
        "forwarded",
        "transfer",
        "whisper",
        "accepted",
        "voicemail",
    ):
        response = client.post(f"/carriers/twilio/{name}", {"CallSid": "CA1"})  # type: ignore[attr-defined]
        assert response.status_code == 403, name
