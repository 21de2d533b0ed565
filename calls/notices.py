"""Texting people what they have to know, from the outbox of notices."""

from datetime import datetime
from typing import Protocol

import structlog
from django.conf import settings
from django.db.models import F
from django.utils import timezone
from twilio.base.exceptions import TwilioException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from calls.models import Notice, NoticeStatus
from tenants.context import tenant_context, unscoped

log = structlog.get_logger(__name__)

ATTEMPTS = 5
SEND_TIMEOUT_S = 10.0
BATCH = 100


class Sender(Protocol):
    """Something that sends a text message."""

    def send(self, *, sender: str, recipient: str, text: str) -> None:
        """Raises NoticeNotSent, which says why."""
        ...


class NoticeNotSent(Exception):
    """A text message did not go out; the message says why."""


class TwilioSender:
    """Sends text messages through Twilio's REST API."""

    def __init__(self) -> None:
        self._client = Client(
            settings.TWILIO_ACCOUNT_SID,
            settings.TWILIO_AUTH_TOKEN,
            http_client=TwilioHttpClient(timeout=SEND_TIMEOUT_S),
        )

    def send(self, *, sender: str, recipient: str, text: str) -> None:
        """Raises NoticeNotSent, which says why."""
        try:
            self._client.messages.create(to=recipient, from_=sender, body=text)
        except (TwilioException, OSError) as error:
            raise NoticeNotSent(str(error)) from error


def sender_from_settings() -> Sender | None:
    """Twilio, once TWILIO_ACCOUNT_SID is set; without it notices wait and can be read."""
    return TwilioSender() if settings.TWILIO_ACCOUNT_SID else None


def notices_send(*, sender: Sender | None, now: datetime | None = None) -> int:
    """Send what is pending, each notice by one process at a time; how many went out."""
    if sender is None:
        return 0
    with unscoped(reason="send the notices of all tenants"):
        pending = list(
            Notice.objects.filter(status=NoticeStatus.PENDING)
            .order_by("created_at")
            .values_list("tenant_id", "pk", "attempts")[:BATCH]
        )
    return sum(
        _send(sender, tenant_id, pk, attempts, now or timezone.now())
        for tenant_id, pk, attempts in pending
    )


def _send(sender: Sender, tenant_id: int, pk: int, attempts: int, now: datetime) -> bool:
    with tenant_context(tenant_id):
        mine = Notice.objects.filter(pk=pk, status=NoticeStatus.PENDING, attempts=attempts)
        if not mine.update(attempts=F("attempts") + 1):
            return False  # somebody else is at it
        notice = Notice.objects.select_related("call").get(pk=pk)
    try:
        sender.send(sender=notice.call.to_number, recipient=notice.recipient, text=notice.text)
    except NoticeNotSent as error:
        is_last = attempts + 1 >= ATTEMPTS
        log.warning("notice_not_sent", notice=pk, attempts=attempts + 1, is_last=is_last)
        _settle(tenant_id, pk, error=str(error)[:2000], failed=is_last)
        return False
    _settle(tenant_id, pk, sent_at=now)
    return True


def _settle(
    tenant_id: int,
    pk: int,
    *,
    sent_at: datetime | None = None,
    error: str = "",
    failed: bool = False,
) -> None:
    status = NoticeStatus.FAILED if failed else NoticeStatus.PENDING
    with tenant_context(tenant_id):
        Notice.objects.filter(pk=pk).update(
            status=NoticeStatus.SENT if sent_at else status, sent_at=sent_at, error=error
        )
