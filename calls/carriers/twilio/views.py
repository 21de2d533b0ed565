"""Twilio's questions about a call: it rings, its stream ended, it is over."""

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from calls import admission, outcomes, services, stream_tokens
from calls.admission import Granted, Held
from calls.carriers.hold_audio import hold_wav
from calls.carriers.twilio import twiml
from calls.carriers.twilio.addresses import address
from calls.carriers.twilio.handover import forward_or_voicemail, ring_on_call
from calls.carriers.twilio.requests import (
    IncomingCall,
    answer,
    call_webhook,
    dialled,
    incoming,
    stored_call,
)
from calls.models import (
    Call,
    CallEnd,
    CallStatus,
    Carrier,
    Reservation,
    ReservationState,
    Transfer,
)
from calls.stream_tokens import StreamGrant
from tenants.context import tenant_context
from tenants.models import Tenant

OVER = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
OUR_FAULT = frozenset(
    {
        CallEnd.ENGINE_FAILED,
        CallEnd.SERVER_LOST,
        CallEnd.CARRIER_LOST,
        CallEnd.PROTOCOL_ERROR,
        CallEnd.DRAINED,
    }
)
"""Ends after which a caller may still be on the line with nothing settled."""


@call_webhook
def voice(request: HttpRequest) -> HttpResponse:
    """A call rings, or a held one asks again."""
    call = incoming(request)
    found = dialled(call)
    if found is None:
        return answer(twiml.say_and_hang_up(twiml.NOT_IN_SERVICE))
    tenant, number = found
    stored = services.call_start(
        tenant=tenant,
        carrier=Carrier.TWILIO,
        call_sid=call.call_sid,
        from_number=call.caller,
        to_number=call.to,
        now=timezone.now(),
        is_test=number.is_test_line,
    )
    if stored.status == CallStatus.ENDED:
        return answer(twiml.say_and_hang_up())
    if not tenant.is_active or tenant.current_profile is None:
        return _end_unanswered(stored, CallEnd.FORWARDED)
    return _admit(tenant, stored, call)


def _admit(tenant: Tenant, stored: Call, call: IncomingCall) -> HttpResponse:
    decision = admission.reserve(tenant=tenant, call_sid=call.call_sid, now=timezone.now())
    if isinstance(decision, Granted):
        grant = StreamGrant(tenant.pk, stored.pk, call.call_sid, decision.nonce)
        return answer(
            twiml.connect(
                stream_url=decision.stream_url,
                parameters={"token": stream_tokens.issue(grant)},
                after_url=address("twilio-after-stream"),
            )
        )
    if isinstance(decision, Held):
        return answer(
            twiml.hold(
                sentence=_hold_sentence(decision),
                audio_url=address("hold-audio"),
                again_url=address("twilio-voice"),
            )
        )
    return _end_unanswered(stored, CallEnd.OVERFLOWED, wait_ms=decision.wait_ms)


def _hold_sentence(held: Held) -> str:
    """Words at first and every ten seconds; in between the music says enough."""
    if held.is_first:
        return twiml.HOLDING
    return twiml.STILL_HOLDING if held.wait_ms % 10_000 >= 7_500 else ""


def _end_unanswered(call: Call, reason: CallEnd, wait_ms: int = 0) -> HttpResponse:
    """No conversation with us: the plumber's own phone rings, else a message is taken."""
    services.call_end(
        tenant_id=call.owner_id,
        call_id=call.pk,
        reason=reason,
        at=timezone.now(),
        wait_ms=wait_ms,
    )
    return answer(forward_or_voicemail(call))


@call_webhook
def after_stream(request: HttpRequest) -> HttpResponse:
    """The media stream has closed and the caller is still there: what now?"""
    call_sid = incoming(request).call_sid
    outcome = outcomes.recall(call_sid)
    try:
        call = stored_call(request)
    except DatabaseError:
        if outcome is None or outcome.transfer_pending or CallEnd(outcome.reason) in OUR_FAULT:
            raise
        return answer(twiml.say_and_hang_up())
    if call is None:
        return answer(twiml.say_and_hang_up())
    if outcome is not None and call.status != CallStatus.ENDED:
        reason, transfer = CallEnd(outcome.reason.value), outcome.transfer_pending
    else:
        reason, transfer = _settled(call), call.transfer == Transfer.PENDING
    if transfer:
        return answer(ring_on_call(call, step=0))
    if reason in OUR_FAULT:
        return answer(forward_or_voicemail(call, sentence=twiml.CONNECTING))
    return answer(twiml.say_and_hang_up())


def _settled(call: Call) -> CallEnd:
    """Why the call ended. One that never did was lost with its server, and ends now."""
    if call.status == CallStatus.ENDED:
        return CallEnd(call.end_reason)
    now = timezone.now()
    _give_up(call, CallEnd.SERVER_LOST)
    admission.release(tenant_id=call.owner_id, call_sid=call.carrier_call_sid, now=now)
    return CallEnd.SERVER_LOST


@call_webhook
def status(request: HttpRequest) -> HttpResponse:
    """Twilio says that the call is over. One that never reached us ends here, with a reason."""
    if incoming(request).status in OVER:
        call = stored_call(request)
        if call is not None and call.status != CallStatus.ENDED and not _is_live(call):
            _give_up(call, CallEnd.NO_STREAM)
            admission.release(
                tenant_id=call.owner_id, call_sid=call.carrier_call_sid, now=timezone.now()
            )
    return HttpResponse(status=204)


def _is_live(call: Call) -> bool:
    """Whether a media stream has the call: it will end it itself."""
    with tenant_context(call.owner_id):
        return Reservation.objects.filter(
            call_sid=call.carrier_call_sid, state=ReservationState.LIVE
        ).exists()


def _give_up(call: Call, reason: CallEnd) -> None:
    services.call_end(tenant_id=call.owner_id, call_id=call.pk, reason=reason, at=timezone.now())


@require_GET
def hold_audio(request: HttpRequest) -> HttpResponse:
    """What held callers hear."""
    return HttpResponse(
        hold_wav(), content_type="audio/wav", headers={"Cache-Control": "public, max-age=86400"}
    )
