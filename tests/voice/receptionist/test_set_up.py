"""Fixtures, classifier and models: what the receptionist is made from."""

from datetime import date, time

import numpy as np
import pytest

from tests.voice.receptionist.calls import open_at, say
from voice.receptionist.dialogue import CallerSaid, Urgency
from voice.receptionist.fixture import parse_fixture
from voice.receptionist.language_model import proposal_request
from voice.receptionist.rules import ArrivalWindow, BlackoutDays, OpeningHours
from voice.receptionist.training.examples import examples, labels
from voice.receptionist.training.train import fit, quantised
from voice.receptionist.understanding.classifier import WEIGHTS, probabilities


def test_a_fixture_becomes_rules() -> None:
    rules = parse_fixture(
        {
            "business": "Harbor",
            "tz": "America/Chicago",
            "hours": {"mon-tue": "08:00-17:00", "sun": None},
            "services": {"gas_line": {"price": None, "book": False, "human": True}},
            "windows": ["08-10", {"hours": "08-10", "capacity": 2, "day": "sat"}],
            "blackouts": ["2026-12-31", {"days": "2026-12-24/2026-12-26", "reason": "Family"}],
            "recording": False,
        }
    )
    assert [hours.weekday for hours in rules.hours] == [0, 1]
    assert isinstance(rules.hours[0], OpeningHours)
    assert rules.services[0].human_only
    assert not rules.services[0].bookable
    assert rules.windows == (
        ArrivalWindow(time(8), time(10), 2, 5),
        ArrivalWindow(time(8), time(10)),
    )
    assert rules.blackouts == (
        BlackoutDays(date(2026, 12, 24), date(2026, 12, 26), "Family"),
        BlackoutDays(date(2026, 12, 31), date(2026, 12, 31)),
    )
    assert not rules.recording


@pytest.mark.parametrize(
    ("fixture", "field"),
    [
        ({"tz": "Mars/North"}, "tz"),
        ({"hours": {"mon": "eight"}}, "hours"),
        ({"hours": {"someday": "08:00-10:00"}}, "hours"),
        ({"windows": ["8"]}, "windows"),
        ({"windows": "08-10"}, "windows"),
        ({"windows": [7]}, "windows"),
        ({"windows": [{"hours": "08-10", "capacity": -1}]}, "capacity"),
        ({"windows": [{"hours": "08-10", "capacity": "two"}]}, "capacity"),
        ({"windows": [{"hours": "08-10", "day": "someday"}]}, "weekday"),
        ({"blackouts": ["christmas"]}, "blackouts"),
        ({"blackouts": ["2026-12-26/2026-12-24"]}, "blackouts"),
        ({"services": {"drain": 5}}, "services.drain"),
        ({"service_zips": "60640"}, "service_zips"),
        ({"faq": [{"question": "x"}]}, "faq"),
    ],
)
def test_a_wrong_fixture_is_refused_by_the_field_name(
    fixture: dict[str, object], field: str
) -> None:
    with pytest.raises(ValueError, match=field):
        parse_fixture(fixture)


def test_the_committed_classifier_is_what_the_script_makes() -> None:
    found = examples()
    weights, biases = fit(found)
    small, scale = quantised(weights)
    with np.load(WEIGHTS) as stored:
        assert list(stored["labels"]) == list(labels())
        assert np.abs(stored["weights"].astype(int) - small.astype(int)).max() <= 1
        np.testing.assert_allclose(stored["scale"], scale, rtol=0.02)
        np.testing.assert_allclose(stored["biases"], biases, atol=0.02)


def test_an_empty_text_means_nothing() -> None:
    empty, told = probabilities(["", "my sink leaks"])
    assert not empty.any()
    assert told.max() > 0.5


def test_a_model_is_asked_only_where_the_rules_found_nothing() -> None:
    state = open_at().state
    assert proposal_request(state, "my toilet won't stop running") is None
    assert proposal_request(state, "I smell gas") is None
    assert proposal_request(state, "") is None
    request = proposal_request(state, "the whatsit in the nook went kaput again")
    assert request is not None
    messages, schema = request
    assert "whatsit" in messages[-1].content
    assert schema["additionalProperties"] is False


def test_a_proposed_danger_is_asked_about_not_believed() -> None:
    call = open_at()
    said = call.hear(
        CallerSaid(
            "the whatsit in the nook is off again", proposal={"label": "gas", "urgency": "E0"}
        )
    )
    assert said.asked == "gas_smell"
    assert call.state.urgency is not Urgency.E0


def test_nonsense_from_a_model_is_ignored() -> None:
    call = open_at()
    said = call.hear(CallerSaid("1019 w armitage", proposal={"label": 5, "urgency": None}))
    assert said.asked is not None


def test_safety_is_never_reworded() -> None:
    call = open_at()
    say(call, "I smell gas")
    assert call.state.last_reply.wording is None
    other = open_at()
    say(other, "my sink is slow, how much to clear it")
    assert other.state.last_reply.wording is not None
    assert "from $189" in other.state.last_reply.wording.must_include
