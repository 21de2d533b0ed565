"""The tenant's own answers are found by what is asked, not by the words it is asked in."""

import json
from pathlib import Path

import pytest

from tests.voice.receptionist.calls import open_at, say
from voice.receptionist.dialogue import ActionKind
from voice.receptionist.faq import best_answer, same_question
from voice.receptionist.rules import FaqEntry, TenantRules

LABELLED = json.loads((Path(__file__).parent / "faq_questions.json").read_text())
ENTRIES = {name: FaqEntry(*entry) for name, entry in LABELLED["entries"].items()}


def counted(part: str) -> tuple[int, int, int]:
    """Questions answered rightly, answered at all, and to be answered, among all 30 entries."""
    right = answered = wanted = 0
    for name, questions in LABELLED[part].items():
        for question in questions:
            found = best_answer(tuple(ENTRIES.values()), question)
            answered += found is not None
            wanted += bool(name)
            right += bool(name) and found == ENTRIES[name]
    return right, answered, wanted


@pytest.mark.parametrize(
    ("part", "precision", "recall"), [("tuned", 0.98, 0.95), ("held_out", 0.95, 0.9)]
)
def test_paraphrases_are_answered_and_other_questions_are_not(
    part: str, precision: float, recall: float
) -> None:
    right, answered, wanted = counted(part)
    assert sum(len(questions) for questions in LABELLED[part].values()) >= 60
    assert right / answered >= precision
    assert right / wanted >= recall


def test_heaters_are_not_softeners() -> None:
    softeners = (ENTRIES["softener"],)
    assert best_answer(softeners, "can you install a softener") == ENTRIES["softener"]
    assert best_answer(softeners, "do you do water heaters") is None


@pytest.mark.parametrize("question", ["", "???", "the and of", "💧" * 40, "a" * 10_000])
def test_words_without_meaning_are_answered_with_nothing(question: str) -> None:
    assert best_answer(tuple(ENTRIES.values()), question) is None
    assert best_answer((FaqEntry("the?", "of"),), question) is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Do you do water softeners?", "can you install a softener", True),
        ("are you licensed", "do you have a license", True),
        ("do you take venmo", "can I pay with Venmo?", True),
        ("do you do water softeners", "do you do water heaters", False),
        ("is there a senior discount", "is there a military discount", False),
        ("huh?", "what", False),
        ("the?", "The", True),
    ],
)
def test_callers_who_ask_the_same_are_put_together(one: str, other: str, same: bool) -> None:
    assert same_question(one, other) is same
    assert same_question(other, one) is same


# what the receptionist has no answer to by itself, for each way a question is noted
NOTED = [
    ("do you do water softeners?", "can you guys install a softener"),
    ("are your plumbers background checked?", "have your plumbers had a background check"),
    ("is there a fee for weekends?", "do you charge a fee on weekends"),
    ("what are your hours?", "what hours are you open"),
]


@pytest.mark.parametrize(("noted", "paraphrase"), NOTED)
def test_what_was_noted_once_is_answered_word_for_word_ever_after(
    noted: str, paraphrase: str
) -> None:
    call = open_at(rules=TenantRules("X", "America/Chicago"))
    say(call, noted)
    assert [a.text for a in call.desk.performed if a.kind is ActionKind.NOTE_UNANSWERED] == [noted]

    entry = FaqEntry(noted, "Ask for Bob, he knows all about that.")
    for words in (noted, paraphrase):
        call = open_at(rules=TenantRules("X", "America/Chicago", faq=(entry,)))
        said = say(call, words)
        assert said.sentences[0].text == entry.answer
        assert [ground.source for ground in said.sentences[0].grounds] == [f"rules.faq:{noted}"]
        assert ActionKind.NOTE_UNANSWERED not in [a.kind for a in call.desk.performed]
