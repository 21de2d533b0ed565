"""Operators see every call and the load; nobody changes either there."""

import pytest
from django.test import Client
from django.utils import timezone

from calls.models import Call, Pod
from calls.services import call_finish
from tests.calls.carrier import Webhooks
from tests.calls.records import record, ringing_call
from tests.tenants.cast import Cast

pytestmark = pytest.mark.django_db
PAGES = ["call", "reservation", "pod", "booking", "message", "notice"]


@pytest.fixture
def call(cast: Cast, pod: Pod, twilio: Webhooks) -> Call:
    twilio.token("CA9")
    call = ringing_call(cast)
    call_finish(tenant_id=call.owner_id, call_id=call.pk, record=record(), at=timezone.now())
    return call


@pytest.mark.parametrize("page", PAGES)
def test_every_list_opens_for_an_operator(
    call: Call, cast: Cast, client: Client, page: str
) -> None:
    client.force_login(cast.olga)
    response = client.get(f"/admin/calls/{page}/")
    assert response.status_code == 200
    assert client.get(f"/admin/calls/{page}/add/").status_code == 403


def test_a_calls_page_shows_its_turns_and_lead(call: Call, cast: Cast, client: Client) -> None:
    client.force_login(cast.olga)
    page = client.get(f"/admin/calls/call/{call.pk}/change/").content.decode()
    for shown in ("There&#x27;s water everywhere!", "Dana Kowalczyk", "1847 W Ainslie St"):
        assert shown in page


@pytest.mark.parametrize("page", PAGES)
def test_a_plumber_does_not_get_in(call: Call, cast: Cast, client: Client, page: str) -> None:
    client.force_login(cast.alice)
    assert client.get(f"/admin/calls/{page}/").status_code == 302
