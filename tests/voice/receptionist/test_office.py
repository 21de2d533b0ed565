"""Matters of the office: other people's visits, private numbers, suppliers, staff, roles."""

from dataclasses import replace

import pytest

from tests.voice.receptionist.calls import FAQ, HARBOR, open_at, say, slots
from voice.receptionist.brain import lead
from voice.receptionist.conversation import Conversation
from voice.receptionist.dialogue import ActionKind

INTAKE = ("my kitchen sink is clogged", "2240 N Halsted", "60614")
"""Said until the name is asked for."""


def in_intake(*lines: str, faq: bool = False) -> Conversation:
    """A call in which the name is asked for, and then `lines` were said."""
    call = open_at(rules=replace(HARBOR, faq=FAQ) if faq else HARBOR)
    say(call, *INTAKE, *lines)
    return call


def did(call: Conversation) -> list[ActionKind]:
    return [action.kind for action in call.desk.performed]


@pytest.mark.parametrize(
    "asked",
    [
        "did John Smith book an appointment with you?",
        "did my wife already schedule a visit with you guys?",
        "do you have an appointment for Mary Jones?",
    ],
)
def test_nothing_is_told_of_other_peoples_visits(asked: str) -> None:
    call = open_at()
    said = say(call, asked)
    assert said.text.startswith("I can't say anything about other people's appointments.")
    assert said.asked == "anything_else"
    assert did(call) == []
    assert lead(call.state).job_type == "unknown"


@pytest.mark.parametrize(
    "said",
    ["do you have an appointment for tomorrow morning", "can I schedule an appointment"],
)
def test_whoever_wants_an_appointment_is_not_told_of_privacy(said: str) -> None:
    assert "other people" not in say(open_at(), said).text


@pytest.mark.parametrize(
    "asked", ["what is the on-call plumber's cell phone", "what's the owner's personal number"]
)
def test_private_numbers_are_refused_and_a_message_offered(asked: str) -> None:
    said = say(open_at(), asked)
    assert said.text.startswith("I can't give out anyone's private number")
    assert said.asked == "leave_message"


def test_a_private_number_asked_for_in_intake_leaves_the_question_open() -> None:
    said = say(in_intake(), "can I get the tech's cell number")
    assert "private number" in said.text
    assert said.asked == "name"


@pytest.mark.parametrize(
    "said",
    [
        "I'm calling from Ferguson about an invoice",
        "are you hiring?",
        "I'm looking for work as an apprentice plumber",
        "hi, I work for you guys, I'm stuck in traffic",
    ],
)
def test_a_matter_of_the_office_is_taken_down_with_name_and_number(said: str) -> None:
    call = open_at()
    assert say(call, said).asked == "name"
    say(call, "Bob Jones", "yes")
    (message,) = call.desk.performed
    assert (message.kind, message.text) == (ActionKind.TAKE_MESSAGE, said)
    assert slots(call)["name"] == "Bob Jones"
    assert slots(call)["phone"] == "+17735550121"


def test_a_technician_who_is_late_leaves_a_message_and_is_looked_up_nowhere() -> None:
    call = open_at()
    said = "this is Mike, one of your techs, I'm running late to my 2 o'clock"
    assert say(call, said).asked == "phone"
    say(call, "yes")
    (message,) = call.desk.performed
    assert (message.kind, message.text) == (ActionKind.TAKE_MESSAGE, said)


def test_hiring_is_answered_where_the_tenant_has_an_answer() -> None:
    entry = replace(FAQ[0], question="Are you hiring?", answer="Yes, send a resume to jobs@h.com.")
    call = open_at(rules=replace(HARBOR, faq=(entry,)))
    assert "jobs@h.com" in say(call, "are you hiring?").text


def test_who_asks_for_the_owner_may_leave_a_message() -> None:
    assert say(open_at(), "is the owner there?").asked == "message"


@pytest.mark.parametrize(
    "said",
    [
        "I'm a landlord, I have three units with clogged drains",
        "my tenant's toilet is clogged, I'm the landlord",
    ],
)
def test_a_landlord_does_not_rent(said: str) -> None:
    call = open_at()
    assert "you rent" not in say(call, said).text
    assert slots(call)["role"] == "property manager"


def test_a_tenant_still_does() -> None:
    call = open_at()
    say(call, "I'm renting and my landlord told me to call, my sink is clogged")
    assert slots(call)["role"] == "tenant"
