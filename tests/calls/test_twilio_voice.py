"""The first webhook of a call: who asks, whom they want, and what they are told."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from twilio.request_validator import RequestValidator

from calls import admission
from calls.carriers.twilio import twiml
from calls.models import Call, Pod, Reservation
from calls.simulator.twiml import Verb
from tenants.context import unscoped
from tenants.models import TenantStatus
from tenants.services import tenant_set_status
from tests.calls.carrier import CALLER, HARBOR, SUMMIT, Webhooks
from tests.tenants.cast import Cast

VOICE = "/carriers/twilio/voice"
pytestmark = pytest.mark.django_db


def everything(model: type) -> list:  # type: ignore[type-arg]
    with unscoped(reason="test"):
        return list(model.objects.all())  # type: ignore[attr-defined]


def test_a_call_is_connected_to_the_pod_with_a_token(
    cast: Cast, pod: Pod, twilio: Webhooks
) -> None:
    connect, redirect = twilio.ask(VOICE)

    stream = connect.first("Stream")
    assert stream is not None
    assert stream.attributes == {"url": "ws://127.0.0.1:8000/media/twilio"}
    assert redirect == Verb(
        "Redirect", {"method": "POST"}, f"{twilio.public_url}/carriers/twilio/after-stream"
    )
    (call,) = everything(Call)
    assert (call.tenant_id, call.from_number, call.to_number) == (cast.harbor.pk, CALLER, HARBOR)
    assert (call.status, call.profile_id) == ("ringing", cast.harbor_profile.pk)
    (reservation,) = everything(Reservation)
    assert (reservation.state, reservation.pod_id, reservation.wait_ms) == ("reserved", pod.pk, 0)


def test_a_repeated_webhook_makes_no_second_call_and_only_its_new_token_is_good(
    cast: Cast, pod: Pod, twilio: Webhooks
) -> None:
    first, second = twilio.token(), twilio.token()

    assert first != second
    assert (len(everything(Call)), len(everything(Reservation))) == (1, 1)


def test_an_unsigned_webhook_is_refused_and_logged(
    cast: Cast, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        response = client.post(VOICE, {"CallSid": "CA1", "From": CALLER, "To": HARBOR})

    assert response.status_code == 403
    assert "webhook_refused" in caplog.text
    assert CALLER not in caplog.text
    assert everything(Call) == []


@pytest.mark.parametrize(
    ("token", "url"),
    [("another-token", ""), ("", "https://evil.example/carriers/twilio/voice")],
    ids=["another account's token", "another address"],
)
def test_a_wrongly_signed_webhook_is_refused(
    cast: Cast, client: Client, settings: object, token: str, url: str
) -> None:
    given = {"CallSid": "CA1", "From": CALLER, "To": HARBOR}
    validator = RequestValidator(token or settings.TWILIO_AUTH_TOKEN)  # type: ignore[attr-defined]
    signed = url or settings.PUBLIC_URL + VOICE  # type: ignore[attr-defined]
    signature = validator.compute_signature(signed, given)

    response = client.post(VOICE, given, headers={"X-Twilio-Signature": signature})

    assert response.status_code == 403
    assert everything(Call) == []


def test_a_signature_over_other_parameters_is_refused(
    cast: Cast, twilio: Webhooks, client: Client
) -> None:
    signature = twilio.validator.compute_signature(
        twilio.public_url + VOICE, {"CallSid": "CA1", "To": HARBOR}
    )
    response = client.post(
        VOICE, {"CallSid": "CA1", "To": SUMMIT}, headers={"X-Twilio-Signature": signature}
    )
    assert response.status_code == 403


def test_behind_a_proxy_the_public_address_is_what_was_signed(
    cast: Cast, pod: Pod, settings: object, client: Client
) -> None:
    settings.PUBLIC_URL = "https://phone.example.com"  # type: ignore[attr-defined]
    settings.ALLOWED_HOSTS = ["10.0.0.7"]  # type: ignore[attr-defined]
    validator = RequestValidator(settings.TWILIO_AUTH_TOKEN)  # type: ignore[attr-defined]
    twilio = Webhooks(client, validator, "https://phone.example.com")
    client.defaults["HTTP_HOST"] = "10.0.0.7"

    assert [verb.name for verb in twilio.ask(VOICE)] == ["Connect", "Redirect"]


def test_get_is_not_answered(client: Client) -> None:
    assert client.get(VOICE).status_code == 405


def test_a_webhook_without_a_call_is_refused(cast: Cast, twilio: Webhooks) -> None:
    assert twilio.post(VOICE, "").status_code == 400


@pytest.mark.parametrize("to", ["+13125559999", "", "sip:someone@example.com", "1" * 100])
def test_an_unknown_number_hears_a_polite_sentence(cast: Cast, twilio: Webhooks, to: str) -> None:
    say, hangup = twilio.ask(VOICE, To=to)

    assert say.text == twiml.NOT_IN_SERVICE
    assert hangup.name == "Hangup"
    assert everything(Call) == []


@pytest.mark.parametrize("caller", ["anonymous", "+266696687", "Restricted", "", "<script>"])
def test_a_withheld_number_is_kept_as_none(
    cast: Cast, pod: Pod, twilio: Webhooks, caller: str
) -> None:
    twilio.ask(VOICE, From=caller)

    (call,) = everything(Call)
    assert call.from_number == ""


def test_a_suspended_tenants_caller_is_put_through_to_the_plumber(
    cast: Cast, pod: Pod, twilio: Webhooks
) -> None:
    tenant_set_status(tenant=cast.harbor, status=TenantStatus.SUSPENDED, reason="test")

    (dial,) = twilio.ask(VOICE)

    assert (dial.name, dial.children[0].text) == ("Dial", "+13125550110")
    (call,) = everything(Call)
    assert (call.status, call.end_reason, call.duration_ms) == ("ended", "forwarded", 0)
    assert everything(Reservation) == []


def test_a_suspended_tenant_without_a_phone_gets_a_message(
    cast: Cast, pod: Pod, twilio: Webhooks
) -> None:
    tenant_set_status(tenant=cast.summit, status=TenantStatus.SUSPENDED, reason="test")

    verbs = twilio.ask(VOICE, To=SUMMIT)

    assert [verb.name for verb in verbs] == ["Say", "Record", "Say", "Hangup"]


def test_one_call_too_many_is_held_then_answered_with_its_wait(
    cast: Cast, pod: Pod, twilio: Webhooks
) -> None:
    for sid in ("CA1", "CA2"):
        twilio.token(sid)

    say, play, redirect = twilio.ask(VOICE, "CA3")
    assert (say.text, redirect.text) == (twiml.HOLDING, twilio.public_url + VOICE)
    assert twilio.client.get(play.text.removeprefix(twilio.public_url)).content[:4] == b"RIFF"
    assert [verb.name for verb in twilio.ask(VOICE, "CA3")] == ["Play", "Redirect"]
    with unscoped(reason="test"):
        Reservation.objects.filter(call_sid="CA3").update(
            requested_at=datetime.now(UTC) - timedelta(seconds=8)
        )
    assert twilio.ask(VOICE, "CA3")[0].text == twiml.STILL_HOLDING

    admission.release(tenant_id=cast.harbor.pk, call_sid="CA1", now=timezone.now())
    with unscoped(reason="test"):
        Reservation.objects.filter(call_sid="CA3").update(
            requested_at=datetime.now(UTC) - timedelta(seconds=7)
        )
    twilio.token("CA3")

    (third,) = [r for r in everything(Reservation) if r.call_sid == "CA3"]
    assert third.state == "reserved"
    assert third.wait_ms // 1000 == 7


def test_who_was_held_too_long_is_put_through_and_the_call_ends_with_its_reason(
    cast: Cast, pod: Pod, twilio: Webhooks
) -> None:
    for sid in ("CA1", "CA2", "CA3"):
        twilio.ask(VOICE, sid)
    with unscoped(reason="test"):
        Reservation.objects.filter(call_sid="CA3").update(
            requested_at=datetime.now(UTC) - timedelta(seconds=31)
        )

    (dial,) = twilio.ask(VOICE, "CA3")

    assert dial.children[0].text == "+13125550110"
    (call,) = [c for c in everything(Call) if c.carrier_call_sid == "CA3"]
    assert (call.end_reason, call.wait_ms // 1000) == ("overflowed", 31)


def test_without_any_pod_a_caller_is_held_not_dropped(cast: Cast, twilio: Webhooks) -> None:
    assert [verb.name for verb in twilio.ask(VOICE)] == ["Say", "Play", "Redirect"]


def test_a_call_that_is_over_is_not_answered_again(cast: Cast, pod: Pod, twilio: Webhooks) -> None:
    twilio.token()
    twilio.post("/carriers/twilio/status", CallStatus="completed")

    assert [verb.name for verb in twilio.ask(VOICE)] == ["Hangup"]
