"""Written text becomes what a voice should say, and every spoken word knows where it came from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice.timing import TimedWord
from voice.tts.normalise import Span, normalise

ENGLISH = {
    # telephone numbers, in groups
    "Call 773-555-0121 now.": (
        "Call seven seven three, five five five, zero one two one now."
    ),
    "(773) 555-0121": "seven seven three, five five five, zero one two one",
    "+17735550121": "seven seven three, five five five, zero one two one",
    "773.555.0121?": "seven seven three, five five five, zero one two one?",
    "555-0142": "five five five, zero one four two",
    "area code 773": "area code seven seven three",
    # emergency numbers
    "call 911 and 811": "call nine one one and eight one one",
    "Call 911.": "Call nine one one.",
    # addresses
    "1847 W Ainslie St Apt 2": "eighteen forty seven West Ainslie Street, apartment two",
    "1847 W. Ainslie St., Apt. 2B": "eighteen forty seven West Ainslie Street, apartment two B",
    "2210 N Halsted St. Is that right?": "twenty two ten North Halsted Street. Is that right?",
    "1019 W Armitage Ave": "ten nineteen West Armitage Avenue",
    "911 W Main St": "nine eleven West Main Street",
    "1905 S 3rd St": "nineteen oh five South third Street",
    "1000 N Lake Shore Dr": "one thousand North Lake Shore Drive",
    "12 Elm Ct, Naperville": "twelve Elm Court, Naperville",
    "Suite 300": "suite three hundred",
    "near St. Louis on Clark St.": "near Saint Louis on Clark Street.",
    "Dr. Bell lives on Bell Dr.": "Doctor Bell lives on Bell Drive.",
    "60640": "six zero six four zero",
    # prices
    "from $189": "from one hundred eighty nine dollars",
    "$89, waived if work is done": "eighty nine dollars, waived if work is done",
    "Harbor Care $19/mo, 10% off": "Harbor Care nineteen dollars a month, ten percent off",
    "the $89 diagnostic fee": "the eighty nine dollar diagnostic fee",
    "$1,850": "one thousand eight hundred fifty dollars",
    "$19.50": "nineteen dollars and fifty cents",
    "$100-$200": "one hundred to two hundred dollars",
    "$1": "one dollar",
    # times
    "8–10": "eight to ten",  # noqa: RUF001
    "08-10": "eight to ten",
    "08:00-17:00": "eight AM to five PM",
    "10 AM to 12 PM": "ten AM to twelve PM",
    "at 5:05 p.m.": "at five oh five PM.",
    "9:30 today": "nine thirty today",
    "Mon-Fri 8-5": "Monday to Friday eight to five",
    "24/7": "twenty four seven",
    # dates
    "Tuesday, November 24, 8 to 10 AM": (
        "Tuesday, November twenty fourth, eight to ten AM"
    ),
    "Tue, Nov 24": "Tuesday, November twenty fourth",
    "2026-11-24": "November twenty fourth, twenty twenty six",
    "since 1998": "since nineteen ninety eight",
    # ordinals, units, fractions, model numbers
    "the 21st": "the twenty first",
    "40 gal, 11 years": "forty gallons, eleven years",
    "a 40-gal heater": "a forty gallon heater",
    'a 3/4" pipe': "a three quarter inch pipe",
    "about 2.5 miles": "about two point five miles",
    "a 3-flat": "a three flat",
    "model XG40T06": "model X G four zero T zero six",
    "10,000 homes": "ten thousand homes",
    "leaks & drains": "leaks and drains",
    "info@harbor.example": "info at harbor dot example",
    # nothing to do
    "How can I help?": "How can I help?",
    "Is the water still running?": "Is the water still running?",
    "": "",
}  # fmt: skip
SPANISH = {
    "Llame al 773-555-0121": "Llame al siete siete tres, cinco cinco cinco, cero uno dos uno",
    "desde $189": "desde ciento ochenta y nueve dólares",
    "$21": "veintiún dólares",
    "$19/mes, 10% menos": "diecinueve dólares al mes, diez por ciento menos",
    "llame al 911": "llame al nueve uno uno",
    "60640": "seis cero seis cuatro cero",
    "a las 10 AM": "a las diez de la mañana",
}


@pytest.mark.parametrize(("written", "said"), ENGLISH.items())
def test_english_is_written_out(written: str, said: str) -> None:
    assert normalise(written).text == said


@pytest.mark.parametrize(("written", "said"), SPANISH.items())
def test_spanish_is_written_out(written: str, said: str) -> None:
    assert normalise(written, "es").text == said


def test_a_language_without_rules_is_left_as_it_is() -> None:
    assert normalise("Rufen Sie 112 an", "de").text == "Rufen Sie 112 an"


def test_a_language_tag_counts_as_its_language() -> None:
    assert normalise("$5", "en-US").text == "five dollars"


def test_control_characters_and_repeated_spaces_go() -> None:
    assert normalise("Hello\x01\n  there\x00").text == "Hello there"


def test_each_spoken_word_points_at_what_it_stands_for() -> None:
    spoken = normalise("It is $189, okay?")
    assert spoken.text.split() == [
        "It",
        "is",
        "one",
        "hundred",
        "eighty",
        "nine",
        "dollars,",
        "okay?",
    ]
    price = Span(6, 10)
    assert spoken.spans == (
        *(Span(0, 2), Span(3, 5), price, price, price, price),
        *(Span(6, 11), Span(12, 17)),
    )


def test_a_number_counts_as_heard_only_with_its_last_digit() -> None:
    spoken = normalise("Call 773-555-0121 now")
    times = [
        TimedWord(word, index * 100, index * 100 + 100)
        for index, word in enumerate(spoken.text.split())
    ]
    assert spoken.time_original(times) == (
        TimedWord("Call", 0, 100),
        TimedWord("773-555-0121", 100, 1100),
        TimedWord("now", 1100, 1200),
    )


def test_an_address_is_heard_word_by_word() -> None:
    spoken = normalise("1847 W Ainslie St")
    times = [TimedWord("", index * 100, index * 100 + 100) for index in range(len(spoken.spans))]
    ends = [(word.text, word.end_ms) for word in spoken.time_original(times)]
    assert ends == [("1847", 300), ("W", 400), ("Ainslie", 500), ("St", 600)]


@given(st.text(max_size=80) | st.text("0123456789 $-–./:()#AaPpMmSt,%", max_size=60))  # noqa: RUF001
def test_any_text_keeps_its_words_and_their_order(text: str) -> None:
    for language in ("en", "es"):
        spoken = normalise(text, language)
        assert len(spoken.spans) == len(spoken.text.split())
        starts = [span.start for span in spoken.spans]
        assert starts == sorted(starts)
        assert all(0 <= span.start < span.end <= len(text) for span in spoken.spans)
        timed = spoken.time_original([TimedWord("", i, i + 1) for i in range(len(spoken.spans))])
        assert [word.text for word in timed] == text.split()
