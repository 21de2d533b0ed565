"""The learned cost: right, robust, and never absurd."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice.costs import Cost, CostModel, fit


def learn(
    model: CostModel, truth: Cost, batches: int, *, seed: int = 1, noise: float = 0.05
) -> None:
    dice = random.Random(seed)
    for _ in range(batches):
        work = dice.uniform(1.0, 40.0)
        model.observe(work, truth.batch_s(work) * dice.gauss(1.0, noise))


def test_it_finds_the_line_from_a_wrong_prior() -> None:
    model = CostModel(Cost(0.5, 0.1))
    learn(model, Cost(0.065, 0.0146), 200)
    assert model.cost.fixed_s == pytest.approx(0.065, abs=0.015)
    assert model.cost.per_audio_s == pytest.approx(0.0146, rel=0.05)


def test_one_wild_batch_hardly_moves_it() -> None:
    model = CostModel(Cost(0.065, 0.0146))
    learn(model, Cost(0.065, 0.0146), 100)
    before = model.batch_s(10.0)
    model.observe(10.0, 30.0)
    assert model.batch_s(10.0) == pytest.approx(before, rel=0.05)


def test_a_lasting_change_is_believed() -> None:
    model = CostModel(Cost(0.065, 0.0146))
    learn(model, Cost(0.065, 0.0146), 100)
    learn(model, Cost(0.13, 0.0292), 150, seed=2)
    assert model.batch_s(10.0) == pytest.approx(0.422, rel=0.1)


def test_batches_of_one_size_leave_the_slope_to_the_prior() -> None:
    model = CostModel(Cost(0.060, 0.010))
    for _ in range(100):
        model.observe(2.0, 0.080)
    assert model.batch_s(2.0) == pytest.approx(0.080, rel=0.01)
    assert model.cost.per_audio_s == pytest.approx(0.010, rel=0.05)


@given(st.lists(st.tuples(st.floats(0.01, 200.0), st.floats(-1.0, 100.0)), max_size=60))
def test_neither_part_is_ever_negative(batches: list[tuple[float, float]]) -> None:
    model = CostModel(Cost(0.05, 0.01))
    for work, took_s in batches:
        model.observe(work, took_s)
        assert model.cost.fixed_s >= 0.0
        assert model.cost.per_audio_s >= 0.0
        assert model.batch_s(5.0) > 0.0


def test_a_clock_that_went_backwards_teaches_nothing() -> None:
    model = CostModel(Cost(0.05, 0.01))
    model.observe(2.0, -3.0)
    model.observe(2.0, 0.0)
    assert (model.cost, model.observations) == (Cost(0.05, 0.01), 0)


def test_a_fit_ignores_a_wild_point() -> None:
    points = [(work, 0.05 + 0.01 * work) for work in (1.0, 2.0, 4.0, 8.0, 16.0)]
    points[2] = (4.0, 9.0)
    found = fit(points)
    assert found.fixed_s == pytest.approx(0.05, abs=1e-9)
    assert found.per_audio_s == pytest.approx(0.01)


def test_a_fit_needs_two_sizes() -> None:
    with pytest.raises(ValueError, match="batches of two sizes"):
        fit([(2.0, 0.1), (2.0, 0.2)])
