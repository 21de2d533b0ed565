"""Whether a request really comes from Twilio.

Twilio signs the address it was given, so it is rebuilt from PUBLIC_URL: behind a proxy the
request's own Host and scheme are other ones.
"""

from collections.abc import Callable, Mapping
from functools import wraps
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from twilio.request_validator import (
    SIGNATURE_HEADER,
    SIGNATURE_SETTINGS_HEADER,
    RequestValidator,
    get_signature_algorithm,
)

log = structlog.get_logger(__name__)

Webhook = Callable[[HttpRequest], HttpResponse]


def is_signed(url: str, parameters: object, headers: Mapping[str, str]) -> bool:
    """Whether the headers sign this address and these POST parameters."""
    signature = headers.get(SIGNATURE_HEADER, "")
    algorithm = get_signature_algorithm(headers.get(SIGNATURE_SETTINGS_HEADER, ""))
    validator = RequestValidator(settings.TWILIO_AUTH_TOKEN)
    return bool(signature) and bool(validator.validate(url, parameters, signature, algorithm))


def is_signed_stream(url: str, headers: Mapping[str, str]) -> bool:
    """Whether the headers sign a media stream to this address; it may be signed as http, too."""
    other = urlsplit(url)
    as_http = other._replace(scheme=other.scheme.replace("ws", "http", 1)).geturl()
    return any(is_signed(one, {}, headers) for one in (url, f"{url}/", as_http))


def webhook(view: Webhook) -> Webhook:
    """Let only POSTs through that Twilio signed; anything else is a 403, and logged."""

    @csrf_exempt
    @require_POST
    @wraps(view)
    def checked(request: HttpRequest) -> HttpResponse:
        url = settings.PUBLIC_URL + request.get_full_path()
        if not is_signed(url, request.POST, request.headers):
            log.warning(
                "webhook_refused",
                path=request.path,
                signed=SIGNATURE_HEADER in request.headers,
                remote=request.META.get("REMOTE_ADDR", ""),
            )
            return HttpResponse("The signature does not fit.", status=403)
        return view(request)

    return checked
