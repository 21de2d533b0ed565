"""Each must and must_not line of the bundled scenarios that a conversation by text can show."""

from datetime import datetime

import pytest

from tests.voice.receptionist.calls import BUNDLED, CHICAGO, HARBOR, open_at, say, slots
from voice.receptionist.brain import lead
from voice.receptionist.conversation import PaperDesk
from voice.receptionist.dialogue import ActionKind, CallerPressed, KnownBooking, Window
from voice.receptionist.evaluation.running import Run, run
from voice.receptionist.evaluation.scenario import load

RULES, SCENARIOS = load(BUNDLED)


@pytest.fixture(scope="module")
def runs() -> dict[str, Run]:
    return {scenario.id: run(scenario, RULES) for scenario in SCENARIOS}


def said_before(played: Run, words: str, later: str) -> bool:
    return 0 <= played.said.find(words) < played.said.find(later)


def test_burst_line_asks_about_electricity_first_and_pages_before_any_intake(
    runs: dict[str, Run],
) -> None:
    played = runs["1"]
    assert played.record.actions[0] == "page_on_call"
    assert said_before(played, "electrical panel", "street address")
    assert "1847 W Ainslie St, apartment 2, 60640 and 773-555-0121" in played.said
    at_night = open_at(datetime(2026, 11, 22, 2, 10, tzinfo=CHICAGO))
    asked = ("water is pouring through my ceiling", "no", "what will it cost me at this hour")
    assert "$149 after hours" in say(at_night, *asked).text


def test_burst_line_gives_the_shut_off_hint_in_two_sentences() -> None:
    call = open_at()
    said = say(call, "water is pouring through my ceiling", "no")
    assert "main water valve" in said.text
    assert len(said.sentences) <= 3


def test_gas_says_leave_no_switches_no_flames_and_911_from_outside(runs: dict[str, Run]) -> None:
    said = runs["2"].lines[2].text
    assert said.startswith("Leave the building now, and don't touch any switches or flames")
    assert "From outside, call 911 and your gas utility" in said
    assert "relight" not in runs["2"].said.lower()
    assert "window" not in runs["2"].said.lower()


def test_sewage_asks_about_fixtures_and_cleanout_and_says_stop_using_water(
    runs: dict[str, Run],
) -> None:
    asked = [line.asked for line in runs["3"].lines]
    assert "fixtures" in asked
    assert "cleanout" in asked
    assert "stop using any water" in runs["3"].said
    assert "$" not in runs["3"].said


def test_no_hot_water_with_an_infant_asks_leak_and_gas_and_offers_two_windows(
    runs: dict[str, Run],
) -> None:
    played = runs["5"]
    asked = [line.asked for line in played.lines]
    assert asked.index("gas_smell") < asked.index("leak")
    assert played.record.slots["vulnerable"].value == "yes"
    assert "I can offer" in played.said
    assert " or " in played.said[played.said.find("I can offer") :]
    assert "relight" not in played.said.lower()
    assert "911" not in played.said


def test_slow_drain_hears_the_listed_price_word_for_word(runs: dict[str, Run]) -> None:
    assert "from $189" in runs["8"].said
    assert runs["8"].said.count("$") == 1


def test_repipe_hears_no_figure_but_the_diagnostic_fee(runs: dict[str, Run]) -> None:
    assert "$89, waived if work is done" in runs["9"].said
    assert runs["9"].said.count("$") == 1


def test_out_of_area_is_declined_politely_and_offered_a_message(runs: dict[str, Run]) -> None:
    assert "we don't serve 60540" in runs["10"].said
    assert "leave a message" in runs["10"].said
    assert "book" not in runs["10"].record.actions


def test_septic_gets_a_clear_no(runs: dict[str, Run]) -> None:
    assert "septic pumping" in runs["11"].said
    assert "Yes, we do" not in runs["11"].said


def test_cancelling_gets_one_offer_to_move_and_then_a_confirmation(runs: dict[str, Run]) -> None:
    assert runs["13"].said.count("move it to another time") == 1
    assert "is cancelled" in runs["13"].said
    assert "discount" not in runs["13"].said


