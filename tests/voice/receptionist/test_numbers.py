"""Digits, phone numbers and ZIP codes as a recogniser writes them."""

import pytest

from tests.voice.receptionist.calls import open_at, say, slots
from voice.receptionist.understanding.contact import corrected_phone, e164, phone_in, zip_in
from voice.receptionist.understanding.numbers import readings
from voice.receptionist.understanding.text import read


@pytest.mark.parametrize(
    ("words", "digits"),
    [
        ("eighteen forty seven", "1847"),
        ("one eight four seven", "1847"),
        ("three thousand three hundred forty", "3340"),
        ("twenty one hundred", "2100"),
        ("nine oh five", "905"),
        ("fifteen hundred five", "1505"),
        ("one twenty three", "123"),
        ("double five three triple zero", "553000"),
        ("mil ochocientos cuarenta", "1840"),
    ],
)
def test_spoken_numbers_become_digits(words: str, digits: str) -> None:
    assert readings(words.split())[0] == digits


@pytest.mark.parametrize(
    "text",
    [
        "773 555 0121",
        "it's 773-555-0121",
        "+1 (773) 555-0121",
        "seven seven three five five five oh one two one",
        "seven seven three, five five five, zero one two one",
        "double seven three triple five oh one two one",
        "seven seventy three five fifty five oh one twenty one",
        "area code seven seven three then five five five zero one two one",
        "um it's uh seven seven three five five five oh one two one thanks",
        "siete siete tres cinco cinco cinco cero uno dos uno",
        "773 555 0122 no sorry 773 555 0121",
        "seven seven 3 555 oh one twenty one",
    ],
)
def test_a_phone_number_is_heard_however_it_is_said(text: str) -> None:
    found = phone_in(read(text))
    assert found is not None
    assert found.digits == "+17735550121"


def test_the_last_correction_wins() -> None:
    found = phone_in(read("773 555 0199 wait no 773 555 0120 no it's 773 555 0121"))
    assert found is not None
    assert found.digits == "+17735550121"


@pytest.mark.parametrize("text", ["12345", "the year 1999", "00 00", "", "911", "my 3 flat"])
def test_other_numbers_are_no_phone_number(text: str) -> None:
    assert phone_in(read(text), area_code="773") is None


def test_the_end_of_a_number_can_be_corrected_alone() -> None:
    assert corrected_phone("+17735550199", "0121") == "+17735550121"
    assert corrected_phone("+17735550199", "4440121") == "+17734440121"
    assert corrected_phone("+17735550199", "12") == "+17735550112"
    assert corrected_phone("+17735550199", "12345") == ""


def test_an_impossible_number_is_none() -> None:
    assert e164("0735550121") == ""
    assert e164("17735550121") == "+17735550121"


@pytest.mark.parametrize(
    "text",
    [
        "60640",
        "six oh six four oh",
        "six zero six forty",
        "sixty six forty",
        "it's 60640",
        "60640-1234",
    ],
)
def test_a_zip_code_is_heard_when_it_was_asked_for(text: str) -> None:
    found = zip_in(read(text), asked=True)
    assert found is not None
    assert found.digits == "60640"


def test_a_house_number_is_no_zip_code() -> None:
    assert zip_in(read("1847 west ainslie"), asked=False) is None


@pytest.mark.parametrize(
    "words",
    [
        "312 555 0144 2240 N Halsted 60614 clogged sink",
        "sink's clogged, call me at 312 555 0144, 2240 N Halsted 60614",
        "my sink is clogged three one two five five five zero one four four "
        "twenty two forty north halsted six oh six one four",
    ],
)
def test_a_phone_number_and_a_house_number_in_one_breath_are_no_card(words: str) -> None:
    call = open_at()
    said = say(call, words)
    assert said.asked == "name"
    taken = slots(call)
    assert (taken["phone"], taken["street"], taken["zip"]) == (
        "+13125550144", "2240 N Halsted", "60614",
    )  # fmt: skip


def test_a_zip_code_and_a_phone_number_in_one_breath_are_both_taken() -> None:
    call = open_at()
    say(call, "my sink is clogged", "1019 w armitage ave", "60614 773 555 0142")
    assert (slots(call)["zip"], slots(call)["phone"]) == ("60614", "+17735550142")


def test_the_year_of_a_heater_is_no_part_of_the_callers_number() -> None:
    call = open_at()
    say(call, "my water heater is from two thousand six can somebody give me a number on a new one")
    assert "phone" not in slots(call)
