"""The call list finds what people look for, within its budget of queries."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from calls.models import Call
from calls.selectors import call_detail, call_list
from calls.services import call_finish
from tenants.context import tenant_context
from tests.calls.records import LEAD, NOW, record, ringing_call
from tests.tenants.cast import Cast
from voice.receptionist.dialogue import SlotValue

pytestmark = pytest.mark.django_db


@pytest.fixture
def calls(cast: Cast) -> list[Call]:
    """Three calls of Harbor's: Dana's, Ruth's, and one without a lead."""
    made = [ringing_call(cast, f"CA{number}") for number in range(3)]
    ruth = {
        "name": SlotValue("Ruth O'Neil"),
        "phone": SlotValue("+13125559876"),
        "city": SlotValue("Evanston"),
        "zip": SlotValue("60201"),
        "problem": SlotValue("Toilet runs all night"),
    }
    leads = [LEAD, replace(LEAD, slots=ruth, summary="The toilet keeps running.")]
    for call, lead in zip(made, leads, strict=False):
        call_finish(tenant_id=call.owner_id, call_id=call.pk, record=record(lead=lead), at=NOW)
    with tenant_context(cast.harbor):
        for number, call in enumerate(made):
            at = NOW + timedelta(minutes=number)
            Call.objects.filter(pk=call.pk).update(
                started_at=at, ended_at=None if number == 2 else at
            )
    return made


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [2, 1, 0]),
        ("dana", [0]),
        ("KOWALCZYK ainslie", [0]),
        ("dana evanston", []),
        ("60201", [1]),
        ("(312) 555-9876", [1]),
        ("9876", [1]),
        ("toilet", [1]),
        ("o'neil", [1]),
        ("%", []),
        ("water", [0]),
    ],
)
def test_a_search_finds(cast: Cast, calls: list[Call], query: str, found: list[int]) -> None:
    with tenant_context(cast.harbor):
        assert [call.pk for call in call_list(query=query)] == [calls[n].pk for n in found]


def test_another_tenants_calls_are_not_found(cast: Cast, calls: list[Call]) -> None:
    with tenant_context(cast.summit):
        assert list(call_list()) == []
        assert call_detail(call_id=calls[0].pk) is None


def test_a_page_of_calls_is_one_query(cast: Cast, calls: list[Call]) -> None:
    with tenant_context(cast.harbor), CaptureQueriesContext(connection) as queries:
        assert [hasattr(call, "lead") for call in call_list(query="555")] == [False, True, True]
    assert len(queries) == 1  # calls joined with their leads


def test_one_call_is_two_queries_and_a_key(cast: Cast, calls: list[Call]) -> None:
    with tenant_context(cast.harbor), CaptureQueriesContext(connection) as queries:
        call = call_detail(call_id=calls[0].pk)
        assert call is not None
        assert [turn.index for turn in call.turns.all()] == [0, 1]
        assert call.lead.name == "Dana Kowalczyk"
    assert len(queries) == 3  # the call with its lead; its turns; the key that opens them
