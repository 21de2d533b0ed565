"""When the business is open, answered with a yes or a no for the day that was asked about."""

from dataclasses import replace
from datetime import datetime

import pytest

from tests.voice.receptionist.calls import CHICAGO, HARBOR, TUESDAY, open_at, say
from voice.receptionist.grounding import grounded

ALL = "Monday to Friday 8 AM to 5 PM, Saturday 9 AM to 1 PM"
SUNDAY = datetime(2026, 11, 22, 10, 0, tzinfo=CHICAGO)


@pytest.mark.parametrize(
    ("question", "now", "answer"),
    [
        ("are you open now", TUESDAY, f"Yes, we're open now. Our hours are {ALL}."),
        ("are you open right now", SUNDAY, f"No, we're closed right now. We're open {ALL}."),
        ("are you open on saturday", TUESDAY, f"Yes, we are. Our hours are {ALL}."),
        ("are you open sundays", TUESDAY, f"No, we're closed on Sunday. We're open {ALL}."),
        ("are you open tomorrow", TUESDAY, f"Yes, we are. Our hours are {ALL}."),
        ("when do you close on friday", TUESDAY, f"We're open {ALL}."),
        ("are you open 24 hours", TUESDAY, f"No, our hours are {ALL}."),
        ("do you work on weekends", TUESDAY, f"We're open {ALL}."),
        ("what are your hours", TUESDAY, f"We're open {ALL}."),
        ("abren los domingos", TUESDAY, "No, el domingo cerramos."),
    ],
)
def test_a_question_about_a_day_is_answered_for_that_day(
    question: str, now: datetime, answer: str
) -> None:
    call = open_at(now)
    said = say(call, question)
    assert said.text.startswith(answer)
    assert all(grounded(sentence.text, call.state) is not None for sentence in said.sentences)


def test_on_a_holiday_it_is_closed_and_the_date_says_which() -> None:
    rules = replace(HARBOR, holidays=("2026-11-26", "the day after"))
    call = open_at(rules=rules)
    said = say(call, "are you open on thanksgiving")
    assert said.text.startswith("No, we're closed on Thursday, November 26.")
    assert all(grounded(sentence.text, call.state) is not None for sentence in said.sentences)
