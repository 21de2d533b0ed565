"""The scenario runner: targets reached on the bundled and on our own calls, misses reported."""

from pathlib import Path

import pytest

from tests.voice.receptionist.calls import BUNDLED, HARBOR
from voice.receptionist.evaluation.report import as_html, as_object, as_text
from voice.receptionist.evaluation.running import run
from voice.receptionist.evaluation.scenario import Expected, Scenario, load
from voice.receptionist.evaluation.scoring import figures, score

OWN = BUNDLED.parent / "scenarios.json"


@pytest.mark.parametrize("path", [BUNDLED, OWN], ids=["bundled", "own"])
@pytest.mark.parametrize(("seed", "spoken"), [(0, False), (1, True), (2, True)])
def test_all_targets_are_reached(path: Path, seed: int, spoken: bool) -> None:
    rules, scenarios = load(path)
    scores = [score(run(s, rules, seed=seed, spoken=spoken)) for s in scenarios]
    result = figures(scores)
    assert result.missed_targets == (), as_text(result, scores)
    assert result.action_accuracy >= 0.97


def test_our_own_set_is_large_enough() -> None:
    assert len(load(OWN)[1]) >= 60
    assert len(load(BUNDLED)[1]) == 18


def test_a_miss_is_reported() -> None:
    scenario = Scenario(
        "x", "t", "Mon 10:00", "my sink is clogged", {"name": "A B"},
        Expected("service", "E0", "drain_clear", ("transfer",), (), ()),
    )  # fmt: skip
    one = score(run(scenario, HARBOR))
    assert not one.passed
    assert "urgency is R, expected E0" in one.failures
    result = figures([one])
    assert result.emergency_recall == 0.0
    assert result.missed_targets
    assert "expected E0" in as_text(result, [one])
    assert "<script" not in as_html(result, [one])
    assert as_object(result, [one])["scenarios"] == 1


def test_markup_in_a_callers_words_stays_text_in_the_page() -> None:
    scenario = Scenario(
        "x", "t", "Mon 10:00", "<script>alert(1)</script> my sink", {},
        Expected(None, None, None, (), (), ()),
    )  # fmt: skip
    one = score(run(scenario, HARBOR))
    assert "<script>" not in as_html(figures([one]), [one])


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "x.json"
    broken.write_text("{")
    with pytest.raises(ValueError, match=r"x\.json"):
        load(broken)