def test_a_person_is_put_through_on_the_first_ask(runs: dict[str, Run]) -> None:
    assert runs["15"].receptionist_turns == 2
    assert runs["15"].record.actions == ("transfer",)


def test_when_nobody_answers_the_transfer_a_message_is_taken() -> None:
    call = open_at(desk=PaperDesk(answers=False))
    said = say(call, "Representative. Real person. Now.")
    assert "couldn't reach anyone" in said.text
    assert said.asked == "message"
    say(call, "tell them to call about my invoice", "Ann Bell", "yes")
    assert "take_message" in lead(call.state).actions


def test_the_machine_says_it_is_one(runs: dict[str, Run]) -> None:
    assert "AI assistant of Harbor Plumbing" in runs["16"].lines[2].text


def test_recording_goes_off_at_once_and_the_call_goes_on(runs: dict[str, Run]) -> None:
    call = open_at()
    said = say(call, "I don't want to be recorded.")
    assert said.actions[0].kind is ActionKind.STOP_RECORDING
    assert said.asked == "problem"
    assert "book" in runs["17"].record.actions


def test_the_last_correction_of_the_number_wins() -> None:
    call = open_at(caller_id="+17735550199")
    say(call, "my sink is clogged", "1601 W Barry Ave", "60657", "Kim Sorensen")
    assert "773-555-0199" in say(call, "what?").text
    say(call, "no, it's seven seven three five five five zero one four four")
    said = say(call, "No, it's five-five-five, zero one FOUR zero.")
    assert slots(call)["phone"] == "+17735550140"
    assert said.asked == "window"


def test_an_anonymous_caller_is_served_and_asked_for_a_number_only_to_call_back(
    runs: dict[str, Run],
) -> None:
    assert "phone" not in [line.asked for line in runs["21"].lines]
    call = open_at(caller_id=None)
    assert say(call, "can somebody call me back please", "Ann Bell").asked == "phone"


def test_a_robocall_is_over_in_one_sentence_and_leaves_no_lead(runs: dict[str, Run]) -> None:
    assert runs["25"].receptionist_turns == 2
    assert runs["25"].record.is_spam
    assert runs["25"].record.slots == {}


def test_a_card_number_is_interrupted_masked_and_never_kept() -> None:
    call = open_at()
    said = say(call, "Put it on my Visa, 4111 1111 1111 1111")
    kinds = [action.kind for action in said.actions]
    assert kinds == [ActionKind.MASK_LAST_UTTERANCE, ActionKind.SEND_PAYMENT_LINK]
    assert said.sentences[0].text.startswith(("Please stop there", "Let me stop you there"))
    assert "4111" not in repr(lead(call.state)) + said.text


def test_nobody_on_call_hears_the_truth_and_a_choice(runs: dict[str, Run]) -> None:
    assert "nobody on call has picked up yet" in runs["28"].said
    assert "fallback" in runs["28"].record.actions


def test_what_was_collected_is_kept_when_the_stream_dies(runs: dict[str, Run]) -> None:
    kept = runs["30"].record.slots
    assert kept["street"].value == "3215 N Racine Ave"
    assert kept["phone"].value == "+17735550151"


def test_zero_is_a_person_whatever_was_asked() -> None:
    call = open_at()
    say(call, "my sink is clogged")
    said = call.hear(CallerPressed("0"))
    assert [action.kind for action in said.actions] == [ActionKind.TRANSFER]


def test_a_visit_is_looked_up_only_with_the_right_name() -> None:
    start = datetime(2026, 11, 26, 14, tzinfo=CHICAGO)
    booking = KnownBooking(
        "B7", Window(start, start.replace(hour=16)), "Tom Whalen", "910 W Belmont Ave"
    )
    stranger = open_at(bookings=(booking,))
    assert "2 to 4" not in say(stranger, "where is my plumber", "Gail Stern").text
    owner = open_at(bookings=(booking,))
    assert "2 to 4 PM" in say(owner, "where is my plumber", "Tom Whalen").text


def test_no_arrival_time_is_ever_promised(runs: dict[str, Run]) -> None:
    assert all(not played.ungrounded for played in runs.values())
    assert HARBOR.business_name
