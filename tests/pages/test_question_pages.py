"""The page of unanswered questions: what it shows, and what two people at once see."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from calls.follow_ups import message_take
from calls.models import Message, MessageKind
from tenants.context import tenant_context
from tenants.models import ReceptionistProfile
from tests.calls.records import NOW, ringing_call
from tests.tenants.cast import Cast

SOFTENERS = ("do you do water softeners?", "can you install a softener", "got softeners?")


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page_of(user: User) -> str:
    return logged_in(user).get("/questions/").content.decode()


def ask(cast: Cast, *texts: str) -> list[int]:
    return [
        message_take(
            tenant_id=cast.harbor.pk,
            call_id=ringing_call(cast, f"CQ{number}").pk,
            kind=MessageKind.UNANSWERED,
            text=text,
            now=NOW + timedelta(minutes=number),
        ).pk
        for number, text in enumerate(texts)
    ]


def versions(cast: Cast) -> int:
    with tenant_context(cast.harbor):
        return ReceptionistProfile.objects.count()


def test_a_question_is_shown_once_with_how_often_when_and_where(cast: Cast) -> None:
    asked = ask(cast, *SOFTENERS)
    page = page_of(cast.alice)
    assert page.count('class="card-title mb-1"') == 1
    assert "“got softeners?”" in page
    assert "Asked 3 times" in page
    assert "Mon 23 Nov, 09:02" in page
    assert "“do you do water softeners?”" in page
    with tenant_context(cast.harbor):
        calls = {Message.objects.get(pk=one).call_id for one in asked}
    assert all(f"/calls/{call}/" in page for call in calls)


def test_an_empty_list_says_what_will_come_here(cast: Cast) -> None:
    assert "No open questions" in page_of(cast.alice)
    assert "the question waits here for you" in page_of(cast.alice)


def test_an_answer_is_saved_and_the_second_person_is_told(cast: Cast) -> None:
    *_, newest = ask(cast, *SOFTENERS)
    alice = logged_in(cast.alice)
    values = {"question": "Do you do water softeners?", "answer": "Yes, from $900."}
    first = alice.post(f"/questions/{newest}/answer/", values, follow=True)
    assert "from the next call on it is said (version 2)" in first.content.decode()
    assert "No open questions" in first.content.decode()
    second = alice.post(f"/questions/{newest}/answer/", values, follow=True)
    assert "Somebody has answered or dismissed this question already" in second.content.decode()
    third = alice.post(f"/questions/{newest}/dismiss/", follow=True)
    assert "Somebody has answered or dismissed this question already" in third.content.decode()
    assert versions(cast) == 2


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"question": "Softeners?", "answer": " "}, "Answer: This field is required."),
        ({"question": "", "answer": "Yes."}, "Question: This field is required."),
        ({"question": "Softeners?", "answer": "y" * 501}, "at most 500 characters (it has 501)"),
    ],
)
def test_a_bad_form_comes_back_filled_in(
    cast: Cast, values: dict[str, str], complaint: str
) -> None:
    (asked,) = ask(cast, "softeners?")
    page = logged_in(cast.alice).post(f"/questions/{asked}/answer/", values).content.decode()
    assert complaint in page
    assert "<details open>" in page
    assert values["answer"].strip() in page
    assert versions(cast) == 1


def test_dismissing_takes_it_off_the_list(cast: Cast) -> None:
    (asked,) = ask(cast, "softeners?")
    answer = logged_in(cast.alice).post(f"/questions/{asked}/dismiss/", follow=True)
    assert "No open questions" in answer.content.decode()
    assert versions(cast) == 1


def test_a_technician_reads_but_does_not_answer(cast: Cast) -> None:
    (asked,) = ask(cast, "softeners?")
    assert "softeners?" in page_of(cast.bob)
    assert "Answer…" not in page_of(cast.bob)
    for act in ("answer", "dismiss"):
        answer = logged_in(cast.bob).post(
            f"/questions/{asked}/{act}/", {"question": "a", "answer": "b"}
        )
        assert answer.status_code == 403
    assert versions(cast) == 1


def test_only_questions_can_be_answered(cast: Cast) -> None:
    voicemail = message_take(
        tenant_id=cast.harbor.pk,
        call_id=ringing_call(cast).pk,
        kind=MessageKind.MESSAGE,
        text="call me",
        now=NOW,
    )
    address = f"/questions/{voicemail.pk}/dismiss/"
    assert logged_in(cast.alice).post(address).status_code == 404
    assert logged_in(cast.charlie).post(address).status_code == 404


def test_what_callers_ask_is_text_never_markup(cast: Cast) -> None:
    ask(cast, 'do you fix <script>alert(1)</script> "><b>')
    assert "<script>alert(1)" not in page_of(cast.alice)
    assert '"><b>' not in page_of(cast.alice)


def test_the_list_costs_the_same_queries_for_one_question_and_for_forty(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    client = logged_in(cast.alice)
    ask(cast, "softeners?")
    # session, user; the teams (savepoint, scope, rows, scope back, release); the tenant's own
    # (savepoint, scope, questions, scope back, release)
    for _ in range(2):
        with django_assert_num_queries(12):
            client.get("/questions/")
        ask(cast, *(f"what about thing number{number} zork{number}" for number in range(40)))
