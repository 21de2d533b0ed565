"""The call list and the call page, as the people of two businesses see them."""

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from calls.services import lead_enrich
from tests.pages.made_up_calls import burst_pipe_call
from tests.tenants.cast import Cast
from voice.after_call.merging import Enrichment


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_list_shows_who_called_what_for_and_how_urgent(cast: Cast) -> None:
    burst_pipe_call(cast.harbor, cast.harbor_profile)
    page = logged_in(cast.alice).get(reverse("call-list")).content.decode()
    assert "Dana Kowalczyk" in page
    assert '<span class="urgency urgency-E1" title="Active damage, now">E1</span>' in page
    assert "Water through the kitchen ceiling" in page
    assert "1:15" in page
    assert "Sun 1 Mar, 02:10" in page  # 08:10 UTC, as the clocks in Chicago show it


def test_call_page_shows_conversation_lead_and_player(cast: Cast) -> None:
    call = burst_pipe_call(cast.harbor, cast.harbor_profile)
    page = logged_in(cast.bob).get(reverse("call-detail", args=[call.pk])).content.decode()
    assert "There&#x27;s water pouring through my kitchen ceiling!" in page
    assert "(773) 555-0121" in page
    assert "Water running" in page
    assert "end of turn 280 ms, recognition 60 ms, reply 10 ms, speech 70 ms, line 10 ms" in page
    assert f'src="{reverse("recording-audio", args=[call.pk])}"' in page
    assert "interrupted" in page


def test_call_page_says_what_a_language_model_added(cast: Cast) -> None:
    call = burst_pipe_call(cast.harbor, cast.harbor_profile)
    found = Enrichment(
        agreed=("name",),
        notes={"access_notes": "side <b>door</b>"},
        questions=("urgency: the call may be graver than it was taken for",),
        summary="Caller reports water through the kitchen ceiling.",
    )
    url = reverse("call-detail", args=[call.pk])
    before = logged_in(cast.alice).get(url).content.decode()
    assert ">model</span>" not in before
    assert "read twice" not in before
    assert lead_enrich(tenant_id=cast.harbor.pk, call_id=call.pk, found=found, model="tiny")
    page = logged_in(cast.alice).get(url).content.decode()
    assert page.count(">model</span>") == 3
    assert page.count(">read twice</span>") == 1
    assert "side &lt;b&gt;door&lt;/b&gt;" in page
    assert "Caller reports water through the kitchen ceiling." in page


def test_another_businesss_call_is_not_found(cast: Cast) -> None:
    call = burst_pipe_call(cast.harbor, cast.harbor_profile)
    charlie = logged_in(cast.charlie)
    assert charlie.get(reverse("call-detail", args=[call.pk])).status_code == 404
    assert charlie.get(reverse("recording-audio", args=[call.pk])).status_code == 404
    assert b"Kowalczyk" not in charlie.get(reverse("call-list"), {"q": "Dana"}).content


def test_who_is_not_logged_in_is_sent_to_the_log_in(cast: Cast) -> None:
    call = burst_pipe_call(cast.harbor, cast.harbor_profile)
    response = Client().get(reverse("call-detail", args=[call.pk]))
    assert response.status_code == 302
    assert response.headers["Location"].startswith(reverse("account_login"))


def test_empty_list_says_which_number_to_forward(cast: Cast) -> None:
    page = logged_in(cast.alice).get(reverse("call-list")).content.decode()
    assert "No calls yet" in page
    assert "(312) 555-0100" in page


def test_search_without_a_match_offers_the_whole_list(cast: Cast) -> None:
    burst_pipe_call(cast.harbor, cast.harbor_profile)
    page = logged_in(cast.alice).get(reverse("call-list"), {"q": "no such thing"}).content.decode()
    assert "No call matches “no such thing”" in page
    assert "Show all calls" in page


@pytest.mark.parametrize("query", ["kowal", "5550121", "ainslie", "0121 dana"])
def test_search_finds_by_name_number_and_street(cast: Cast, query: str) -> None:
    burst_pipe_call(cast.harbor, cast.harbor_profile)
    page = logged_in(cast.alice).get(reverse("call-list"), {"q": query}).content.decode()
    assert "Dana Kowalczyk" in page


def test_list_costs_the_same_queries_for_one_call_and_for_ten(cast: Cast) -> None:
    client = logged_in(cast.alice)
    counts = []
    for made in (1, 9):
        for _ in range(made):
            burst_pipe_call(cast.harbor, cast.harbor_profile)
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("call-list"))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_what_callers_say_is_shown_as_text_never_as_markup(cast: Cast) -> None:
    call = burst_pipe_call(cast.harbor, cast.harbor_profile, name="<script>alert(1)</script>")
    page = logged_in(cast.alice).get(reverse("call-detail", args=[call.pk])).content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
