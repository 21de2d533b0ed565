"""No card number and no access code stays in what is kept, and nothing else goes."""

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from voice.keeping import AROUND_MS, as_kept
from voice.receptionist.dialogue import LeadRecord, SlotValue
from voice.records import CallAudio, CallRecord, EndReason, Speaker, TurnRecord
from voice.redaction import CARD, CODE, forget, passes_luhn, redact, redact_all

VISA = "4111111111111111"
DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


def spoken(digits: str) -> str:
    return " ".join(DIGITS[int(digit)] for digit in digits)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("my card is 4111 1111 1111 1111", f"my card is {CARD}"),
        (f"it's {VISA} thanks", f"it's {CARD} thanks"),
        ("4111-1111-1111-1111", CARD),
        (spoken(VISA), CARD),
        ("double four double two 4242 4242 4242", CARD),
        ("3782 822463 10005", CARD),
        ("Card number: 5555 5555 5555 4444, cvv 123", f"Card number: {CARD}, cvv {CARD}"),
        ("my visa ends in 4242", f"my visa ends in {CARD}"),
        (f"[{VISA}]", CARD),  # keys
        ("cuatro uno uno uno " + "uno " * 12, CARD),
    ],
)
def test_a_card_number_goes(said: str, kept: str) -> None:
    found = redact(said)
    assert found.text == kept
    assert found.cards
    assert not any(character.isdigit() for character in found.text)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("the gate code is 4519 pound", "gate code is 4519 pound"),
        ("code for the gate is four five one nine", "code for the gate is four five one nine"),
        ("4 5 1 9 is the gate code", "4 5 1 9"),
        ("The door code's 2274, come in", "door code's 2274"),
        ("punch in 2 2 7 4 at the door", "punch in 2 2 7 4"),
        ("the lockbox is 1234", "lockbox is 1234"),
        ("alarm pin zero zero zero zero", "alarm pin zero zero zero zero"),
        ("the combination is 12 24 36", "combination is 12 24 36"),
        ("Use B 4 7 2 as the door code", "B 4 7 2"),
        ("el código de la puerta es 1234", "código de la puerta es 1234"),
    ],
)
def test_an_access_code_is_set_apart(said: str, code: str) -> None:
    found = redact(said)
    assert CODE in found.text
    assert not any(character.isdigit() for character in found.text)
    assert found.codes == (code,)


def test_where_the_job_is_stays_beside_a_code() -> None:
    found = redact("leak in unit 12, the gate code is 4519")
    assert found.text == f"leak in unit 12, the gate code is {CODE}"
    assert found.codes == ("gate code is 4519",)


@pytest.mark.parametrize(
    "said",
    [
        "call me at 773 555 0121",
        spoken("7735550121"),
        "773 555 0121 1847 West Ainslie",
        "312 555 0100 60614",
        "ZIP code 60614",
        "the zip code is " + spoken("60614"),
        "error code 61 on the water heater",
        "my garage door at 1847 West Main is stuck",
        "there are 2 gates and 3 doors, unit 12",
        "I'd like to pay by card, my number is 773 555 0121",
        "the water heater is a Rheem 40 gallon from 2011",
        "press 0",
        "",
        "¿Cuánto cuesta?",
        "a\x00b \ud800",
    ],
)
def test_everything_else_stays_as_it_was_said(said: str) -> None:
    assert redact(said).text == said


def test_a_card_told_over_several_turns_goes_from_all_of_them() -> None:
    kept = redact_all(["it's 4111 1111", "uh", "1111 and then", "1111 okay"])
    assert [one.text for one in kept] == [f"it's {CARD}", "uh", f"{CARD} and then", f"{CARD} okay"]


def test_a_card_keyed_digit_by_digit_goes() -> None:
    kept = redact_all([f"[{digit}]" for digit in VISA])
    assert {one.text for one in kept} == {CARD}


def test_a_phone_number_and_a_zip_in_the_next_turn_stay() -> None:
    said = ["773 555 0121", "60640", "1847"]
    assert [one.text for one in redact_all(said)] == said


