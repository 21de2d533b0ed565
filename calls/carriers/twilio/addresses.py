"""The addresses we give to Twilio, all below PUBLIC_URL."""

from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse


def address(name: str, **query: object) -> str:
    """The absolute address of one of our routes, as Twilio will sign it."""
    text = urlencode({key: str(value) for key, value in query.items()})
    return f"{settings.PUBLIC_URL}{reverse(name)}{'?' + text if text else ''}"
