"""Mail goes out, be the mail server slow or away for a while."""

from smtplib import SMTPServerDisconnected
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.core.mail.backends.locmem import EmailBackend
from django.db import transaction

from buddyhelps.celery import app
from tenants.tasks import mail_queue, mail_send
from tests.accounts.conftest import Committed

MAIL = {"to": "alice@example.com", "subject": "Hello", "body": "…"}
_failures: list[int] = []


class Flaky(EmailBackend):
    """Fails as often as `_failures` says, then delivers."""

    def send_messages(self, messages: Any) -> int:
        if _failures:
            _failures.pop()
            raise SMTPServerDisconnected("gone")
        return super().send_messages(messages)


def test_it_is_tried_again(
    mailoutbox: list[EmailMessage], monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Flaky"
    monkeypatch.setattr(f"{__name__}._failures", [1, 2])
    monkeypatch.setitem(app.conf, "task_eager_propagates", False)  # a retry is no failure
    mail_send.delay(**MAIL)
    assert [(mail.to, mail.subject) for mail in mailoutbox] == [(["alice@example.com"], "Hello")]


@pytest.mark.django_db
def test_what_is_taken_back_sends_nothing(
    mailoutbox: list[EmailMessage], committed: Committed
) -> None:
    with committed():
        try:
            with transaction.atomic():
                mail_queue(**MAIL)
                raise LookupError
        except LookupError:
            pass
    assert mailoutbox == []
