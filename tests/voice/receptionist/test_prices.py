"""Prices and fees asked for on the way: the tenant's own words."""

from dataclasses import replace

import pytest

from tests.voice.receptionist.calls import FAQ, HARBOR, open_at, say
from voice.receptionist.conversation import Conversation

INTAKE = ("my kitchen sink is clogged", "2240 N Halsted", "60614")
"""Said until the name is asked for."""


def in_intake(*lines: str, faq: bool = False) -> Conversation:
    """A call in which the name is asked for, and then `lines` were said."""
    call = open_at(rules=replace(HARBOR, faq=FAQ) if faq else HARBOR)
    say(call, *INTAKE, *lines)
    return call


@pytest.mark.parametrize(
    "asked", ["how much is this going to cost?", "what's the price for that", "how much will it be"]
)
def test_the_price_asked_for_during_a_job_is_the_one_of_that_job(asked: str) -> None:
    call = in_intake()
    said = say(call, asked)
    assert said.text.startswith("Drain clearing is from $189.")
    assert said.asked == "name"


@pytest.mark.parametrize(
    "asked", ["how much do you charge to come out?", "what's the diagnostic fee?"]
)
def test_the_fee_for_coming_out_is_still_the_fee(asked: str) -> None:
    assert "$89, waived if work is done" in say(in_intake(), asked).text


def test_a_thank_you_so_much_asks_no_price() -> None:
    call = in_intake("John Smith", "yes", "the first one", "yes")
    said = say(call, "thank you so much")
    assert "$" not in said.text
    assert "quote" not in said.text
    assert "price" not in said.text


def test_a_price_in_spanish_names_the_service_in_spanish_and_quotes_the_tenant_verbatim() -> None:
    assert (
        "Destape de drenajes: from $189."
        in say(open_at(), "hola, ¿cuánto cuesta destapar un drenaje?").text
    )
    unlisted = say(open_at(), "¿cuánto cuesta arreglar el inodoro?").text
    assert "reparación de inodoros" in unlisted
    assert "$89, waived if work is done" in unlisted


def test_a_service_nobody_translated_keeps_the_tenants_name() -> None:
    own = replace(HARBOR.services[0], code="steam_cleaning", name="steam cleaning")
    rules = replace(HARBOR, services=(own,))
    assert (
        "Steam cleaning: from $189."
        in say(open_at(rules=rules), "hola, ¿cuánto cuesta steam cleaning?").text
    )
