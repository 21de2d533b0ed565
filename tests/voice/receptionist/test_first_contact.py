"""The first words of callers nobody trained on: urgency, intent, and no false alarm."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.voice.receptionist.calls import open_at, say
from voice.receptionist.brain import lead
from voice.receptionist.conversation import Said
from voice.receptionist.dialogue import LeadRecord

OPENINGS: dict[str, list[str]] = json.loads(
    (Path(__file__).parent / "first_contact.json").read_text(encoding="utf-8")
)["openings"]
URGENT = ("E0", "E1", "U", "R")

SERVED: dict[str, Callable[[LeadRecord, Said], bool]] = {
    "human": lambda record, said: "transfer" in record.actions,
    "robot": lambda record, said: "answer_truthfully" in record.actions,
    "recording": lambda record, said: "stop_recording" in record.actions,
    "spanish": lambda record, said: "switch_language" in record.actions,
    "payment": lambda record, said: record.intent == "payment",
    "cancel": lambda record, said: record.intent == "cancel",
    "reschedule": lambda record, said: record.intent == "reschedule",
    "status": lambda record, said: record.intent == "status",
    "warranty": lambda record, said: record.intent == "warranty",
    "manager": lambda record, said: "note_role" in record.actions,
    "tenant": lambda record, said: "note_role" in record.actions,
    "area": lambda record, said: record.intent == "faq" and said.asked in ("zip", "anything_else"),
    "not_offered": lambda record, said: "faq_no" in record.actions,
    "spam": lambda record, said: record.is_spam and said.ended,
    "wrong_number": lambda record, said: record.intent == "wrong_number",
    "abuse": lambda record, said: record.intent == "abuse",
    "injection": lambda record, said: "refuse" in record.actions,
    "hours": lambda record, said: "faq_hours" in record.actions,
    "price": lambda record, said: record.intent == "price",
    "message": lambda record, said: record.intent == "message",
    "faq": lambda record, said: record.intent == "faq",
}


def as_recognised(text: str) -> str:
    """Lower case, no punctuation: what a recogniser writes."""
    return " ".join(re.sub(r"[^\w\s'+@]", " ", text.lower()).split())


def pairs(*labels: str) -> list[tuple[str, str]]:
    return [(label, text) for label in labels for text in OPENINGS[label]]


written = pytest.mark.parametrize("written", [str, as_recognised], ids=["typed", "recognised"])


@written
@pytest.mark.parametrize(("label", "text"), pairs(*URGENT))
def test_urgency_of_the_first_words(label: str, text: str, written: Callable[[str], str]) -> None:
    call = open_at()
    say(call, written(text))
    assert lead(call.state).urgency.value == label


@written
@pytest.mark.parametrize(("label", "text"), pairs("harmless"))
def test_a_harmless_mention_is_no_emergency(
    label: str, text: str, written: Callable[[str], str]
) -> None:
    call = open_at()
    say(call, written(text))
    assert lead(call.state).urgency.value not in ("E0", "E1")


@written
@pytest.mark.parametrize(("label", "text"), pairs("question"))
def test_a_question_about_emergencies_is_none(
    label: str, text: str, written: Callable[[str], str]
) -> None:
    call = open_at()
    said = say(call, written(text))
    assert lead(call.state).urgency.value not in ("E0", "E1")
    assert "page_on_call" not in lead(call.state).actions
    assert said.asked is not None


@written
@pytest.mark.parametrize(("label", "text"), pairs(*SERVED))
def test_intent_of_the_first_words(label: str, text: str, written: Callable[[str], str]) -> None:
    call = open_at()
    said = say(call, written(text))
    assert SERVED[label](lead(call.state), said)
