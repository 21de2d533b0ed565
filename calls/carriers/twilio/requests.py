"""What Twilio's webhooks say about a call, and the call itself."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from uuid import UUID

import structlog
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse

from calls.carriers.twilio import twiml
from calls.carriers.twilio.signature import webhook
from calls.models import Call, Carrier
from tenants.context import tenant_context
from tenants.models import PhoneNumber, Tenant
from tenants.selectors import tenant_for_number

log = structlog.get_logger(__name__)

_E164 = re.compile(r"\+[1-9]\d{6,14}")
_WITHHELD = frozenset({"+266696687", "+7378742833", "+2562533", "+8566696687", "+86282452253"})
"""What Twilio sends for anonymous, restricted, blocked, unknown and unavailable callers."""


@dataclass(frozen=True, slots=True)
class IncomingCall:
    """The call a webhook is about. `caller` is E.164, or empty when withheld."""

    call_sid: str
    caller: str
    to: str
    status: str


def incoming(request: HttpRequest) -> IncomingCall:
    """Read the parameters every call webhook has."""
    caller = request.POST.get("From", "")
    known = _E164.fullmatch(caller) and caller not in _WITHHELD
    return IncomingCall(
        call_sid=request.POST.get("CallSid", ""),
        caller=caller if known else "",
        to=request.POST.get("To", ""),
        status=request.POST.get("CallStatus", ""),
    )


def answer(document: str) -> HttpResponse:
    """TwiML as a response."""
    return HttpResponse(document, content_type="text/xml; charset=utf-8")


def call_webhook(view: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """A signed webhook whose caller hears a sentence, never silence, when the database is away."""

    @webhook
    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if not 0 < len(request.POST.get("CallSid", "")) <= 64:
            return HttpResponse("CallSid is missing.", status=400)
        try:
            return view(request)
        except DatabaseError:
            log.exception("webhook_without_database", path=request.path)
            return answer(twiml.say_and_hang_up(twiml.TROUBLE))

    return guarded


def dialled(call: IncomingCall) -> tuple[Tenant, PhoneNumber] | None:
    """Whose number was called."""
    return tenant_for_number(call.to) if _E164.fullmatch(call.to) else None


def stored_call(request: HttpRequest) -> Call | None:
    """The call a webhook is about, its profile loaded: by our own query, else by its number."""
    if "call" in request.GET:
        return _call_by_id(request.GET.get("tenant", ""), request.GET["call"])
    call = incoming(request)
    found = dialled(call)
    if found is None:
        return None
    with tenant_context(found[0]):
        return (
            Call.objects.select_related("profile")
            .filter(carrier=Carrier.TWILIO, carrier_call_sid=call.call_sid)
            .first()
        )


def _call_by_id(tenant_id: str, call_id: str) -> Call | None:
    try:
        tenant, pk = int(tenant_id), UUID(call_id)
    except ValueError:
        return None
    with tenant_context(tenant):
        return Call.objects.select_related("profile", "lead").filter(pk=pk).first()
