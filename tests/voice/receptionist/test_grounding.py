"""Nothing is said that no rule, slot or window holds."""

import pytest

from tests.voice.receptionist.calls import FAQ, HARBOR, open_at, say
from voice.receptionist.conversation import Conversation
from voice.receptionist.grounding import grounded
from voice.receptionist.phrasing import keys, split, variants
from voice.receptionist.rules import TenantRules


@pytest.fixture
def call() -> Conversation:
    call = open_at()
    say(
        call,
        "my sink is clogged, how much?",
        "1019 w armitage ave",
        "60614",
        "Chris Adeyemi",
        "yes",
    )
    return call


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        ("Drain clearing is from $189.", "rules.services.drain_clear.price_text"),
        ("The visit is $89, waived if work is done.", "rules.diagnostic_fee"),
        ("After hours it is $149.", "rules.emergency_fee"),
        ("Is 773-555-0121 right?", "slot:phone"),
        ("That's 1019 W Armitage Ave.", "slot:street"),
        ("We're open Saturday 9 AM to 1 PM.", "rules.hours"),
        ("It's eighty nine dollars.", "rules.diagnostic_fee"),
        ("The estimate is free.", "rules.services.water_heater_install.price_text"),
    ],
)
def test_a_statement_names_the_rule_it_rests_on(
    call: Conversation, sentence: str, source: str
) -> None:
    grounds = grounded(sentence, call.state)
    assert grounds is not None
    assert source in {ground.source for ground in grounds}


@pytest.mark.parametrize(
    "sentence",
    [
        "Drain clearing is $150.",
        "It will be $1,890.",
        "That's about two hundred dollars.",
        "You get 20% off.",
        "Call us at 312-555-9999.",
        "We can be there in 30 minutes.",
        "Someone will arrive within the hour.",
        "He's on his way now.",
        "I guarantee it.",
        "You can relight the pilot yourself.",
        "Look for the leak first.",
        "We'll do it free of charge.",
        "I'm a real person.",
        "The root cause is tree roots.",
        "We open at 6 AM.",
    ],
)
def test_an_invented_statement_is_blocked(call: Conversation, sentence: str) -> None:
    assert grounded(sentence, call.state) is None


def test_small_talk_needs_no_ground(call: Conversation) -> None:
    assert grounded("Thanks, let me write that down.", call.state) == ()


def test_another_tenants_price_is_not_known_here() -> None:
    call = open_at(rules=TenantRules("Other Plumbing", "America/Chicago"))
    assert grounded("Drain clearing is from $189.", call.state) is None


def test_a_listed_answer_may_be_said_and_names_its_question() -> None:
    rules = TenantRules("X", "America/Chicago", faq=FAQ)
    call = open_at(rules=rules)
    said = say(call, "do you guys offer any financing?")
    assert "Wisetack, for jobs over $500" in said.text
    assert said.sentences[0].grounds[0].source == "rules.faq:Do you offer financing?"


def test_an_unknown_question_is_admitted_and_noted() -> None:
    call = open_at(rules=TenantRules("X", "America/Chicago", faq=FAQ))
    said = say(call, "do you have senior discounts?")
    assert "noted" in said.text or "written it down" in said.text
    assert call.state.open_questions == ("do you have senior discounts?",)


def test_both_languages_have_the_same_phrases() -> None:
    assert keys("en") == keys("es")


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_phrase_is_short_enough_for_the_phone(language: str) -> None:
    for key in keys(language):
        for text in variants(key, language):
            assert len(split(text)) <= 3, key
            assert sum("?" in part for part in split(text)) <= 1, key
            assert len(text.split()) <= 45, key


def test_the_greeting_discloses_machine_and_recording_in_its_first_sentence() -> None:
    first = open_at().greeting.sentences[0].text
    assert "AI assistant" in first
    assert "recorded line" in first
    quiet = open_at(rules=TenantRules("X", "UTC", recording=False)).greeting.text
    assert "recorded" not in quiet


def test_an_own_greeting_keeps_the_disclosure_in_front() -> None:
    rules = TenantRules("X", "UTC", greeting="You've reached X. What's leaking?")
    said = open_at(rules=rules).greeting
    assert said.sentences[0].text == "This is the AI assistant of X on a recorded line."
    assert said.text.endswith("You've reached X. What's leaking?")
    assert HARBOR.greeting == ""
