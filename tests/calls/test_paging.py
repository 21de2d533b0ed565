"""Pages of calls: each call once, in order, whatever arrives or goes meanwhile."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from calls.models import Call
from calls.paging import CallPage, Place, call_page
from tenants.context import tenant_context
from tests.calls.records import NOW, ringing_call
from tests.tenants.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def calls(cast: Cast) -> list[UUID]:
    """Ten calls, newest first; the middle four began at the same moment."""
    made = [ringing_call(cast, f"CA{number}") for number in range(10)]
    with tenant_context(cast.harbor):
        for number, call in enumerate(made):
            minutes = 5 if 3 <= number <= 6 else number
            Call.objects.filter(pk=call.pk).update(started_at=NOW + timedelta(minutes=minutes))
        return list(Call.objects.order_by("-started_at", "-pk").values_list("pk", flat=True))


def ids(page: CallPage) -> list[UUID]:
    return [call.pk for call in page.calls]


def test_walking_down_and_up_again_meets_each_call_once(cast: Cast, calls: list[UUID]) -> None:
    with tenant_context(cast.harbor):
        page = call_page(size=3)
        assert (ids(page), page.newer) == (calls[:3], None)
        down = ids(page)
        while page.older is not None:
            page = call_page(before=page.older, size=3)
            down += ids(page)
        assert down == calls
        up = [ids(page)]
        while page.newer is not None:
            page = call_page(after=page.newer, size=3)
            up.insert(0, ids(page))
        assert page.older is not None
        assert up[0] == calls[:3]  # the newest page is always full


def test_a_call_that_arrives_meanwhile_moves_nothing(cast: Cast, calls: list[UUID]) -> None:
    with tenant_context(cast.harbor):
        first = call_page(size=3)
        newest = ringing_call(cast, "CA-new")
        Call.objects.filter(pk=newest.pk).update(started_at=NOW + timedelta(hours=1))
        assert ids(call_page(before=first.older, size=3)) == calls[3:6]
        assert ids(call_page(size=3)) == [newest.pk, *calls[:2]]


def test_a_place_whose_call_was_erased_still_leads_on(cast: Cast, calls: list[UUID]) -> None:
    with tenant_context(cast.harbor):
        first = call_page(size=3)
        Call.objects.filter(pk=calls[2]).delete()
        assert ids(call_page(before=first.older, size=3)) == calls[3:6]


def test_beyond_the_last_call_the_newest_are_shown(cast: Cast, calls: list[UUID]) -> None:
    with tenant_context(cast.harbor):
        end = Place(NOW - timedelta(days=1), calls[-1])
        assert ids(call_page(before=end, size=3)) == calls[:3]


def test_a_search_is_paged_the_same_way(cast: Cast, calls: list[UUID]) -> None:
    with tenant_context(cast.harbor):
        first = call_page(query="555", size=4)
        second = call_page(query="555", before=first.older, size=4)
        third = call_page(query="555", before=second.older, size=4)
        assert [ids(first), ids(second), ids(third)] == [calls[:4], calls[4:8], calls[8:]]
        assert third.older is None


@pytest.mark.parametrize(
    "text", ["", "x", "1-", "-", "1-zz", "9" * 40 + "-" + "0" * 32, "1-" + "0" * 31, "é-é"]
)
def test_a_place_nobody_gave_out_is_no_place(text: str) -> None:
    assert Place.read(text) is None


def test_a_place_reads_as_it_was_written() -> None:
    place = Place(NOW + timedelta(microseconds=123_457), UUID(int=7))
    assert Place.read(str(place)) == place


def test_a_place_of_another_tenants_call_shows_ones_own_calls(
    cast: Cast, calls: list[UUID]
) -> None:
    with tenant_context(cast.summit):
        assert ids(call_page(before=Place(NOW + timedelta(days=1), calls[0]), size=3)) == []


def test_the_page_links_on_in_both_directions(
    cast: Cast, calls: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("calls.pages.CALLS_A_PAGE", 4)
    client = Client()
    client.force_login(cast.alice)
    with tenant_context(cast.harbor):
        older = call_page(size=4).older
    assert f'href="?q=&amp;before={older}" rel="next"' in client.get("/").content.decode()
    page = client.get("/", {"before": str(older)}).content.decode()
    assert 'rel="prev"' in page
    assert f"/calls/{calls[4]}/" in page
    assert client.get("/", {"before": "x", "after": "%00"}).status_code == 200


def test_a_page_is_one_query_and_a_search_two(cast: Cast, calls: list[UUID]) -> None:
    for query, budget in [("", 1), ("555", 2), ("nobody", 2)]:
        with tenant_context(cast.harbor), CaptureQueriesContext(connection) as queries:
            call_page(query=query, size=3)
        assert len(queries) <= budget, query
