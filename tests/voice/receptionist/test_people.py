"""Names, said or spelled."""

import pytest

from tests.voice.receptionist.calls import open_at, say
from voice.receptionist.understanding.people import identifies, name_in, same_person, spelled_name
from voice.receptionist.understanding.text import read


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("dana kowalczyk", "Dana Kowalczyk"),
        ("uh it's dana kowalczyk", "Dana Kowalczyk"),
        ("my name is Dana Kowalczyk.", "Dana Kowalczyk"),
        ("sure it's Dana, D-A-N-A, Kowalczyk, K O W A L C Z Y K", "Dana Kowalczyk"),
        ("dana kovalchik k o w a l c z y k", "Dana Kowalczyk"),
        ("marcus bell and my number is 773", "Marcus Bell"),
        ("my name's mary o'brien", "Mary O'Brien"),
        ("jose de la cruz", "Jose de la Cruz"),
        ("last name is petrov first name ivan", "Ivan Petrov"),
        ("jamal price", "Jamal Price"),
        ("me llamo maría garcía", "María García"),
        ("well, um, Priya. Priya Raman.", "Priya Raman"),
    ],
)
def test_an_answer_to_the_question_for_the_name_is_the_name(text: str, name: str) -> None:
    assert name_in(read(text), asked=True) == name


@pytest.mark.parametrize(
    "text", ["this is an emergency", "I'm outside", "this is ridiculous", "I'm having a leak", "no"]
)
def test_other_introductions_are_no_name(text: str) -> None:
    assert name_in(read(text), asked=False) == ""


def test_a_name_given_in_passing_is_taken() -> None:
    assert (
        name_in(read("hi this is Luis Ortega my toilet is clogged"), asked=False) == "Luis Ortega"
    )


def test_spelling_puts_the_right_word_right() -> None:
    assert spelled_name(read("it's k o w a l c z y k"), "Dana Kovalchik") == "Dana Kowalczyk"


def test_likeness_of_names() -> None:
    assert same_person("Tom Whalen", "tom whalen")
    assert same_person("Tom Whelan", "Tom Whalen")
    assert not same_person("Tom Whalen", "Gail Stern")


def test_a_first_name_alone_shows_whose_a_visit_is_to_nobody() -> None:
    assert identifies("Whalen", "Tom Whalen")
    assert identifies("Tom Whalen", "Tom Whalen")
    assert not identifies("Tom", "Tom Whalen")


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("van der Berg, Pieter van der Berg", "Pieter van der Berg"),
        ("Bobby, Robert Johnson", "Robert Johnson"),
        ("it's Smith, John Smith", "John Smith"),
        ("Johnson, Kyle", "Kyle Johnson"),
        ("Jean-Luc Moreau", "Jean-Luc Moreau"),
        ("J.R. Smith", "J.R. Smith"),
        ("I am the owner, Frank Lopez", "Frank Lopez"),
        ("Dorothy Lane, she's 84", "Dorothy Lane"),
        ("it's uh Mary Jones", "Mary Jones"),
        ("Will Turner", "Will Turner"),
    ],
)
def test_a_name_begun_and_said_in_full_is_the_full_one(said: str, name: str) -> None:
    assert name_in(read(said), asked=True) == name


@pytest.mark.parametrize("name", ["Jamal Price", "Robin Drain", "Bill Waters"])
def test_a_surname_that_means_something_else_is_a_name_where_one_is_asked(name: str) -> None:
    call = open_at()
    for words in ("my bathroom sink is clogged", "1019 W Armitage Ave", "60614"):
        asked = say(call, words).asked
    assert asked == "name"
    said = say(call, name)
    assert call.state.slot("name") == name
    assert "$" not in said.text
