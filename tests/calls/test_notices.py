"""Text messages go out once each, are tried again, and wait when nothing can send them."""

import pytest
from celery import current_app
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient

from calls import tasks
from calls.follow_ups import page_on_call
from calls.models import Notice
from calls.notices import ATTEMPTS, NoticeNotSent, TwilioSender, notices_send
from tenants.context import unscoped
from tests.calls.carrier import HARBOR
from tests.calls.records import NOW, ringing_call
from tests.tenants.cast import Cast

pytestmark = pytest.mark.django_db


class Phone:
    """Keeps what is sent; fails as often as told."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.sent: list[tuple[str, str, str]] = []

    def send(self, *, sender: str, recipient: str, text: str) -> None:
        if self.failures:
            self.failures -= 1
            raise NoticeNotSent("the network is down")
        self.sent.append((sender, recipient, text))


@pytest.fixture
def notice(cast: Cast) -> Notice:
    call = ringing_call(cast)
    page_on_call(
        tenant_id=call.owner_id,
        call_id=call.pk,
        recipients=("+13125550111",),
        text="Burst pipe",
        now=NOW,
    )
    with unscoped(reason="test"):
        return Notice.objects.get()


def fresh(notice: Notice) -> Notice:
    with unscoped(reason="test"):
        return Notice.objects.get(pk=notice.pk)


def test_a_notice_goes_out_once_from_the_number_that_was_called(notice: Notice) -> None:
    phone = Phone()
    assert [notices_send(sender=phone, now=NOW) for _ in range(2)] == [1, 0]
    assert phone.sent == [(HARBOR, "+13125550111", "Burst pipe")]
    assert (fresh(notice).status, fresh(notice).sent_at) == ("sent", NOW)


def test_a_failure_is_kept_and_tried_again(notice: Notice) -> None:
    phone = Phone(failures=1)
    assert notices_send(sender=phone) == 0
    assert (fresh(notice).status, fresh(notice).error) == ("pending", "the network is down")
    assert notices_send(sender=phone) == 1
    assert (fresh(notice).attempts, fresh(notice).error) == (2, "")


def test_after_the_last_try_it_has_failed(notice: Notice) -> None:
    phone = Phone(failures=99)
    for _ in range(ATTEMPTS + 1):
        notices_send(sender=phone)
    assert (fresh(notice).status, fresh(notice).attempts) == ("failed", ATTEMPTS)
    assert phone.failures == 99 - ATTEMPTS


def test_without_an_account_notices_wait(notice: Notice, settings: object) -> None:
    settings.TWILIO_ACCOUNT_SID = ""  # type: ignore[attr-defined]
    tasks.send_notices()
    assert (fresh(notice).status, fresh(notice).attempts) == ("pending", 0)


def test_twilio_is_asked_as_it_wants_to_be(
    notice: Notice, settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.TWILIO_ACCOUNT_SID = "AC" + "0" * 32  # type: ignore[attr-defined]
    asked: list[dict[str, object]] = []

    def request(self: object, method: str, url: str, **options: object) -> object:
        asked.append({"method": method, "url": url, "data": options["data"]})
        raise TwilioRestException(400, url, "no such number")

    monkeypatch.setattr(TwilioHttpClient, "request", request)
    with pytest.raises(NoticeNotSent, match="no such number"):
        TwilioSender().send(sender=HARBOR, recipient="+13125550111", text="Burst pipe")
    (question,) = asked
    assert question["method"] == "POST"
    assert str(question["url"]).endswith(f"/Accounts/AC{'0' * 32}/Messages.json")
    assert question["data"] == {"To": "+13125550111", "From": HARBOR, "Body": "Burst pipe"}


def test_beat_knows_each_task_and_each_is_registered() -> None:
    for name, entry in tasks.SCHEDULE.items():
        assert current_app.conf.beat_schedule[name] == entry
        assert entry["task"] in current_app.tasks