def test_a_card_anywhere_in_a_very_long_turn_goes() -> None:
    said = f"{'well you know ' * 200} my card is {VISA} {'and so on ' * 200}"
    found = redact(said)
    assert VISA not in found.text
    assert found.text.count(CARD) == 1


def test_made_up_cards_of_every_issuer_go_however_they_are_cut() -> None:
    rng = random.Random(7)
    for _ in range(200):
        first, length = rng.choice([("4", 16), ("51", 16), ("34", 15), ("37", 15), ("6011", 16)])
        body = first + "".join(rng.choice("0123456789") for _ in range(length - len(first) - 1))
        card = next(body + last for last in "0123456789" if passes_luhn(body + last))
        cuts = sorted(rng.sample(range(1, length), rng.randint(0, 4)))
        parts = [card[a:b] for a, b in zip([0, *cuts], [*cuts, length], strict=True)]
        ways: list[Callable[[str], str]] = [str, spoken]
        say = rng.choice(ways)
        joint = rng.choice([" ", " uh ", ", "])
        assert redact(joint.join(say(part) for part in parts)).text.count(CARD) >= 1
        over_turns = redact_all([say(part) for part in parts])
        assert all(one.text == CARD for one in over_turns), parts


def test_parts_of_a_card_taken_for_a_phone_number_are_forgotten() -> None:
    assert forget("call (411) 111-1111 back", [VISA]) == f"call ({CARD} back"
    assert forget("call (773) 555-0121 back", [VISA]) == "call (773) 555-0121 back"


# --- the whole record ---------------------------------------------------------------------------

TURNS = (
    TurnRecord(0, Speaker.RECEPTIONIST, "Harbor Plumbing, on a recorded line.", 0, 2_000),
    TurnRecord(1, Speaker.CALLER, f"my card is {VISA}", 3_000, 5_000),
    TurnRecord(2, Speaker.RECEPTIONIST, "Please keep your card to yourself.", 5_200, 6_000),
    TurnRecord(3, Speaker.CALLER, "the gate code is 4519", 7_000, 8_000),
    TurnRecord(4, Speaker.CALLER, "thanks", 9_000, 9_500),
)
LEAD = LeadRecord(
    slots={
        "phone": SlotValue("+14111111111"),
        "problem": SlotValue("leak, the gate code is 4519"),
        "street": SlotValue("1847 W Ainslie St"),
    },
    summary=f"Wants to pay with {VISA}; gate code 4519.",
    open_questions=("Is 4519 the gate code?",),
)
SOUND = b"\x01" * (10_000 * 8)
RECORD = CallRecord(EndReason.COMPLETED, 10_000, TURNS, LEAD, CallAudio(SOUND, SOUND))


def test_the_record_keeps_neither_in_words_lead_or_sound() -> None:
    kept = as_kept(RECORD)
    assert kept.access_codes == ("gate code is 4519",)
    assert VISA not in repr(kept)
    assert "4519" not in repr(replace(kept, access_codes=(), audio=None))
    assert "phone" not in kept.lead.slots
    assert kept.lead.slots["street"].value == "1847 W Ainslie St"
    assert kept.audio is not None
    assert kept.audio.receptionist_ulaw == SOUND
    silent = {ms for ms in range(10_000) if kept.audio.caller_ulaw[ms * 8] == 0xFF}
    assert silent == {
        *range(3_000 - AROUND_MS, 5_000 + AROUND_MS),
        *range(7_000 - AROUND_MS, 8_000 + AROUND_MS),
    }


def test_keeping_twice_changes_nothing_more() -> None:
    assert as_kept(as_kept(RECORD)) == as_kept(RECORD)


def test_who_objects_leaves_no_words_but_our_greeting() -> None:
    kept = as_kept(replace(RECORD, keep_transcript=False, audio=None))
    assert [turn.text for turn in kept.turns] == [TURNS[0].text, "", "", "", ""]
    assert kept.access_codes == ("gate code is 4519",)


def test_a_record_without_secrets_is_kept_as_it_is() -> None:
    plain = replace(RECORD, turns=(TURNS[0], TURNS[4]), lead=LeadRecord(summary="A leak."))
    assert as_kept(plain) == plain
