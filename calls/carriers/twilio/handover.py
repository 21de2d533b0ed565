"""Handing a caller to a person: the plumber's phone, the people on call, else a message."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from calls import services
from calls.carriers.twilio import twiml
from calls.carriers.twilio.addresses import address
from calls.carriers.twilio.requests import answer, call_webhook, stored_call
from calls.follow_ups import voicemail_take
from calls.models import Call, Lead, Transfer


def forward_or_voicemail(call: Call, *, sentence: str = "") -> str:
    """Ring the plumber's own phone; without one, take a message."""
    number = call.profile.forwarding_number if call.profile else ""
    if not number:
        return _voicemail(twiml.LEAVE_A_MESSAGE)
    return twiml.forward(number=number, action_url=address("twilio-forwarded"), sentence=sentence)


def ring_on_call(call: Call, *, step: int) -> str:
    """Ring the person on call whose turn it is; after the last, say so and take a message."""
    numbers = _on_call(call)
    if step >= len(numbers):
        services.transfer_set(
            tenant_id=call.owner_id,
            call_id=call.pk,
            before=(Transfer.PENDING,),
            after=Transfer.FAILED,
        )
        return _voicemail(twiml.NOBODY_ANSWERED)
    about = {"tenant": call.owner_id, "call": call.pk}
    return twiml.ring_with_whisper(
        number=numbers[step],
        whisper_url=address("twilio-whisper", **about),
        action_url=address("twilio-transfer", **about, step=step + 1),
        sentence=twiml.CONNECTING if step == 0 else "",
    )


@call_webhook
def forwarded(request: HttpRequest) -> HttpResponse:
    """The plumber's phone was rung; what became of it."""
    if request.POST.get("DialCallStatus") == "completed":
        return answer(twiml.say_and_hang_up())
    return answer(_voicemail(twiml.NOBODY_ANSWERED))


@call_webhook
def transfer(request: HttpRequest) -> HttpResponse:
    """A person on call was rung; the next one is, unless this one pressed 1."""
    call = stored_call(request)
    if call is None or call.transfer == Transfer.ACCEPTED:
        return answer(twiml.say_and_hang_up())
    step = request.GET.get("step", "")
    return answer(ring_on_call(call, step=int(step) if step.isdecimal() else 0))


@call_webhook
def whisper(request: HttpRequest) -> HttpResponse:
    """Somebody on call picked up: who is on the line, and shall we connect?"""
    call = stored_call(request)
    if call is None or call.transfer != Transfer.PENDING:
        return answer(twiml.say_and_hang_up("This call has been taken. Goodbye."))
    about = {"tenant": call.owner_id, "call": call.pk}
    return answer(
        twiml.whisper(
            sentence=f"{_introduction(call)} Press 1 to take the call.",
            accepted_url=address("twilio-accepted", **about),
        )
    )


@call_webhook
def accepted(request: HttpRequest) -> HttpResponse:
    """Somebody on call pressed a key; only 1 connects the two."""
    call = stored_call(request)
    if call is None or request.POST.get("Digits") != "1":
        return answer(twiml.say_and_hang_up("Goodbye."))
    services.transfer_set(
        tenant_id=call.owner_id,
        call_id=call.pk,
        before=(Transfer.PENDING, Transfer.ACCEPTED),
        after=Transfer.ACCEPTED,
    )
    return answer(twiml.bridge())


@call_webhook
def voicemail(request: HttpRequest) -> HttpResponse:
    """A message was recorded; it is kept with the call, once however often we are told."""
    call = stored_call(request)
    if call is not None:
        duration = request.POST.get("RecordingDuration", "")
        voicemail_take(
            tenant_id=call.owner_id,
            call_id=call.pk,
            recording_sid=request.POST.get("RecordingSid", ""),
            recording_url=request.POST.get("RecordingUrl", ""),
            duration_s=int(duration) if duration.isdecimal() else None,
            now=timezone.now(),
        )
    return answer(twiml.say_and_hang_up(twiml.MESSAGE_TAKEN))


def _voicemail(sentence: str) -> str:
    return twiml.voicemail(sentence=sentence, action_url=address("twilio-voicemail"))


def _on_call(call: Call) -> list[str]:
    """Who is rung, in order: the people on call, else the plumber's own phone."""
    if call.profile is None:
        return []
    numbers = list(call.profile.on_call) or [call.profile.forwarding_number]
    return [number for number in numbers if number]


def _introduction(call: Call) -> str:
    try:
        lead = call.lead
    except Lead.DoesNotExist:
        lead = None
    business = call.profile.business_name if call.profile else "your customers"
    about = (lead.summary or lead.problem) if lead else ""
    return f"This is the receptionist of {business} with a caller. {about}".strip()
