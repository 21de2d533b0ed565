"""What happens to tenants and accounts beside the pages: mail, and looks whose time is up."""

from functools import partial
from smtplib import SMTPException
from typing import Any

import structlog
from celery import shared_task
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone

from tenants.impersonation import looks_expire

log = structlog.get_logger(__name__)

TRIES = 8  # over about two hours, ever more slowly

SCHEDULE = {
    "tenants-looks-expire": {"task": "tenants.tasks.looks_end", "schedule": 60.0},
}
"""Beat's part of this app, every so many seconds."""


@shared_task  # type: ignore[untyped-decorator]
def looks_end() -> None:
    """Operators' looks whose time is up are over, and the owner's log says so."""
    if ended := looks_expire(now=timezone.now()):
        log.info("looks_ended", looks=ended)


def mail_queue(*, to: str, subject: str, body: str) -> None:
    """Send it once what the caller is writing is committed, and not if it is not."""
    transaction.on_commit(partial(mail_send.delay, to=to, subject=subject, body=body))


@shared_task(  # type: ignore[untyped-decorator]
    bind=True,
    autoretry_for=(SMTPException, OSError),
    retry_backoff=30,
    retry_backoff_max=1800,
    max_retries=TRIES,
    ignore_result=True,
)
def mail_send(self: Any, *, to: str, subject: str, body: str) -> None:
    """Send one mail. Run twice, it comes twice: better than not at all."""
    EmailMessage(subject, body, to=[to]).send()
    if settings.EMAIL_BACKEND.endswith("filebased.EmailBackend"):
        log.info("mail_written", subject=subject, folder=settings.EMAIL_FILE_PATH)
