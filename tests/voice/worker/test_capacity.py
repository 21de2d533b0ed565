"""Erlang's formula against published tables, and the analysis' figures put right."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice.capacity import (
    SIZES,
    channels_for,
    claims,
    clients_carried,
    erlang_b,
    offered_erlangs,
    plan,
    small_business_equivalents,
)


@pytest.mark.parametrize(
    ("erlangs", "channels", "blocking"),
    [
        (1.0, 1, 0.5),
        (1.0, 2, 0.2),
        (2.0, 3, Fraction(4, 19)),
        (0.455, 3, 0.01),  # the classic one percent table: 3 lines carry 0.455 erlangs
        (4.46, 10, 0.01),
        (84.1, 100, 0.01),
        (0.0, 4, 0.0),
        (5.0, 0, 1.0),
    ],
)
def test_blocking_is_that_of_the_tables(erlangs: float, channels: int, blocking: float) -> None:
    assert erlang_b(erlangs, channels) == pytest.approx(float(blocking), abs=2e-4)


@given(st.integers(1, 40), st.integers(0, 40))
def test_the_recurrence_equals_the_formula(erlangs: int, channels: int) -> None:
    term, total = Fraction(1), Fraction(1)
    for line in range(1, channels + 1):
        term = term * erlangs / line
        total += term
    assert erlang_b(float(erlangs), channels) == pytest.approx(float(term / total), rel=1e-9)


def test_it_does_not_overflow() -> None:
    assert erlang_b(5_000.0, 5_100) == pytest.approx(0.0022436, abs=1e-6)


@given(st.floats(0.01, 300.0), st.floats(0.001, 0.5))
def test_as_few_lines_as_meet_the_target(erlangs: float, target: float) -> None:
    channels = channels_for(erlangs, target)
    assert erlang_b(erlangs, channels) <= target < erlang_b(erlangs, channels - 1)


def test_ten_solo_plumbers_on_one_line_turn_away_a_fifth_to_a_third_of_peak_calls() -> None:
    calls_per_hour = 10 * SIZES["solo"].busy_hour_calls
    assert calls_per_hour == 7.5
    blocked = [erlang_b(offered_erlangs(calls_per_hour, minutes), 1) for minutes in (2, 3, 4)]
    assert [str(Decimal(100 * part).quantize(Decimal("0.1"))) for part in blocked] == [
        "20.0",
        "27.3",
        "33.3",
    ]


def test_a_plan_for_a_mix_of_businesses() -> None:
    found = plan({"solo": 100, "small": 50}, calls_per_pod=64)
    assert found.erlangs == pytest.approx(9.375)
    assert (found.clients, found.channels, found.pods) == (150, 17, 1)
    assert found.usd_per_client == pytest.approx(137 / 150)
    assert found.blocking < 1e-9


def test_solo_plumbers_a_pod_serves_before_and_after_batching() -> None:
    carried = [clients_carried(SIZES["solo"], lines) for lines in (1, 2, 64)]
    assert carried == [0, 4, 1349]


def test_a_large_business_counts_as_five_small_ones() -> None:
    assert small_business_equivalents({"large": 1, "solo": 3}) == 6.0


@pytest.mark.parametrize(
    ("mix", "calls_per_pod"), [({"huge": 1}, 8), ({}, 8), ({"solo": 0}, 8), ({"solo": 1}, 0)]
)
def test_a_plan_that_makes_no_sense_is_refused(mix: dict[str, int], calls_per_pod: int) -> None:
    with pytest.raises(ValueError, match=r"unknown business sizes|cannot be planned"):
        plan(mix, calls_per_pod=calls_per_pod)


def test_the_analysis_figures_stand_beside_the_corrected_ones() -> None:
    found = [(claim.analysis, claim.corrected) for claim in claims(64)]
    assert found == [
        ("0.27% (p squared)", "3.6%"),
        ("2.4% (p squared)", "10.1%"),
        ("under 1 %", "20% to 33% (calls of 2 to 4 minutes)"),
        ("10 to 20", "0 to 4"),
        ("5 to 10", "1 to 4"),
        ("$6.85 to $13.70", "$34.25 on two lines, $0.10 on 64"),
    ]
