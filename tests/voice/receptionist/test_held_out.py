"""Calls by authors who had seen neither our rules nor our examples when they wrote them.

The bounds are a little below what was measured (docs/RECEPTIONIST.md). A danger missed fails.
"""

from pathlib import Path

import pytest

from voice.receptionist.evaluation.report import as_text
from voice.receptionist.evaluation.running import run
from voice.receptionist.evaluation.scenario import load
from voice.receptionist.evaluation.scoring import figures, score

HELD_OUT = Path(__file__).parent / "held_out"


@pytest.mark.parametrize(
    ("place", "urgency", "actions"),
    [("chicago", 0.96, 0.93), ("albuquerque", 0.9, 0.88), ("louisville", 0.9, 0.91)],
)
def test_callers_nobody_prepared_for_are_kept_safe_and_understood(
    place: str, urgency: float, actions: float
) -> None:
    rules, scenarios = load(HELD_OUT / f"{place}.json")
    scores = [score(run(scenario, rules)) for scenario in scenarios]
    result = figures(scores)
    assert (result.scenarios, result.emergency_recall) == (80, 1.0), as_text(result, scores)
    assert result.e0_false_alarm_rate <= 0.02
    assert (result.forbidden_claims, result.repeated_questions) == (0, 0)
    assert result.urgency_accuracy >= urgency
    assert result.action_accuracy >= actions
    assert min(result.slot_accuracy.values()) >= 0.97
    assert result.longest_booking <= 12
