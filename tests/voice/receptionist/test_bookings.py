"""Windows: two offered, one chosen, read back, booked; taken ones make way for others."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from tests.voice.receptionist.calls import CHICAGO, INTAKE, TUESDAY, at_windows, open_at, say, slots
from voice.receptionist.brain import lead
from voice.receptionist.calendar import capacity_of, is_open, upcoming_windows, windows_of
from voice.receptionist.conversation import PaperDesk
from voice.receptionist.dialogue import ActionKind, CallerMemory, Window
from voice.receptionist.rules import ServiceRule, TenantRules, rules_from_fixture
from voice.stt import Expecting

from .calls import HARBOR


def test_the_next_two_windows_are_offered() -> None:
    call = open_at()
    said = say(call, *INTAKE)
    assert "today 12 to 2 PM or today 2 to 4 PM" in said.text
    assert said.asked == "window"
    assert said.expectation.kind is Expecting.WINDOW


@pytest.mark.parametrize(
    ("answer", "starts"),
    [
        ("the first one", "Tue 2026-11-24 12:00"),
        ("the second one please", "Tue 2026-11-24 14:00"),
        ("two to four", "Tue 2026-11-24 14:00"),
        ("either is fine", "Tue 2026-11-24 12:00"),
        ("yes", "Tue 2026-11-24 12:00"),
        ("tomorrow at ten", "Wed 2026-11-25 10:00"),
        ("thursday between eight and ten", "Thu 2026-11-26 08:00"),
    ],
)
def test_a_window_is_chosen_in_many_words(answer: str, starts: str) -> None:
    call = at_windows()
    say(call, answer, "yes")
    assert slots(call)["window"].startswith(starts)


def test_none_of_them_suits_and_others_are_offered() -> None:
    said = say(at_windows(), "I can't do today, how about thursday afternoon?")
    assert "Thursday 12 to 2 PM or Thursday 2 to 4 PM" in said.text


def test_everything_is_read_back_before_it_is_booked() -> None:
    call = at_windows()
    said = say(call, "the first one")
    assert said.asked == "confirm"
    for words in ("Chris Adeyemi", "1019 W Armitage Ave", "60614", "773-555-0121", "12 to 2 PM"):
        assert words in said.text
    assert ActionKind.BOOK not in [action.kind for action in said.actions]
    assert ActionKind.BOOK in [action.kind for action in say(call, "yes").actions]


def test_a_correction_at_the_read_back_is_taken() -> None:
    call = at_windows()
    say(call, "the first one", "no, the zip is 60622")
    assert slots(call)["zip"] == "60622"


def test_a_window_somebody_else_took_is_apologised_for_and_replaced() -> None:
    call = at_windows(desk=PaperDesk(taken=1))
    said = say(call, "the first one", "yes")
    assert "just taken" in said.text
    assert said.asked == "window"
    assert "window" not in slots(call)


def test_a_day_asked_for_early_is_remembered() -> None:
    call = open_at()
    said = say(call, "I'd like to book a drain cleaning for thursday morning", *INTAKE[1:])
    assert "Thursday 8 to 10 AM or Thursday 10 AM to 12 PM" in said.text


def test_a_routine_booking_takes_at_most_twelve_turns() -> None:
    call = open_at()
    lines = (*INTAKE, "the first one", "yes", "no that's all")
    assert say(call, *lines).ended
    assert len(lines) + 1 <= 12


def test_a_known_caller_is_named_only_after_agreeing_and_the_address_is_offered() -> None:
    memory = CallerMemory("Ann Bell", "2100 N Clark St", "", "Chicago", "60614")
    call = open_at(memory=memory)
    assert "Ann" not in call.greeting.text
    assert "Am I speaking with Ann Bell?" in say(call, "my sink is clogged").text
    assert "Is this for 2100 N Clark St?" in say(call, "yes").text
    assert say(call, "yes").asked == "phone"
    assert slots(call)["zip"] == "60614"


def test_somebody_else_at_a_known_number_is_told_nothing() -> None:
    memory = CallerMemory("Ann Bell", "2100 N Clark St", "", "Chicago", "60614")
    call = open_at(memory=memory)
    said = say(call, "my sink is clogged", "no, this is Bob Stone")
    assert slots(call)["name"] == "Bob Stone"
    assert "Clark" not in said.text


def test_windows_keep_to_the_opening_hours() -> None:
    saturday = [w for w in upcoming_windows(HARBOR, TUESDAY) if w.starts_at.weekday() == 5]
    assert {window.starts_at.hour for window in saturday} == {10}
    assert not [w for w in upcoming_windows(HARBOR, TUESDAY) if w.starts_at.weekday() == 6]


def test_a_holiday_has_no_windows() -> None:
    rules = TenantRules(
        "X", "America/Chicago", hours=HARBOR.hours, windows=HARBOR.windows, holidays=("2026-11-26",)
    )
    days = {window.starts_at.date().isoformat() for window in upcoming_windows(rules, TUESDAY)}
    assert "2026-11-26" not in days
    assert not is_open(rules, datetime(2026, 11, 26, 10, tzinfo=CHICAGO))


def test_without_windows_the_office_calls_back() -> None:
    call = open_at(rules=TenantRules("X", "America/Chicago", services=HARBOR.services))
    said = say(call, *INTAKE)
    assert "our office will call you to set one" in said.text
    assert "take_message" in lead(call.state).actions


# --- capacity and closed days -----------------------------------------------------------------


def with_windows(*windows: object, **fields: object) -> TenantRules:
    return rules_from_fixture(
        {
            "business": "X",
            "tz": "America/Chicago",
            "hours": {"mon-sun": "00:00-23:59"},
            "windows": list(windows),
            **fields,
        }
    )


def test_a_blacked_out_day_has_no_windows_but_the_business_is_open() -> None:
    rules = with_windows("08-10", blackouts=["2026-11-25/2026-11-27"])
    days = [window.starts_at.date().isoformat() for window in upcoming_windows(rules, TUESDAY)]
    assert days[:2] == ["2026-11-28", "2026-11-29"]
    assert is_open(rules, datetime(2026, 11, 26, 10, tzinfo=CHICAGO))


def test_a_weekdays_own_window_replaces_the_everyday_one() -> None:
    rules = with_windows(
        {"hours": "08-10", "capacity": 3},
        {"hours": "08-10", "capacity": 1, "day": "sat"},
        {"hours": "08-10", "capacity": 0, "day": "sun"},
    )
    capacities = [
        [capacity for _, capacity in windows_of(rules, date(2026, 11, day))] for day in (27, 28, 29)
    ]
    assert capacities == [[3], [1], []]


def test_a_window_the_rules_do_not_have_holds_nothing() -> None:
    rules = with_windows("08-10")
    eight = datetime(2026, 11, 25, 8, tzinfo=CHICAGO)
    assert capacity_of(rules, Window(eight, eight.replace(hour=10))) == 1
    in_utc = Window(eight.astimezone(UTC), eight.replace(hour=10).astimezone(UTC))
    assert capacity_of(rules, in_utc) == 1
    assert capacity_of(rules, Window(eight, eight.replace(hour=12))) == 0


def test_a_window_swallowed_by_the_clocks_is_not_offered() -> None:
    rules = with_windows("02-03", "03-05")
    found = windows_of(rules, date(2026, 3, 8))  # 02:00 to 03:00 does not exist
    assert [window.starts_at.hour for window, _ in found] == [3]


def test_the_day_is_the_tenants_own_until_their_midnight() -> None:
    rules = with_windows("08-10")
    late = datetime(2026, 11, 25, 5, 59, tzinfo=UTC)  # 23:59 on the 24th in Chicago
    assert upcoming_windows(rules, late)[0].starts_at.date() == date(2026, 11, 25)
    assert len(upcoming_windows(rules, late)) == 13


def test_notice_is_counted_in_real_minutes_when_clocks_are_put_back() -> None:
    rules = with_windows("02-04")
    first_half_past_one = datetime(2026, 11, 1, 1, 45, tzinfo=CHICAGO)  # 75 minutes before 2
    assert upcoming_windows(rules, first_half_past_one)[0].starts_at.date() == date(2026, 11, 1)


# --- the number -------------------------------------------------------------------------------

BEFORE_PHONE = INTAKE[:4]


def test_another_number_in_parts_is_collected_and_the_refused_one_never_kept() -> None:
    call = open_at()
    parts = ("no, use a different one", "area code 312", "five five five", "oh one four four")
    said = say(call, *BEFORE_PHONE, *parts)
    assert slots(call)["phone"] == "+13125550144"
    assert "312-555-0144" in said.text
    assert said.asked == "window"


def test_a_refused_number_is_not_kept_when_no_other_is_given() -> None:
    call = open_at()
    say(call, *BEFORE_PHONE, "no", "no", "no", "the first one")
    assert "phone" not in slots(call)
    assert "phone" not in lead(call.state).slots


def test_without_a_number_the_caller_is_told_and_nothing_empty_is_read_back() -> None:
    call = open_at(caller_id=None)
    told = say(call, *BEFORE_PHONE, "I'd rather not")
    assert told.text.startswith("Without a number, nobody can call you about this.")
    said = say(call, "no", "the first one")
    assert said.text == (
        "I have Chris Adeyemi, 1019 W Armitage Ave, 60614, with no phone number, "
        "for today 12 to 2 PM. Is that right?"
    )
    assert "phone not given" in lead(call.state).open_questions


# --- after the booking ------------------------------------------------------------------------


def test_thanks_after_a_booking_are_no_question_of_price() -> None:
    said = say(at_windows(), "the first one", "yes", "thank you so much")
    assert said.text.startswith("You're welcome.")


@pytest.mark.parametrize("words", ["what time did you say?", "what was the time again"])
def test_the_time_of_a_booked_visit_is_said_again(words: str) -> None:
    said = say(at_windows(), "the first one", "yes", words)
    assert said.text.startswith("It's today 12 to 2 PM.")


def test_a_yes_to_anything_else_is_asked_what() -> None:
    call = at_windows()
    said = say(call, "the first one", "yes", "thank you so much", "what time did you say?", "yes")
    assert said.text == "Sure, what else can I do for you?"
    assert not said.ended


def test_work_on_no_list_is_looked_at_in_a_visit() -> None:
    call = open_at()
    said = say(call, "I bought a garbage disposal and need it put in", *INTAKE[1:])
    assert "I can offer today 12 to 2 PM" in said.text
    say(call, "the first one", "yes")
    assert {"book", "estimate_visit"} <= {*lead(call.state).actions}


def test_work_on_no_list_whose_price_is_asked_is_left_to_the_office() -> None:
    call = open_at()
    said = say(call, "what does it cost to repipe a three flat", *INTAKE[1:])
    assert said.asked == "anything_else"
    assert {"estimate_visit", "callback", "take_message"} <= {*lead(call.state).actions}


def test_a_plumber_may_have_such_work_called_back() -> None:
    unlisted = ServiceRule("other", "other work", None, bookable=False)
    rules = replace(HARBOR, services=(*HARBOR.services, unlisted))
    call = open_at(rules=rules)
    said = say(call, "I bought a garbage disposal and need it put in", *INTAKE[1:])
    assert said.asked == "anything_else"
    assert "book" not in lead(call.state).actions
